import { DAY_MS, durationText, floorTo, HOUR_MS, MINUTE_MS } from '@burnline/core';
import type { BudgetForecast } from './budget-forecast.ts';

/** `2023-11-16 18:31:00` in UTC. */
export function instantText(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** A time to come as people say it: 3d4h, 5h12m, 40m; no seconds. */
export function spanText(spanMs: number): string {
  const unitMs = spanMs >= 2 * DAY_MS ? HOUR_MS : MINUTE_MS;
  return spanMs < MINUTE_MS ? 'under 1m' : durationText(floorTo(spanMs, unitMs));
}

/** A few words for a column: `in 3d4h`, `spent, back in 2d`, `never`. Spans are from the end of what is known. */
export function forecastText(forecast: BudgetForecast): string {
  switch (forecast.kind) {
    case 'runs_out':
      return `in ${spanText(forecast.atMs - forecast.knownAtMs)}`;
    case 'spent':
      return forecast.recoversAtMs === null
        ? 'spent'
        : `spent, back in ${spanText(forecast.recoversAtMs - forecast.knownAtMs)}`;
    case 'lasts':
      return 'not this period';
    case 'never':
      return 'never';
    case 'no_traffic':
    case 'no_data':
    case 'not_forecast':
      return '-';
  }
}

/** The same as a sentence's end, with instants: `runs out in 3d4h (2026-05-13 01:10:00 UTC) at the rate of the last 1d`. */
export function forecastSentence(forecast: BudgetForecast): string {
  switch (forecast.kind) {
    case 'runs_out':
      return `runs out ${forecastText(forecast)} (${instantText(forecast.atMs)} UTC) ${rateText(forecast)}`;
    case 'spent': {
      const since = forecast.sinceMs === undefined ? '' : ` since ${instantText(forecast.sinceMs)} UTC`;
      const back =
        forecast.recoversAtMs === null
          ? 'does not recover'
          : `recovers in ${spanText(forecast.recoversAtMs - forecast.knownAtMs)} (${instantText(forecast.recoversAtMs)} UTC)`;
      return `spent${since}, ${back} ${rateText(forecast)}`;
    }
    case 'lasts':
      return `lasts until its period ends at ${instantText(forecast.untilMs)} UTC ${rateText(forecast)}`;
    case 'never':
      return `never runs out ${rateText(forecast)}`;
    case 'no_traffic':
      return 'no traffic';
    case 'no_data':
      return 'too little data to forecast';
    case 'not_forecast':
      return NOT_FORECAST_TEXTS[forecast.why];
  }
}

const NOT_FORECAST_TEXTS = {
  entities: 'not forecast: it has too many entities to look at',
  period: 'not forecast until the pipeline has loaded its spec again',
  many: 'not forecast: others have less left',
  large: 'not forecast: it counts more than whole numbers hold',
} as const;

const rateText = ({ rate }: { readonly rate: { readonly windowMs: number } }): string =>
  `at the rate of the last ${durationText(rate.windowMs)}`;
