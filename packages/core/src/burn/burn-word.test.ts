import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isTierBurning } from './burn.ts';
import { BURN_WORDS, burnWordOf, tierBurnWord } from './burn-word.ts';

/** Goal: four words, one for each pair of windows, and `critical` is exactly what fires where no guard holds it back. */
it('has one word for each pair of windows', () => {
  const words = [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ].map(([isLongOver = false, isShortOver = false]) => burnWordOf({ isLongOver, isShortOver }));
  expect(words).toEqual(BURN_WORDS);
});

const counts = fc.tuple(fc.nat(1_000), fc.nat(1_000)).map(([bad, good]) => ({ bad, total: bad + good }));
const tiers = fc.record({
  factor: fc.record({
    numerator: fc.integer({ min: 0, max: 200 }),
    denominator: fc.integer({ min: 1, max: 10 }),
  }),
  operator: fc.constantFrom('>', '>='),
});
const targets = fc.integer({ min: 2, max: 1_000 }).map((one) => ({ numerator: one - 1, denominator: one }));

it('goes by whether each window burns, counted here in whole numbers', () => {
  fc.assert(
    fc.property(counts, counts, tiers, targets, (long, short, tier, target) => {
      // bad / total against factor x (1 - target), where target is (d - 1) / d.
      const isOver = ({ bad, total }: { bad: number; total: number }): boolean => {
        const left = BigInt(bad) * BigInt(tier.factor.denominator) * BigInt(target.denominator);
        const right = BigInt(tier.factor.numerator) * BigInt(total);
        return total > 0 && (tier.operator === '>' ? left > right : left >= right);
      };
      const word = tierBurnWord({ long, short }, tier, target);
      expect(word === 'critical' || word === 'recovering').toBe(isOver(long));
      expect(word === 'critical' || word === 'increasing').toBe(isOver(short));
    }),
  );
});

it('is critical where a tier without guards burns, and nowhere else', () => {
  fc.assert(
    fc.property(counts, counts, tiers, targets, (long, short, part, target) => {
      const tier = {
        ...{
          name: 't',
          longWindowMs: 3_600_000,
          shortWindowMs: 300_000,
          severity: 'page' as const,
          holdMs: 0,
        },
        ...{ budgetShare: { numerator: 1, denominator: 50 }, ...part },
      };
      expect(tierBurnWord({ long, short }, tier, target) === 'critical').toBe(
        isTierBurning({ tier, target, badCountMin: 0, long, short }),
      );
    }),
  );
});
