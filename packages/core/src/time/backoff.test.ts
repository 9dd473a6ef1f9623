import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('doubles the wait after each failure, up to its bound and never beyond', () => {
  const backoff = { delayMsFirst: 50, delayMsMax: 1_000 };
  const waits = [1, 2, 3, 4, 5, 6, 7].map((failureCount) => backoffMs(backoff, failureCount));
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  expect(backoffMs(backoff, 5_000)).toBe(1_000);
  expect(backoffMs({ delayMsFirst: 0, delayMsMax: 10 }, 2_000)).toBe(0);
});
