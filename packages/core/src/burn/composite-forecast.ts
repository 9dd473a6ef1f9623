import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import { budgetShareOfTarget, checkCounts } from './burn.ts';
import type { CountBucket, EventRate, Forecast, ForecastInput } from './forecast.ts';
import type { CompositePart } from './slo-plan.ts';
import { MINUTE_MS } from '../time/units.ts';

/** One part of a composite, with what it counted and what is assumed of the time to come. */
export interface ForecastPart extends Pick<CompositePart, 'weight' | 'target'> {
  /** As of `ForecastInput`. */
  readonly past: readonly CountBucket[];
  readonly rate: EventRate;
}

export interface CompositeForecastInput extends Pick<ForecastInput, 'atMs' | 'period' | 'filledMs'> {
  readonly parts: readonly ForecastPart[];
}

/** Instants that are looked at: so far apart at least, and so many at most. */
const STEP_MS = 5 * MINUTE_MS;
const STEPS_MAX = 10_000;

/**
 * When a composite's budget is overspent: when its parts together burn more than it has, each at its own rate, and each part's old
 * events leave as its own period passes. See `forecastOf` for what is assumed.
 *
 * It is looked at every five minutes (in a period of more than 34 days, every ten-thousandth of it), and between two instants the
 * exact millisecond is found; what is spent and back again between them is not seen. Integers, no doubles.
 *
 * @throws AppError COUNTS_INVALID, TARGET_INVALID, WINDOW_INVALID
 */
export function compositeForecastOf(input: CompositeForecastInput): Forecast {
  const { atMs, period, filledMs, parts } = input;
  for (const { past, rate } of parts) for (const counts of [...past, rate]) checkCounts(counts);
  if (parts.length === 0 || period.lengthMs <= 0 || filledMs < 0 || filledMs > period.lengthMs)
    throw new AppError<BurnErrorCode>(
      'WINDOW_INVALID',
      'A composite is forecast by its parts, over a period.',
      {
        remedy: 'Give at least one part, and how much of the period has data.',
      },
    );
  if (parts.every(({ past, rate }) => rate.total === 0 && past.every(({ total }) => total === 0)))
    return { kind: 'no_traffic' };
  const curves = parts.map((part) => curveOf(part, input));
  const isSpentAt = (afterMs: number): boolean => isSpent(curves, input, afterMs);
  const lastMs = period.endMs === undefined ? period.lengthMs : Math.max(0, period.endMs - 1 - atMs);
  const spentMs = firstOf(isSpentAt, { fromMs: 0, lastMs, isWanted: true });
  if (spentMs === null)
    return period.endMs === undefined ? { kind: 'never' } : { kind: 'lasts', untilMs: period.endMs };
  const backMs = firstOf(isSpentAt, { fromMs: spentMs, lastMs, isWanted: false });
  const recoversAtMs = backMs === null ? null : atMs + backMs;
  return spentMs === 0
    ? { kind: 'spent', recoversAtMs }
    : { kind: 'runs_out', atMs: atMs + spentMs, recoversAtMs };
}

/** The first millisecond, from the instant on, at which it is as wanted. */
function firstOf(
  isSpentAt: (afterMs: number) => boolean,
  {
    fromMs,
    lastMs,
    isWanted,
  }: { readonly fromMs: number; readonly lastMs: number; readonly isWanted: boolean },
): number | null {
  if (isSpentAt(fromMs) === isWanted) return fromMs;
  const stepMs = Math.max(STEP_MS, Math.ceil(lastMs / STEPS_MAX));
  for (let beforeMs = fromMs; beforeMs < lastMs; beforeMs = Math.min(lastMs, beforeMs + stepMs)) {
    let [low, high] = [beforeMs, Math.min(lastMs, beforeMs + stepMs)];
    if (isSpentAt(high) !== isWanted) continue;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (isSpentAt(middle) === isWanted) high = middle;
      else low = middle;
    }
    return high;
  }
  return null;
}

/** What a part has in its period at an instant, both times the same positive number. */
type PartCurve = Pick<ForecastPart, 'weight' | 'target'> & {
  readonly countsAt: (afterMs: number) => { readonly bad: bigint; readonly total: bigint };
};

interface LeavingBucket {
  readonly bad: bigint;
  readonly total: bigint;
  /** It leaves from the first of these on, and is gone at the second; ms after the instant. */
  readonly fromMs: number;
  readonly goneMs: number;
}

function curveOf(
  { weight, target, past, rate }: ForecastPart,
  { atMs, period }: CompositeForecastInput,
): PartCurve {
  const rolls = period.endMs === undefined;
  const buckets = past.map(({ startMs, endMs, bad, total }): LeavingBucket => {
    const fromMs = rolls ? Math.max(0, startMs + period.lengthMs - atMs) : Infinity;
    const goneMs = rolls ? Math.max(fromMs + 1, endMs + period.lengthMs - atMs) : Infinity;
    return { bad: BigInt(bad), total: BigInt(total), fromMs, goneMs };
  });
  /** By place: what it and all newer ones hold. */
  const rest: { readonly bad: bigint; readonly total: bigint }[] = [{ bad: 0n, total: 0n }];
  for (const { bad, total } of [...buckets].reverse()) {
    const newer = rest.at(-1) ?? { bad: 0n, total: 0n };
    rest.push({ bad: newer.bad + bad, total: newer.total + total });
  }
  rest.reverse();
  const over = BigInt(rate.overMs);
  const countsAt = (afterMs: number): { readonly bad: bigint; readonly total: bigint } => {
    const index = firstAfter(buckets, afterMs);
    const bucket = buckets[index];
    const isLeaving = bucket !== undefined && bucket.fromMs < afterMs;
    const width = isLeaving ? BigInt(bucket.goneMs - bucket.fromMs) : 1n;
    const countOf = (name: 'bad' | 'total'): bigint => {
      const part = isLeaving ? bucket[name] * BigInt(bucket.goneMs - afterMs) : 0n;
      const whole = (rest[isLeaving ? index + 1 : index]?.[name] ?? 0n) * width;
      return (whole + part) * over + BigInt(rate[name]) * BigInt(afterMs) * width;
    };
    return { bad: countOf('bad'), total: countOf('total') };
  };
  return { weight, target, countsAt };
}

/** The oldest bucket that is not gone. */
function firstAfter(buckets: readonly LeavingBucket[], afterMs: number): number {
  let [low, high] = [0, buckets.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((buckets[middle]?.goneMs ?? 0) > afterMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Whether the parts burn more than the budget: in a period that is partly filled by the projection to the whole of it. */
function isSpent(
  curves: readonly PartCurve[],
  { period, filledMs }: CompositeForecastInput,
  afterMs: number,
): boolean {
  let [burned, of] = [0n, 1n];
  for (const { weight, target, countsAt } of curves) {
    const { bad, total } = countsAt(afterMs);
    if (total === 0n) continue;
    const budget = budgetShareOfTarget(target);
    const own = BigInt(weight.numerator) * bad * BigInt(budget.denominator);
    const unit = BigInt(weight.denominator) * total * BigInt(budget.numerator);
    [burned, of] = [burned * unit + own * of, of * unit];
  }
  const filled = Math.min(period.lengthMs, filledMs + afterMs);
  return burned * BigInt(filled) > of * BigInt(period.lengthMs);
}
