import { goodSumOf, sqlText, type SliWeight } from '@burnline/core';

const THOUSANDTHS = 1_000;

/**
 * SQL: `good_extra` and `total_extra` of a row of panes whose events have a weight. What an event stands for beyond itself is
 * then its weight less one, in thousandths, so that all that adds up events adds up weights, and still knows how many were seen.
 */
export function weighedSql({ fields, perUnit }: SliWeight): string {
  const extra = (seen: string, sums: readonly string[]): string => {
    const entries = (map: string): string => sums.map((sum) => `${map}[${sqlText(sum)}]`).join(' + ');
    const thousandths = `${THOUSANDTHS} * (${entries('sums')}) + ${entries('sums_extra')}`;
    const weight = perUnit === 1 ? thousandths : `intDiv(${thousandths}, ${perUnit})`;
    return `toInt64(${weight} - ${THOUSANDTHS} * toInt128(${seen}))`;
  };
  return `${extra('good', fields.map(goodSumOf))} AS good_extra, ${extra('total', fields)} AS total_extra`;
}
