import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BurnTier } from './burn-tier.ts';
import { burnRateText, maxBurnRate } from './burn.ts';
import {
  compareRatios,
  formatPercent,
  formatRatio,
  multiplyRatios,
  nearestRatio,
  ratioToNumber,
  reduceRatio,
  type ExactRatio,
} from './exact-ratio.ts';
import { durationText } from './durations.ts';

export interface TierContext {
  readonly target: ExactRatio;
  /** Length of the budget period; of a calendar period its nominal length. */
  readonly periodMs: number;
}

/** Factor at which a share of the budget is spent in one long window: share x period / long window. */
export function factorOf(budgetShare: ExactRatio, periodMs: number, longWindowMs: number): ExactRatio {
  return multiplyRatios(budgetShare, reduceRatio(BigInt(periodMs), BigInt(longWindowMs)));
}

/**
 * Share of the budget that one long window at `factor` spends: factor x long window / period; of a factor with more
 * digits than the product has room for, the nearest.
 */
export function budgetShareOf(factor: ExactRatio, periodMs: number, longWindowMs: number): ExactRatio {
  return nearestRatio(
    BigInt(factor.numerator) * BigInt(longWindowMs),
    BigInt(factor.denominator) * BigInt(periodMs),
  );
}

/** Far above what a nearest ratio is off, far below what somebody could mean by another number. */
const SHARE_DIFFERENCE_MAX = 1e-12;

/** Whether a tier's budget share and factor say the same. */
function isConsistent({ factor, budgetShare, longWindowMs }: BurnTier, periodMs: number): boolean {
  const derived = ratioToNumber(budgetShare) * (periodMs / longWindowMs);
  return Math.abs(derived / ratioToNumber(factor) - 1) <= SHARE_DIFFERENCE_MAX;
}

/** `1h&5m`: how a tier is called where the spec gives it no name. */
export function tierName(longWindowMs: number, shortWindowMs: number): string {
  return `${durationText(longWindowMs)}&${durationText(shortWindowMs)}`;
}

/** Whether a burn rate of `factor` can be reached at all: under `>` the maximum itself cannot be passed. */
export function isReachable(factor: ExactRatio, operator: BurnTier['operator'], target: ExactRatio): boolean {
  const order = compareRatios(factor, maxBurnRate(target));
  return operator === '>' ? order < 0 : order <= 0;
}

const isPositiveInteger = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
const isPositiveRatio = (ratio: ExactRatio): boolean =>
  isPositiveInteger(ratio.numerator) && isPositiveInteger(ratio.denominator);

/** What is wrong with a tier's own numbers, or null. */
function faultOf(tier: BurnTier, periodMs: number): string | null {
  const { longWindowMs, shortWindowMs } = tier;
  if (tier.name === '') return 'it has no name';
  if (!isPositiveInteger(longWindowMs) || !isPositiveInteger(shortWindowMs)) {
    return `its windows must be whole, positive milliseconds, not ${longWindowMs} and ${shortWindowMs}`;
  }
  if (shortWindowMs >= longWindowMs) return 'its short window must be shorter than its long one';
  if (longWindowMs >= periodMs) {
    return `its long window of ${durationText(longWindowMs)} must be shorter than the budget period of ${durationText(periodMs)}`;
  }
  if (!Number.isSafeInteger(tier.holdMs) || tier.holdMs < 0)
    return 'its hold must be 0 or more whole milliseconds';
  if (!isPositiveRatio(tier.factor) || !isPositiveRatio(tier.budgetShare)) {
    return 'its factor and budget share must be above 0';
  }
  if (isConsistent(tier, periodMs)) return null;
  const derived = factorOf(tier.budgetShare, periodMs, longWindowMs);
  return `a budget share of ${formatPercent(tier.budgetShare)} means a factor of ${formatRatio(derived)}, not ${formatRatio(tier.factor)}`;
}

/**
 * Checks a tier that somebody wrote, and returns it. Nothing is repaired: a rule that cannot fire is an alert that
 * somebody believes in.
 *
 * @throws AppError TIER_INVALID when its numbers contradict each other; TIER_UNREACHABLE when its factor exceeds the
 *   burn rate that the target permits, which the message names; TARGET_INVALID.
 */
export function checkTier(tier: BurnTier, { target, periodMs }: TierContext): BurnTier {
  const fault = faultOf(tier, periodMs);
  if (fault !== null) {
    throw new AppError<BurnErrorCode>('TIER_INVALID', `Burn tier "${tier.name}" is refused: ${fault}.`, {
      remedy: 'Correct the tier, or leave it out to get the default tiers.',
    });
  }
  if (isReachable(tier.factor, tier.operator, target)) return tier;
  const maximum = burnRateText(maxBurnRate(target));
  throw new AppError<BurnErrorCode>(
    'TIER_UNREACHABLE',
    `Burn tier "${tier.name}" can never fire: it asks for a burn rate ${tier.operator} ${burnRateText(tier.factor)}, and at a target of ${formatPercent(target)} the reachable maximum is ${maximum}.`,
    {
      remedy: `Choose a factor ${tier.operator === '>' ? 'below' : 'of at most'} ${maximum}, or leave the tier out to get a default that fits the target.`,
    },
  );
}
