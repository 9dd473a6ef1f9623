import {
  OTHER_LABEL,
  hasLabels,
  HOUR_MS,
  DAY_MS,
  budgetOf,
  ratioToNumber,
  PANE_MS_DEFAULT,
  type BudgetPeriod,
  type CompositePart,
} from '@burnline/core';
import { groupPlans, partBurnRate, sharedReading, sumsOfPeriods } from '@burnline/judging';
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
import type { ReportBudget, ReportBurnDown, ReportPart, ReportReason } from './report.ts';

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
      budget: {
        ...budgetFigure(status, spec, {
          counts: counts.get(spec.slo)?.get(seriesIdOf(spec, status.labels)) ?? NOTHING,
          leftBeforeRatio: before.get(seriesKeyOf(status))?.remainingRatio ?? null,
        }),
        ...(spec.sli.composite !== undefined && { parts: partsOf(spec.sli.composite, counts) }),
      },
    }))
    .sort((a, b) => (b.budget.spentRatio ?? -1) - (a.budget.spentRatio ?? -1));
  const shown = all.slice(0, BUDGETS_MAX);
  const budgets: ReportBudget[] = [];
  for (const [index, { spec, budget }] of shown.entries())
    budgets.push(
      index < EXPLAINED_MAX && budget.bad > 0
        ? { ...budget, reasons: await reasonsOf(store, { spec, budget, bySlo }, query) }
        : budget,
    );
  return { budgets, leftOut: all.length - shown.length };
}

interface Counts {
  readonly good: number;
  readonly total: number;
}

const NOTHING: Counts = { good: 0, total: 0 };

/** By SLO, and id of the series. */
type SloCounts = ReadonlyMap<string, ReadonlyMap<string, Counts>>;

async function countsOf(
  store: Store,
  specs: readonly BudgetSpec[],
  { stream, fromMs, toMs }: ReportQuery,
): Promise<SloCounts> {
  const readingOf = sharedReading(store, stream);
  const found = new Map<string, Map<string, Counts>>();
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
    for (const { slo, series, good, total } of figures)
      found.set(slo, (found.get(slo) ?? new Map<string, Counts>()).set(series, { good, total }));
  }
  return found;
}

/** What the parts of a composite counted as the SLOs that they are, all series of each. */
function partsOf(composite: readonly CompositePart[], counts: SloCounts): readonly ReportPart[] {
  return composite
    .map((part): ReportPart => {
      const own = [...(counts.get(part.slo)?.values() ?? [])];
      const total = own.reduce((sum, one) => sum + one.total, 0);
      const bad = total - own.reduce((sum, one) => sum + one.good, 0);
      return { slo: part.slo, bad, total, spentRatio: partBurnRate(part, { bad, total }) };
    })
    .sort((a, b) => b.spentRatio - a.spentRatio || (a.slo < b.slo ? -1 : 1));
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

/**
 * Raw rows live for 35 days, and what overflowed a cap, and envelopes, have none of their own: nothing is said then. Of a composite it is said of
 * the part that spent most: its events are its own.
 */
async function reasonsOf(
  store: Store,
  asked: {
    readonly spec: BudgetSpec;
    readonly budget: ReportBudget;
    readonly bySlo: ReadonlyMap<string, BudgetSpec>;
  },
  { stream, fromMs, toMs }: ReportQuery,
): Promise<readonly ReportReason[]> {
  const { labels, parts } = asked.budget;
  const part = parts?.find(({ bad }) => bad > 0)?.slo;
  const sli = (parts === undefined ? asked.spec : asked.bySlo.get(part ?? ''))?.sli;
  const hasEvents = sli !== undefined && sli.composite === undefined && sli.derivation?.kind !== 'envelope';
  if (!hasEvents || Object.values(labels).includes(OTHER_LABEL)) return [];
  try {
    const { values } = await readAttribution(store, { stream, fromMs, toMs, labels, plan: sli });
    return values
      .filter(({ excess }) => excess > 0)
      .slice(0, REASONS_MAX)
      .map(({ dimension, value, badShare, trafficShare, excess, method }) => ({
        ...{ dimension, value, badShare, trafficShare, excess, method },
        ...(part !== undefined && { part }),
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
