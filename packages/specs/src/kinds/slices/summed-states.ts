import type { SliceRule } from '@burnline/core';
import { SLICE_STEPS, tickOverSql, type OwnStates } from './slice-sql.ts';

/** How a kind judges a slice by whole numbers that its rows add up to. */
export interface SliceForm {
  /** What it reads beside the counts, by name: SQL over the columns of sli_panes and sli_archive. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What the slice's rows add up to, by name: SQL of a whole number over the columns of one counted row. */
  readonly sums: Readonly<Record<string, string>>;
  /** SQL over the sums: whether there is anything to judge by. What is there stays, however much is added. */
  readonly isThere: string;
  /** SQL over the sums of a slice that is there: how many of its parts are good. */
  readonly goodParts: string;
  readonly partCount: number;
}

/** The states of slices that are judged by sums. */
export function summedStates({ sliceMs }: SliceRule, form: SliceForm): OwnStates {
  const sliceS = sliceMs / 1_000;
  const sliceOfRow = `intDiv(p, ${sliceS}) * ${sliceS} AS slice`;
  const sums = (of: (sum: string, name: string) => string): string =>
    Object.entries(form.sums)
      .map(([name, sum]) => of(sum, name))
      .join(', ');
  const goodParts = `toInt64(${form.goodParts}) AS good_parts`;
  return {
    columns: form.columns ?? {},
    reachS: 0,
    pinned: null,
    partCount: form.partCount,
    at: (counted, { toS }) => `SELECT sli, series, slice, first_pane, newest_pane, ${goodParts}
      FROM (
        SELECT sli, series, ${sliceOfRow}, min(first) AS first_pane, maxIf(p, total > 0) AS newest_pane,
          ${sums((sum, name) => `sum(${sum}) AS ${name}`)}
        FROM (${counted}) GROUP BY sli, series, slice HAVING ${form.isThere} AND slice < ${toS}
      )`,
    overTime: (counted, _, tickS) => `SELECT sli, series, slice, known, first_pane, ${goodParts}
      FROM (
        SELECT sli, series, slice, known, min(first_one) OVER ${SLICE_STEPS} AS first_pane,
          ${sums((__, name) => `sum(${name}_step) OVER ${SLICE_STEPS} AS ${name}`)}
        FROM (
          SELECT sli, series, ${sliceOfRow}, greatest(seen, ${tickOverSql(sliceS, tickS)('slice')}) AS known,
            min(first) AS first_one, ${sums((sum, name) => `sum(${sum}) AS ${name}_step`)}
          FROM (${counted}) GROUP BY sli, series, slice, known
        )
      ) WHERE ${form.isThere}`,
  };
}
