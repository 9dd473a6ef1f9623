import type { Store } from '@burnline/runtime';
import { sharedReading, type ReadingOf } from './budget-reading.ts';
import type { PlanGroup, SummedPlan } from './evaluation-plan.ts';
import { groupSumsAt } from './group-sums.ts';
import { sumsAt } from './window-sums.ts';

/** A stretch of event time that is over: from inclusive, to exclusive, epoch ms, on whole 5 minutes. */
export interface PastPeriod {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What one series of an SLO comes to in a period that is over. */
export interface PeriodFigure {
  readonly slo: string;
  readonly specRev: string;
  readonly series: string;
  readonly period: PastPeriod;
  readonly good: number;
  readonly total: number;
}

/** Periods that a statement sums at once. */
const PERIODS_PER_STATEMENT = 20;

/** What every series of a group comes to in each of some periods, by what is known now; those that count nothing are left out. */
export async function sumsOfPeriods(
  store: Store,
  group: PlanGroup<SummedPlan>,
  query: {
    readonly stream: string;
    readonly paneMs: number;
    /** After all of the periods, and not before what is sealed: epoch ms. */
    readonly atMs: number;
    /** The instant may be one of long ago, on whole 5 minutes: what happened after it is not known to it, whenever it came. */
    readonly isAsOf?: boolean;
    readonly periods: readonly PastPeriod[];
    /** What budgets count now, if absent. */
    readonly readingOf?: ReadingOf;
  },
): Promise<readonly PeriodFigure[]> {
  const { stream, paneMs, atMs, isAsOf = false, readingOf = sharedReading(store, stream) } = query;
  const figures: PeriodFigure[] = [];
  for (let first = 0; first < query.periods.length; first += PERIODS_PER_STATEMENT) {
    const periods = query.periods.slice(first, first + PERIODS_PER_STATEMENT);
    const windows = periods.map((period) => ({ kind: 'past', ...period }) as const);
    const sums = await groupSumsAt(store, group, {
      ...{ stream, paneMs, atMs, readingOf },
      startOf: (one) => one.firstPaneMs,
      sumsOf: (one) => sumsAt(store, { ...one, group: { ...one.group, windows }, isAsOf }),
    });
    for (const { slo, specRev, series, good, total, totalSeen } of sums)
      periods.forEach((period, index) => {
        if ((totalSeen[index] ?? 0) === 0) return;
        figures.push({ slo, specRev, series, period, good: good[index] ?? 0, total: total[index] ?? 0 });
      });
  }
  return figures;
}
