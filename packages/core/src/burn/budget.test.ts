import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from './budget.ts';
import type { BudgetInput } from './budget.ts';
import { DAY_MS, MINUTE_MS } from '../time/units.ts';
import { parseExactRatio, ratioToNumber } from './exact-ratio.ts';

const base: BudgetInput = {
  good: 1_000_000,
  total: 1_000_000,
  target: parseExactRatio('0.999'),
  periodMs: 30 * DAY_MS,
  filledMs: 30 * DAY_MS,
  coverage: 1,
};
const withBad = (bad: number, total: number, over: Partial<BudgetInput> = {}): BudgetInput => ({
  ...base,
  good: total - bad,
  total,
  ...over,
});

describe('budgetOf', () => {
  it('leaves 45 % after 550 of 1,000,000 at 99.9 % (Honeycomb)', () => {
    expect(budgetOf(withBad(550, 1_000_000))).toEqual({
      good: 999_450,
      bad: 550,
      total: 1_000_000,
      allowed: { whole: 1000, fraction: { numerator: 0, denominator: 1 } },
      spentRatio: 0.55,
      remainingRatio: 0.45,
      isEstimated: false,
      projectedRemainingRatio: null,
      state: 'ok',
    });
  });

  it('shows a partly filled period both ways: 700,000 events, 1,400 bad in the first 7 of 30 days', () => {
    const budget = budgetOf(withBad(1400, 700_000, { filledMs: 7 * DAY_MS }));
    expect(budget.remainingRatio).toBe(-1);
    expect(budget.projectedRemainingRatio).toBeCloseTo(0.5333, 4);
    expect(budget.isEstimated).toBe(true);
    expect(budget.state).toBe('at_risk');
  });

  it.each([
    ['0.95', 14, 1008, { numerator: 0, denominator: 1 }],
    ['0.9995', 7, 5, { numerator: 1, denominator: 25 }],
  ])('allows the bad minutes of the OpenSLO examples: %s over %d days', (target, days, whole, fraction) => {
    const minutes = (days * DAY_MS) / MINUTE_MS;
    const budget = budgetOf(withBad(0, minutes, { target: parseExactRatio(target) }));
    expect(budget.allowed).toEqual({ whole, fraction });
  });

  it('agrees with the Datadog form, 100 (status - target) / (100 - target)', () => {
    const budget = budgetOf(withBad(30, 10_000, { target: parseExactRatio('0.99') }));
    expect(budget.remainingRatio).toBeCloseTo((99.7 - 99) / (100 - 99), 9);
  });

  it('never clamps what is left', () => {
    const budget = budgetOf(withBad(1000, 1000));
    expect(budget.remainingRatio).toBe(-999);
    expect(budget.spentRatio).toBe(1000);
    expect(budget.state).toBe('breached');
  });

  it.each([
    ['ok', 750, {}],
    ['at_risk', 751, {}],
    ['at_risk', 1000, {}],
    ['breached', 1001, {}],
    ['at_risk', 501, { atRiskRemaining: { numerator: 1, denominator: 2 } }],
    ['no_data', 0, { coverage: 0.89 }],
    ['no_data', 2000, { coverage: 0.89 }],
    ['ok', 0, { coverage: 0.9 }],
    ['ok', 0, { coverage: 0.5, coverageMin: 0.5 }],
    ['no_data', 0, { coverage: 0.99, coverageMin: 1 }],
    // Half a period at full traffic: as much as 2000 may be bad by its end.
    ['at_risk', 1001, { filledMs: 15 * DAY_MS }],
    ['at_risk', 2000, { filledMs: 15 * DAY_MS }],
    ['breached', 2001, { filledMs: 15 * DAY_MS }],
    ['ok', 999, { filledMs: 15 * DAY_MS }],
  ] as const)('is %s with %d bad of 1,000,000 and %j', (state, bad, over) => {
    expect(budgetOf(withBad(bad, 1_000_000, over)).state).toBe(state);
  });

  it('tells a source without traffic from one without data', () => {
    const silent = budgetOf(withBad(0, 0));
    expect(silent).toMatchObject({ state: 'no_traffic', remainingRatio: null, spentRatio: null });
    expect(budgetOf(withBad(0, 0, { coverage: 0 })).state).toBe('no_data');
    expect(budgetOf(withBad(0, 0, { filledMs: 0 })).projectedRemainingRatio).toBeNull();
  });

  it('agrees with exact rationals for any counts', () => {
    const input = fc
      .tuple(
        fc.oneof(fc.maxSafeNat(), fc.nat(100_000)),
        fc.oneof(fc.maxSafeNat(), fc.nat(100)),
        fc.integer({ min: 1, max: 99_999 }),
        fc.integer({ min: 0, max: 30 * DAY_MS }),
      )
      .map(([a, b, numerator, filledMs]) =>
        withBad(Math.min(a, b), Math.max(a, b), { target: { numerator, denominator: 100_000 }, filledMs }),
      );
    fc.assert(
      fc.property(input, (i) => {
        const budget = budgetOf(i);
        const allowed = BigInt(i.total) * BigInt(100_000 - i.target.numerator);
        const { whole, fraction } = budget.allowed;
        expect(
          BigInt(whole) * 100_000n * BigInt(fraction.denominator) + 100_000n * BigInt(fraction.numerator),
        ).toBe(allowed * BigInt(fraction.denominator));
        expect(ratioToNumber(fraction)).toBeLessThan(1);
        if (i.total === 0) return;
        const left = allowed * BigInt(i.periodMs) - BigInt(budget.bad) * 100_000n * BigInt(i.filledMs);
        expect(budget.state === 'breached').toBe(left < 0n);
        // To 18 decimals by integer division, then to a double: right to the last digits unless nearly nothing is left.
        const toDouble = (above: bigint, below: bigint) => Number((above * 10n ** 18n) / below) / 1e18;
        const isNear = (actual: number | null, expected: number) =>
          actual !== null && Math.abs(actual - expected) <= 1e-15 * Math.max(4, 4 * Math.abs(expected));
        const bad = BigInt(budget.bad) * 100_000n;
        expect(isNear(budget.spentRatio, toDouble(bad, allowed))).toBe(true);
        expect(isNear(budget.remainingRatio, toDouble(allowed - bad, allowed))).toBe(true);
        if (budget.isEstimated) {
          expect(isNear(budget.projectedRemainingRatio, toDouble(left, allowed * BigInt(i.periodMs)))).toBe(
            true,
          );
        }
      }),
    );
  });

  it.each([
    ['COUNTS_INVALID', { good: 2, total: 1 }],
    ['COUNTS_INVALID', { good: -1, total: 1 }],
    ['TARGET_INVALID', { target: { numerator: 1, denominator: 1 } }],
    ['WINDOW_INVALID', { periodMs: 0 }],
    ['WINDOW_INVALID', { filledMs: -1 }],
    ['COVERAGE_INVALID', { coverage: 1.1 }],
    ['COVERAGE_INVALID', { coverage: NaN }],
  ])('refuses with %s: %j', (code, over) => {
    expect(() => budgetOf({ ...base, ...over })).toThrow(expect.objectContaining({ code }));
  });
});
