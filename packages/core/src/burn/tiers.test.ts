import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BurnTier } from './burn-tier.ts';
import { maxBurnRate } from './burn.ts';
import { DAY_MS, durationText, HOUR_MS, MINUTE_MS } from './durations.ts';
import { compareRatios, multiplyRatios, parseExactRatio, ratioToNumber, reduceRatio } from './exact-ratio.ts';
import { budgetShareOf, checkTier, factorOf, tierName } from './tier-check.ts';
import { REPLACED_FACTOR_SHARE, resolveTiers } from './tiers.ts';

const threeNines = parseExactRatio('0.999');
const day = (count: number): number => count * DAY_MS;

describe('google preset', () => {
  // Golden text: Sloth's tables, where a factor is the double budget% * hours / 100 / long window.
  it.each([
    [30, [2, 5, 10, 10], ['14.4', '6', '3', '1']],
    [28, [2, 5, 10, 10], ['13.44', '5.6000000000000005', '2.8000000000000003', '0.9333333333333333']],
    [7, [8, 12.5, 20, 42], ['13.44', '3.5', '1.4000000000000001', '0.98']],
  ])('reproduces the table of %d days', (days, percents, factors) => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(days), preset: 'google' });
    expect(tiers.map((tier) => tier.name)).toEqual(['1h&5m', '6h&30m', '1d&2h', '3d&6h']);
    expect(tiers.map((tier) => tier.severity)).toEqual(['page', 'page', 'ticket', 'ticket']);
    expect(tiers.map((tier) => ratioToNumber(tier.budgetShare) * 100)).toEqual(percents);
    expect(tiers.map((tier) => tier.holdMs)).toEqual([0, 0, 0, 0]);
    const longHours = [1, 6, 24, 72];
    const asSloth = percents.map((share, index) => String((share * days * 24) / 100 / longHours[index]!));
    expect(asSloth).toEqual(factors);
    tiers.forEach((tier, index) => {
      expect(ratioToNumber(tier.factor)).toBeCloseTo(Number(factors[index]), 12);
    });
  });

  it('keeps factors exact where doubles do not', () => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(28), preset: 'google' });
    expect(tiers.map((tier) => tier.factor)).toEqual([
      { numerator: 336, denominator: 25 },
      { numerator: 28, denominator: 5 },
      { numerator: 14, denominator: 5 },
      { numerator: 14, denominator: 15 },
    ]);
  });

  it('keeps the budget shares of the table at other periods', () => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(90), preset: 'google' });
    expect(tiers.map((tier) => ratioToNumber(tier.factor))).toEqual([43.2, 18, 9, 3]);
  });

  it('leaves out tiers whose long window does not fit into the period', () => {
    const names = (days: number) =>
      resolveTiers({ target: threeNines, periodMs: day(days), preset: 'google' }).map((tier) => tier.name);
    expect(names(1)).toEqual(['1h&5m', '6h&30m']);
    expect(names(3)).toEqual(['1h&5m', '6h&30m', '1d&2h']);
  });

  it('takes the operator as given, and >= otherwise', () => {
    const request = { target: threeNines, periodMs: day(30), preset: 'google' } as const;
    expect(new Set(resolveTiers(request).map((tier) => tier.operator))).toEqual(new Set(['>=']));
    expect(new Set(resolveTiers({ ...request, operator: '>' }).map((tier) => tier.operator))).toEqual(
      new Set(['>']),
    );
  });
});

describe('pyrra preset', () => {
  it.each([
    [28, ['1h&5m', '6h&30m', '1d&2h', '4d&6h'], ['2m', '15m', '1h', '3h']],
    [30, ['1h4m&5m', '6h26m&32m', '1d1h43m&2h9m', '4d6h51m&6h26m'], ['2m', '16m', '1h4m', '3h13m']],
    [14, ['30m&3m', '3h&15m', '12h&1h', '2d&3h'], ['1m', '8m', '30m', '1h30m']],
    [7, ['15m&1m', '1h30m&8m', '6h&30m', '1d&1h30m'], ['1m', '4m', '15m', '45m']],
    [90, ['3h13m&16m', '19h17m&1h36m', '3d5h9m&6h26m', '12d20h34m&19h17m'], ['6m', '48m', '3h13m', '9h39m']],
  ])('reproduces the table of %d days', (days, windows, holds) => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(days), preset: 'pyrra' });
    expect(tiers.map((tier) => tierName(tier.longWindowMs, tier.shortWindowMs))).toEqual(windows);
    expect(tiers.map((tier) => durationText(tier.holdMs))).toEqual(holds);
    expect(tiers.map((tier) => ratioToNumber(tier.factor))).toEqual([14, 7, 2, 1]);
    expect(tiers.map((tier) => tier.severity)).toEqual(['page', 'page', 'ticket', 'ticket']);
    const shares = [1 / 48, 1 / 16, 1 / 14, 1 / 7];
    tiers.forEach((tier, index) => {
      // Rounding the long window to a minute moves the share by half a minute's worth at most.
      const half = (ratioToNumber(tier.factor) * MINUTE_MS) / 2 / day(days);
      expect(Math.abs(ratioToNumber(tier.budgetShare) - shares[index]!)).toBeLessThanOrEqual(half + 1e-12);
    });
  });

  it('refuses windows that round to 0 (pyrra#1028)', () => {
    expect(() => resolveTiers({ target: threeNines, periodMs: day(1), preset: 'pyrra' })).toThrow(
      expect.objectContaining({ code: 'PERIOD_TOO_SHORT' }),
    );
  });
});

