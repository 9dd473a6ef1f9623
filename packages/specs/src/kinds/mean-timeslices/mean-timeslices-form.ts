import type { MeanRule } from '@burnline/core';
import { entriesSql, thousandthsSql } from '../entry-sql.ts';
import type { SliceForm } from '../slices/summed-states.ts';

/**
 * The mean of a slice against its bound, over whole numbers of any size. Sums are of units and in thousandths of events, as those
 * of sampled ones are.
 */
export function meanTimeslicesForm(rule: MeanRule): SliceForm {
  const { aggregate, decimals, operator, bound, countMin } = rule;
  const unitsPerOne = 10n ** BigInt(decimals);
  const power = aggregate === 'mean' ? 1n : 2n;
  const [numerator, denominator] = [BigInt(bound.numerator), BigInt(bound.denominator)];
  const [left, right] = [denominator ** power, (numerator * unitsPerOne) ** power];
  return {
    columns: {
      value_weight: thousandthsSql('sums', [rule.sum]),
      missing_seen: entriesSql('missing', [rule.sum]),
      missing_weight: thousandthsSql('missing', [rule.sum]),
    },
    sums: {
      value_sum: 'toInt128(value_weight)',
      value_count: 'toInt128(1000 * total + total_extra) - toInt128(missing_weight)',
      seen_count: 'toInt64(total) - toInt64(missing_seen)',
    },
    isThere: `seen_count >= ${countMin}`,
    goodParts: `toInt256(value_sum) * ${wide(left)} ${operator} toInt256(value_count) * ${wide(right)}`,
    partCount: 1,
  };
}

const wide = (value: bigint): string => `toInt256('${value.toString()}')`;
