import { AppError, chiSquareTail, invariant, type DriftRule } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { labelsOf, lookInto, type LookQuery } from './look-into.ts';

/** How far one slice of one series has moved from what it is held against. */
export interface DriftFigure {
  readonly labels: Readonly<Record<string, string>>;
  /** The slice, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** As the spec's bound is meant: PSI, a distance of shares, or the chance (p-value) of a chi-square test. */
  readonly figure: number;
  /** As it was judged, on integers where there are some. */
  readonly isGood: boolean;
  /** Values of the slice and of what it is held against. */
  readonly valueCount: number;
  readonly referenceCount: number;
}

interface FigureRow {
  readonly series_text: string;
  readonly slice: number;
  readonly figure: number;
  readonly degrees: number;
  readonly own_values: number;
  readonly other_values: number;
  readonly good: number;
}

/**
 * The figure of every slice that is over and was judged, by series, oldest first; over the same rows that the SLO is judged on.
 *
 * Rejects with QUERY_TOO_LARGE where there are more than `countMax`.
 */
export async function driftFigures(
  store: Store,
  query: LookQuery & { readonly countMax: number },
): Promise<readonly DriftFigure[]> {
  const { sli } = query.plan;
  const rule = sli.derivation;
  const { derived, counted, range, isIn, settings, params } = await lookInto(store, query);
  invariant(
    rule?.kind === 'drift-timeslices' && derived.figures !== undefined,
    'only an SLO of drift is asked',
  );
  const rows = await store.query<FigureRow>(
    `SELECT toString(series) AS series_text, toFloat64(slice) AS slice, figure, toFloat64(degrees) AS degrees, own_values, other_values,
       toUInt8(is_good) AS good
     FROM (${derived.figures(counted, range)}) WHERE ${isIn}
     ORDER BY slice, series LIMIT ${query.countMax + 1} ${settings}`,
    params,
  );
  if (rows.length > query.countMax)
    throw new AppError('QUERY_TOO_LARGE', `The answer has more than ${query.countMax} slices`, {
      remedy: 'Ask for a shorter time.',
    });
  const series = [...new Set(rows.map(({ series_text }) => series_text))];
  const labels = await labelsOf(store, { table: 'series', sli, series });
  return rows.map((row) => ({
    labels: labels.get(row.series_text) ?? {},
    fromMs: row.slice * 1_000,
    toMs: row.slice * 1_000 + rule.sliceMs,
    figure: figureOf(rule, row),
    isGood: row.good === 1,
    valueCount: row.own_values,
    referenceCount: row.other_values,
  }));
}

/** Of a test its chance: where only one bucket holds anything nothing can differ. */
function figureOf({ statistic }: DriftRule, { figure, degrees }: FigureRow): number {
  if (statistic !== 'chi-square') return figure;
  return degrees < 1 ? 1 : chiSquareTail(figure, degrees);
}
