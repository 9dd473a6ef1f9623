import { parseExactRatio, type ExactRatio } from '@burnline/core';

/** Targets that people choose from, as they write them. */
export const LADDER: readonly string[] = [
  ...['0.5', '0.6', '0.7', '0.8', '0.85', '0.9', '0.95', '0.98', '0.99', '0.995', '0.998', '0.999'],
  ...['0.9995', '0.9998', '0.9999', '0.99995', '0.99999'],
];

/** Bad events that a target must allow over a window: with fewer of them, one more or less decides whether it was met. */
const BUDGET_EVENTS_MIN = 10;
/** Events of a window without which nothing is said of it. */
export const EVENTS_MIN = eventsNeeded(parseExactRatio('0.9'));
/** Windows of which a tenth is at least one. */
export const WINDOWS_FOR_MOST = 10;

/** One series over one window. */
export interface SeriesWindow {
  readonly series: string;
  readonly endMs: number;
  readonly good: number;
  readonly total: number;
}

export interface TargetEvidence {
  /** As specs write it. */
  readonly target: string;
  readonly windowCount: number;
  /** Windows in which every series met it. */
  readonly metCount: number;
  /** Series that were held against it, and those that have too few events for that. */
  readonly seriesCount: number;
  readonly thinCount: number;
}

/** How many events a window needs for a target to allow BUDGET_EVENTS_MIN bad ones. */
export function eventsNeeded({ numerator, denominator }: ExactRatio): number {
  return Math.ceil((BUDGET_EVENTS_MIN * denominator) / (denominator - numerator));
}

/** Exact: good / total is not below the target. */
function isMet({ good, total }: SeriesWindow, { numerator, denominator }: ExactRatio): boolean {
  return BigInt(good) * BigInt(denominator) >= BigInt(numerator) * BigInt(total);
}

/**
 * What the windows say of each rung, lowest first; rungs that no series has enough events for in every window are left out. A
 * series with too few is not held against the rung: its counts say nothing of it.
 */
export function climb(windows: readonly SeriesWindow[]): readonly TargetEvidence[] {
  const ends = [...new Set(windows.map(({ endMs }) => endMs))];
  const series = new Map<string, SeriesWindow[]>();
  for (const one of windows) series.set(one.series, [...(series.get(one.series) ?? []), one]);
  // Whoever missed a rung missed those above it, also where it has too few events to be held against them.
  const missed = new Set<number>();
  return LADDER.flatMap((target): TargetEvidence[] => {
    const ratio = parseExactRatio(target);
    const needed = eventsNeeded(ratio);
    const all = [...series.values()];
    const judged = all.filter(
      (own) => own.length === ends.length && own.every(({ total }) => total >= needed),
    );
    if (judged.length === 0) return [];
    for (const one of judged.flat()) if (!isMet(one, ratio)) missed.add(one.endMs);
    return [
      {
        target,
        windowCount: ends.length,
        metCount: ends.length - missed.size,
        seriesCount: judged.length,
        thinCount: all.length - judged.length,
      },
    ];
  });
}

/** The highest target that all windows met, and the highest that nine of ten did; null where there is none, or too few windows. */
export function proposalsOf(evidence: readonly TargetEvidence[]): {
  readonly all: TargetEvidence | null;
  readonly most: TargetEvidence | null;
} {
  const highest = (isEnough: (one: TargetEvidence) => boolean): TargetEvidence | null =>
    evidence.findLast(isEnough) ?? null;
  return {
    all: highest(({ metCount, windowCount }) => metCount === windowCount),
    most: highest(
      ({ metCount, windowCount }) => windowCount >= WINDOWS_FOR_MOST && 10 * metCount >= 9 * windowCount,
    ),
  };
}
