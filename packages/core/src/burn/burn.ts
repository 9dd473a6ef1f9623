import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BurnTier } from './burn-tier.ts';
import { compareProducts, formatRatio, ratioToNumber, reduceRatio, type ExactRatio } from './exact-ratio.ts';
import { isShareShown, leastShownCount, type Claim } from '../statistics/share-evidence.ts';
import type { LowTraffic } from './slo-plan.ts';

/** What one window holds: events that count, and how many of them are bad. 0 <= bad <= total < 2^53. */
export interface WindowCounts {
  readonly bad: number;
  readonly total: number;
}

/** What one window holds, as a tier is judged by it. */
export interface JudgedWindow extends WindowCounts {
  /** Bad events that were seen: fewer than `bad` where each stands for several; absent: as many. */
  readonly badSeen?: number;
  /** Events that were seen, good and bad, likewise. */
  readonly totalSeen?: number;
}

/** @throws AppError TARGET_INVALID unless 0 < target < 1: a target of 1 leaves no budget to burn. */
function checkTarget({ numerator, denominator }: ExactRatio): void {
  const isRatio = Number.isSafeInteger(numerator) && Number.isSafeInteger(denominator);
  if (isRatio && numerator > 0 && numerator < denominator) return;
  throw new AppError<BurnErrorCode>(
    'TARGET_INVALID',
    `A target must lie between 0 and 1, both excluded; this one is ${numerator}/${denominator}.`,
    { remedy: 'Choose a target such as 0.999; at 1 a single bad event would be an infinite burn rate.' },
  );
}

/** An SLO's target is asked for its budget for every window of every series; entries go when their targets do. */
const budgetShares = new WeakMap<ExactRatio, ExactRatio>();

/** The budget of a target: 1 - target, in lowest terms. @throws AppError TARGET_INVALID */
export function budgetShareOfTarget(target: ExactRatio): ExactRatio {
  const known = budgetShares.get(target);
  if (known !== undefined) return known;
  checkTarget(target);
  const share = reduceRatio(BigInt(target.denominator - target.numerator), BigInt(target.denominator));
  budgetShares.set(target, share);
  return share;
}

/** @throws AppError COUNTS_INVALID unless both are integers and 0 <= bad <= total < 2^53. */
export function checkCounts({ bad, total }: WindowCounts): void {
  if (Number.isSafeInteger(bad) && Number.isSafeInteger(total) && bad >= 0 && bad <= total) return;
  throw new AppError<BurnErrorCode>('COUNTS_INVALID', `${bad} bad of ${total} events is not a count.`, {
    remedy: 'Sum the integer columns of the panes; bad is total - good.',
  });
}

/** The highest burn rate that can be reached, when every event is bad: 1 / (1 - target). @throws TARGET_INVALID */
export function maxBurnRate(target: ExactRatio): ExactRatio {
  const budget = budgetShareOfTarget(target);
  return { numerator: budget.denominator, denominator: budget.numerator };
}

/** `10`, or `100/7 (about 14.2857)`: for messages that name a burn rate. */
export function burnRateText(rate: ExactRatio): string {
  const exact = formatRatio(rate);
  return exact.includes('/') ? `${exact} (about ${ratioToNumber(rate).toPrecision(6)})` : exact;
}

/** Burn rate as a double, for display: bad / total / (1 - target). Without traffic nothing burns: 0. */
export function burnRate(counts: WindowCounts, target: ExactRatio): number {
  checkCounts(counts);
  const budget = budgetShareOfTarget(target);
  if (counts.total === 0) return 0;
  return ((counts.bad / counts.total) * budget.denominator) / budget.numerator;
}

/**
 * Whether one window burns at the tier's factor: bad / total >= (or >) factor x (1 - target), decided on integers.
 * A window without traffic never burns.
 *
 * @throws AppError COUNTS_INVALID, TARGET_INVALID
 */
