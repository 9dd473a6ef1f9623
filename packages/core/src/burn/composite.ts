import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';
import type { BurnTier } from './burn-tier.ts';
import { AT_RISK_REMAINING } from './budget.ts';
import { budgetShareOfTarget, checkCounts, type WindowCounts } from './burn.ts';
import { greatestCommonDivisor, reduceRatio, type ExactRatio } from './exact-ratio.ts';
import type { CompositePart } from './slo-plan.ts';

/** What counts of a composite are made in, at least: its shares are read to nine digits. */
const UNITS_MIN = 500_000_000n;

/** A fraction of integers of any size, not reduced. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const plus = (left: Fraction, right: Fraction): Fraction => ({
  numerator: left.numerator * right.denominator + right.numerator * left.denominator,
  denominator: left.denominator * right.denominator,
});

type WeightedPart = Pick<CompositePart, 'weight' | 'target'>;

/** How much a part burns of the composite at a share of bad events of `bad / total`: weight x share / (1 - target). */
function burnOf({ weight, target }: WeightedPart, { bad, total }: WindowCounts): Fraction {
  const budget = budgetShareOfTarget(target);
  return {
    numerator: BigInt(weight.numerator) * BigInt(bad) * BigInt(budget.denominator),
    denominator: BigInt(weight.denominator) * BigInt(total) * BigInt(budget.numerator),
  };
}

const sumOf = (burns: readonly Fraction[]): Fraction =>
  burns.reduce(plus, { numerator: 0n, denominator: 1n });

/** What a composite burns when every event of every part is bad: the highest rate there is. */
const burnMaxOf = (parts: readonly WeightedPart[]): Fraction =>
  sumOf(parts.map((part) => burnOf(part, { bad: 1, total: 1 })));

/**
 * The target that stands for a composite's parts: the one that burns as high as they do when everything is bad, so that its
 * burn rate is the sum of theirs, each times its weight.
 *
 * @throws AppError TARGET_INVALID where that rate is not above 1, RATIO_INVALID where its digits do not fit
 */
export function compositeTarget(parts: readonly WeightedPart[]): ExactRatio {
  const { numerator, denominator } = burnMaxOf(parts);
  if (numerator <= denominator)
    throw new AppError<BurnErrorCode>(
      'TARGET_INVALID',
      'The weights of the composite are too small: with every event bad it would not spend its budget.',
      { remedy: 'Choose larger ones: a part of weight 1 burns as it does alone.' },
    );
  return reduceRatio(numerator - denominator, numerator);
}

/**
 * How many units a composite's total is halved into. A multiple of what every comparison that decides anything is made with:
 * factors of tiers, a spent budget, one at risk. Counts that are rounded to units then compare as the exact shares do.
 *
 * @throws AppError COUNTS_INVALID where there is none below 2^52
 */
export function compositeUnits(target: ExactRatio, tiers: readonly Pick<BurnTier, 'factor'>[]): number {
  const budget = budgetShareOfTarget(target);
  const one: ExactRatio = { numerator: 1, denominator: 1 };
  const atRisk = reduceRatio(
    BigInt(AT_RISK_REMAINING.denominator - AT_RISK_REMAINING.numerator),
    BigInt(AT_RISK_REMAINING.denominator),
  );
  const limits = [one, atRisk, ...tiers.map(({ factor }) => factor)];
  let step = 1n;
  for (const limit of limits) {
    const product = BigInt(limit.denominator) * BigInt(budget.denominator);
    const denominator =
      product / greatestCommonDivisor(BigInt(limit.numerator) * BigInt(budget.numerator), product);
    step = (step / greatestCommonDivisor(step, denominator)) * denominator;
  }
  const units = step * ((UNITS_MIN + step - 1n) / step);
  if (2n * units <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(units);
  throw new AppError<BurnErrorCode>(
    'COUNTS_INVALID',
    'The weights, targets and thresholds of the composite have too many digits to be compared exactly.',
    { remedy: 'Write them with fewer digits, such as compositeWeight: 2 and threshold: 13.44.' },
  );
}

/**
 * Counts that stand for a composite: of `2 x units`, as many are bad as its parts burn of the highest rate there is. Where that
 * is no whole number, an odd count stands between two even ones, so that every comparison with a share of whole units, `>` and
 * `>=` alike, comes out as it does for the exact sum. A part without events burns nothing; without any there is nothing.
 *
 * @param counts by part
 * @throws AppError COUNTS_INVALID, TARGET_INVALID
 */
export function compositeCounts(
  parts: readonly WeightedPart[],
  counts: readonly WindowCounts[],
  units: number,
): WindowCounts {
  counts.forEach(checkCounts);
  if (counts.every(({ total }) => total === 0)) return { bad: 0, total: 0 };
  const burn = sumOf(
    parts.flatMap((part, index) => {
      const own = counts[index];
      return own === undefined || own.total === 0 ? [] : [burnOf(part, own)];
    }),
  );
  const most = burnMaxOf(parts);
  const numerator = burn.numerator * most.denominator * BigInt(units);
  const denominator = burn.denominator * most.numerator;
  const isBetween = numerator % denominator !== 0n;
  return { bad: Number((numerator / denominator) * 2n) + (isBetween ? 1 : 0), total: 2 * units };
}
