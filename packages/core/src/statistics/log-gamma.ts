/** Lanczos' approximation with g = 7: a relative error below 1e-14. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
/** From here on Stirling's series is as good with the terms below. */
const SERIES_FROM = 15;

/** The logarithm of the gamma function of a number of 0.5 or more. */
export function logGamma(x: number): number {
  const at = x - 1;
  const sum = LANCZOS.reduce((all, term, index) => (index === 0 ? term : all + term / (at + index)), 0);
  const t = at + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (at + 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * What Stirling's formula leaves of the logarithm of x!, for x above 0, whole or not: log(x!) - log(sqrt(2 pi x) (x / e)^x). A sum of
 * these stays exact where logarithms of large factorials, each of many digits, would cancel (Loader, Fast and accurate
 * computation of binomial probabilities, 2000).
 */
export function stirlingError(x: number): number {
  if (x < SERIES_FROM) return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - 0.5 * Math.log(2 * Math.PI);
  const square = x * x;
  return (
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) /
        square) /
    x
  );
}