describe('targets that a default tier cannot reach', () => {
  it('are given the same budget share over a longer window', () => {
    const [fast, slow] = resolveTiers({
      target: parseExactRatio('0.9'),
      periodMs: day(30),
      preset: 'google',
    });
    // 2 % of 30 d x 10 % = 86.4 min of total outage; two thirds bad take 129.6 min, cut to a multiple of 12.
    expect(fast).toMatchObject({
      name: '2h12m&11m',
      longWindowMs: 132 * MINUTE_MS,
      shortWindowMs: 11 * MINUTE_MS,
      budgetShare: { numerator: 2, denominator: 100 },
      factor: { numerator: 72, denominator: 11 },
      severity: 'page',
    });
    expect(slow).toMatchObject({ name: '6h&30m', factor: { numerator: 6, denominator: 1 } });
  });

  it('are given one tier where two replacements would be the same rule', () => {
    // 10 % of 90 days is 9 x over a day and 3 x over three; at 60 % the maximum is 2.5, and both become 5 d 9 h 36 min.
    const tiers = resolveTiers({ target: parseExactRatio('0.6'), periodMs: day(90), preset: 'google' });
    expect(tiers.map((tier) => tier.name)).toEqual(['1d2h&2h10m', '2d16h48m&5h24m', '5d9h36m&10h48m']);
    expect(tiers.map((tier) => tier.severity)).toEqual(['page', 'page', 'ticket']);
  });

  it('keeps a factor equal to the maximum under >=, which it reaches, and not under >, which it cannot pass', () => {
    const target = { numerator: 5, denominator: 6 };
    const second = (operator: BurnTier['operator']) =>
      resolveTiers({ target, periodMs: day(30), preset: 'google', operator })[1]!.name;
    expect(second('>=')).toBe('6h&30m');
    expect(second('>')).not.toBe('6h&30m');
  });

  it('yields reachable, consistent, ordered tiers for every target, period and preset', () => {
    const target = fc
      .integer({ min: 1, max: 99_999 })
      .map((numerator) => reduceRatio(BigInt(numerator), 100_000n));
    const request = fc.record({
      target,
      periodMs: fc
        .integer({ min: 3 * 24 * 60 + 1, max: 400 * 24 * 60 })
        .map((minutes) => minutes * MINUTE_MS),
      preset: fc.constantFrom('google' as const, 'pyrra' as const),
      operator: fc.constantFrom('>' as const, '>=' as const),
    });
    fc.assert(
      fc.property(request, (r) => {
        const [tiers, plain] = [resolveTiers(r), resolveTiers({ ...r, target: parseExactRatio('0.999999') })];
        const maximum = maxBurnRate(r.target);
        const wanted = multiplyRatios(REPLACED_FACTOR_SHARE, maximum);
        const original = new Map(plain.map((tier) => [tier.name, tier]));
        for (const tier of tiers) {
          const order = compareRatios(tier.factor, maximum);
          expect(r.operator === '>' ? order < 0 : order <= 0).toBe(true);
          expect(tier.factor).toEqual(
            multiplyRatios(tier.budgetShare, reduceRatio(BigInt(r.periodMs), BigInt(tier.longWindowMs))),
          );
          expect(tier.longWindowMs).toBeLessThan(r.periodMs);
          const inTable = original.get(tier.name);
          if (inTable !== undefined && compareRatios(inTable.factor, tier.factor) === 0) continue;
          // Replaced: at most, and within one step of 12 minutes, the stated share of the maximum.
          expect(compareRatios(tier.factor, wanted)).toBeLessThanOrEqual(0);
          const oneStepLess = tier.longWindowMs - 12 * MINUTE_MS;
          if (oneStepLess > 0) {
            expect(compareRatios(factorOf(tier.budgetShare, r.periodMs, oneStepLess), wanted)).toBe(1);
          }
          expect(tier.longWindowMs).toBe(12 * tier.shortWindowMs);
          expect(tier.shortWindowMs % MINUTE_MS).toBe(0);
        }
        // Nothing is lost: every tier of the table lives on, or in one that is as urgent and spends no larger share.
        for (const { budgetShare, severity } of plain) {
          const heir = tiers.find(
            (tier) =>
              compareRatios(tier.budgetShare, budgetShare) <= 0 &&
              (tier.severity === severity || tier.severity === 'page'),
          );
          expect(heir).toBeDefined();
        }
        expect(new Set(tiers.map((tier) => tier.name)).size).toBe(tiers.length);
        const pages = tiers.filter((tier) => tier.severity === 'page');
        expect(tiers.slice(0, pages.length)).toEqual(pages);
        const longest = (group: readonly BurnTier[]) => group.map((tier) => tier.longWindowMs);
        for (const group of [pages, tiers.slice(pages.length)]) {
          expect(longest(group)).toEqual(longest(group).sort((a, b) => a - b));
        }
      }),
    );
  });
});

