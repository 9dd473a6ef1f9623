/**
 * Weights of a sampled stream as whole thousandths, so that adding them up is exact in any order. Kept apart from the events
 * seen, they are nothing at all where a stream is not sampled: `extra` is what an event stands for beyond itself.
 */
const THOUSANDTHS = 1_000;

/** One event kept of a million: who samples harder than that has mistaken the field. */
export const SAMPLE_WEIGHT_MAX = 1_000_000;

/**
 * What an event of this weight stands for beyond itself, thousandths of an event. A weight that no way in takes (below 1,
 * not finite, none at all) counts as 1, and one above the bound as the bound.
 */
export function extraOfWeight(weight: unknown): number {
  if (typeof weight !== 'number' || !Number.isFinite(weight) || weight <= 1) return 0;
  return Math.floor(Math.min(weight, SAMPLE_WEIGHT_MAX) * THOUSANDTHS + 0.5) - THOUSANDTHS;
}

/** The same of a Float64 column, as UInt64. */
export function extraOfWeightSql(column: string): string {
  const weight = `least(greatest(ifNotFinite(${column}, 1), 1), ${SAMPLE_WEIGHT_MAX})`;
  return `toUInt64(floor(${weight} * ${THOUSANDTHS} + 0.5) - ${THOUSANDTHS})`;
}

/** How many events those seen stand for, rounded to a whole number once. */
export function weightedCount(seen: number, extra: number): number {
  return seen + Math.floor((extra + THOUSANDTHS / 2) / THOUSANDTHS);
}
