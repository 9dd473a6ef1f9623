/** Of a double's mantissa: its fraction is a whole number of them. */
export const MANTISSA_STEPS = 2 ** 52;

/**
 * The mantissas (as integers, 52 bits) of the largest doubles in [1, 2) that are not above 2^(k / 2^scale), for each k of
 * the octave. The logarithm's last digits differ between engines, and a row's value must not: they only say where to look.
 */
export function thresholdsOf(scale: number): readonly number[] {
  return Array.from({ length: 2 ** scale }, (_, bound) => {
    let mantissa = Math.round((2 ** (bound / 2 ** scale) - 1) * MANTISSA_STEPS);
    while (isAbove(mantissa, bound, scale)) mantissa -= 1;
    while (!isAbove(mantissa + 1, bound, scale)) mantissa += 1;
    return mantissa;
  });
}

/** Whether 1 + mantissa / 2^52 > 2^(bound / 2^scale), exactly: both sides to the power of 2^scale, over integers. */
function isAbove(mantissa: number, bound: number, scale: number): boolean {
  const power = 1n << BigInt(scale);
  const significand = BigInt(MANTISSA_STEPS) + BigInt(mantissa);
  return significand ** power > 1n << (52n * power + BigInt(bound));
}
