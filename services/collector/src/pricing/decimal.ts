const DECIMAL = /^(\d{1,30})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Exponents beyond are no prices; they would only make long digit strings. */
const EXPONENT_ABS_MAX = 40;

/** A decimal number without floating point: `digits` times 10 to the power of minus `places`. */
interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** Null for what is no decimal number from 0 up. A number stands for its shortest decimal form, so 0.1 is a tenth. */
export function parseDecimal(value: unknown): Decimal | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const match = DECIMAL.exec(String(value));
  if (match === null) return null;
  const [, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > EXPONENT_ABS_MAX) return null;
  const places = fraction.length - exponent;
  const digits = BigInt(whole + fraction);
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places };
}

/** In units of 10 to the power of minus `places`, halves up; `isExact`: nothing was rounded. */
export function scaled(
  { digits, places }: Decimal,
  to: number,
): { readonly value: bigint; readonly isExact: boolean } {
  if (places <= to) return { value: digits * 10n ** BigInt(to - places), isExact: true };
  const divisor = 10n ** BigInt(places - to);
  const value = (digits + divisor / 2n) / divisor;
  return { value, isExact: digits % divisor === 0n };
}
