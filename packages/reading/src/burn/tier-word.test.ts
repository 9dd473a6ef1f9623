import { burnRate, parseExactRatio, type BurnTier } from '@burnline/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tierBurns, worstTier } from './tier-word.ts';

/** Goal: the four words follow from the burn rates of two windows, as doubles say them wherever they are not at the factor itself. */
const target = parseExactRatio('0.99');
const tier = (name: string, longWindowMs: number): BurnTier => ({
  ...{ name, longWindowMs, shortWindowMs: longWindowMs / 12, severity: 'page', operator: '>=', holdMs: 0 },
  ...{ factor: { numerator: 10, denominator: 1 }, budgetShare: { numerator: 1, denominator: 50 } },
});
const HOUR_MS = 3_600_000;
const hour = tier('1h', HOUR_MS);

const counts = fc
  .nat({ max: 2_000 })
  .chain((total) => fc.record({ bad: fc.nat({ max: total }), total: fc.constant(total) }));

it('says of two windows what their burn rates say', () => {
  fc.assert(
    fc.property(counts, counts, (long, short) => {
      const [burn] = tierBurns(
        { tiers: [hour], target },
        new Map([
          [HOUR_MS, long],
          [HOUR_MS / 12, short],
        ]),
      );
      const rates = [long, short].map((one) => burnRate(one, target));
      fc.pre(rates.every((rate) => Math.abs(rate - 10) > 1e-6));
      const [isLong, isShort] = rates.map((rate) => rate > 10);
      const words = {
        'true true': 'critical',
        'true false': 'recovering',
        'false true': 'increasing',
        'false false': 'acceptable',
      };
      expect(words).toHaveProperty([`${isLong} ${isShort}`], burn?.word);
    }),
  );
});

it('names the tier that stands worst, and takes a window that is not there for empty', () => {
  const day = tier('1d', 24 * HOUR_MS);
  const bad = { bad: 5, total: 10 };
  const windows = new Map([
    [24 * HOUR_MS, bad],
    [2 * HOUR_MS, bad],
    [HOUR_MS, bad],
  ]);
  const burns = tierBurns({ tiers: [hour, day], target }, windows);
  expect(burns.map(({ word }) => word)).toEqual(['recovering', 'critical']);
  expect(worstTier(burns)?.tier.name).toBe('1d');
  expect(worstTier([])).toBeUndefined();
});
