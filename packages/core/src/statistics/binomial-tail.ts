import { stirlingError } from './log-gamma.ts';

/** Steps of the continued fraction: some ten times the square root of the most events that anybody asks for. */
const STEPS_MAX = 1_000_000;
const PRECISION = 1e-15;
/** Keeps a denominator of the continued fraction from being 0. */
const TINY = 1e-300;

/** A chance p and 1 - p, each as near as a double can be. */
export interface Chance {
  readonly p: number;
  readonly q: number;
}

/**
 * The chance that so many of `total` independent events, or more, are bad, where each is with a chance of p: P(X >= bad).
 * Neither count has to be whole: it is the regularised incomplete beta function I_p(bad, total - bad + 1), by its continued
 * fraction (Abramowitz and Stegun, 26.5.8), with a relative error below 1e-11 up to a billion events.
 *
 * @param bad 0 to total
 * @param total up to some 10^12: the work grows with its square root
 */
export function binomialTail(
  { bad, total }: { readonly bad: number; readonly total: number },
  { p, q }: Chance,
): number {
  if (bad <= 0 || q <= 0) return 1;
  if (p <= 0) return 0;
  const [a, b] = [bad, total - bad + 1];
  const front = q * binomialMass({ bad, total }, { p, q });
  // The fraction converges quickly on this side of the mean; beyond it the other tail does.
  if (p <= (a + 1) / (a + b + 2)) return Math.min(1, front * betaFraction(a, b, p));
  return Math.max(0, 1 - ((front * a) / b) * betaFraction(b, a, q));
}

/** P(X = bad) for bad above 0, as Loader computes it: by deviances, so that no large logarithms cancel. */
function binomialMass({ bad, total }: { bad: number; total: number }, { p, q }: Chance): number {
  if (bad >= total) return Math.exp(total * (p < 0.5 ? Math.log(p) : Math.log1p(-q)));
  const good = total - bad;
  const errors = stirlingError(total) - stirlingError(bad) - stirlingError(good);
  const deviances = deviance(bad, total * p) + deviance(good, total * q);
  return Math.exp(errors - deviances) * Math.sqrt(total / (2 * Math.PI * bad * good));
}

/** x log(x / mean) + mean - x, also where the two are close. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let n = 3; ; n += 2) {
    term *= v * v;
    const next = sum + term / n;
    if (next === sum) return sum;
    sum = next;
  }
}

/** The continued fraction of I_x(a, b), by Lentz's way of evaluating it. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < STEPS_MAX; m += 1) {
    const at = a + 2 * m;
    const even = (m * (b - m) * x) / ((at - 1) * at);
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / (at * (at + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

const notZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
