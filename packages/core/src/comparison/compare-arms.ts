import { shareSequence, type ShareBounds } from '../statistics/confidence-sequence.ts';

export const COMPARISON_VERDICTS = ['better', 'worse', 'same-within-margin', 'insufficient'] as const;
export type ComparisonVerdict = (typeof COMPARISON_VERDICTS)[number];

/** What an SLO counted of one arm, of a sampled stream as much as its events stand for. */
export interface ArmCounts {
  /** Events that count, as many as were seen. */
  readonly seen: number;
  readonly bad: number;
  readonly total: number;
  /** Sum of the squares of what each stands for; `total` of a stream without sampling. */
  readonly squares: number;
}

export interface ComparisonRule {
  /** The chance, above 0 and below 1, that an arm which is not worse is ever called so. */
  readonly alpha: number;
  /** A difference of shares up to this is none, 0 to 1. */
  readonly margin: number;
  /** An arm with fewer events shows nothing. */
  readonly eventCountMin: number;
}

export interface ComparedArm extends ArmCounts {
  /** The share of bad events; null without any event. */
  readonly badRatio: number | null;
  readonly bounds: ShareBounds;
}

export interface Comparison {
  readonly baseline: ComparedArm;
  readonly candidate: ComparedArm;
  /** The candidate's share of bad events less the baseline's: what is not excluded, -1 to 1. */
  readonly difference: ShareBounds;
  readonly verdict: ComparisonVerdict;
}

export const COMPARISON_DEFAULTS: ComparisonRule = { alpha: 0.05, margin: 0, eventCountMin: 100 };

/** Events of an arm at which its bounds are narrowest; chosen before any is seen, or they would not hold. */
const TUNED = 2_000;

/**
 * A candidate beside its baseline, at any moment and as often as anybody likes: each arm has bounds that hold at all moments with half of alpha,
 * so that their difference holds with all of it. Worse, or better, is a candidate of which no difference is excluded but those to that
 * side; the same, one whose difference is within the margin for certain. All else is insufficient: more events may tell.
 *
 * Events that stand for unlike numbers show as much as Kish's effective number of them.
 */
export function compareArms(
  baseline: ArmCounts,
  candidate: ArmCounts,
  { alpha, margin, eventCountMin }: ComparisonRule,
): Comparison {
  const arms = [baseline, candidate].map((arm) => comparedArm(arm, alpha / 2)) as [ComparedArm, ComparedArm];
  const difference = {
    low: arms[1].bounds.low - arms[0].bounds.high,
    high: arms[1].bounds.high - arms[0].bounds.low,
  };
  const isEnough = arms.every(({ seen }) => seen >= eventCountMin);
  return {
    baseline: arms[0],
    candidate: arms[1],
    difference,
    verdict: isEnough ? verdictOf(difference, margin) : 'insufficient',
  };
}

function comparedArm(arm: ArmCounts, alpha: number): ComparedArm {
  if (arm.total <= 0) return { ...arm, badRatio: null, bounds: { low: 0, high: 1 } };
  const badRatio = arm.bad / arm.total;
  const total = arm.squares > 0 ? (arm.total * arm.total) / arm.squares : arm.seen;
  return {
    ...arm,
    badRatio,
    bounds: shareSequence({ bad: badRatio * total, total }, { alpha, tuned: TUNED }),
  };
}

function verdictOf({ low, high }: ShareBounds, margin: number): ComparisonVerdict {
  if (low >= -margin && high <= margin) return 'same-within-margin';
  if (low > 0) return 'worse';
  return high < 0 ? 'better' : 'insufficient';
}
