import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shareSequence } from './confidence-sequence.ts';

/** Goal: bounds that hold at every moment are those of the published program; `fixtures/sequence-figures.py` writes its figures. */
const { bounds } = JSON.parse(
  readFileSync(new URL('./fixtures/sequence-figures.json', import.meta.url), 'utf8'),
) as {
  readonly bounds: readonly (readonly [
    bad: number,
    total: number,
    alpha: number,
    tuned: number,
    low: number,
    high: number,
  ])[];
};

describe('shareSequence', () => {
  it('is what confseq says', () => {
    expect(bounds.length).toBeGreaterThan(500);
    for (const [bad, total, alpha, tuned, low, high] of bounds) {
      const own = shareSequence({ bad, total }, { alpha, tuned });
      expect([
        bad,
        total,
        alpha,
        tuned,
        Math.abs(own.low - low) < 1e-6,
        Math.abs(own.high - high) < 1e-6,
      ]).toEqual([...[bad, total, alpha, tuned], ...[true, true]]);
    }
  });

  it('knows nothing before the first event, and is wider the surer it is', () => {
    expect(shareSequence({ bad: 0, total: 0 }, { alpha: 0.05, tuned: 100 })).toEqual({ low: 0, high: 1 });
    const width = (alpha: number): number => {
      const { low, high } = shareSequence({ bad: 7, total: 90 }, { alpha, tuned: 100 });
      return high - low;
    };
    expect(width(0.001)).toBeGreaterThan(width(0.05));
  });
});
