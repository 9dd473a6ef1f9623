import { createHash } from 'node:crypto';
import { canonicalJson } from '@burnline/core';
import { dateTime64OfMs, type Store } from '@burnline/runtime';

/** A period's budget of one series as it was reported last: when it was closed, or restated. */
export interface ReportedFigure {
  readonly slo: string;
  readonly specRev: string;
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch ms, to exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly good: number;
  readonly total: number;
  /** Exact text, as the period was closed with. */
  readonly target: string;
  readonly remainingRatio: number | null;
  /** Adjustments up to then are in it, epoch ms. */
  readonly reportedMs: number;
}

export interface Closing extends ReportedFigure {
  readonly state: string;
  readonly coverage: number;
}

export interface Restatement {
  readonly before: ReportedFigure;
  readonly after: { readonly good: number; readonly total: number; readonly remainingRatio: number | null };
  readonly causes: readonly string[];
}

/** Closed periods of one SLO and series are few; of all that are watched, this bounds what one look holds. */
const FIGURES_MAX = 500_000;

interface FigureRow {
  readonly slo: string;
  readonly spec_rev: string;
  readonly series_text: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from_s: number;
  readonly to_s: number;
  readonly good: number;
  readonly count: number;
  readonly target: string;
  readonly remaining: number | null;
  readonly reported_ms: number;
}

/** What was reported last of every closed period of some SLOs that begins at or after an instant. */
export async function readReported(
  store: Store,
  query: { readonly stream: string; readonly slos: readonly string[]; readonly sinceMs: number },
): Promise<readonly ReportedFigure[]> {
  const rows = await store.query<FigureRow>(
    `SELECT c.slo AS slo, c.spec_rev AS spec_rev, toString(c.series) AS series_text, c.labels AS labels,
       toUnixTimestamp(c.period_start) AS from_s, toUnixTimestamp(c.period_end) AS to_s,
       if(r.is_restated, r.last.1, c.good) AS good, if(r.is_restated, r.last.2, c.total) AS count, c.target AS target,
       if(r.is_restated, r.last.3, c.remaining_ratio) AS remaining,
       toUnixTimestamp64Milli(if(r.is_restated, r.last_at, c.closed_at)) AS reported_ms
     FROM (SELECT * FROM closed_periods FINAL
           WHERE stream = {stream:String} AND slo IN {slos:Array(String)} AND period_start >= fromUnixTimestamp({since:Int64})) AS c
     LEFT JOIN (SELECT slo, series, period_start, argMax((good_after, total_after, remaining_after), found_at) AS last,
                       max(found_at) AS last_at, true AS is_restated
                FROM budget_restatements FINAL WHERE stream = {stream:String} AND slo IN {slos:Array(String)}
                GROUP BY slo, series, period_start) AS r
       ON r.slo = c.slo AND r.series = c.series AND r.period_start = c.period_start
     ORDER BY slo, series_text, from_s LIMIT {limit:UInt32}`,
    { ...query, since: Math.max(0, query.sinceMs / 1_000), limit: FIGURES_MAX },
  );
  return rows.map((row) => ({
    ...{ slo: row.slo, specRev: row.spec_rev, series: row.series_text, labels: row.labels },
    ...{ fromMs: row.from_s * 1_000, toMs: row.to_s * 1_000, good: row.good, total: row.count },
    ...{ target: row.target, remainingRatio: row.remaining, reportedMs: row.reported_ms },
  }));
}

/** Rows of one INSERT: a few megabytes of JSON. */
const ROWS_PER_INSERT_MAX = 10_000;

export async function writeClosings(
  store: Store,
  stream: string,
  closings: readonly Closing[],
): Promise<void> {
  await insert(
    store,
    'closed_periods',
    closings.map((one) => ({
      ...placeOf(stream, one),
      ...{ good: one.good, bad: one.total - one.good, total: one.total, target: one.target },
      ...{ remaining_ratio: one.remainingRatio, state: one.state, coverage: one.coverage },
      ...{ closed_at: dateTime64OfMs(one.reportedMs), precedence: precedenceOf(one.reportedMs) },
    })),
  );
}

/** @param foundMs by the database's clock; of several changes of one figure, each later than the one before */
export async function writeRestatements(
  store: Store,
  stream: string,
  found: readonly (Restatement & { readonly foundMs: number })[],
): Promise<void> {
  await insert(
    store,
    'budget_restatements',
    found.map(({ before, after, causes, foundMs }) => ({
      ...placeOf(stream, before),
      ...{ good_before: before.good, bad_before: before.total - before.good, total_before: before.total },
      ...{ remaining_before: before.remainingRatio, remaining_after: after.remainingRatio, causes },
      ...{ good_after: after.good, bad_after: after.total - after.good, total_after: after.total },
      found_at: dateTime64OfMs(foundMs),
      change: changeOf(before, after, causes),
      precedence: precedenceOf(foundMs),
    })),
  );
}

/** Who finds the same change again, after a crash or beside another, comes to the same. */
function changeOf(before: ReportedFigure, after: Restatement['after'], causes: readonly string[]): string {
  const counts = [before.good, before.total, after.good, after.total];
  return createHash('sha256')
    .update(canonicalJson([counts, causes]))
    .digest('hex')
    .slice(0, 16);
}

const precedenceOf = (atMs: number): number => Number.MAX_SAFE_INTEGER - atMs;

function placeOf(stream: string, one: ReportedFigure): object {
  return {
    ...{ stream, slo: one.slo, spec_rev: one.specRev, series: one.series, labels: one.labels },
    ...{ period_start: one.fromMs / 1_000, period_end: one.toMs / 1_000 },
  };
}

async function insert(store: Store, table: string, rows: readonly object[]): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT_MAX)
    await store.insertRows(table, rows.slice(start, start + ROWS_PER_INSERT_MAX));
}
