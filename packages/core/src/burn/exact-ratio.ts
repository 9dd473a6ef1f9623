import { AppError } from '../errors/app-error.ts';
import type { BurnErrorCode } from './burn-error.ts';

/** A ratio as two integers, exact where a double is not: 0.999 is 999 of 1000. */
export interface ExactRatio {
  readonly numerator: number;
  readonly denominator: number;
}

/** Negative, zero or positive, as in a sort. */
export type Order = -1 | 0 | 1;

/**
 * At most 16 digits before and 20 after the point. A reduced ratio of safe integers needs no more (2^53 has 16 digits),
 * and a hostile text cannot make the arithmetic below slow.
 */
const DECIMAL_TEXT = /^(\d{1,16})(?:\.(\d{1,20}))?(%)?$/;

const ratioError = (message: string): AppError<BurnErrorCode> =>
  new AppError<BurnErrorCode>('RATIO_INVALID', message, {
    remedy: 'Write a plain decimal such as 0.999 or 99.9%, with at most 15 significant digits.',
  });

/** Greatest common divisor of non-negative integers. */
export function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * A ratio in lowest terms.
 *
 * @throws AppError RATIO_INVALID when the denominator is not positive, the numerator is negative, or a reduced part
 *   passes 2^53 - 1.
 */
export function reduceRatio(numerator: bigint, denominator: bigint): ExactRatio {
  if (denominator <= 0n || numerator < 0n) {
    throw ratioError(`${String(numerator)}/${String(denominator)} is not a ratio of zero or more.`);
  }
  const divisor = greatestCommonDivisor(numerator, denominator);
  const reduced = { numerator: Number(numerator / divisor), denominator: Number(denominator / divisor) };
  if (!Number.isSafeInteger(reduced.numerator) || !Number.isSafeInteger(reduced.denominator)) {
    throw ratioError(`${String(numerator)}/${String(denominator)} has too many digits to be kept exactly.`);
  }
  return reduced;
}

/**
 * The ratio in lowest terms where its parts fit into safe integers, else the closest one that does: it differs by less
 * than 2^-100 of its value or so, which no count of events below 2^40 can tell from the ratio itself.
 *
 * Both must be positive, and their quotient within 2^-52 to 2^52.
 */
export function nearestRatio(numerator: bigint, denominator: bigint): ExactRatio {
  // Convergents of the continued fraction, each the closest ratio up to its size; the last is taken as far as it fits.
  let before: readonly [bigint, bigint] = [0n, 1n];
  let last: readonly [bigint, bigint] = [1n, 0n];
  let [rest, divisor] = [numerator, denominator];
  while (divisor !== 0n) {
    const wanted = rest / divisor;
    const taken = [wanted, stepsLeft(before[0], last[0]), stepsLeft(before[1], last[1])].reduce(
      (least, steps) => (steps < least ? steps : least),
    );
    // Less than half of the last step would be further away than what came before it.
    if (2n * taken < wanted) break;
    [before, last] = [last, [before[0] + taken * last[0], before[1] + taken * last[1]]];
    if (taken < wanted) break;
    [rest, divisor] = [divisor, rest % divisor];
  }
  return { numerator: Number(last[0]), denominator: Number(last[1]) };
}

/** How many steps a part of a convergent can take before it passes 2^53 - 1. */
function stepsLeft(from: bigint, step: bigint): bigint {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return step === 0n ? limit : (limit - from) / step;
}

/** A decimal text as a ratio of any size. @throws AppError RATIO_INVALID */
function decimalParts(text: string): readonly [numerator: bigint, denominator: bigint] {
  const match = DECIMAL_TEXT.exec(text);
  if (match === null) throw ratioError(`"${text.slice(0, 60)}" is not a plain decimal.`);
  const [, whole = '', fraction = '', percent] = match;
  return [BigInt(whole + fraction), 10n ** BigInt(fraction.length) * (percent === undefined ? 1n : 100n)];
}

/**
 * Reads a decimal of any length, such as the 0.9333333333333333 that a program wrote: exactly where its digits fit, else
 * to `nearestRatio`, whose double is the text's own.
 *
 * @throws AppError RATIO_INVALID
 */
