import { DAY_MS, HOUR_MS } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs } from '../sql-values.ts';
import { EVALUATED_BUCKETS_SQL } from './evaluated-buckets.ts';

/** What was said of a series' budget when a day ended. */
export interface DayEnd {
  /** The UTC midnight, epoch ms. */
  readonly atMs: number;
  readonly specRev: string;
  /** Id of the series, as text. */
  readonly series: string;
  /** The instant whose figure held at midnight, and the wall time at which it was written: epoch ms. */
  readonly evaluatedAtMs: number;
  readonly writtenAtMs: number;
  readonly periodStartMs: number;
  readonly good: number;
  readonly total: number;
  readonly remainingRatio: number | null;
}

export interface DayEndsQuery {
  readonly stream: string;
  readonly slo: string;
  /** UTC midnights, ascending, epoch ms. */
  readonly endsMs: readonly number[];
  /** Figures that are older than this before the first of them hold no longer. */
  readonly lookBackMs: number;
}

export interface DayEnds {
  /** Days in whose last hour the SLO was judged; of the others nothing was said when they ended. */
  readonly judgedMs: readonly number[];
  /** In the order of the days; of each the series of the revision that was judged then. */
  readonly said: readonly DayEnd[];
}

interface SaidRow {
  series_text: string;
  end_s: number;
  row: [
    spec_rev: string,
    evaluated_s: number,
    written_ms: number,
    period_start_s: number,
    ...[good: number, total: number, remaining_ratio: number | null],
  ];
}

const ROWS_MAX = 200_000;

/** The budgets of an SLO's series as they stood when days ended. Rejects with QUERY_TOO_LARGE. */
export async function readDayEnds(store: Store, query: DayEndsQuery): Promise<DayEnds> {
  const { stream, slo, endsMs, lookBackMs } = query;
  const [firstMs, lastMs] = [endsMs[0], endsMs.at(-1)];
  if (firstMs === undefined || lastMs === undefined) return { judgedMs: [], said: [] };
  const hours = await store.query<{ bucket: number }>(EVALUATED_BUCKETS_SQL, {
    ...{ stream, slo, step: HOUR_MS / 1_000 },
    ...{ from: dateTimeOfMs(firstMs - HOUR_MS), to: dateTimeOfMs(lastMs + HOUR_MS) },
  });
  const judged = new Set(hours.map(({ bucket }) => bucket * 1_000 + HOUR_MS));
  const judgedMs = endsMs.filter((endMs) => judged.has(endMs));
  const rows = await readWhole<SaidRow>(store, SAID_SQL, {
    ...{ stream, slo, ends: endsMs.map((endMs) => endMs / 1_000) },
    ...{ since: dateTimeOfMs(Math.max(0, firstMs - lookBackMs - DAY_MS)), limit: ROWS_MAX },
  });
  return { judgedMs, said: heldAt(rows.map(dayEndOf), judgedMs) };
}

function dayEndOf({ series_text, end_s, row }: SaidRow): DayEnd {
  const [specRev, evaluatedS, writtenAtMs, periodStartS, good, total, remainingRatio] = row;
  return {
    ...{ atMs: end_s * 1_000, specRev, series: series_text, evaluatedAtMs: evaluatedS * 1_000, writtenAtMs },
    ...{ periodStartMs: periodStartS * 1_000, good, total, remainingRatio },
  };
}

/** Between two rows the earlier one holds; series of a revision that was replaced are the SLO's no longer. */
function heldAt(rows: readonly DayEnd[], judgedMs: readonly number[]): readonly DayEnd[] {
  const byDay = new Map<number, DayEnd[]>();
  for (const row of rows) byDay.set(row.atMs, [...(byDay.get(row.atMs) ?? []), row]);
  const days = [...new Set([...byDay.keys(), ...judgedMs])].sort((a, b) => a - b);
  const isJudged = new Set(judgedMs);
  const latest = new Map<string, DayEnd>();
  return days.flatMap((atMs) => {
    for (const row of byDay.get(atMs) ?? []) latest.set(row.series, row);
    const all = [...latest.values()];
    const last = all.reduce<DayEnd | null>(
      (newest, one) => (newest === null || compareTold(one, newest) > 0 ? one : newest),
      null,
    );
    if (last === null || !isJudged.has(atMs)) return [];
    return all.filter(({ specRev }) => specRev === last.specRev).map((one) => ({ ...one, atMs }));
  });
}

const compareTold = (a: DayEnd, b: DayEnd): number =>
  a.evaluatedAtMs - b.evaluatedAtMs || a.writtenAtMs - b.writtenAtMs;

const SAID_SQL = `
SELECT toString(series) AS series_text, arrayFirst(end_s -> end_s >= toUnixTimestamp(evaluated_at), {ends:Array(UInt32)}) AS end_s,
       argMax((toString(spec_rev), toUnixTimestamp(evaluated_at), toUnixTimestamp64Milli(written_at), toUnixTimestamp(period_start),
               good, total, remaining_ratio), (evaluated_at, written_at)) AS row
FROM budget_rows
WHERE stream = {stream:String} AND slo = {slo:String} AND evaluated_at > {since:DateTime('UTC')}
  AND evaluated_at <= fromUnixTimestamp(arrayMax({ends:Array(UInt32)}))
GROUP BY series, end_s LIMIT {limit:UInt32}`;

/** What an SLO's series are called, by id: the same groups have the same ids in every revision. Rejects with QUERY_TOO_LARGE. */
export async function readSeriesLabels(
  store: Store,
  slo: string,
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const rows = await readWhole<{ series_text: string; labels: Record<string, string> }>(
    store,
    `SELECT toString(series) AS series_text, any(labels) AS labels FROM series
     WHERE slo = {slo:String} GROUP BY series LIMIT {limit:UInt32}`,
    { slo, limit: ROWS_MAX },
  );
  return new Map(rows.map(({ series_text, labels }) => [series_text, labels]));
}

/** When the backfill of a revision was complete, epoch ms by the database's clock; null where it had none. */
export async function readBackfilledAt(
  store: Store,
  query: { readonly stream: string; readonly slo: string; readonly specRev: string },
): Promise<number | null> {
  const [row] = await store.query<{ at_ms: number }>(
    `SELECT toUnixTimestamp64Milli(max(completed_at)) AS at_ms FROM backfills
     WHERE stream = {stream:String} AND slo = {slo:String} AND spec_rev = {specRev:String}`,
    query,
  );
  return row === undefined || row.at_ms === 0 ? null : row.at_ms;
}
