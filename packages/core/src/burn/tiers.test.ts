import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BurnTier } from './burn-tier.ts';
import { maxBurnRate } from './burn.ts';
import { durationText } from './durations.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';
import {
  compareRatios,
  parseExactRatio,
  ratioText,
  ratioToNumber,
  reduceRatio,
  type ExactRatio,
} from './exact-ratio.ts';
import { budgetShareOf, checkTier, factorOf, tierName } from './tier-check.ts';
import { resolveTiers } from './tiers.ts';

const threeNines = parseExactRatio('0.999');
const day = (count: number): number => count * DAY_MS;

describe('sloth preset', () => {
  // Golden text: Sloth's tables, where a factor is the double budget% * hours / 100 / long window.
  it.each([
    [30, [2, 5, 10, 10], ['14.4', '6', '3', '1']],
    [28, [2, 5, 10, 10], ['13.44', '5.6000000000000005', '2.8000000000000003', '0.9333333333333333']],
    [7, [8, 12.5, 20, 42], ['13.44', '3.5', '1.4000000000000001', '0.98']],
  ])('reproduces the table of %d days', (days, percents, factors) => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(days), preset: 'sloth' });
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

  it('keeps factors exact where doubles do not, below 1 too, and shows the digits that decide', () => {
    const tiers = resolveTiers({ target: threeNines, periodMs: day(28), preset: 'sloth' });
    expect(tiers.map((tier) => tier.factor)).toEqual([
      { numerator: 336, denominator: 25 },
      { numerator: 28, denominator: 5 },
      { numerator: 14, denominator: 5 },
      { numerator: 14, denominator: 15 },
    ]);
    expect(tiers.map((tier) => ratioText(tier.factor))).toEqual([
      '13.44',
      '5.6',
      '2.8',
      '0.9333333333333333',
    ]);
  });

  it('leaves out tiers whose long window does not fit into the period', () => {
    const names = (days: number) =>
      resolveTiers({ target: threeNines, periodMs: day(days), preset: 'sloth' }).map((tier) => tier.name);
    expect(names(1)).toEqual(['1h&5m', '6h&30m']);
    expect(names(3)).toEqual(['1h&5m', '6h&30m', '1d&2h']);
  });

  it("has Sloth's operator unless another is given; the others have >=", () => {
    const operators = (preset: 'google' | 'sloth' | 'pyrra', operator?: BurnTier['operator']) => [
      ...new Set(
        resolveTiers({
          target: threeNines,
          periodMs: day(30),
          preset,
          ...(operator === undefined ? {} : { operator }),
        }).map((tier) => tier.operator),
      ),
    ];
    expect([operators('sloth'), operators('google'), operators('pyrra')]).toEqual([['>'], ['>='], ['>=']]);
    expect([operators('sloth', '>='), operators('google', '>')]).toEqual([['>='], ['>']]);
  });
});

