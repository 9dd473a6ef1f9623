import type { Derivation } from '@burnline/core';
import type { DerivedKind } from '../derived-kind.ts';
import { readSliceRule, SLICES_BAD_COUNT_MIN } from '../slices/read-slice-rule.ts';
import { sliceSql } from '../slices/slice-sql.ts';
import { WEIGHED_SUMS } from '../timeslices/timeslices-form.ts';

type RatioTimeslices = Extract<Derivation, { kind: 'ratio-timeslices' }>;

/**
 * Every slice of time contributes its share of good events, whatever its traffic: it is good for as many of its milliseconds,
 * rounded down. Budgets count milliseconds; guards count slices, bad ones being those with anything bad.
 */
export const ratioTimeslicesKind: DerivedKind<RatioTimeslices> = {
  method: 'RatioTimeslices',
  objectiveFields: ['timeSliceWindow'],
  badCountMin: SLICES_BAD_COUNT_MIN,
  read: (objective) => {
    const rule = readSliceRule(objective);
    return rule === null ? null : { kind: 'ratio-timeslices', ...rule };
  },
  sql: (derivation, settings) =>
    sliceSql(
      derivation,
      {
        sums: WEIGHED_SUMS,
        isThere: 'total_weight > 0',
        goodParts: `intDiv(good_weight * ${derivation.sliceMs}, total_weight)`,
        partCount: derivation.sliceMs,
      },
      settings,
    ),
};
