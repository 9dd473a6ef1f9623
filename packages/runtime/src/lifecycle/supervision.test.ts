import { expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { repeat } from './supervision.ts';

/** Work that takes so long each time it is called, until it has been called as often; the pauses that followed. */
async function pausesOf(
  tookMs: readonly number[],
  pauseMs: number | ((tookMs: number) => number),
): Promise<readonly number[]> {
  const pauses: number[] = [];
  const ending = new AbortController();
  let nowMs = 0;
  let calls = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (delayMs) => {
      pauses.push(delayMs);
      nowMs += delayMs;
      if (calls === tookMs.length) ending.abort();
      return Promise.resolve();
    },
  };
  const work = (): Promise<boolean> => {
    nowMs += tookMs[calls] ?? 0;
    calls += 1;
    return Promise.resolve(false);
  };
  await repeat(work, { clock, signal: ending.signal, pauseMs });
  return pauses;
}

it('pauses for as long as it is told, whatever the work took', async () => {
  expect(await pausesOf([0, 300, 7_000], 5_000)).toEqual([5_000, 5_000, 5_000]);
});

it('or for what is left after the work, retries included', async () => {
  const rest = (tookMs: number): number => Math.max(1_000, 5_000 - tookMs);
  expect(await pausesOf([0, 300, 4_500, 7_000], rest)).toEqual([5_000, 4_700, 1_000, 1_000]);
});
