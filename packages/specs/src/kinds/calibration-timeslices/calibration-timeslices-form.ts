import type { CalibrationRule } from '@burnline/core';
import { thousandthsSql } from '../entry-sql.ts';
import type { SliceForm } from '../slices/summed-states.ts';

/**
 * The expected calibration error of a slice against its bound, over whole numbers of any size: what each bin is off by, whichever
 * way, against the bound times all values. Both in thousandths of events, as sampled ones are.
 */
export function calibrationTimeslicesForm(rule: CalibrationRule): SliceForm {
  const { sums, decimals, operator, bound, countMin } = rule;
  const gaps = sums.map((sum, bin) => ({ sum, weight: `gap_weight_${bin}`, gap: `gap_${bin}` }));
  const off = gaps.map(({ gap }) => `abs(toInt256(${gap}))`).join(' + ');
  const limit = BigInt(bound.numerator) * 10n ** BigInt(decimals);
  return {
    columns: Object.fromEntries(gaps.map(({ weight, sum }) => [weight, thousandthsSql('sums', [sum])])),
    sums: {
      ...Object.fromEntries(gaps.map(({ weight, gap }) => [gap, `toInt128(${weight})`])),
      value_count: 'toInt128(1000 * total + total_extra)',
      seen_count: 'toInt64(total)',
    },
    isThere: `seen_count >= ${countMin}`,
    goodParts: `(${off}) * toInt256('${bound.denominator}') ${operator} toInt256(value_count) * toInt256('${limit.toString()}')`,
    partCount: 1,
  };
}
