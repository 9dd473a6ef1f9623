import { ANY_NUMBER } from './value-set.ts';
import type { Span } from './value-set.ts';

const FROM_ZERO: Span = { min: 0, max: Infinity, isMinOpen: false, isMaxOpen: true };
const upTo = (max: number): Span => ({ min: 0, max, isMinOpen: false, isMaxOpen: false });

/** Numeric fields that may be of either sign. */
const SIGNED: ReadonlySet<string> = new Set(['score']);

/** Numeric fields with an upper end that an event cannot pass. */
const BOUNDED: ReadonlyMap<string, Span> = new Map([
  ['confidence', upTo(1)],
  ['http_status', upTo(999)],
  ['sample_weight', { ...FROM_ZERO, isMinOpen: true }],
]);

/** Numbers that a field of an event may have: counts, times and costs are never below zero. */
export function rangeOfField(name: string): Span {
  return SIGNED.has(name) ? ANY_NUMBER : (BOUNDED.get(name) ?? FROM_ZERO);
}
