import type { Scalar } from '../../records/pick-members.ts';

/** A text that says something; null otherwise. */
export function textOf(value: Scalar | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** No number that means something is written longer; a text may have a megabyte. */
const NUMBER_CHARS_MAX = 40;

/** Python's callbacks may write numbers as texts. */
export function numberOf(value: Scalar | undefined): number | null {
  if (typeof value === 'number') return value;
  const isNumeral = typeof value === 'string' && value.length <= NUMBER_CHARS_MAX && NUMBER.test(value);
  return isNumeral ? Number(value) : null;
}

/** Also as Python writes flags; null: none. */
export function flagOf(value: Scalar | undefined): boolean | null {
  const word =
    typeof value === 'string' && value.length > NUMBER_CHARS_MAX ? '' : String(value).toLowerCase();
  return word === 'true' || word === 'false' ? word === 'true' : null;
}

const MICROS_PER_S = 1e6;

/** Epoch microseconds of epoch seconds. */
export function microsOf(value: Scalar | undefined): number | null {
  const seconds = numberOf(value);
  return seconds === null ? null : Math.round(seconds * MICROS_PER_S);
}
