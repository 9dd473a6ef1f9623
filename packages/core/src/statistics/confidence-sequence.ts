import { logGamma } from './log-gamma.ts';

/** Halvings of an interval of length 1: below what a double tells apart. */
const STEPS = 60;

/** Of a share: from `low` to `high`, both within 0 and 1. */
export interface ShareBounds {
  readonly low: number;
  readonly high: number;
}

export interface SequenceSettings {
  /** The chance, above 0 and below 1, that the true share is ever outside, however often it is looked. */
  readonly alpha: number;
  /** Number of events at which the bounds are to be narrowest: above 0. They hold at any other one too. */
  readonly tuned: number;
}

/** For how sure a bound the prior is tuned: that of the literature, whatever alpha is asked for. */
const TUNED_ALPHA = 0.05;

/**
 * Bounds of a share of bad events that hold at every moment at once: whoever looks after each event, and stops when they please, is
 * wrong with a chance of alpha at most. The two-sided beta-binomial mixture of Howard, Ramdas, McAuliffe and Sekhon (Time-uniform,
 * nonparametric, nonasymptotic confidence sequences, 2021, proposition 7), for events of which each is bad with the same chance given those
 * before it. All shares are taken at which the mixture is below 1 / alpha.
 *
 * @param counts 0 <= bad <= total; they need not be whole
 */
export function shareSequence(
  { bad, total }: { readonly bad: number; readonly total: number },
  { alpha, tuned }: SequenceSettings,
): ShareBounds {
  if (total <= 0) return { low: 0, high: 1 };
  const share = bad / total;
  const limit = -Math.log(alpha);
  const isOutside = (p: number): boolean => logMixture({ bad, total }, p, tuned) >= limit;
  return {
    low: bad <= 0 ? 0 : edge(share, 0, isOutside),
    high: bad >= total ? 1 : edge(share, 1, isOutside),
  };
}

/** Between the share that was seen, which is inside, and an end: the last one that is not outside, rounded away from it. */
function edge(inside: number, end: number, isOutside: (p: number) => boolean): number {
  let [near, far] = [inside, end];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (near + far) / 2;
    // At an end itself the logarithms have no value.
    if (middle === near || middle === far) break;
    if (isOutside(middle)) far = middle;
    else near = middle;
  }
  return far;
}

/** The logarithm of the mixture's value at a share: how much better a beta prior around it explains the events than the share itself. */
function logMixture(
  { bad, total }: { readonly bad: number; readonly total: number },
  p: number,
  tuned: number,
): number {
  const q = 1 - p;
  const spread = spreadOf(p * q, tuned);
  const [a, b] = [spread / q, spread / p];
  return (
    logBeta(a + bad, b + total - bad) - logBeta(a, b) - bad * Math.log(p) - (total - bad) * Math.log1p(-p)
  );
}

/** How far the prior is spread, so that the bounds are narrowest at so many events. */
function spreadOf(variance: number, tuned: number): number {
  const twice = 2 * -Math.log(TUNED_ALPHA);
  const best = (tuned * variance) / (twice + Math.log1p(twice));
  return Math.max(best - variance, 1e-3 * variance);
}

const logBeta = (a: number, b: number): number => logGammaOf(a) + logGammaOf(b) - logGammaOf(a + b);

/** Of any number above 0. */
const logGammaOf = (x: number): number => (x < 0.5 ? logGamma(x + 1) - Math.log(x) : logGamma(x));
