import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BurnTier } from './burn-tier.ts';
import {
  burnRate,
  budgetShareOfTarget,
  isBurning,
  isTierBurning,
  leastEvidenceOf,
  maxBurnRate,
} from './burn.ts';
import { parseExactRatio, ratioToNumber } from './exact-ratio.ts';

const threeNines = parseExactRatio('0.999');
const tier: BurnTier = {
  name: '1h&5m',
  longWindowMs: 3_600_000,
  shortWindowMs: 300_000,
  budgetShare: { numerator: 1, denominator: 50 },
  factor: parseExactRatio('14.4'),
  operator: '>=',
  severity: 'page',
  holdMs: 0,
};
const strict: BurnTier = { ...tier, operator: '>' };

describe('isBurning', () => {
  it('decides the boundary on integers, where doubles disagree with each other', () => {
    // A ratio of exactly 0.0144 at 99.9 % is a burn rate of exactly 14.4. In doubles the limit is one of two numbers.
    expect((14.4 * (100 - 99.9)) / 100 < 0.0144).toBe(true);
    expect(14.4 * 0.001 > 0.0144).toBe(true);
    const onTheLine = { bad: 144, total: 10_000 };
    expect(isBurning(onTheLine, tier, threeNines)).toBe(true);
    expect(isBurning(onTheLine, strict, threeNines)).toBe(false);
    expect(isBurning({ bad: 143, total: 10_000 }, tier, threeNines)).toBe(false);
    expect(isBurning({ bad: 145, total: 10_000 }, strict, threeNines)).toBe(true);
  });

  it('is exact beyond 2^53', () => {
    const total = 9_007_199_254_740_000;
    const bad = (total / 10_000) * 144;
    expect(isBurning({ bad, total }, tier, threeNines)).toBe(true);
    expect(isBurning({ bad: bad - 1, total }, tier, threeNines)).toBe(false);
    expect(isBurning({ bad, total }, strict, threeNines)).toBe(false);
  });

  it('agrees with BigInt rationals', () => {
    const counts = fc
      .tuple(fc.oneof(fc.nat(1000), fc.maxSafeNat()), fc.oneof(fc.nat(1000), fc.maxSafeNat()))
      .map(([a, b]) => ({ bad: Math.min(a, b), total: Math.max(a, b) }));
    const target = fc
      .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom(100_000, 1_000_000))
      .map(([numerator, denominator]) => ({ numerator, denominator }));
    const factor = fc.record({
      numerator: fc.integer({ min: 1, max: 20_000 }),
      denominator: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(
        counts,
        target,
        factor,
        fc.constantFrom('>' as const, '>=' as const),
        (c, t, f, operator) => {
          const left = BigInt(c.bad) * BigInt(f.denominator) * BigInt(t.denominator);
          const right = BigInt(f.numerator) * BigInt(t.denominator - t.numerator) * BigInt(c.total);
          const expected = c.total > 0 && (operator === '>' ? left > right : left >= right);
          expect(isBurning(c, { factor: f, operator }, t)).toBe(expected);
        },
      ),
    );
  });

  it('never burns without traffic', () => {
    expect(isBurning({ bad: 0, total: 0 }, tier, threeNines)).toBe(false);
    expect(burnRate({ bad: 0, total: 0 }, threeNines)).toBe(0);
  });

  it.each([
    { bad: 2, total: 1 },
    { bad: -1, total: 1 },
    { bad: 0.5, total: 1 },
    { bad: 0, total: 2 ** 53 },
    { bad: NaN, total: 1 },
  ])('refuses counts that are none: %j', (counts) => {
    expect(() => isBurning(counts, tier, threeNines)).toThrow(
      expect.objectContaining({ code: 'COUNTS_INVALID' }),
    );
  });

  it.each([
    { numerator: 1, denominator: 1 },
    { numerator: 0, denominator: 1 },
    { numerator: 3, denominator: 2 },
    { numerator: 0.5, denominator: 1 },
  ])('refuses a target that is not between 0 and 1: %j', (target) => {
    expect(() => isBurning({ bad: 0, total: 1 }, tier, target)).toThrow(
      expect.objectContaining({ code: 'TARGET_INVALID' }),
    );
    expect(() => budgetShareOfTarget(target)).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
  });
});

describe('burn rates for display', () => {
  it('is the error ratio in units of the budget', () => {
    expect(burnRate({ bad: 144, total: 10_000 }, threeNines)).toBeCloseTo(14.4, 12);
    // 100 bad of 10 requests an hour at 99.9 %: the workbook's example is 100 times the budget.
    expect(burnRate({ bad: 1, total: 10 }, threeNines)).toBeCloseTo(100, 12);
    // One bad minute of 60 at 99 % (kibana#203279).
    expect(burnRate({ bad: 1, total: 60 }, parseExactRatio('99%'))).toBeCloseTo(1.6667, 4);
  });

  it.each([
    ['0.9', 10],
    ['0.99', 100],
    ['0.999', 1000],
    ['0.95', 20],
  ])('at %s reaches %d at most, when everything is bad', (text, maximum) => {
    const target = parseExactRatio(text);
    expect(ratioToNumber(maxBurnRate(target))).toBe(maximum);
    expect(burnRate({ bad: 7, total: 7 }, target)).toBeCloseTo(maximum, 9);
  });

  it('reaches the workbook tier up to 93.05 % and not below', () => {
    const all = { bad: 1000, total: 1000 };
    expect(isBurning(all, tier, parseExactRatio('0.9305'))).toBe(false);
    expect(isBurning(all, tier, parseExactRatio('0.9306'))).toBe(true);
  });
});

