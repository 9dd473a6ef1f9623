import type { Timeslices } from '@burnline/core';
import type { DerivedSql } from '../derived-kind.ts';

/**
 * A slice is one row, good or not, once it is over and has any event; it is counted where its last pane lies, so that a
 * window as long as a slice always holds one. A late event may turn it.
 */
export function timeslicesSql(
  { sliceMs, target }: Timeslices,
  { paneS }: { readonly paneS: number },
): DerivedSql {
  const sliceS = sliceMs / 1_000;
  const slice = `intDiv(p, ${sliceS}) * ${sliceS} AS slice`;
  const lastPane = `slice + ${sliceS - paneS} AS p`;
  /** In thousandths, as sampled events are counted; products of two such numbers are beyond 64 bits. */
  const weighted = (seen: string, extra: string): string => `toInt128(1000 * ${seen} + ${extra})`;
  const isGood = `good_weight * ${target.denominator} >= total_weight * ${target.numerator}`;
  return {
    gridS: sliceS,
    rowsAt: (counted, atS) => `SELECT sli, series, ${lastPane}, first_pane AS first, newest_pane AS newest,
        toUInt64(${isGood}) AS good, toUInt64(1) AS total, toUInt64(0) AS good_extra, toUInt64(0) AS total_extra
      FROM (
        SELECT sli, series, ${slice}, min(first) AS first_pane, maxIf(p, total > 0) AS newest_pane,
          ${weighted('sum(good)', 'sum(good_extra)')} AS good_weight,
          ${weighted('sum(total)', 'sum(total_extra)')} AS total_weight
        FROM (${counted}) GROUP BY sli, series, slice
        HAVING total_weight > 0 AND slice + ${sliceS} <= ${atS}
      )`,
    changes: (counted, tickS) => {
      const over = `intDiv(slice + ${sliceS + tickS - 1}, ${tickS}) * ${tickS}`;
      const steps = `(PARTITION BY sli, series, slice ORDER BY known ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
      return `SELECT sli, series, ${lastPane}, first_pane AS first, known AS seen,
          toInt64(is_good) - lagInFrame(toInt64(is_good), 1, 0) OVER ${steps} AS good,
          toInt64(is_there) - lagInFrame(toInt64(is_there), 1, 0) OVER ${steps} AS total
        FROM (
          SELECT sli, series, slice, known, min(first_one) OVER ${steps} AS first_pane,
            sum(good_step) OVER ${steps} AS good_weight, sum(total_step) OVER ${steps} AS total_weight,
            total_weight > 0 AS is_there, is_there AND ${isGood} AS is_good
          FROM (
            SELECT sli, series, ${slice}, greatest(seen, ${over}) AS known, min(first) AS first_one,
              ${weighted('sum(good)', 'sum(good_extra)')} AS good_step,
              ${weighted('sum(total)', 'sum(total_extra)')} AS total_step
            FROM (${counted}) GROUP BY sli, series, slice, known
          )
        )`;
    },
  };
}
