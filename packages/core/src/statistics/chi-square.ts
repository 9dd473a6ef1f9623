/** Terms of a series, or of a continued fraction: far more than any argument here asks for. */
const TERMS_MAX = 10_000;
const PRECISION = 1e-15;
/** Lanczos' approximation with g = 7: a relative error below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function of a number of 0.5 or more. */
function logGamma(x: number): number {
  const at = x - 1;
  const sum = LANCZOS.reduce((all, term, index) => (index === 0 ? term : all + term / (at + index)), 0);
  const t = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(t) - t + Math.log(sum);
}

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
