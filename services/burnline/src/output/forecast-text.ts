import { DAY_MS, durationText } from '@burnline/core';
import { forecastText, type BudgetForecast } from '@burnline/reading';
import type { Output, Tone } from './output.ts';
import type { Cell } from './table.ts';

/** Within so much time somebody should know. */
const SOON_MS = DAY_MS;

export function forecastCell(forecast: BudgetForecast | undefined, output: Output): Cell {
  if (forecast === undefined) return '-';
  const text = forecastText(forecast);
  const isSoon = forecast.kind === 'runs_out' && forecast.atMs - forecast.knownAtMs < SOON_MS;
  const tone: Tone | null = forecast.kind === 'spent' ? 'bad' : isSoon ? 'warn' : null;
  return tone === null ? text : output.cell(tone, text);
}

/** What forecasts of a table assume; of several rates all are named. */
export function forecastNote(forecasts: readonly (BudgetForecast | null)[]): string {
  const windowsMs = forecasts.flatMap((one) => (one !== null && 'rate' in one ? [one.rate.windowMs] : []));
  const names = [...new Set(windowsMs)].sort((a, b) => b - a).map(durationText);
  const rate = names.length === 0 ? '' : `at the rate of the last ${names.join(' or ')}, `;
  return `runs out: ${rate}as old events leave a rolling period`;
}
