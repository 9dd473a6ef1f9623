import type { Derivation } from '@burnline/core';
import type { SliceForm } from '../slices/summed-states.ts';

/** In thousandths, as sampled events are counted; products of two such numbers are beyond 64 bits. */
export const WEIGHED_SUMS: SliceForm['sums'] = {
  good_weight: 'toInt128(1000 * good + good_extra)',
  total_weight: 'toInt128(1000 * total + total_extra)',
};

/** A slice is good whose share of good reaches the target. */
export function timeslicesForm({ target }: Extract<Derivation, { kind: 'timeslices' }>): SliceForm {
  return {
    sums: WEIGHED_SUMS,
    isThere: 'total_weight > 0',
    goodParts: `good_weight * ${target.denominator} >= total_weight * ${target.numerator}`,
    partCount: 1,
  };
}
