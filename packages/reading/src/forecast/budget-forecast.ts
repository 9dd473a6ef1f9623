import {
  calendarPeriodAt,
  compositeForecastOf,
  DAY_MS,
  floorTo,
  forecastOf,
  HOUR_MS,
  MINUTE_MS,
  periodWindow,
  rateSince,
  type BudgetPeriod,
  type CompositePart,
  type CountBucket,
  type EventRate,
  type Forecast,
  type ForecastInput,
  type PeriodWindow,
} from '@burnline/core';
import type { SeriesPast } from '@burnline/judging';
import type { BudgetSpec, SeriesStatus } from '@burnline/queries';

/** When a budget runs out, and what that assumes; or why nothing is said of it. Instants are epoch ms. */
export type BudgetForecast =
  | (Forecast & {
      /** How far the stream was evaluated: what came later is forecast. */
      readonly knownAtMs: number;
      /** Of what was seen in the last so many milliseconds; counts are in what the SLO counts, of a composite in what its parts do. */
      readonly rate: EventRate & { readonly windowMs: number };
      /** Of one that is spent: since when. */
      readonly sinceMs?: number;
    })
  /** Too little of the data is there to conclude anything. */
  | { readonly kind: 'no_data' }
  | { readonly kind: 'not_forecast'; readonly why: 'entities' | 'period' | 'many' | 'large' };

/** What is assumed to go on where nobody says otherwise: a day has its night. */
const RATE_WINDOW_MS_DEFAULT = DAY_MS;
/** Buckets of the past are this fine for as long, and by the hour before. */
export const FINE_MS = DAY_MS;

/**
 * The length of the time whose rate is assumed to go on: that of the long window of the tier that fires, which is what burns;
 * else a day.
 */
export function rateWindowOf(status: SeriesStatus, spec: BudgetSpec): number {
  const tier = spec.tiers.find(({ name }) => name === status.firing?.tier);
  return tier?.longWindowMs ?? RATE_WINDOW_MS_DEFAULT;
}

/** What one series' forecast is made from. */
interface ForecastParts {
  readonly status: SeriesStatus;
  readonly spec: BudgetSpec;
  readonly period: BudgetPeriod;
  /** Undefined: nothing counted in the period. */
  readonly past: SeriesPast | undefined;
  readonly window: PeriodWindow;
  readonly rateWindowMs: number;
}

/** The forecast of one series, by the rows that its budget is judged on. */
export function seriesForecast(parts: ForecastParts): BudgetForecast {
  const { spec, window, rateWindowMs } = parts;
  const past = parts.past?.buckets ?? [];
  if (!isCountable(past)) return { kind: 'not_forecast', why: 'large' };
  const atMs = window.endMs;
  const filledMs = filledOf(parts);
  const rate = rateOf(past, { window, rateWindowMs, filledMs });
  const forecast = forecastOf({
    ...{ target: spec.target, atMs, past, filledMs, rate },
    period: forecastPeriodOf(parts),
  });
  return withRate(forecast, [rate], parts);
}

/** What a part of a composite counted, all of its series together. */
export interface PartPast {
  readonly part: CompositePart;
  readonly buckets: readonly CountBucket[];
}

/** The forecast of a composite, by the rows that its parts are judged on; `past` tells where the oldest of them begins. */
export function compositeForecast(parts: ForecastParts, pasts: readonly PartPast[]): BudgetForecast {
  const { window, rateWindowMs } = parts;
  if (!pasts.every(({ buckets }) => isCountable(buckets))) return { kind: 'not_forecast', why: 'large' };
  const filledMs = filledOf(parts);
  const rated = pasts.map(({ part, buckets }) => ({
    ...{ weight: part.weight, target: part.target, past: buckets },
    rate: rateOf(buckets, { window, rateWindowMs, filledMs }),
  }));
  const forecast = compositeForecastOf({
    ...{ atMs: window.endMs, filledMs, parts: rated },
    period: forecastPeriodOf(parts),
  });
  return withRate(
    forecast,
    rated.map(({ rate }) => rate),
    parts,
  );
}

/** Its length, and of a calendar's its end. */
function forecastPeriodOf({ period, window }: ForecastParts): ForecastInput['period'] {
  const endMs = period.kind === 'calendar' ? { endMs: calendarPeriodAt(window.endMs, period).endMs } : {};
  return { lengthMs: window.periodMs, ...endMs };
}

/** With what is assumed, in whole units. */
function withRate(
  forecast: Forecast,
  rates: readonly EventRate[],
  { window, rateWindowMs }: ForecastParts,
): BudgetForecast {
  const sumOf = (name: 'bad' | 'total'): number =>
    rates.reduce((sum, rate) => sum + rate[name], 0) / THOUSANDTHS;
  const overMs = Math.max(1, ...rates.map((rate) => rate.overMs));
  return {
    ...forecast,
    knownAtMs: window.endMs,
    rate: { bad: sumOf('bad'), total: sumOf('total'), overMs, windowMs: rateWindowMs },
  };
}

/** Whether whole numbers hold it all, in thousandths: what is weighed by money may come to more. */
function isCountable(past: readonly CountBucket[]): boolean {
  const total = past.reduce((sum, one) => sum + Math.abs(one.total) + Math.abs(one.bad), 0);
  return total <= Number.MAX_SAFE_INTEGER && past.every(({ bad }) => bad >= 0);
}

/** The past counts in thousandths. */
const THOUSANDTHS = 1_000;

export const windowAt = (atMs: number, period: BudgetPeriod): PeriodWindow => periodWindow(atMs, period);

/** From an edge of the buckets on; of a series that is younger, over its age. */
function rateOf(
  past: readonly CountBucket[],
  {
    window,
    rateWindowMs,
    filledMs,
  }: { readonly window: PeriodWindow; readonly rateWindowMs: number; readonly filledMs: number },
): EventRate {
  const gridMs = rateWindowMs > FINE_MS ? HOUR_MS : 5 * MINUTE_MS;
  const fromMs = Math.max(window.startMs, floorTo(window.endMs - rateWindowMs, gridMs));
  const rate = rateSince(past, fromMs, window.endMs);
  return { ...rate, overMs: Math.max(1, Math.min(rate.overMs, filledMs)) };
}

/**
 * How much of the period had data behind it when the budget was judged, and has now. The tables keep what came of it: what is
 * spent by the projection is what is spent so far, times the share that is filled. Where nothing is spent the first event tells.
 */
function filledOf({ status, past, window }: ForecastParts): number {
  if (!status.isEstimated) return window.periodMs;
  const { remainingRatio, projectedRemainingRatio, evaluatedAtMs } = status;
  const sinceMs = Math.max(0, window.endMs - evaluatedAtMs);
  const isTold = remainingRatio !== null && projectedRemainingRatio !== null && remainingRatio < 1;
  const share = isTold ? (1 - projectedRemainingRatio) / (1 - remainingRatio) : null;
  const filledMs =
    share === null
      ? window.endMs - Math.max(window.startMs, past?.firstMs ?? window.endMs)
      : Math.round((share * window.periodMs) / 1_000) * 1_000 + sinceMs;
  return Math.min(window.periodMs, Math.max(0, filledMs));
}
