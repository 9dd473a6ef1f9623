import {
  goodSumOf,
  SHARE_DECIMALS,
  type FieldWeight,
  type ShareWeight,
  type SliWeight,
} from '@burnline/core';
import { thousandthsSql } from '../entry-sql.ts';

/**
 * SQL: `good_extra` and `total_extra` of a row of panes whose events have a weight. What an event stands for beyond itself is
 * then its weight less one, in thousandths, so that all that adds up events adds up weights, and still knows how many were seen.
 */
export function weighedSql(weight: SliWeight, table: 'sli_panes' | 'sli_archive'): string {
  return 'shareSum' in weight ? shareSql(weight, table) : fieldsSql(weight);
}

function fieldsSql({ fields, perUnit }: FieldWeight): string {
  const extra = (seen: string, sums: readonly string[]): string => {
    const thousandths = thousandthsSql('sums', sums);
    const weight = perUnit === 1 ? thousandths : `intDiv(${thousandths}, ${perUnit})`;
    return `toInt64(${weight} - 1000 * toInt128(${seen}))`;
  };
  return `${extra('good', fields.map(goodSumOf))} AS good_extra, ${extra('total', fields)} AS total_extra`;
}

/** The columns are the table's: they are named as what is made of them. */
function shareSql({ shareSum, of }: ShareWeight, table: string): string {
  const all = `${10 ** SHARE_DECIMALS} * (1000 * toInt128(${table}.total) + ${table}.total_extra)`;
  const share = thousandthsSql('sums', [shareSum]);
  const good = of === 'good' ? share : `${all} - (${share})`;
  return `toInt64(${good} - 1000 * toInt128(${table}.good)) AS good_extra, toInt64(${all} - 1000 * toInt128(${table}.total)) AS total_extra`;
}
