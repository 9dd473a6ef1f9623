const DECIMAL = /^(\d{1,32})(?:\.(\d{1,32}))?(?:[eE]([+-]?\d{1,3}))?$/;
const NANO_DIGITS = 9;
/** Nine million dollars for one inference: beyond it the number is a mistake, and integers are no longer exact. */
export const NANO_USD_MAX = 9_000_000_000_000_000;
/** Exponents outside are no prices; they would only make long digit strings. */
const EXPONENT_ABS_MAX = 40;

/**
 * Nano-USD from a decimal number of USD, digit by digit, without floating point. Digits beyond the ninth are rounded to
 * nearest, half up. A number stands for its shortest decimal form, so 0.1 is 100,000,000. `null`: not a decimal within
 * 0 to 9,000,000 USD.
 */
export function nanoUsdFromDecimal(value: string | number): number | null {
  const match = DECIMAL.exec(String(value));
  if (match === null) return null;
  const whole = match[1] ?? '';
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? 0);
  if (Math.abs(exponent) > EXPONENT_ABS_MAX) return null;
  const digits = whole + fraction;
  // The decimal point stands after this many digits once the value is counted in nano-USD.
  const pointIndex = whole.length + exponent + NANO_DIGITS;
  const kept = pointIndex <= 0 ? '0' : digits.slice(0, pointIndex).padEnd(pointIndex, '0');
  const roundsUp = pointIndex >= 0 && (digits[pointIndex] ?? '0') >= '5';
  const nano = BigInt(kept) + (roundsUp ? 1n : 0n);
  return nano <= BigInt(NANO_USD_MAX) ? Number(nano) : null;
}
