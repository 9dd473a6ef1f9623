import { goodSumOf, type SliWeight } from '@burnline/core';
import { thousandthsSql } from '../entry-sql.ts';

/**
 * SQL: `good_extra` and `total_extra` of a row of panes whose events have a weight. What an event stands for beyond itself is
 * then its weight less one, in thousandths, so that all that adds up events adds up weights, and still knows how many were seen.
 */
export function weighedSql({ fields, perUnit }: SliWeight): string {
  const extra = (seen: string, sums: readonly string[]): string => {
    const thousandths = thousandthsSql('sums', sums);
    const weight = perUnit === 1 ? thousandths : `intDiv(${thousandths}, ${perUnit})`;
    return `toInt64(${weight} - 1000 * toInt128(${seen}))`;
  };
  return `${extra('good', fields.map(goodSumOf))} AS good_extra, ${extra('total', fields)} AS total_extra`;
}
