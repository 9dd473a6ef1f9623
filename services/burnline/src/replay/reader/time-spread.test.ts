import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replayFiles } from './testing/replay-files.ts';
import { openReplay } from './replay-source.ts';
import { TimeSpread } from './time-spread.ts';

const write = replayFiles();
const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-06-02T00:00:00Z');
const START_MS = Date.parse('2026-06-01T00:00:00Z');

const line = (atMs: number): string =>
  JSON.stringify({
    occurred_at: new Date(atMs).toISOString(),
    service: 'chat',
    model_requested: 'm',
    status: 'ok',
    duration_ms: 1,
  });
const hour = Array.from({ length: 60 }, (_, minute) => START_MS + minute * 60_000);
const open = async (times: readonly number[], nowMs: number | null = NOW_MS) =>
  openReplay({ file: await write('history.ndjson', times.map(line).join('\n')), nowMs });

describe('times of a history', () => {
  test('a row from the future is told with its line, and taken when asked to', async () => {
    const times = [...hour, NOW_MS + 3 * DAY_MS];
    await expect(open(times)).rejects.toMatchObject({
      code: 'REPLAY_TIMES_IMPLAUSIBLE',
      message: expect.stringMatching(
        /line 61: 2026-06-05T00:00:00.000Z is in the future/,
      ) as unknown as string,
      remedy: expect.stringContaining('--any-time') as unknown as string,
    });
    expect((await open(times, null)).inferenceCount).toBe(61);
  });

  test('a row years before all others is told with its line, wherever it stands in the file', async () => {
    const early = Date.parse('2020-01-01T00:00:00Z');
    await expect(open([early, ...hour])).rejects.toThrow(
      /line 1: 2020-01-01T00:00:00.000Z, 2343 days from the nearest other records/,
    );
    await expect(open([...hour, early])).rejects.toThrow(/line 61: 2020-01-01/);
    await expect(open([Date.parse('2002-01-01T00:00:00Z'), ...hour])).rejects.toThrow(/line 1: 2002-01-01/);
  });

  test('a stray row between two parts of a history is told too', async () => {
    const former = hour.map((atMs) => atMs - 400 * DAY_MS);
    await expect(open([...former, START_MS - 200 * DAY_MS, ...hour])).rejects.toThrow(/line 61: 2025-11-13/);
  });

  test('runs that lie months apart, each with its share of the rows, are what they are', async () => {
    const former = hour.map((atMs) => atMs - 400 * DAY_MS);
    expect((await open([...former, ...hour])).inferenceCount).toBe(120);
  });

  test('sparse histories and clocks a little ahead are plausible', async () => {
    const monthly = Array.from({ length: 5 }, (_, index) => START_MS - (4 - index) * 40 * DAY_MS);
    expect((await open(monthly)).inferenceCount).toBe(5);
    expect((await open([...hour, NOW_MS + 60_000])).inferenceCount).toBe(61);
  });

  test('any history without gaps of a month that ends by now is plausible', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 200 }), (gapDays) => {
        const spread = new TimeSpread(NOW_MS * 1_000);
        let atMs = NOW_MS;
        for (const [index, days] of gapDays.entries()) spread.add((atMs -= days * DAY_MS) * 1_000, index);
        expect(() => spread.requirePlausible('f')).not.toThrow();
      }),
    );
  });
});
