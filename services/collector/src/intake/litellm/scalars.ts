import type { Scalar } from '../../records/pick-members.ts';

/** A text that says something; null otherwise. */
export function textOf(value: Scalar | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(value: Scalar | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

const MICROS_PER_S = 1e6;

/** Epoch microseconds of epoch seconds. */
export function microsOf(value: Scalar | undefined): number | null {
  const seconds = numberOf(value);
  return seconds === null ? null : Math.round(seconds * MICROS_PER_S);
}
