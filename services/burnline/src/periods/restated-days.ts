import { COARSE_EDGE_MS, DAY_MS, budgetOf, floorTo, periodWindow, type BudgetPeriod } from '@burnline/core';
import {
  LATE_EVENTS,
  adjustedSince,
  groupPlans,
  inForceAt,
  readAdjustmentsSince,
  sharedReading,
  sumsOfPeriods,
  type Adjustment,
} from '@burnline/judging';
import {
  readBackfilledAt,
  readDayEnds,
  readSeriesLabels,
  type BudgetSpec,
  type DayEnd,
  type PeriodCounts,
} from '@burnline/queries';
import { EPOCH_SETTINGS, type Store } from '@burnline/runtime';

/** The budget of one series over the window that ended with a day: as it was said then, and as it is counted now. */
export interface RestatedDay {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The window: from inclusive, to exclusive, epoch ms. It ends at a UTC midnight. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The last figure of the day, and when it was found; null: the SLO was not judged yet. */
  readonly before: (PeriodCounts & { readonly evaluatedAtMs: number }) | null;
  readonly after: PeriodCounts;
  /** After less before. */
  readonly difference: { readonly good: number; readonly bad: number; readonly total: number } | null;
  /** `late_events`, `adjustment ID`, `adjustment ID revoked`, `spec_change`, `backfill`; none where the day stands as it was said. */
  readonly causes: readonly string[];
}

export type RollingSpec = BudgetSpec & { readonly period: Extract<BudgetPeriod, { kind: 'rolling' }> };

export interface RestatedDaysQuery {
  readonly stream: string;
  readonly spec: RollingSpec;
  /** How far the stream is evaluated, epoch ms: days that ended by then are looked at, so many of them. */
  readonly throughMs: number;
  readonly dayCount: number;
}

/** From inclusive, to exclusive, epoch ms. */
interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Counts {
  readonly good: number;
  readonly total: number;
}

/** Everything that the days of one SLO are compared by. */
interface Comparison {
  readonly query: RestatedDaysQuery;
  readonly adjustments: Awaited<ReturnType<typeof readAdjustmentsSince>>;
  readonly labels: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly backfilledAtMs: number | null;
  /** What a window counts as of its end, by series, with what some adjustments leave out. */
  readonly countsIn: (
    window: Window,
    adjustments: readonly Adjustment[],
  ) => Promise<ReadonlyMap<string, Counts>>;
}

const NOTHING: Counts = { good: 0, total: 0 };

/**
 * What was said of an SLO's rolling budget at the end of past days beside what the same windows count now, the newest day first.
 * By event time: what happened after a day is in none of its figures. Days in whose last hour nobody judged are left out.
 *
 * Rejects with QUERY_TOO_LARGE.
 */
export async function readRestatedDays(
  store: Store,
  query: RestatedDaysQuery,
): Promise<readonly RestatedDay[]> {
  const { stream, spec, throughMs, dayCount } = query;
  const { slo, specRev, period } = spec;
  const lastMs = floorTo(throughMs, DAY_MS);
  const endsMs = Array.from({ length: dayCount }, (_, index) => lastMs - (dayCount - 1 - index) * DAY_MS);
  const { judgedMs, said } = await readDayEnds(store, { stream, slo, endsMs, lookBackMs: period.durationMs });
  const comparison: Comparison = {
    query,
    adjustments: await readAdjustmentsSince(store, 0),
    labels: await readSeriesLabels(store, slo),
    backfilledAtMs: await readBackfilledAt(store, { stream, slo, specRev }),
    countsIn: counterOf(store, query),
  };
  const days: RestatedDay[] = [];
  for (const endMs of [...judgedMs].reverse()) {
    const own = said.filter(({ atMs }) => atMs === endMs);
    days.push(...(await daysAt(comparison, endMs, own)));
  }
  return days;
}

function counterOf(store: Store, { stream, spec }: RestatedDaysQuery): Comparison['countsIn'] {
  const readingOf = sharedReading(store, stream);
  return async (window, adjustments) => {
    const figures = await Promise.all(
      groupPlans([spec]).map((group) =>
        sumsOfPeriods(store, group, {
          ...{ stream, paneMs: EPOCH_SETTINGS.paneMs, atMs: window.toMs, isAsOf: true },
          periods: [window],
          readingOf: async () => ({ ...(await readingOf()), adjustments }),
        }),
      ),
    );
    return new Map(figures.flat().map(({ series, good, total }) => [series, { good, total }]));
  };
}

/** The window that ended with a day. */
const windowOf = ({ period }: RollingSpec, toMs: number): Window => ({
  fromMs: floorTo(toMs - period.durationMs, COARSE_EDGE_MS),
  toMs,
});

/**
 * What all series of a day count now. What was judged seconds before midnight, as live streams are, counted five minutes at the old
 * edge that a window which ends at midnight does not: where it is right with them, the day stands as it was said.
 */
