import type { SliceRule } from '@burnline/core';
import type { DerivedKind } from '../derived-kind.ts';
import { readSliceRule, SLICES_BAD_COUNT_MIN } from '../slices/read-slice-rule.ts';
import type { SliceForm } from '../slices/summed-states.ts';
import { WEIGHED_SUMS } from '../timeslices/timeslices-form.ts';

/**
 * Every slice of time contributes its share of good events, whatever its traffic: it is good for as many of its milliseconds,
 * rounded down. Budgets count milliseconds; guards count slices, bad ones being those with anything bad.
 */
export const ratioTimeslicesKind: DerivedKind = {
  method: 'RatioTimeslices',
  objectiveFields: ['timeSliceWindow'],
  badCountMin: SLICES_BAD_COUNT_MIN,
  read: (objective) => {
    const rule = readSliceRule(objective);
    return rule === null ? null : { kind: 'ratio-timeslices', ...rule };
  },
};

export function ratioTimeslicesForm({ sliceMs }: SliceRule): SliceForm {
  return {
    sums: WEIGHED_SUMS,
    isThere: 'total_weight > 0',
    goodParts: `intDiv(good_weight * ${sliceMs}, total_weight)`,
    partCount: sliceMs,
  };
}
