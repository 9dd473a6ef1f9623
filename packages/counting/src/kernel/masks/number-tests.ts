import { BITS_PER_WORD } from './event-masks.ts';

/** A plane that a column of numbers gives. */
export interface NumberTest {
  readonly kind: 'present' | 'finite' | 'less' | 'lessOrEqual' | 'equal';
  /** Where the column begins. */
  readonly offset: number;
  /** What its numbers are compared with. */
  readonly literal: number;
  /** First word of the plane. */
  readonly at: number;
}

interface NumberColumns {
  readonly numbers: Float64Array;
  readonly ids: Int32Array;
}

/** Fills the plane for the first `count` events. Where a value is absent the plane says nothing. */
export function runNumberTest(
  test: NumberTest,
  columns: NumberColumns,
  count: number,
  masks: Int32Array,
): void {
  let at = test.at;
  for (let start = 0; start < count; start += BITS_PER_WORD) {
    masks[at] = wordOf(test, columns, test.offset + start, Math.min(BITS_PER_WORD, count - start));
    at += 1;
  }
}

function wordOf(
  { kind, literal }: NumberTest,
  { numbers, ids }: NumberColumns,
  from: number,
  count: number,
): number {
  switch (kind) {
    case 'present':
      return presentWord(ids, from, count);
    case 'finite':
      return finiteWord(numbers, from, count);
    case 'less':
      return lessWord(numbers, from, count, literal);
    case 'lessOrEqual':
      return lessOrEqualWord(numbers, from, count, literal);
    case 'equal':
      return equalWord(numbers, from, count, literal);
  }
}

// One loop each, without a branch that depends on a value: half of them would be predicted wrongly.

function presentWord(ids: Int32Array, from: number, count: number): number {
  let word = 0;
  for (let bit = 0; bit < count; bit += 1) word |= (ids[from + bit] ?? 0) << bit;
  return word;
}

function finiteWord(numbers: Float64Array, from: number, count: number): number {
  let word = 0;
  for (let bit = 0; bit < count; bit += 1) {
    const value = numbers[from + bit] ?? 0;
    word |= Number(value - value === 0) << bit;
  }
  return word;
}

function lessWord(numbers: Float64Array, from: number, count: number, literal: number): number {
  let word = 0;
  for (let bit = 0; bit < count; bit += 1) word |= Number((numbers[from + bit] ?? 0) < literal) << bit;
  return word;
}

function lessOrEqualWord(numbers: Float64Array, from: number, count: number, literal: number): number {
  let word = 0;
  for (let bit = 0; bit < count; bit += 1) word |= Number((numbers[from + bit] ?? 0) <= literal) << bit;
  return word;
}

function equalWord(numbers: Float64Array, from: number, count: number, literal: number): number {
  let word = 0;
  for (let bit = 0; bit < count; bit += 1) word |= Number((numbers[from + bit] ?? 0) === literal) << bit;
  return word;
}
