import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from './budget.ts';
import { isBurning, maxBurnRate } from './burn.ts';
import { compositeCounts, compositeTarget, compositeUnits } from './composite.ts';
import { parseExactRatio, ratioToNumber, reduceRatio } from './exact-ratio.ts';

const part = (weight: string, target: string) => ({
  weight: parseExactRatio(weight),
  target: parseExactRatio(target),
});
const factors = ['13.44', '6', '3', '1', '0.5'].map((text) => ({ factor: parseExactRatio(text) }));

describe('a composite', () => {
  it('burns, at worst, what its parts do together', () => {
    const target = compositeTarget([part('2', '0.999'), part('1', '0.95')]);
    // 2 / 0.001 + 1 / 0.05
    expect(maxBurnRate(target)).toEqual({ numerator: 2020, denominator: 1 });
    expect(compositeTarget([part('1', '0.999')])).toEqual(parseExactRatio('0.999'));
  });

  it('weighs as OpenSLO does: 2 and 4 burn twice what 1 and 2 do', () => {
    const counts = [
      { bad: 1, total: 1_000 },
      { bad: 10, total: 1_000 },
    ];
    const remaining = (weights: readonly [string, string]): number | null => {
      const parts = [part(weights[0], '0.99'), part(weights[1], '0.95')];
      const target = compositeTarget(parts);
      const { bad, total } = compositeCounts(parts, counts, compositeUnits(target, factors));
      const period = { periodMs: 1, filledMs: 1, coverage: 1 };
      return budgetOf({ good: total - bad, total, target, ...period }).remainingRatio;
    };
    // 0.1 and 0.2 of their budgets are spent.
    expect(remaining(['1', '2'])).toBeCloseTo(1 - (0.1 + 2 * 0.2), 8);
    expect(remaining(['2', '4'])).toBeCloseTo(1 - 2 * (0.1 + 2 * 0.2), 8);
    expect(remaining(['0.5', '1'])).toBeCloseTo(1 - (0.1 + 2 * 0.2) / 2, 8);
  });

  it('of parts without events has none; one without any burns nothing', () => {
    const parts = [part('1', '0.9'), part('1', '0.9')];
    const units = compositeUnits(compositeTarget(parts), factors);
    const none = { bad: 0, total: 0 };
    expect(compositeCounts(parts, [none, none], units)).toEqual(none);
    // The worst is 10 + 10: all of one of them is half of it.
    const { bad, total } = compositeCounts(parts, [{ bad: 3, total: 3 }, none], units);
    expect(bad / total).toBe(0.5);
  });

  it('refuses weights that cannot spend the budget, and digits that it cannot compare', () => {
    expect(() => compositeTarget([part('0.001', '0.9')])).toThrow(
      expect.objectContaining({ code: 'TARGET_INVALID' }),
    );
    const fine = parseExactRatio('0.999999999');
    const factor = { numerator: 7, denominator: 9_999_991 };
    expect(() => compositeUnits(fine, [{ factor }])).toThrow(
      expect.objectContaining({ code: 'COUNTS_INVALID' }),
    );
  });

  it('is told from every threshold as the exact sum of fractions is, for both operators', () => {
    const ratio = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }))
      .map(([numerator, denominator]) => reduceRatio(BigInt(numerator), BigInt(denominator)));
    const one = fc.record({
      weight: ratio,
      target: fc.constantFrom('0.8', '0.9', '0.95', '0.99', '0.999', '0.925').map(parseExactRatio),
      total: fc.oneof(fc.nat(40), fc.nat(3_000_000)),
      badShare: fc.constantFrom(0, 0.001, 0.01, 0.05, 0.5, 1),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), ratio, (parts, factor) => {
        const counts = parts.map(({ total, badShare }) => ({ total, bad: Math.floor(total * badShare) }));
        const most = parts.reduce(
          (sum, { weight, target }) => sum + ratioToNumber(weight) / (1 - ratioToNumber(target)),
          0,
        );
        fc.pre(most > 1.001);
        const target = compositeTarget(parts);
        // The sum, over one denominator of everything.
        const withEvents = parts
          .map((each, index) => ({ ...each, ...counts[index]! }))
          .filter((each) => each.total > 0);
        const denominators = withEvents.map(
          ({ weight, target: { numerator, denominator }, total }) =>
            BigInt(weight.denominator) * BigInt(denominator - numerator) * BigInt(total),
        );
        const common = denominators.reduce((product, each) => product * each, 1n);
        const burn = withEvents.reduce(
          (sum, { weight, target: { denominator }, bad }, index) =>
            sum +
            (BigInt(weight.numerator) * BigInt(denominator) * BigInt(bad) * common) / denominators[index]!,
          0n,
        );
        const exactly = burn * BigInt(factor.denominator) - BigInt(factor.numerator) * common;
        const made = compositeCounts(parts, counts, compositeUnits(target, [{ factor }]));
        if (withEvents.length === 0) {
          expect(made.total).toBe(0);
          return;
        }
        expect(isBurning(made, { factor, operator: '>=' }, target)).toBe(exactly >= 0n);
        expect(isBurning(made, { factor, operator: '>' }, target)).toBe(exactly > 0n);
        const state = budgetOf({
          good: made.total - made.bad,
          total: made.total,
          target,
          periodMs: 1,
          filledMs: 1,
          coverage: 1,
        }).state;
        expect(state).toBe(burn > common ? 'breached' : 4n * burn > 3n * common ? 'at_risk' : 'ok');
      }),
      { numRuns: 1_000 },
    );
  });
});
