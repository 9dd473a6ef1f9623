import {
  budgetShareOfTarget,
  periodWindow,
  ratioToNumber,
  type BudgetPeriod,
  type ExactRatio,
} from '@burnline/core';

/** What is left of a budget, in what it counts and in time. */
export interface BudgetRoom {
  /** How many more may be bad of the total so far; below 0 when overspent. Whole ones: a part of an event helps nobody. */
  readonly events: number | null;
  /** For how long of the period everything may be bad, ms; signed as well. Null where the period's length is not known. */
  readonly timeMs: number | null;
}

/** By exact counts; null without any. */
export function budgetRoom(
  { bad, total, atMs }: { readonly bad: number; readonly total: number; readonly atMs: number },
  { target, period }: { readonly target: ExactRatio; readonly period: BudgetPeriod | null },
): BudgetRoom {
  if (total === 0) return { events: null, timeMs: null };
  const share = budgetShareOfTarget(target);
  const denominator = BigInt(share.denominator);
  const left = BigInt(total) * BigInt(share.numerator) - BigInt(bad) * denominator;
  const whole = left >= 0n ? left / denominator : -((-left + denominator - 1n) / denominator);
  const remaining = Number(left) / (total * share.numerator);
  const timeMs =
    period === null
      ? null
      : Math.round(remaining * ratioToNumber(share) * periodWindow(atMs, period).periodMs);
  return { events: Number(whole), timeMs };
}
