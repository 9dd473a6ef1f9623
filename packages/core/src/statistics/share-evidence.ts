import { binomialTail, type Chance } from './binomial-tail.ts';

/** More than so many events show nothing that so many, of the same share, do not: the work of a test is bounded. */
const EVIDENCE_EVENTS_MAX = 1_000_000_000;
/** So close to the limit a chance in doubles may lie on either side of it. */
const TIE = 1e-9;
/** Up to so many events a tie is decided on integers: some milliseconds. */
const EXACT_EVENTS_MAX = 1_000;

/** A share as integers of any size; it may be 1 or more. */
interface Share {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Events that were seen, 0 <= bad <= total < 2^53. */
export interface Evidence {
  readonly bad: number;
  readonly total: number;
  /** Their index of dispersion, 1 or more: they show as little as `total / dispersion` events that are independent. */
  readonly dispersion: number;
}

/** What has to be shown of a share, and how surely. */
export interface Claim {
  /** The share of bad events is at or above this, or above it. */
  readonly share: Share;
  readonly operator: '>' | '>=';
  /** The chance, above 0 and below 1, with which events whose share is just `share` may show it. */
  readonly alpha: { readonly numerator: number; readonly denominator: number };
}

/**
 * Whether events show a claim of their share of bad ones: whether the exact one-sided lower bound of that share (Clopper and
 * Pearson, 1934) is at or above what is claimed. That is so where as many bad ones would come with a chance of alpha at most,
 * were the share just that.
 *
 * Events that come in bursts show less: both counts are divided by their dispersion, and need not be whole then (Korn and
 * Graubard, 1998).
 */
export function isShareShown(evidence: Evidence, { share, operator, alpha }: Claim): boolean {
  if (evidence.bad <= 0 || share.numerator >= share.denominator) return false;
  const divisor = Math.max(1, evidence.dispersion, evidence.total / EVIDENCE_EVENTS_MAX);
  const counts = { bad: evidence.bad / divisor, total: evidence.total / divisor };
  const limit = alpha.numerator / alpha.denominator;
  const tail = binomialTail(counts, chanceOf(share));
  const isTie = divisor === 1 && counts.total <= EXACT_EVENTS_MAX && Math.abs(tail - limit) <= TIE * limit;
  const order = isTie ? exactOrder(counts, share, alpha) : Math.sign(tail - limit);
  return operator === '>' ? order < 0 : order <= 0;
}

const chanceOf = ({ numerator, denominator }: Share): Chance => ({
  p: Number(numerator) / Number(denominator),
  q: Number(denominator - numerator) / Number(denominator),
});

/** How P(X >= bad) compares with alpha, on integers: -1 below, 0 equal, 1 above. */
function exactOrder(
  { bad, total }: { readonly bad: number; readonly total: number },
  { numerator: p, denominator }: Share,
  alpha: Claim['alpha'],
): number {
  // The terms C(total, i) p^i q^(total - i), over denominator^total, from i = total down.
  const q = denominator - p;
  let choices = 1n;
  let powerOfQ = 1n;
  let sum = 0n;
  for (let i = total; i >= bad; i -= 1) {
    sum += choices * powerOfQ * p ** BigInt(i);
    choices = (choices * BigInt(i)) / BigInt(total - i + 1);
    powerOfQ *= q;
  }
  const left = sum * BigInt(alpha.denominator);
  const right = BigInt(alpha.numerator) * denominator ** BigInt(total);
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * The fewest independent events that show a claim, when all of them are bad. Null where no number does: of a share of 1 there is
 * no more than all.
 */
export function leastShownCount(claim: Claim): number | null {
  const { share, alpha } = claim;
  if (share.numerator >= share.denominator) return null;
  if (share.numerator === 0n) return 1;
  const about = Math.log(alpha.numerator / alpha.denominator) / Math.log1p(-chanceOf(share).q);
  // It may be off by the rounding of logarithms, and by one where a tie does not count.
  const first = Math.max(1, Math.ceil(about) - 1);
  const isShown = (count: number): boolean =>
    isShareShown({ bad: count, total: count, dispersion: 1 }, claim);
  return [first, first + 1].find(isShown) ?? first + 2;
}
