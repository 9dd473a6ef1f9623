import { hasLabels } from '@burnline/core';
import type { BudgetSpec, SeriesStatus } from '@burnline/queries';
import type { BudgetForecast } from '../forecast/budget-forecast.ts';
import { seriesKeyOf } from '../forecast/series-key.ts';
import { leftOf } from '../forecast/budget-left.ts';
import { compareBinding, isJudged, type ForecastBudget } from './binding-order.ts';

/** One SLO of a service, by its worst series. */
export interface BudgetView extends ForecastBudget {
  readonly slo: string;
  readonly dimension: string;
  readonly track: string;
  readonly criticality: string;
  /** How many of its series are in which state. */
  readonly states: Readonly<Record<string, number>>;
  /** How many of its series have an alert that fires or is frozen. */
  readonly firingCount: number;
}

/** One level of nested limits: a series, and what of the one that it is within is its own. */
export interface NestedBudget extends ForecastBudget {
  /** Of the next level; null for the last. */
  readonly partOf: {
    readonly bad: number;
    readonly total: number;
    readonly wholeBad: number;
    readonly wholeTotal: number;
  } | null;
  /** Whether it is the one of its chain that binds. */
  readonly isBinding: boolean;
}

/** All budgets of a service in a stream. */
export interface ServiceView {
  readonly stream: string;
  readonly service: string;
  /** By dimension, then the binding one first. */
  readonly budgets: readonly BudgetView[];
  /** The one of them that binds; null where none has data to be judged by. */
  readonly binding: BudgetView | null;
  /** From the narrowest limit to the widest, that of other services included. */
  readonly nested: readonly (readonly NestedBudget[])[];
}

/** Everything that a stream has at a moment. */
export interface StreamBudgets {
  readonly stream: string;
  readonly series: readonly SeriesStatus[];
  /** By SLO. */
  readonly specs: ReadonlyMap<string, BudgetSpec>;
}

/** Series of an SLO that may be its worst: which one runs out first is known when they are forecast. */
const CANDIDATES = 3;

function bySlo(series: readonly SeriesStatus[]): ReadonlyMap<string, readonly SeriesStatus[]> {
  const groups = new Map<string, SeriesStatus[]>();
  for (const one of series) {
    const own = groups.get(one.slo);
    if (own === undefined) groups.set(one.slo, [one]);
    else own.push(one);
  }
  return groups;
}

/** The worst by what they have left, those that burn first. */
function candidatesOf(series: readonly SeriesStatus[]): readonly SeriesStatus[] {
  const rank = (one: SeriesStatus): number =>
    (isJudged({ status: one, forecast: null }) ? 0 : 2) + (one.firing === null ? 1 : 0);
  return [...series].sort((a, b) => rank(a) - rank(b) || leftOf(a) - leftOf(b)).slice(0, CANDIDATES);
}

/** Series that have to be forecast for a view of some services, those of other services that they are within included. */
export function seriesToForecast(
  budgets: StreamBudgets,
  services: ReadonlySet<string>,
): readonly SeriesStatus[] {
  const own = budgets.series.filter(({ service }) => services.has(service));
  const wanted = [...bySlo(own).values()].flatMap(candidatesOf);
  const all = wanted.flatMap((one) => chainOf(one, budgets));
  return [...new Map(all.map((one) => [seriesKeyOf(one), one])).values()];
}

/** A series and those that it is within, as far as they are there. */
function chainOf(status: SeriesStatus, { series, specs }: StreamBudgets): readonly SeriesStatus[] {
  const chain = [status];
  for (let at = status; ;) {
    const within = specs.get(at.slo)?.within ?? null;
    // Specs have no loop; those of different times that the tables hold might.
    if (within === null || chain.some(({ slo }) => slo === within)) return chain;
    const whole = series.find((one) => one.slo === within && isPartOf(at, one));
    if (whole === undefined) return chain;
    chain.push(whole);
    at = whole;
  }
}

/** A part is grouped by all that the whole is grouped by. */
const isPartOf = ({ labels }: SeriesStatus, whole: SeriesStatus): boolean => hasLabels(labels, whole.labels);

/** The view of one service, from what a stream has and the forecasts that `seriesToForecast` asks for. */
export function serviceView(
  budgets: StreamBudgets,
  service: string,
  forecasts: ReadonlyMap<string, BudgetForecast>,
): ServiceView {
  const { stream, series, specs } = budgets;
  const withForecast = (status: SeriesStatus): ForecastBudget => ({
    status,
    forecast: forecasts.get(seriesKeyOf(status)) ?? null,
  });
  const views = [...bySlo(series.filter((one) => one.service === service))].flatMap(([slo, own]) => {
    const [worst] = candidatesOf(own).map(withForecast).sort(compareBinding);
    const spec = specs.get(slo);
    return worst === undefined || spec === undefined ? [] : [budgetView(spec, own, worst)];
  });
  const binding = [...views].sort(compareBinding).find(isJudged) ?? null;
  const ranks = dimensionRanks(views);
  const rankOf = ({ dimension }: BudgetView): number => ranks.indexOf(dimension);
  const inner = views.filter(({ slo }) => specs.get(slo)?.within !== null);
  const holding = new Set(inner.map(({ slo }) => specs.get(slo)?.within));
  return {
    ...{ stream, service, binding },
    budgets: [...views].sort((a, b) => rankOf(a) - rankOf(b) || compareBinding(a, b)),
    nested: inner
      .filter(({ slo }) => !holding.has(slo))
      .map(({ status }) => nestedOf(chainOf(status, budgets).map(withForecast))),
  };
}

function budgetView(
  { slo, dimension, track, criticality }: BudgetSpec,
  own: readonly SeriesStatus[],
  worst: ForecastBudget,
): BudgetView {
  const states: Record<string, number> = {};
  for (const { state } of own) states[state] = (states[state] ?? 0) + 1;
  const firingCount = own.filter(({ firing }) => firing !== null).length;
  return { ...worst, slo, dimension, track, criticality, states, firingCount };
}

/** Dimensions stand by the worst budget of each. */
const dimensionRanks = (views: readonly BudgetView[]): readonly string[] =>
  [...views].sort(compareBinding).map(({ dimension }) => dimension);

function nestedOf(chain: readonly ForecastBudget[]): readonly NestedBudget[] {
  const [binding] = [...chain].sort(compareBinding);
  return chain.map((level, index) => {
    const whole = chain[index + 1]?.status;
    const { bad, total } = level.status;
    return {
      ...level,
      partOf: whole === undefined ? null : { bad, total, wholeBad: whole.bad, wholeTotal: whole.total },
      isBinding: level === binding && isJudged(level),
    };
  });
}
