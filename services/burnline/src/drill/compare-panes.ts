import type { StoredPane } from '@burnline/queries';
import type { CountedSeries } from './counted-series.ts';
import { paneCounts } from './counted-series.ts';
import type { OwnCount } from './own-count.ts';

export interface PaneComparison {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** False: other traffic counts in the same series, so nothing is compared. */
  readonly isComparable: boolean;
  readonly panes: number;
  /** Sum of what panes hold below the acknowledged count, and above everything that was made; good and bad apart. */
  readonly missing: number;
  readonly surplus: number;
}

/** Times as the log counted them (epoch ms), of those events that it set back. */
export type StoredTimes = ReadonlyMap<string, number>;

/**
 * Holds panes against the own count. Good and bad are compared apart, so that one cannot hide the other. What was never
 * acknowledged may be counted or not.
 */
export function comparePanes(
  series: CountedSeries,
  own: OwnCount,
  given: { readonly panes: readonly StoredPane[]; readonly storedTimes: StoredTimes },
): PaneComparison {
  const { slo, labels, isOwn } = series;
  const counted = series.counted.map((one) => ({
    ...one,
    atMs: given.storedTimes.get(one.event.id) ?? one.atMs,
  }));
  const most = paneCounts(counted);
  const least = paneCounts(counted.filter(({ event }) => own.get(event.id)?.isAcknowledged === true));
  const key = labelsKey(labels);
  const stored = new Map(
    given.panes
      .filter((pane) => pane.slo === slo.slo && labelsKey(pane.labels) === key)
      .map((pane) => [pane.paneMs, pane]),
  );
  let [missing, surplus] = [0, 0];
  for (const pane of new Set([...most.keys(), ...stored.keys()])) {
    const [from, to, found] = [least.get(pane), most.get(pane), stored.get(pane)].map(apart);
    for (const kind of ['good', 'bad'] as const) {
      missing += Math.max(0, (from?.[kind] ?? 0) - (found?.[kind] ?? 0));
      surplus += Math.max(0, (found?.[kind] ?? 0) - (to?.[kind] ?? 0));
    }
  }
  const figures = isOwn ? { missing, surplus } : { missing: 0, surplus: 0 };
  return { slo: slo.slo, labels, isComparable: isOwn, panes: most.size, ...figures };
}

function apart(counts: { readonly good: number; readonly total: number } | undefined): {
  readonly good: number;
  readonly bad: number;
} {
  const { good, total } = counts ?? { good: 0, total: 0 };
  return { good, bad: total - good };
}

/** The same for the same labels in any order. */
export function labelsKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
