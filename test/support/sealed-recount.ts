import { COARSE_EDGE_MS, windowEdges, type Slices } from '@burnline/core';
import type { PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { isLeftOut, type GivenAdjustment } from './adjustments.ts';
import { createCalendarStarts } from './calendar-starts.ts';
import { naiveSlices, type CountedRow } from './naive-slices.ts';
import { PANE_MS, SERIES, SLIS, START_MS } from './sealed-histories.ts';
import type { History, LogicalRow } from './sealed-history.ts';

/** What histories of sealed and unsealed rows come to, row by row. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

type Sliced = PlanGroup & { readonly derivation: Slices | null };
export const groupOf = (budget: PlanGroup['period'], derivation: Slices | null = null): Sliced => ({
  plans: SLIS.map((sli) => ({ slo: sli.slo, sli, period: budget }) as unknown as PlanGroup['plans'][number]),
  period: budget,
  tierWindowsMs: [5, 30, 60, 120, 360, 1_440, 4_320].map((minutes) => minutes * MINUTE_MS),
  derivation,
});

export const isCounted = (one: History, row: LogicalRow): boolean =>
  row.chunk !== null || one.backfilled.includes(row.specRev);
/** When a replay sees a row: at the end of its log interval. */
export const seenMs = (row: LogicalRow): number =>
  row.chunk === null ? 0 : row.chunk.intervalMs + MINUTE_MS;

const calendarStart = createCalendarStarts();

/** First pane that each window of a group counts at an instant. */
export function startsOf(group: PlanGroup, atMs: number): readonly number[] {
  const periodStartMs =
    group.period.kind === 'rolling'
      ? windowEdges(atMs, group.period.durationMs).startMs
      : Math.floor(calendarStart(atMs, group.period) / COARSE_EDGE_MS) * COARSE_EDGE_MS;
  return [periodStartMs, ...group.tierWindowsMs.map((lengthMs) => windowEdges(atMs, lengthMs).startMs)];
}

interface RecountedAt {
  readonly starts: readonly number[];
  readonly atMs: number;
  readonly given: readonly GivenAdjustment[];
  readonly of: { readonly slo: string; readonly series: number };
}

/** What counts of one series at one instant, row by row. */
export function countedOf(
  rows: readonly LogicalRow[],
  { derivation }: Sliced,
  { atMs, given, of }: RecountedAt,
): readonly CountedRow[] {
  const own = rows.filter((row) => row.paneMs < atMs);
  return naiveSlices(own, derivation, { atMs, paneMs: PANE_MS }).filter(({ paneMs }) => {
    const toMs = paneMs + PANE_MS;
    return !isLeftOut(given, of, { fromMs: toMs - (derivation?.sliceMs ?? PANE_MS), toMs });
  });
}

const goodOf = (row: CountedRow): number => row.goodParts ?? row.good;
const totalOf = (row: CountedRow): number => row.totalParts ?? row.total;

/** By stretch of time. */
export function sumsOver(
  rows: readonly CountedRow[],
  stretches: readonly { readonly fromMs: number; readonly toMs: number }[],
): { readonly good: readonly number[]; readonly total: readonly number[] } {
  const sums = (of: (row: CountedRow) => number): readonly number[] =>
    stretches.map(({ fromMs, toMs }) =>
      rows.reduce((sum, row) => (row.paneMs >= fromMs && row.paneMs < toMs ? sum + of(row) : sum), 0),
    );
  return { good: sums(goodOf), total: sums(totalOf) };
}

/** The sums of one series at one instant. */
export function recount(rows: readonly LogicalRow[], group: Sliced, at: RecountedAt): string {
  const past = countedOf(rows, group, at);
  const sums = (of: (row: CountedRow) => number): readonly number[] =>
    at.starts.map((startMs) => past.reduce((sum, row) => (row.paneMs < startMs ? sum : sum + of(row)), 0));
  return textOf({
    good: sums(goodOf),
    total: sums(totalOf),
  });
}

export const textOf = (one: {
  readonly good: readonly number[];
  readonly total: readonly number[];
}): string => `${one.good.join(',')}/${one.total.join(',')}`;
export const ALL_SERIES = SLIS.flatMap((sli) => SERIES.map((series) => ({ ...sli, series })));
export const rowsOf = (one: History, of: { specRev: string; series: number }): readonly LogicalRow[] =>
  one.rows.filter((row) => row.specRev === of.specRev && row.series === of.series && isCounted(one, row));
export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS) * HOUR_MS;
export const firstPane = (rows: readonly LogicalRow[]): number => Math.min(...rows.map((row) => row.paneMs));
export const sealedThrough = (one: History): number =>
  Math.max(START_MS, ...one.pointers.map((epoch) => epoch.freshMs));

/** An instant is not before what is sealed, nor before what a backfill found: that was in the past when it was looked for. */
export const settledThrough = (one: History): number =>
  Math.max(sealedThrough(one), ...one.rows.map((row) => (row.chunk === null ? row.paneMs + PANE_MS : 0)));
