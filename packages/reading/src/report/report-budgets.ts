import {
  OTHER_LABEL,
  hasLabels,
  HOUR_MS,
  DAY_MS,
  budgetOf,
  ratioToNumber,
  PANE_MS_DEFAULT,
  type BudgetPeriod,
} from '@burnline/core';
import { groupPlans, sharedReading, sumsOfPeriods } from '@burnline/judging';
import {
  isQueryRefused,
  readAttribution,
  readBudgetHistory,
  readBudgetSpecs,
  readKnowledge,
  readStatus,
  type BudgetSpec,
  type SeriesStatus,
  type TimeRange,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { seriesIdOf } from '../forecast/series-id.ts';
import { seriesKeyOf } from '../forecast/series-key.ts';
import type { ReportBudget, ReportBurnDown, ReportReason } from './report.ts';

export interface ReportQuery extends TimeRange {
  readonly stream: string;
  /** Group values that a series must have; empty: all series. */
  readonly labels: Readonly<Record<string, string>>;
}

type PeriodSpec = BudgetSpec & { readonly period: BudgetPeriod };

/** A report is read by people, and kept. */
const BUDGETS_MAX = 1_000;
/** Each takes a statement over the raw rows of its time, and what spent less is nobody's question. */
const EXPLAINED_MAX = 8;
const REASONS_MAX = 3;
/** As many lines as eyes can tell apart. */
const DRAWN_MAX = 6;

export interface ReportBudgets {
  /** What spent most first. */
  readonly budgets: readonly ReportBudget[];
  readonly leftOut: number;
}

/**
 * What every series of a stream's SLOs counted in a stretch of time that is over, by what is known now and by the SLOs of its end, and
 * what was said of their budgets when it began and ended. Rejects with QUERY_TOO_LARGE.
 */
export async function readReportBudgets(store: Store, query: ReportQuery): Promise<ReportBudgets> {
  const { stream, fromMs, toMs } = query;
  const { givenMs } = await readKnowledge(store, stream, toMs);
  const specs = await readBudgetSpecs(store, { stream, asOfMs: toMs, givenMs });
  const told = await readStatus(store, { stream, asOfMs: toMs });
  const before = new Map(
    (await readStatus(store, { stream, asOfMs: fromMs })).map((one) => [seriesKeyOf(one), one]),
  );
  const counts = await countsOf(store, specs, query);
  const bySlo = new Map(specs.map((spec) => [spec.slo, spec]));
  const all = told
    .filter(({ labels }) => hasLabels(labels, query.labels))
    .flatMap((status) => {
      const spec = bySlo.get(status.slo);
      return spec === undefined ? [] : [{ status, spec }];
    })
    .map(({ status, spec }) => ({
      spec,
      budget: budgetFigure(status, spec, {
        counts: counts.get(`${spec.slo} ${seriesIdOf(spec, status.labels)}`) ?? { good: 0, total: 0 },
        leftBeforeRatio: before.get(seriesKeyOf(status))?.remainingRatio ?? null,
      }),
    }))
    .sort((a, b) => (b.budget.spentRatio ?? -1) - (a.budget.spentRatio ?? -1));
  const shown = all.slice(0, BUDGETS_MAX);
  const budgets: ReportBudget[] = [];
  for (const [index, { spec, budget }] of shown.entries())
    budgets.push(
      index < EXPLAINED_MAX && budget.bad > 0
        ? { ...budget, reasons: await reasonsOf(store, spec, { ...query, labels: budget.labels }) }
        : budget,
    );
  return { budgets, leftOut: all.length - shown.length };
}

interface Counts {
  readonly good: number;
  readonly total: number;
}

/** By SLO and id of the series. */
async function countsOf(
  store: Store,
  specs: readonly BudgetSpec[],
  { stream, fromMs, toMs }: ReportQuery,
): Promise<ReadonlyMap<string, Counts>> {
  const readingOf = sharedReading(store, stream);
  const found = new Map<string, Counts>();
  for (const group of groupPlans(specs.filter(hasPeriod))) {
    const figures = await sumsOfPeriods(store, group, {
      ...{
        stream,
        paneMs: PANE_MS_DEFAULT,
        atMs: toMs,
        isAsOf: true,
        periods: [{ fromMs, toMs }],
        readingOf,
      },
    });
    for (const { slo, series, good, total } of figures) found.set(`${slo} ${series}`, { good, total });
  }
  return found;
}

/** Those that were loaded before the tables kept their period are summed by nothing. */
const hasPeriod = (spec: BudgetSpec): spec is PeriodSpec => spec.period !== null;

function budgetFigure(
  status: SeriesStatus,
  { target, service, dimension }: BudgetSpec,
  { counts, leftBeforeRatio }: { readonly counts: Counts; readonly leftBeforeRatio: number | null },
): ReportBudget {
  const { slo, displayName, labels, period, state, coverage } = status;
  const whole = { periodMs: 1, filledMs: 1, coverage: 1 };
  const { good, bad, total, spentRatio, state: decided } = budgetOf({ target, ...counts, ...whole });
  return {
    ...{ slo, displayName, service, dimension, labels, targetRatio: ratioToNumber(target), period },
    ...{ good, bad, total, sliRatio: total === 0 ? null : good / total, spentRatio },
    isMet: total === 0 ? null : decided !== 'breached',
    ...{ leftBeforeRatio, leftAfterRatio: status.remainingRatio, state, coverage, reasons: [] },
  };
}

/** Raw rows live for 35 days, and what overflowed a cap, envelopes and composites have none of their own: nothing is said then. */
async function reasonsOf(
  store: Store,
  { sli }: BudgetSpec,
  query: ReportQuery,
): Promise<readonly ReportReason[]> {
  const hasEvents = sli.composite === undefined && sli.derivation?.kind !== 'envelope';
  if (!hasEvents || Object.values(query.labels).includes(OTHER_LABEL)) return [];
  try {
    const { values } = await readAttribution(store, { ...query, plan: sli });
    return values
      .filter(({ excess }) => excess > 0)
      .slice(0, REASONS_MAX)
      .map(({ dimension, value, badShare, trafficShare, excess, method }) => ({
        ...{ dimension, value, badShare, trafficShare, excess, method },
      }));
  } catch (error) {
    if (isQueryRefused(error)) return [];
    throw error;
  }
}

/** How the budgets that spent most went down, by the hours or days of a report's time. */
export async function readBurnDowns(
  store: Store,
  { stream, fromMs, toMs }: ReportQuery,
  budgets: readonly ReportBudget[],
): Promise<readonly ReportBurnDown[]> {
  const stepMs = toMs - fromMs > 8 * DAY_MS ? DAY_MS : 6 * HOUR_MS;
  const drawn = budgets.filter(({ bad }) => bad > 0).slice(0, DRAWN_MAX);
  return Promise.all(
    drawn.map(async ({ slo, labels }) => {
      const points = await readBudgetHistory(store, { stream, slo, labels, fromMs, toMs, stepMs });
      return {
        ...{ slo, labels },
        points: points.map((point) => ({ atMs: point.toMs, remainingRatio: point.remainingRatio })),
      };
    }),
  );
}
