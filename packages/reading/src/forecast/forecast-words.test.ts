import { expect, it } from 'vitest';
import type { BudgetForecast } from './budget-forecast.ts';
import { forecastSentence, forecastText, spanText } from './forecast-words.ts';

const HOUR_MS = 3_600_000;
const KNOWN_MS = Date.UTC(2026, 4, 13, 1);
const known = { knownAtMs: KNOWN_MS, rate: { bad: 1, total: 2, overMs: 3, windowMs: 24 * HOUR_MS } };
const spent = { kind: 'spent', sinceMs: KNOWN_MS - HOUR_MS, ...known } as const;

it.each<readonly [BudgetForecast, string, string]>([
  [
    { kind: 'runs_out', atMs: KNOWN_MS + 76.5 * HOUR_MS, recoversAtMs: null, ...known },
    'in 3d4h',
    'runs out in 3d4h (2026-05-16 05:30:00 UTC) at the rate of the last 1d',
  ],
  [
    { ...spent, recoversAtMs: KNOWN_MS + 50 * HOUR_MS },
    'spent, back in 2d2h',
    'spent since 2026-05-13 00:00:00 UTC, recovers in 2d2h (2026-05-15 03:00:00 UTC) at the rate of the last 1d',
  ],
  [
    { ...spent, recoversAtMs: null },
    'spent',
    'spent since 2026-05-13 00:00:00 UTC, does not recover at the rate of the last 1d',
  ],
  [
    { kind: 'lasts', untilMs: KNOWN_MS + HOUR_MS, ...known },
    'not this period',
    'lasts until its period ends at 2026-05-13 02:00:00 UTC at the rate of the last 1d',
  ],
  [{ kind: 'never', ...known }, 'never', 'never runs out at the rate of the last 1d'],
  [{ kind: 'no_traffic', ...known }, '-', 'no traffic'],
  [{ kind: 'no_data' }, '-', 'too little data to forecast'],
])('says %j as %s', (forecast, text, sentence) => {
  expect(forecastText(forecast)).toBe(text);
  expect(forecastSentence(forecast)).toBe(sentence);
});

it.each([
  [1, 'under 1m'],
  [59_999, 'under 1m'],
  [60_000, '1m'],
  [HOUR_MS + 90_000, '1h1m'],
  [47.99 * HOUR_MS, '1d23h59m'],
  [48.99 * HOUR_MS, '2d'],
])('%d ms to come are %s', (spanMs, text) => {
  expect(spanText(spanMs)).toBe(text);
});
