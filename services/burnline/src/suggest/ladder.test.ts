import { parseExactRatio } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LADDER, climb, eventsNeeded, proposalsOf, type SeriesWindow } from './ladder.ts';

const window = (series: string, endMs: number, good: number, total: number): SeriesWindow => ({
  ...{ series, endMs, good, total },
});
const proposed = (windows: readonly SeriesWindow[]): { all: string | null; most: string | null } => {
  const { all, most } = proposalsOf(climb(windows));
  return { all: all?.target ?? null, most: most?.target ?? null };
};

describe('targets that past windows met', () => {
  it('are the highest of the ladder, to the event', () => {
    // 0.99 of 2,000 is 1,980; one less is not.
    expect(proposed([window('', 1, 1_980, 2_000)]).all).toBe('0.99');
    expect(proposed([window('', 1, 1_979, 2_000)]).all).toBe('0.98');
    expect(proposed([window('', 1, 2_000, 2_000)]).all).toBe('0.995');
  });

  it('need ten bad events in what they allow', () => {
    expect([0.9, 0.99, 0.999, 0.9995].map((ratio) => eventsNeeded(parseExactRatio(String(ratio))))).toEqual([
      100, 1_000, 10_000, 20_000,
    ]);
    expect(proposed([window('', 1, 19, 19)]).all).toBeNull();
    expect(proposed([window('', 1, 20, 20)]).all).toBe('0.5');
    expect(proposed([])).toEqual({ all: null, most: null });
  });

  it('that nine of ten met are asked for of ten windows or more', () => {
    const windows = (count: number): SeriesWindow[] =>
      Array.from({ length: count }, (_, end) => window('', end, end === 3 ? 9_500 : 9_990, 10_000));
    expect(proposed(windows(9))).toEqual({ all: '0.95', most: null });
    expect(proposed(windows(10))).toEqual({ all: '0.95', most: '0.999' });
    expect(proposed([...windows(10), window('', 10, 9_500, 10_000)])).toEqual({ all: '0.95', most: '0.95' });
  });

  it('are met by every series; one with too few events for a rung counts with those below', () => {
    const busy = window('busy', 1, 99_990, 100_000);
    expect(proposed([busy, window('small', 1, 198, 200)]).all).toBe('0.9999');
    expect(climb([busy, window('small', 1, 198, 200)]).at(-1)).toMatchObject({
      seriesCount: 1,
      thinCount: 1,
    });
    // It missed a rung that it has enough events for: those above are missed too.
    expect(proposed([busy, window('small', 1, 150, 200)]).all).toBe('0.7');
  });

  it('are never above one that a series missed, and as high as the ladder goes', () => {
    const windows = fc.array(
      fc.record({
        series: fc.constantFrom('a', 'b'),
        endMs: fc.constantFrom(1, 2, 3),
        total: fc.integer({ min: 0, max: 30_000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(windows, (drawn) => {
        const unique = new Map(drawn.map((one) => [`${one.series}|${one.endMs}`, one]));
        const all = [...unique.values()].map(({ series, endMs, total, share }) =>
          window(series, endMs, Math.round(total * Math.sqrt(share)), total),
        );
        const ends = new Set(all.map(({ endMs }) => endMs));
        const isWhole = (name: string, needed: number): boolean => {
          const own = all.filter(({ series }) => series === name);
          return own.length > 0 && own.length === ends.size && own.every(({ total }) => total >= needed);
        };
        let best: string | null = null;
        for (const rung of LADDER) {
          const needed = eventsNeeded(parseExactRatio(rung));
          const judged = ['a', 'b'].filter((name) => isWhole(name, needed));
          if (judged.length === 0) break;
          const isMissed = all.some(
            ({ series, good, total }) => judged.includes(series) && good / total < Number(rung) - 1e-12,
          );
          if (isMissed) break;
          best = rung;
        }
        expect(proposed(all).all).toBe(best);
      }),
    );
  });
});