describe('default tiers', () => {
  it.each([
    [365, ['62.57142857142857', '50.93023255813954', '36.5', '12.166666666666666']],
    [90, ['43.2', '18', '9', '3']],
    [30, ['14.4', '6', '3', '1']],
    [28, ['13.44', '5.6', '2.8', '1']],
    [14, ['13.44', '3.5', '1.4', '1']],
    [7, ['13.44', '3.5', '1.4', '1']],
    [1, ['13.44', '3.5', '1.4', '1']],
  ])('over %d days ask for burn rates of %j at 99 %%', (days, factors) => {
    const tiers = resolveTiers({ target: parseExactRatio('0.99'), periodMs: day(days), preset: 'google' });
    expect(tiers.map((tier) => ratioText(tier.factor))).toEqual(factors);
    expect(tiers.map((tier) => tier.severity)).toEqual(['page', 'page', 'ticket', 'ticket']);
  });

  it("keep the workbook's windows over a week and more, and shrink them with a shorter period", () => {
    const names = (hours: number) =>
      resolveTiers({ target: threeNines, periodMs: hours * HOUR_MS, preset: 'google' }).map(
        (tier) => tier.name,
      );
    for (const days of [7, 14, 28, 30, 90, 730]) {
      expect(names(days * 24)).toEqual(['1h&5m', '6h&30m', '1d&2h', '3d&6h']);
    }
    expect(names(24)).toEqual(['12m&1m', '48m&4m', '3h24m&17m', '10h12m&51m']);
    expect(names(2)).toEqual(['12m&1m', '48m&4m']);
  });

  const isAtLeast = (left: ExactRatio, right: ExactRatio) => compareRatios(left, right) >= 0;

  it('never tell a service within its target, can all fire, and stand in order, at every period and target', () => {
    const request = fc.record({
      target: fc.oneof(
        fc.integer({ min: 1, max: 99_999 }).map((part) => reduceRatio(BigInt(part), 100_000n)),
        fc.constantFrom('0.8', '0.9', '0.95', '0.99', '0.999', '0.9999').map(parseExactRatio),
      ),
      periodMs: fc
        .oneof(fc.integer({ min: 61, max: 14 * 1_440 }), fc.integer({ min: 61, max: 732 * 1_440 }))
        .map((minutes) => minutes * MINUTE_MS),
      operator: fc.constantFrom('>' as const, '>=' as const),
    });
    fc.assert(
      fc.property(request, (given) => {
        const tiers = resolveTiers({ ...given, preset: 'google' });
        const maximum = maxBurnRate(given.target);
        expect(tiers[0]?.severity).toBe('page');
        expect(new Set(tiers.map((tier) => tier.name)).size).toBe(tiers.length);
        tiers.forEach((tier, index) => {
          // A service within its target burns below 1 over the period: steady traffic never reaches a factor of 1.
          expect(isAtLeast(tier.factor, { numerator: 1, denominator: 1 })).toBe(true);
          expect(isAtLeast(maximum, tier.factor)).toBe(true);
          if (given.operator === '>') expect(compareRatios(maximum, tier.factor)).toBe(1);
          expect(tier.longWindowMs).toBeLessThan(given.periodMs);
          expect(tier.longWindowMs).toBeGreaterThanOrEqual(12 * MINUTE_MS);
          expect(tier.shortWindowMs * 4).toBeLessThanOrEqual(tier.longWindowMs);
          expect(tier.shortWindowMs % MINUTE_MS).toBe(0);
          expect(ratioToNumber(tier.budgetShare)).toBeLessThan(1);
          expect(tier.factor).toEqual(factorOf(tier.budgetShare, given.periodMs, tier.longWindowMs));
          const next = tiers[index + 1];
          if (next === undefined) return;
          expect(next.longWindowMs).toBeGreaterThan(tier.longWindowMs);
          expect(compareRatios(tier.factor, next.factor)).toBe(1);
          expect(isAtLeast(next.budgetShare, tier.budgetShare)).toBe(true);
          if (tier.severity === 'ticket') expect(next.severity).toBe('ticket');
        });
      }),
      { numRuns: 2_000 },
    );
  });

  it('have all four tiers wherever the target leaves room, from twelve hours on', () => {
    for (const target of ['0.8', '0.9', '0.99', '0.999'].map(parseExactRatio)) {
      for (const hours of [12, 24, 36, 72, 168, 240, 336, 672, 720, 2_160, 8_760, 17_520]) {
        const tiers = resolveTiers({ target, periodMs: hours * HOUR_MS, preset: 'google' });
        const severities = tiers.map((tier) => tier.severity).join(' ');
        const isShort = hours === 12 && ratioToNumber(target) < 0.9;
        if (!isShort) expect([hours, severities]).toEqual([hours, 'page page ticket ticket']);
      }
    }
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
      budgetShare: { numerator: 1, denominator: 50 },
      factor: { numerator: 72, denominator: 11 },
      severity: 'page',
    });
    expect(slow).toMatchObject({ name: '6h&30m', factor: { numerator: 6, denominator: 1 } });
  });

  it('stay apart where several are replaced', () => {
    // At 80 % the maximum is 5: two pages have the room between 10/3 and the ticket's 3.
    const tiers = resolveTiers({ target: parseExactRatio('0.8'), periodMs: day(30), preset: 'google' });
    expect(tiers.map((tier) => tier.name)).toEqual(['4h24m&22m', '11h24m&57m', '1d&2h', '3d&6h']);
    expect(tiers.map((tier) => Number(ratioToNumber(tier.factor).toFixed(3)))).toEqual([3.273, 3.158, 3, 1]);
  });

  it('are not left at the maximum itself, which needs a total outage', () => {
    const target = { numerator: 5, denominator: 6 };
    const second = resolveTiers({ target, periodMs: day(30), preset: 'google' })[1]!;
    expect(ratioToNumber(second.factor)).toBeLessThan(4);
  });

  it.each(['sloth', 'pyrra'] as const)('are replaced in the %s preset too, each reachable', (preset) => {
    const target = fc
      .integer({ min: 30_000, max: 99_999 })
      .map((numerator) => reduceRatio(BigInt(numerator), 100_000n));
    const periodMs = fc
      .integer({ min: 3 * 1_440 + 1, max: 400 * 1_440 })
      .map((minutes) => minutes * MINUTE_MS);
    fc.assert(
      fc.property(
        target,
        periodMs,
        fc.constantFrom('>' as const, '>=' as const),
        (goal, period, operator) => {
          const request = { target: goal, periodMs: period, preset, operator };
          const [tiers, plain] = [
            resolveTiers(request),
            resolveTiers({ ...request, target: parseExactRatio('0.999999') }),
          ];
          for (const tier of tiers) {
            const order = compareRatios(tier.factor, maxBurnRate(goal));
            expect(operator === '>' ? order < 0 : order <= 0).toBe(true);
            expect(tier.longWindowMs).toBeLessThan(period);
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
        },
      ),
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