describe('isTierBurning', () => {
  const burning = { bad: 20, total: 100 };
  const quiet = { bad: 0, total: 100 };
  const judge = (over: Partial<Parameters<typeof isTierBurning>[0]>) =>
    isTierBurning({ tier, target: threeNines, badCountMin: 1, long: burning, short: burning, ...over });

  it('needs both windows', () => {
    expect(judge({})).toBe(true);
    expect(judge({ long: quiet })).toBe(false);
    expect(judge({ short: quiet })).toBe(false);
  });

  it('needs the minimum of bad events in the long window only', () => {
    expect(judge({ badCountMin: 20 })).toBe(true);
    expect(judge({ badCountMin: 21 })).toBe(false);
    expect(judge({ eventCountMin: burning.total })).toBe(true);
    expect(judge({ eventCountMin: burning.total + 1 })).toBe(false);
    expect(judge({ eventCountMin: burning.total, short: { bad: 2, total: 100 } })).toBe(true);
    // Twenty that two events of a sampled stream stand for are two.
    const sampled = { ...burning, badSeen: 2 };
    expect(judge({ badCountMin: 2, long: sampled })).toBe(true);
    expect(judge({ badCountMin: 3, long: sampled })).toBe(false);
    expect(judge({ badCountMin: 20, short: { bad: 2, total: 100 } })).toBe(true);
  });

  it('does not let one stray failure of a quiet hour page', () => {
    const stray = { bad: 1, total: 10 };
    expect(judge({ long: stray, short: stray })).toBe(true);
    expect(judge({ long: stray, short: stray, badCountMin: 2 })).toBe(false);
  });
});

describe('the exact guard for low traffic', () => {
  const lowTraffic = { kind: 'exact', alpha: { numerator: 1, denominator: 20 } } as const;
  const judge = (
    long: { bad: number; total: number; badSeen?: number; totalSeen?: number },
    over: Partial<Parameters<typeof isTierBurning>[0]> = {},
  ) => isTierBurning({ tier, target: threeNines, badCountMin: 1, lowTraffic, long, short: long, ...over });

  it('holds back what chance would bring: one bad event of ten, and not three of thirty', () => {
    expect(judge({ bad: 1, total: 10 })).toBe(false);
    expect(judge({ bad: 1, total: 10 }, { lowTraffic: undefined })).toBe(true);
    expect(judge({ bad: 3, total: 30 })).toBe(true);
    expect(judge({ bad: 3, total: 30 }, { badCountMin: 4 })).toBe(false);
    expect(judge({ bad: 3, total: 30 }, { eventCountMin: 31 })).toBe(false);
    const surer = { ...lowTraffic, alpha: { numerator: 1, denominator: 1_000 } };
    expect(judge({ bad: 3, total: 30 }, { lowTraffic: surer })).toBe(false);
  });

  it('goes by what was seen in the long window, and by how much it bursts', () => {
    expect(judge({ bad: 300, total: 3_000, badSeen: 3, totalSeen: 30 })).toBe(true);
    expect(judge({ bad: 300, total: 3_000, badSeen: 1, totalSeen: 10 })).toBe(false);
    expect(judge({ bad: 3, total: 30 }, { dispersion: 3 })).toBe(false);
    expect(judge({ bad: 30, total: 300 }, { dispersion: 3 })).toBe(true);
    expect(judge({ bad: 30, total: 300 }, { short: { bad: 0, total: 10 } })).toBe(false);
  });

  it('takes errors that are kept whole beside few of the others for what they are: a share of all that they stand for', () => {
    // 3 bad ones beside 300 of which 30 were kept: seen alone they would be 9 %, and they are 1 %.
    const kept = { bad: 3, total: 303, badSeen: 3, totalSeen: 33 };
    const unsampled = { bad: 3, total: 303 };
    for (const factor of ['5', '20', '60']) {
      const at = { ...tier, factor: parseExactRatio(factor) };
      expect(judge(kept, { tier: at })).toBe(judge(unsampled, { tier: at }));
    }
    expect(judge(kept, { tier: { ...tier, factor: parseExactRatio('20') } })).toBe(false);
  });

  it('leaves a tier alone that has a guard of its own', () => {
    const any: BurnTier = { ...strict, factor: { numerator: 0, denominator: 1 }, badCountMin: 1 };
    expect(judge({ bad: 1, total: 100_000 }, { tier: any, dispersion: 40 })).toBe(true);
    expect(leastEvidenceOf(any, threeNines, lowTraffic)).toBe(1);
  });

  it('never holds back a share that is far above the tier, once there are some events', () => {
    const least = leastEvidenceOf(tier, threeNines, lowTraffic) ?? NaN;
    expect(least).toBe(1);
    const twoThirds: BurnTier = { ...tier, factor: parseExactRatio('6.5') };
    const ninety = parseExactRatio('0.9');
    // 0.65^7 is 0.049.
    expect(leastEvidenceOf(twoThirds, ninety, lowTraffic)).toBe(7);
    expect(judge({ bad: 7, total: 7 }, { tier: twoThirds, target: ninety })).toBe(true);
    expect(judge({ bad: 6, total: 6 }, { tier: twoThirds, target: ninety })).toBe(false);
    expect(leastEvidenceOf({ ...tier, factor: parseExactRatio('10') }, ninety, lowTraffic)).toBe(null);
  });
});
