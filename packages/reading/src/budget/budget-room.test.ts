import { parseExactRatio, type BudgetPeriod } from '@burnline/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { budgetRoom } from './budget-room.ts';

/** Goal: what is left in events is what one more bad event would overspend, found by trying. */
const DAY_MS = 86_400_000;
const period: BudgetPeriod = { kind: 'rolling', durationMs: 28 * DAY_MS, text: '28d' };
const target = parseExactRatio('0.97');
const isSpent = (bad: number, total: number): boolean => bad * 100 > total * 3;

it('leaves as many events as may be bad before the target is missed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.nat(), (total, seed) => {
      const bad = seed % (total + 1);
      const { events } = budgetRoom({ bad, total, atMs: 0 }, { target, period });
      if (events === null) throw new Error('there are events');
      expect(isSpent(bad + events, total)).toBe(false);
      expect(isSpent(bad + events + 1, total)).toBe(true);
    }),
  );
});

it('says the same in time of the period, signed, and nothing without events or a period', () => {
  const at = (bad: number, total: number, of: BudgetPeriod | null = period) =>
    budgetRoom({ bad, total, atMs: 0 }, { target, period: of }).timeMs;
  expect(at(0, 100)).toBe(Math.round(0.03 * 28 * DAY_MS));
  expect(at(3, 100)).toBe(0);
  expect(at(6, 100)).toBe(-Math.round(0.03 * 28 * DAY_MS));
  expect(at(0, 0)).toBeNull();
  expect(at(1, 100, null)).toBeNull();
});