export function parseLongRatio(text: string): ExactRatio {
  const [numerator, denominator] = decimalParts(text);
  if (numerator === 0n) return { numerator: 0, denominator: 1 };
  const ratio = nearestRatio(numerator, denominator);
  const isNear = Math.abs(ratioToNumber(ratio) / (Number(numerator) / Number(denominator)) - 1) < 1e-14;
  if (isNear) return ratio;
  throw ratioError(`"${text}" is too large or too small.`);
}

/**
 * Reads a decimal text exactly: '0.999' is 999/1000, '99.9%' the same. Signs, exponents and blanks are refused: a target
 * that was written as 1e-3 is more often a slip than a wish.
 *
 * @throws AppError RATIO_INVALID
 */
export function parseExactRatio(text: string): ExactRatio {
  return reduceRatio(...decimalParts(text));
}

/**
 * The product of non-negative safe integers, or null where it may not be exact in a double. Sound whatever the order:
 * factors are 0 or at least 1, so a product that once passed 2^53 stays there, or becomes exactly 0.
 */
function safeProduct(factors: readonly number[]): number | null {
  let product = 1;
  for (const factor of factors) product *= factor;
  return product <= Number.MAX_SAFE_INTEGER ? product : null;
}

const bigProduct = (factors: readonly number[]): bigint =>
  factors.reduce((product, factor) => product * BigInt(factor), 1n);

/**
 * Compares two products of non-negative safe integers exactly: in doubles while both stay below 2^53, else with BigInt.
 * This is the only comparison that decides whether something burns.
 */
export function compareProducts(left: readonly number[], right: readonly number[]): Order {
  const [a, b] = [safeProduct(left), safeProduct(right)];
  if (a !== null && b !== null) return a < b ? -1 : a > b ? 1 : 0;
  const [bigA, bigB] = [bigProduct(left), bigProduct(right)];
  return bigA < bigB ? -1 : bigA > bigB ? 1 : 0;
}

export function compareRatios(left: ExactRatio, right: ExactRatio): Order {
  return compareProducts([left.numerator, right.denominator], [right.numerator, left.denominator]);
}

/**
 * The exact product, in lowest terms.
 *
 * @throws AppError RATIO_INVALID when it does not fit into safe integers.
 */
export function multiplyRatios(...ratios: readonly ExactRatio[]): ExactRatio {
  return reduceRatio(
    bigProduct(ratios.map((ratio) => ratio.numerator)),
    bigProduct(ratios.map((ratio) => ratio.denominator)),
  );
}

/** The nearest double; for display, never for a decision. */
export function ratioToNumber(ratio: ExactRatio): number {
  return ratio.numerator / ratio.denominator;
}

/**
 * A ratio as people read it: its decimal where that is short enough for a double to say it, else the shortest text of its
 * double ('0.9333333333333333' for 14/15). For display; `formatRatio` is exact.
 */
export function ratioText(ratio: ExactRatio): string {
  const exact = formatRatio(ratio);
  const isShort = !exact.includes('/') && exact.replace('.', '').length <= 15;
  return isShort ? exact : String(ratioToNumber(ratio));
}

/** Digits after the point that numerator/denominator needs, or null where the decimal never ends. */
function decimalPlaces(ratio: ExactRatio): number | null {
  let rest =
    BigInt(ratio.denominator) / greatestCommonDivisor(BigInt(ratio.numerator), BigInt(ratio.denominator));
  let [twos, fives] = [0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? Math.max(twos, fives) : null;
}

/**
 * The exact text of a ratio: a decimal where one ends ('0.999'), else a fraction in lowest terms ('100/7').
 * `parseExactRatio` reads every decimal of up to 20 places back to the same ratio.
 */
export function formatRatio(ratio: ExactRatio): string {
  const places = decimalPlaces(ratio);
  if (places === null) {
    const { numerator, denominator } = reduceRatio(BigInt(ratio.numerator), BigInt(ratio.denominator));
    return `${numerator}/${denominator}`;
  }
  const digits = ((BigInt(ratio.numerator) * 10n ** BigInt(places)) / BigInt(ratio.denominator)).toString();
  if (places === 0) return digits;
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The exact text of a ratio in percent: '99.9%', '200/3%'. */
export function formatPercent(ratio: ExactRatio): string {
  return `${formatRatio(multiplyRatios(ratio, { numerator: 100, denominator: 1 }))}%`;
}