async function countedNow(
  { query: { spec }, countsIn, adjustments }: Comparison,
  endMs: number,
  said: readonly DayEnd[],
): Promise<ReadonlyMap<string, { readonly window: Window; readonly counts: Counts }>> {
  const inForce = inForceAt(adjustments, Number.MAX_SAFE_INTEGER);
  const window = windowOf(spec, endMs);
  const now = await countsIn(window, inForce);
  const found = new Map(
    [...new Set([...said.map(({ series }) => series), ...now.keys()])].map((series) => [
      series,
      { window, counts: now.get(series) ?? NOTHING },
    ]),
  );
  const earlier = { ...window, fromMs: window.fromMs - COARSE_EDGE_MS };
  const shifted = said.filter(
    (one) => one.periodStartMs === earlier.fromMs && !isSame(one, found.get(one.series)?.counts ?? NOTHING),
  );
  if (shifted.length === 0) return found;
  const then = await countsIn(earlier, inForce);
  for (const one of shifted) {
    const counts = then.get(one.series) ?? NOTHING;
    if (isSame(one, counts)) found.set(one.series, { window: earlier, counts });
  }
  return found;
}

async function daysAt(
  comparison: Comparison,
  endMs: number,
  said: readonly DayEnd[],
): Promise<readonly RestatedDay[]> {
  const { labels } = comparison;
  const { stream, spec } = comparison.query;
  const before = new Map(said.map((one) => [one.series, one]));
  const days: RestatedDay[] = [];
  for (const [id, { window, counts: after }] of await countedNow(comparison, endMs, said)) {
    const own = before.get(id) ?? null;
    if ((own?.total ?? 0) === 0 && after.total === 0) continue;
    // Of a day that was judged, a series that was not there yet had nothing.
    const was = own ?? (said.length === 0 ? null : NOTHING);
    days.push({
      ...{ stream, slo: spec.slo, labels: labels.get(id) ?? {} },
      ...window,
      before:
        was === null
          ? null
          : {
              ...periodCountsOf(spec, was),
              ...(own !== null && { remainingRatio: own.remainingRatio }),
              evaluatedAtMs:
                own?.evaluatedAtMs ?? Math.max(...said.map(({ evaluatedAtMs }) => evaluatedAtMs)),
            },
      after: periodCountsOf(spec, after),
      difference: was === null ? null : differenceOf(was, after),
      causes: await causesOf(comparison, { window, id, own, was, after, said }),
    });
  }
  return days.sort((a, b) => JSON.stringify(a.labels).localeCompare(JSON.stringify(b.labels)));
}

/** Why a day is not what it was said to be. */
async function causesOf(
  { query: { spec }, adjustments, labels, backfilledAtMs, countsIn }: Comparison,
  day: {
    readonly window: Window;
    readonly id: string;
    readonly own: DayEnd | null;
    readonly was: Counts | null;
    readonly after: Counts;
    readonly said: readonly DayEnd[];
  },
): Promise<readonly string[]> {
  const { window, id, own, was, after, said } = day;
  const told = own ?? said[0];
  if (was === null || told === undefined) return backfilledAtMs === null ? [LATE_EVENTS] : ['backfill'];
  const isBackfilled = backfilledAtMs !== null && backfilledAtMs > told.writtenAtMs;
  if (told.specRev !== spec.specRev) return isBackfilled ? ['spec_change', 'backfill'] : ['spec_change'];
  const changed = own !== null && isJudgedOtherwise(spec, own) ? ['spec_change'] : [];
  // Over another window, or in other units: nothing of what it counted is told apart.
  if (changed.length > 0) return changed;
  const figure = { ...window, labels: labels.get(id) ?? {}, reportedMs: told.writtenAtMs };
  const adjusted = adjustedSince(figure, spec, adjustments);
  const then = inForceAt(adjustments, told.writtenAtMs);
  const unadjusted = adjusted.length === 0 ? after : ((await countsIn(window, then)).get(id) ?? NOTHING);
  return [
    ...(isSame(was, unadjusted) ? [] : [isBackfilled ? 'backfill' : LATE_EVENTS]),
    ...(isSame(unadjusted, after) ? [] : adjusted),
  ];
}

/** By the same revision, but over another period or against another target. */
function isJudgedOtherwise(spec: RollingSpec, own: DayEnd): boolean {
  if (periodWindow(own.evaluatedAtMs, spec.period).startMs !== own.periodStartMs) return true;
  const { remainingRatio } = periodCountsOf(spec, own);
  return remainingRatio !== null && Math.abs(remainingRatio - (own.remainingRatio ?? remainingRatio)) > 1e-9;
}

function periodCountsOf({ target, period }: RollingSpec, { good, total }: Counts): PeriodCounts {
  const whole = { periodMs: period.durationMs, filledMs: period.durationMs, coverage: 1 };
  const { bad, remainingRatio } = budgetOf({ target, good, total, ...whole });
  return { good, bad, total, remainingRatio };
}

const isSame = (left: Counts, right: Counts): boolean =>
  left.good === right.good && left.total === right.total;

const differenceOf = (before: Counts, after: Counts): RestatedDay['difference'] => ({
  good: after.good - before.good,
  bad: after.total - after.good - (before.total - before.good),
  total: after.total - before.total,
});
