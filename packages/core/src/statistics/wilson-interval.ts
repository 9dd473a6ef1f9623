/** The standard normal's quantile at 97.5 %: two-sided bounds of 95 %. */
const Z_95 = 1.959963984540054;

/**
 * Bounds of a share that was seen `part` times of `total` (above 0), by Wilson's score interval (1927), with a confidence of 95 %. For
 * display: what decides goes by exact bounds.
 */
export function wilsonInterval(
  part: number,
  total: number,
): { readonly lower: number; readonly upper: number } {
  const share = part / total;
  const z2 = (Z_95 * Z_95) / total;
  const middle = share + z2 / 2;
  const half = Z_95 * Math.sqrt((share * (1 - share) + z2 / 4) / total);
  return { lower: Math.max(0, (middle - half) / (1 + z2)), upper: Math.min(1, (middle + half) / (1 + z2)) };
}
