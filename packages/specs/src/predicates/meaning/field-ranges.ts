import { INFERENCE_FIELDS, VERDICT_FIELDS, type EventFields, type FieldKind } from '@burnline/core';
import { ANY_NUMBER } from './value-set.ts';
import type { Span } from './value-set.ts';

const FROM_ZERO: Span = { min: 0, max: Infinity, isMinOpen: false, isMaxOpen: true };
const upTo = (max: number): Span => ({ min: 0, max, isMinOpen: false, isMaxOpen: false });

/** Where a kind of number is not just zero or above. */
const SPANS: ReadonlyMap<FieldKind, Span> = new Map([
  ['score', ANY_NUMBER],
  ['share', upTo(1)],
  ['httpStatus', upTo(999)],
  ['weight', { ...FROM_ZERO, isMinOpen: true }],
]);
const FIELDS: EventFields = { ...VERDICT_FIELDS, ...INFERENCE_FIELDS };

/** Numbers that a field of an event may have: counts, times and costs are never below zero. */
export function rangeOfField(name: string): Span {
  const kind = FIELDS[name]?.kind;
  return (kind === undefined ? undefined : SPANS.get(kind)) ?? FROM_ZERO;
}
