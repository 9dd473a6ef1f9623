/**
 * The operations on values that JavaScript and ClickHouse would otherwise do differently. `null` is an absent value.
 * Every result here has a twin in the SQL form (predicate-sql.ts), which works in doubles as JavaScript does.
 */
import type { ArithmeticOperator } from './predicate-node.ts';

export type PredicateValue = string | number | boolean | null;

const SURROGATE_FIRST = 0xd800;
const SURROGATE_LAST = 0xdfff;

/** A result that doubles cannot hold exactly, beyond 2^53 - 1 either way, is absent rather than rounded. */
function exactInt(value: number): number | null {
  return Number.isSafeInteger(value) ? value : null;
}

export function finiteDouble(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * Integer arithmetic. Division truncates toward zero and the remainder has the dividend's sign, as in CEL; dividing by
 * zero is absent. Of safe integers the truncated double quotient is exact.
 */
export function intArithmetic(
  operator: ArithmeticOperator,
  left: number | null,
  right: number | null,
): number | null {
  if (left === null || right === null) return null;
  switch (operator) {
    case '+':
      return exactInt(left + right);
    case '-':
      return exactInt(left - right);
    case '*':
      return exactInt(left * right);
    case '/':
      return right === 0 ? null : Math.trunc(left / right);
    case '%':
      return right === 0 ? null : left % right;
  }
}

/** IEEE 754 doubles; what is not finite is absent, a division by zero included. `%` is refused before it gets here. */
export function doubleArithmetic(
  operator: Exclude<ArithmeticOperator, '%'>,
  left: number | null,
  right: number | null,
): number | null {
  if (left === null || right === null) return null;
  switch (operator) {
    case '+':
      return finiteDouble(left + right);
    case '-':
      return finiteDouble(left - right);
    case '*':
      return finiteDouble(left * right);
    case '/':
      return finiteDouble(left / right);
  }
}

/** Code units in an order that agrees with code points: surrogates stand for what lies above U+FFFF. */
const rank = (unit: number): number =>
  unit < SURROGATE_FIRST ? unit : unit <= SURROGATE_LAST ? unit + 0x10000 : unit;

/**
 * Orders strings by code points, which is the order of their UTF-8 bytes and so ClickHouse's. JavaScript's `<` compares
 * UTF-16 units and would put U+FFFD after U+1F600.
 *
 * @returns negative, zero or positive
 */
export function compareText(left: string, right: string): number {
  const sharedLength = Math.min(left.length, right.length);
  for (let index = 0; index < sharedLength; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Length in Unicode code points; what `lengthUTF8` counts. */
export function codePointCount(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    const isLowSurrogate = (text.charCodeAt(index) & 0xfc00) === 0xdc00;
    if (isLowSurrogate && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800) count -= 1;
  }
  return count;
}
