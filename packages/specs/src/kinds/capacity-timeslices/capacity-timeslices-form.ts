import type { CapacityRule, SliceRule } from '@burnline/core';
import { thousandthsSql } from '../entry-sql.ts';
import type { SliceForm } from '../slices/summed-states.ts';

const MINUTE_MS = 60_000;
const TOTAL = 'toInt128(1000 * total + total_extra)';

/**
 * What a slice used per minute against a share of its quota, over whole numbers of any size. Sums and counts are in thousandths of
 * events, as those of sampled ones are.
 */
export function capacityTimeslicesForm(rule: SliceRule & CapacityRule): SliceForm {
  const { used, quota, operator, bound, sliceMs } = rule;
  const isStated = typeof quota === 'number';
  const sums = {
    used: used.length === 0 ? TOTAL : 'toInt128(used_weight)',
    // Events that say the quota; where the spec does, all of them.
    quota_count: isStated ? TOTAL : `${TOTAL} - toInt128(quota_missing)`,
    ...(!isStated && { quota_sum: 'toInt128(quota_weight)' }),
  };
  const quotaSum = isStated ? `toInt256(quota_count) * toInt256('${quota}')` : 'toInt256(quota_sum)';
  const share = `toInt256('${bound.numerator}') * ${(1_000 * sliceMs) / MINUTE_MS}`;
  return {
    columns: {
      ...(used.length > 0 && { used_weight: thousandthsSql('sums', used) }),
      ...(!isStated && {
        quota_weight: thousandthsSql('sums', [quota]),
        quota_missing: thousandthsSql('missing', [quota]),
      }),
    },
    sums,
    isThere: 'quota_count > 0',
    goodParts: `toInt256(used) * toInt256(quota_count) * toInt256('${bound.denominator}') ${operator} ${quotaSum} * ${share}`,
    partCount: 1,
  };
}
