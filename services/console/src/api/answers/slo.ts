import { periodWindow, ratioToNumber, type SliPlan } from '@burnline/core';
import { readClosedPeriods, readPercentiles, statusStatement, type SeriesStatus } from '@burnline/queries';
import {
  forecastSentence,
  readForecasts,
  seriesKeyOf,
  type BudgetForecast,
  type TierBurn,
} from '@burnline/reading';
import { z } from 'zod';
import type { ConsoleParts } from '../../console-parts.ts';
import {
  slo as sloAnswer,
  sloSeries,
  type SloForecast,
  type SloSeries,
  type TierNow,
} from '../contract/index.ts';
import { aboutOf, checkedStream } from '../reading/about.ts';
import { findSeries, rowsOfSlo } from '../reading/find-series.ts';
import type { BookPage } from '../reading/judged-book.ts';
import { planOf } from '../reading/kept-plans.ts';
import type { JudgedRow } from '../reading/overview-row.ts';
import { documentOf } from '../reading/slo-document.ts';
import { QUERY, route } from '../route.ts';

const query = z.strictObject({ stream: QUERY.stream, asOf: QUERY.asOf });

export const sloRoute = route({
  path: '/slos/{slo}',
  summary: 'One SLO: what its document says, and its series',
  params: ['slo'],
  query,
  answer: sloAnswer,
  answerTo: async (parts, { params: { slo }, query: { stream, asOf } }) => {
    const page = await parts.book.at(asOf, parts.store);
    const rows = rowsOfSlo(page, { slo, stream });
    const [first] = rows;
    return {
      about: aboutOf(page, checkedStream(page, stream)),
      slo,
      document: first === undefined ? null : documentOn(page, first, await planOf(parts, first.facts)),
      series: rows.map(({ row }) => row),
    };
  },
});

export const sloSeriesRoute = route({
  path: '/slos/{slo}/series/{key}',
  summary: 'One series: how its tiers burn, when its budget runs out, how its closed periods ended',
  params: ['slo', 'key'],
  query,
  answer: sloSeries,
  answerTo: async (parts, { params, query: { stream, asOf } }) => {
    const page = await parts.book.at(asOf, parts.store);
    const found = findSeries(page, { ...params, stream });
    const { status, row, facts, tiers } = found;
    const plan = planOf(parts, facts);
    const [sli, forecast, percentiles, closedPeriods] = await Promise.all([
      plan,
      readForecast(parts, status, asOf ?? null),
      plan.then((one) => ((one?.histogram ?? null) === null ? null : percentilesOf(parts, status))),
      closedPeriodsOf(parts, status, asOf ?? Infinity),
    ]);
    const { period } = facts;
    const window = period === null ? null : periodWindow(status.evaluatedAtMs, period);
    return {
      about: aboutOf(page, row.stream),
      row,
      period: {
        text: row.period,
        startMs: window?.startMs ?? status.evaluatedAtMs,
        lengthMs: window?.periodMs ?? null,
      },
      document: documentOn(page, found, sli),
      tiers: tiers.map((one) => tierNowOf(one, status)),
      ...{ forecast, percentiles, closedPeriods },
      sql: statusStatement({ asOfMs: asOf ?? null, stream: row.stream, slo: row.slo }),
    };
  },
});

const documentOn = ({ plans }: BookPage, { facts, row }: JudgedRow, sli: SliPlan | null) =>
  sli === null ? null : documentOf(facts, sli, plans.get(row.stream)?.get(facts.slo));

function tierNowOf({ tier, word, ...burn }: TierBurn, { burnRates }: SeriesStatus): TierNow {
  const windowOf = (windowMs: number, { bad, total }: TierBurn['long'], isOver: boolean) => ({
    ...{ windowMs, bad, total, isOver },
    burnRate: burnRates.find((one) => one.windowMs === windowMs)?.burnRate ?? 0,
  });
  return {
    tier: tier.name,
    severity: tier.severity,
    factor: ratioToNumber(tier.factor),
    operator: tier.operator,
    budgetShare: ratioToNumber(tier.budgetShare),
    holdMs: tier.holdMs,
    long: windowOf(tier.longWindowMs, burn.long, burn.isLongOver),
    short: windowOf(tier.shortWindowMs, burn.short, burn.isShortOver),
    word,
  };
}

async function readForecast(
  { store }: ConsoleParts,
  status: SeriesStatus,
  asOfMs: number | null,
): Promise<SloForecast> {
  const forecasts = await readForecasts(store, [status], { asOfMs });
  return forecastOf(forecasts.get(seriesKeyOf(status)) ?? { kind: 'no_data' });
}

/** A forecast as the API says it. */
export function forecastOf(forecast: BudgetForecast): SloForecast {
  const rate = 'rate' in forecast ? forecast.rate : null;
  return {
    kind: forecast.kind,
    text: forecastSentence(forecast),
    atMs:
      forecast.kind === 'runs_out'
        ? forecast.atMs
        : forecast.kind === 'spent'
          ? (forecast.sinceMs ?? null)
          : null,
    recoversAtMs: 'recoversAtMs' in forecast ? forecast.recoversAtMs : null,
    rateWindowMs: rate?.windowMs ?? null,
    bad: rate?.bad ?? null,
    total: rate?.total ?? null,
  };
}

async function percentilesOf(
  { store }: ConsoleParts,
  status: SeriesStatus,
): Promise<SloSeries['percentiles']> {
  const { stream, slo, evaluatedAtMs: toMs } = status;
  const all = await readPercentiles(store, { stream, slo, toMs });
  const key = seriesKeyOf(status);
  const own = all.find((one) => seriesKeyOf(one) === key);
  if (own === undefined) return null;
  const { field, valueCount, p50, p90, p95, p99 } = own;
  return { field, valueCount, p50, p90, p95, p99 };
}

/** As many cells as a page shows. */
const PERIODS_MAX = 60;

async function closedPeriodsOf(
  { store }: ConsoleParts,
  status: SeriesStatus,
  asOfMs: number,
): Promise<SloSeries['closedPeriods']> {
  const { stream, slo } = status;
  const key = seriesKeyOf(status);
  const all = await readClosedPeriods(store, { stream, slo });
  return all
    .filter((one) => seriesKeyOf(one) === key && one.toMs <= asOfMs)
    .slice(0, PERIODS_MAX)
    .map(({ fromMs, toMs, state, good, bad, total, remainingRatio, coverage, restatements }) => ({
      ...{ fromMs, toMs, state, good, bad, total, remainingRatio, coverage },
      isRestated: restatements.some(({ foundAtMs }) => foundAtMs <= asOfMs),
    }));
}
