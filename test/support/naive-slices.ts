import type { Timeslices } from '@burnline/core';
import fc from 'fast-check';

/** What the slices of rows are at an instant, row by row: the recount that derived sums are held against. */
export interface CountedRow {
  readonly paneMs: number;
  readonly good: number;
  readonly total: number;
  /** What each event stands for beyond itself, thousandths. */
  readonly extra?: number;
}

export const derivations: fc.Arbitrary<Timeslices | null> = fc.option(
  fc.record({
    kind: fc.constant('timeslices' as const),
    sliceMs: fc.constantFrom(300_000, 900_000, 3_600_000),
    target: fc.constantFrom(
      { numerator: 9, denominator: 10 },
      { numerator: 1, denominator: 1 },
      { numerator: 4, denominator: 5 },
    ),
  }),
);

/** One row for each slice that is over and had an event, where its last pane lies. Without a derivation the rows themselves. */
export function naiveSlices(
  rows: readonly CountedRow[],
  derivation: Timeslices | null,
  at: { readonly atMs: number; readonly paneMs: number },
): readonly CountedRow[] {
  if (derivation === null) return rows;
  const { sliceMs, target } = derivation;
  const slices = new Map<number, { good: number; total: number }>();
  for (const row of rows.filter(({ paneMs }) => paneMs < at.atMs)) {
    const startMs = Math.floor(row.paneMs / sliceMs) * sliceMs;
    const weight = 1_000 + (row.extra ?? 0);
    const { good, total } = slices.get(startMs) ?? { good: 0, total: 0 };
    slices.set(startMs, { good: good + row.good * weight, total: total + row.total * weight });
  }
  return [...slices]
    .filter(([startMs, { total }]) => total > 0 && startMs + sliceMs <= at.atMs)
    .map(([startMs, { good, total }]) => ({
      paneMs: startMs + sliceMs - at.paneMs,
      good: good * target.denominator >= total * target.numerator ? 1 : 0,
      total: 1,
    }));
}