describe('refusals', () => {
  it('refuses a target of 1 and a period of an hour or less', () => {
    expect(() =>
      resolveTiers({ target: { numerator: 1, denominator: 1 }, periodMs: day(30), preset: 'google' }),
    ).toThrow(expect.objectContaining({ code: 'TARGET_INVALID' }));
    for (const periodMs of [HOUR_MS, 0, -1, 1.5, NaN]) {
      expect(() => resolveTiers({ target: threeNines, periodMs, preset: 'google' })).toThrow(
        expect.objectContaining({ code: 'PERIOD_TOO_SHORT' }),
      );
    }
  });

  const context = { target: parseExactRatio('0.9'), periodMs: day(30) };
  const explicit = (over: Partial<BurnTier>): BurnTier => {
    const tier: BurnTier = {
      name: 'mine',
      longWindowMs: HOUR_MS,
      shortWindowMs: 5 * MINUTE_MS,
      budgetShare: { numerator: 1, denominator: 72 },
      factor: { numerator: 10, denominator: 1 },
      operator: '>=',
      severity: 'page',
      holdMs: 0,
      ...over,
    };
    return over.budgetShare === undefined
      ? { ...tier, budgetShare: budgetShareOf(tier.factor, context.periodMs, tier.longWindowMs) }
      : tier;
  };

  it('lets an explicit tier ask for the maximum, and for no more', () => {
    const atMaximum = explicit({});
    expect(checkTier(atMaximum, context)).toBe(atMaximum);
    expect(() => checkTier(explicit({ operator: '>' }), context)).toThrow(
      expect.objectContaining({ code: 'TIER_UNREACHABLE' }),
    );
    expect(() => checkTier(explicit({ factor: parseExactRatio('14.4') }), context)).toThrow(
      /burn rate >= 14\.4, and at a target of 90% the reachable maximum is 10\./,
    );
  });

  it('names a maximum that has no decimal form', () => {
    const factor = { numerator: 20, denominator: 1 };
    expect(() => checkTier(explicit({ factor }), { ...context, target: parseExactRatio('0.93') })).toThrow(
      /the reachable maximum is 100\/7 \(about 14\.2857\)\./,
    );
  });

  it.each([
    ['its short window must be shorter', explicit({ shortWindowMs: HOUR_MS })],
    ['must be shorter than the budget period', explicit({ longWindowMs: day(30) })],
    ['whole, positive milliseconds', explicit({ longWindowMs: HOUR_MS, shortWindowMs: 0.5 })],
    ['above 0', explicit({ factor: { numerator: 0, denominator: 1 } })],
    ['hold', explicit({ holdMs: -1 })],
    ['no name', explicit({ name: '' })],
    [
      'a budget share of 2% means a factor of 14.4, not 10',
      explicit({ budgetShare: parseExactRatio('0.02') }),
    ],
  ])('refuses a tier with a fault: %s', (message, tier) => {
    expect(() => checkTier(tier, context)).toThrow(expect.objectContaining({ code: 'TIER_INVALID' }));
    expect(() => checkTier(tier, context)).toThrow(message);
  });
});
