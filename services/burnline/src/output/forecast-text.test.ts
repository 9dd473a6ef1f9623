import { expect, it } from 'vitest';
import type { BudgetForecast } from '@burnline/reading';
import { forecastNote } from './forecast-text.ts';

const HOUR_MS = 3_600_000;
const known = { knownAtMs: 0, rate: { bad: 1, total: 2, overMs: 3, windowMs: 24 * HOUR_MS } };

it('names the rates that it assumes', () => {
  const atHour: BudgetForecast = { kind: 'never', ...known, rate: { ...known.rate, windowMs: HOUR_MS } };
  const forecasts = [
    atHour,
    { kind: 'never', ...known } as const,
    atHour,
    { kind: 'no_data' } as const,
    null,
  ];
  expect(forecastNote(forecasts)).toBe(
    'runs out: at the rate of the last 1d or 1h, as old events leave a rolling period',
  );
  expect(forecastNote([null])).toBe('runs out: as old events leave a rolling period');
});