export function isBurning(
  counts: WindowCounts,
  tier: Pick<BurnTier, 'factor' | 'operator'>,
  target: ExactRatio,
): boolean {
  checkCounts(counts);
  checkTarget(target);
  if (counts.total === 0) return false;
  const order = compareProducts(
    [counts.bad, tier.factor.denominator, target.denominator],
    [tier.factor.numerator, target.denominator - target.numerator, counts.total],
  );
  return tier.operator === '>' ? order > 0 : order >= 0;
}

export interface TierJudgement {
  readonly tier: BurnTier;
  readonly target: ExactRatio;
  /** Low-traffic guard: so many bad events must have been seen in the long window. */
  readonly badCountMin: number;
  /** And so many events, good and bad; 0 if absent. */
  readonly eventCountMin?: number;
  /** And so much evidence; absent: the two counts alone. */
  readonly lowTraffic?: LowTraffic | undefined;
  /** Index of dispersion of the series' events, by which evidence is less; 1 if absent. */
  readonly dispersion?: number;
  readonly long: JudgedWindow;
  readonly short: WindowCounts;
}

/**
 * Whether a tier's condition holds: both windows burn, and the long window has enough events, and enough bad ones, for a
 * single stray failure not to page (SRE workbook, low-traffic services); where the SLO asks for it, they also show that it burns
 * (`isShareShown`). One event that stands for a hundred others is a single one still.
 *
 * It is judged on what was seen, however little that is of the whole: partitions are hashed by event id, so what is there
 * is a fair sample, and a report that claims losses must not be able to silence a page.
 *
 * @throws AppError COUNTS_INVALID, TARGET_INVALID
 */
export function isTierBurning(judgement: TierJudgement): boolean {
  const { tier, target, eventCountMin = 0, long, short } = judgement;
  if ((long.badSeen ?? long.bad) < (tier.badCountMin ?? judgement.badCountMin)) return false;
  if (tier.badCountMin === undefined && (long.totalSeen ?? long.total) < eventCountMin) return false;
  return [long, short].every((window) => isBurning(window, tier, target)) && isShown(judgement);
}

/** Whether what was seen in the long window is evidence enough, where an SLO asks for it and its tier has no guard of its own. */
function isShown({ tier, target, lowTraffic, dispersion = 1, long }: TierJudgement): boolean {
  if (lowTraffic === undefined || tier.badCountMin !== undefined) return true;
  return isShareShown({ ...evidenceOf(long), dispersion }, burnClaim(tier, target, lowTraffic));
}

/**
 * As many events as a window is evidence of: its bad ones as many as were seen, at the share that they stand for. A stream
 * that keeps its errors whole and few of the others would else show a share of bad ones that nobody had; one that keeps as
 * few of both shows what it kept.
 */
export function evidenceOf({ bad, total, badSeen = bad, totalSeen = total }: JudgedWindow): WindowCounts {
  if (bad === 0) return { bad, total: totalSeen };
  if (badSeen === bad) return { bad, total };
  return { bad: badSeen, total: Math.ceil((badSeen * total) / bad) };
}

/** What a tier's guard asks the events of its long window to show: a share of bad ones of factor x (1 - target). */
function burnClaim(
  { factor, operator }: Pick<BurnTier, 'factor' | 'operator'>,
  target: ExactRatio,
  { alpha }: LowTraffic,
): Claim {
  const budget = budgetShareOfTarget(target);
  const share = {
    numerator: BigInt(factor.numerator) * BigInt(budget.numerator),
    denominator: BigInt(factor.denominator) * BigInt(budget.denominator),
  };
  return { share, operator, alpha };
}

/**
 * The fewest events of a long window, all of them bad, that are evidence enough for a tier to fire; null where no number is,
 * since the tier asks for every event to be bad.
 *
 * @throws AppError TARGET_INVALID
 */
export function leastEvidenceOf(
  tier: Pick<BurnTier, 'factor' | 'operator' | 'badCountMin'>,
  target: ExactRatio,
  lowTraffic: LowTraffic,
): number | null {
  return tier.badCountMin ?? leastShownCount(burnClaim(tier, target, lowTraffic));
}
