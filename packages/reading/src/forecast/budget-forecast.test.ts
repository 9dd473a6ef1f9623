import { parseExactRatio, type CountBucket } from '@burnline/core';
import { expect, it } from 'vitest';
import { seriesForecast } from './budget-forecast.ts';

const HOUR_MS = 3_600_000;
const AT_MS = 1_000 * HOUR_MS;

function forecastOf(buckets: readonly CountBucket[]) {
  type Parts = Parameters<typeof seriesForecast>[0];
  return seriesForecast({
    status: { isEstimated: false } as Parts['status'],
    spec: { target: parseExactRatio('0.99') } as Parts['spec'],
    period: { kind: 'rolling', durationMs: 100 * HOUR_MS, text: '100h' },
    window: { startMs: AT_MS - 100 * HOUR_MS, endMs: AT_MS, periodMs: 100 * HOUR_MS },
    past: { slo: 'a', series: '0', firstMs: 0, buckets },
    rateWindowMs: 24 * HOUR_MS,
  });
}

const bucket = (bad: number, total: number): CountBucket => ({
  startMs: AT_MS - HOUR_MS,
  endMs: AT_MS,
  bad,
  total,
});

it('says nothing of counts that are beyond whole numbers, and does not fail of them', () => {
  expect(forecastOf([bucket(1_000, 5_000_000)])).toMatchObject({ kind: 'never' });
  expect(forecastOf([bucket(1, 2 ** 53)])).toEqual({ kind: 'not_forecast', why: 'large' });
  // A sum that ran over.
  expect(forecastOf([bucket(-5, 3)])).toEqual({ kind: 'not_forecast', why: 'large' });
});
