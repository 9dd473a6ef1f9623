import { RowProblem } from './row-problem.ts';

/**
 * Numbers as they are written. Units are changed by moving the decimal point of the text, never by a floating point
 * multiplication: 0.5575600349999945 s is the double nearest to 557.5600349999945 ms, and 0.000374 USD is exactly
 * 374000 nano-USD.
 */

const DECIMAL = /^([+-]?)(\d+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const PLAIN_COUNT = /^\d{1,15}$/;

interface DecimalParts {
  readonly negative: boolean;
  readonly digits: string;
  /** The value is `digits` times ten to this power. */
  readonly exponent: number;
}

function decimalParts(text: string): DecimalParts {
  const match = DECIMAL.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (match === null || whole.length + fraction.length === 0) {
    throw new RowProblem(`${JSON.stringify(text)} is not a decimal number`);
  }
  return {
    negative: match[1] === '-',
    digits: whole + fraction,
    exponent: Number(match[4] ?? '0') - fraction.length,
  };
}

/** The double nearest to the written number times `10 ** shift`. Throws `RowProblem` where the text is no number. */
export function decimalToNumber(text: string, shift: number): number {
  const { negative, digits, exponent } = decimalParts(text);
  const value = Number(`${negative ? '-' : ''}${digits}e${String(exponent + shift)}`);
  if (!Number.isFinite(value)) throw new RowProblem(`${JSON.stringify(text)} is too large`);
  return value;
}

/** How to treat what lies beyond the last integer digit: refuse it, cut it off, or round half away from zero. */
export type Remainder = 'refuse' | 'floor' | 'round';

/**
 * The integer written by the text, times `10 ** shift`. Throws `RowProblem` where the text is no number, where it is
 * beyond 2^53, and where it is not whole although it must be.
 */
export function decimalToInteger(text: string, options: { shift: number; remainder: Remainder }): number {
  if (options.shift === 0 && PLAIN_COUNT.test(text)) return Number(text);
  const { negative, digits, exponent } = decimalParts(text);
  const power = exponent + options.shift;
  let magnitude = BigInt(digits);
  if (power >= 0) magnitude *= 10n ** BigInt(power);
  else {
    const divisor = 10n ** BigInt(-power);
    const rest = magnitude % divisor;
    magnitude /= divisor;
    if (rest !== 0n && options.remainder === 'refuse') {
      throw new RowProblem(`${JSON.stringify(text)} is not a whole number`);
    }
    const isUp = options.remainder === 'round' ? rest * 2n >= divisor : negative && rest !== 0n;
    if (isUp) magnitude += 1n;
  }
  if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new RowProblem(`${JSON.stringify(text)} is too large`);
  }
  return negative && magnitude !== 0n ? -Number(magnitude) : Number(magnitude);
}
