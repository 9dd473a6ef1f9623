import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import { budgetShareOfTarget, checkCounts } from './burn.ts';
import { reduceRatio, type ExactRatio } from './exact-ratio.ts';

export const BUDGET_STATES = ['ok', 'at_risk', 'breached', 'no_traffic', 'no_data'] as const;
export type BudgetState = (typeof BUDGET_STATES)[number];

/** Below this coverage a budget is not judged but `no_data` (OpenObserve freezes at the same share). */
export const COVERAGE_MIN_DEFAULT = 0.9;

/** A budget is at risk once less than a quarter of it is left. */
export const AT_RISK_REMAINING: ExactRatio = { numerator: 1, denominator: 4 };

export interface BudgetInput {
  readonly good: number;
  readonly total: number;
  readonly target: ExactRatio;
  /** Length of the whole period. */
  readonly periodMs: number;
  /** How much of the period has data behind it: less than `periodMs` early in a calendar period, or in an SLO's youth. */
  readonly filledMs: number;
  /** Share of what should have reported that did, 0 to 1. */
  readonly coverage: number;
  /** COVERAGE_MIN_DEFAULT if absent. */
  readonly coverageMin?: number;
  /** AT_RISK_REMAINING if absent. */
  readonly atRiskRemaining?: ExactRatio;
}

export interface Budget {
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** Bad events that the target allows on the observed volume, exactly: total x (1 - target) = whole + fraction. */
  readonly allowed: { readonly whole: number; readonly fraction: ExactRatio };
  /** Share of the observed volume's budget that is spent; beyond 1 when overspent, null without events. */
  readonly spentRatio: number | null;
  /** 1 - spentRatio: signed, never clamped. */
  readonly remainingRatio: number | null;
  /** The period is only partly filled. */
  readonly isEstimated: boolean;
  /** What would remain if the rest of the period had traffic as observed and no bad event; null unless estimated. */
  readonly projectedRemainingRatio: number | null;
  readonly state: BudgetState;
}

function checkInput(input: BudgetInput): void {
  const { periodMs, filledMs, coverage } = input;
  if (!Number.isSafeInteger(periodMs) || !Number.isSafeInteger(filledMs) || filledMs < 0 || periodMs <= 0) {
    throw new AppError<BurnErrorCode>(
      'WINDOW_INVALID',
      `${filledMs} of ${periodMs} ms is not a share of a period.`,
      {
        remedy: 'Give whole milliseconds, the period above 0.',
      },
    );
  }
  if (coverage >= 0 && coverage <= 1) return;
  throw new AppError<BurnErrorCode>('COVERAGE_INVALID', `A coverage of ${coverage} is not between 0 and 1.`, {
    remedy: 'Give the share of partitions whose watermark has passed the evaluation time.',
  });
}

/** What is left of `allowed`, both scaled by the same factor, as integers; the quotient is rounded once. */
interface Remaining {
  readonly left: bigint;
  readonly allowed: bigint;
}

const toRatio = ({ left, allowed }: Remaining): number => Number(left) / Number(allowed);

const isBelow = ({ left, allowed }: Remaining, limit: ExactRatio): boolean =>
  left * BigInt(limit.denominator) < allowed * BigInt(limit.numerator);

/**
 * States, the first that applies:
 * - `no_data`: coverage below the minimum. The counts stand as they are, nothing is concluded from them.
 * - `no_traffic`: covered, and nothing to count. The budget is untouched.
 * - `breached`: overspent. In a partly filled period that is judged on the projected volume: a bad first hour of a month
 *   has not spent the month.
 * - `at_risk`: less than `atRiskRemaining` is left (of the projection, in a partly filled period), or a partly filled
 *   period is overspent on the volume seen so far.
 * - `ok`. A budget that is spent to the last event is at risk, not breached: the target is met exactly.
 */
function stateOf(input: BudgetInput, observed: Remaining, decisive: Remaining): BudgetState {
  if (input.coverage < (input.coverageMin ?? COVERAGE_MIN_DEFAULT)) return 'no_data';
  if (input.total === 0) return 'no_traffic';
  if (decisive.left < 0n) return 'breached';
  const isAtRisk = observed.left < 0n || isBelow(decisive, input.atRiskRemaining ?? AT_RISK_REMAINING);
  return isAtRisk ? 'at_risk' : 'ok';
}

/**
 * The error budget of one series over one period. Integers decide the state; ratios are for display.
 *
 * @throws AppError COUNTS_INVALID, TARGET_INVALID, WINDOW_INVALID, COVERAGE_INVALID
 */
export function budgetOf(input: BudgetInput): Budget {
  const { good, total, periodMs, filledMs } = input;
  const bad = total - good;
  checkCounts({ bad, total });
  checkInput(input);
  const share = budgetShareOfTarget(input.target);
  const [allowedScaled, badScaled] = [
    BigInt(total) * BigInt(share.numerator),
    BigInt(bad) * BigInt(share.denominator),
  ];
  const observed: Remaining = { left: allowedScaled - badScaled, allowed: allowedScaled };
  // Projected volume is total x period / filled; both sides are multiplied by `filled` to stay integers.
  const projectedAllowed = allowedScaled * BigInt(periodMs);
  const projected: Remaining = {
    left: projectedAllowed - badScaled * BigInt(filledMs),
    allowed: projectedAllowed,
  };
  const isEstimated = filledMs < periodMs;
  const hasTraffic = total > 0;
  const denominator = BigInt(share.denominator);
  return {
    good,
    bad,
    total,
    allowed: {
      whole: Number(allowedScaled / denominator),
      fraction: reduceRatio(allowedScaled % denominator, denominator),
    },
    spentRatio: hasTraffic ? Number(badScaled) / Number(allowedScaled) : null,
    remainingRatio: hasTraffic ? toRatio(observed) : null,
    isEstimated,
    projectedRemainingRatio: isEstimated && hasTraffic ? toRatio(projected) : null,
    state: stateOf(input, observed, isEstimated ? projected : observed),
  };
}
