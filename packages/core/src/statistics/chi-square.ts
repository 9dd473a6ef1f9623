import { logGamma } from './log-gamma.ts';

/** Terms of a series, or of a continued fraction: far more than any argument here asks for. */
const TERMS_MAX = 10_000;
const PRECISION = 1e-15;

/**
 * The chance that a chi-square variable of so many degrees of freedom is above a value: 1 - P(k/2, x/2), by the series below the
 * mean and by the continued fraction above it (Abramowitz and Stegun, 6.5.29 and 6.5.31).
 */
export function chiSquareTail(value: number, degrees: number): number {
  const [a, x] = [degrees / 2, value / 2];
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; n < TERMS_MAX && term > sum * PRECISION; n += 1) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  // Lentz's way of evaluating it.
  let b = x + 1 - a;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < TERMS_MAX; n += 1) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return front * fraction;
}

/** The value that a chi-square variable of so many degrees of freedom passes with a chance of `probability`, 0 to 1 excluded. */
export function chiSquareCritical(probability: number, degrees: number): number {
  let [low, high] = [0, 2 * degrees + 20];
  while (chiSquareTail(high, degrees) > probability) high *= 2;
  for (let step = 0; step < 200 && high - low > PRECISION * high; step += 1) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle, degrees) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
