import type { Store } from '@burnline/runtime';

/** A report as it was told. */
export interface KeptReport {
  readonly id: string;
  readonly madeAtMs: number;
  /** What it showed, JSON. */
  readonly figures: string;
}

/** A stretch of time that is reported: epoch ms, to exclusive. */
export interface KeptReportQuery {
  readonly stream: string;
  readonly kind: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Group values of its series; empty: the whole stream. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The first report of a stretch of time and the last one; null where there is none. Of one both are it. */
export async function readKeptReports(
  store: Store,
  { stream, kind, fromMs, toMs, labels }: KeptReportQuery,
): Promise<{ readonly first: KeptReport; readonly last: KeptReport } | null> {
  const rows = await store.query<KeptReport>(
    `SELECT id, toUnixTimestamp64Milli(made_at) AS madeAtMs, figures FROM reports
     WHERE stream = {stream:String} AND kind = {kind:String} AND period_start = fromUnixTimestamp({from:Int64})
       AND period_end = fromUnixTimestamp({to:Int64}) AND mapSort(labels) = mapSort({labels:Map(String, String)})
     ORDER BY made_at, id`,
    { stream, kind, labels, from: fromMs / 1_000, to: toMs / 1_000 },
  );
  const [first, last] = [rows[0], rows.at(-1)];
  return first === undefined || last === undefined ? null : { first, last };
}

/** How long raw rows live (see the migrations' TTL). */
const RAW_ROWS_MS = 35 * 86_400_000;

/** Whether the raw rows of a stretch of event time are all still there at a moment; those of a replay live from when it was made. */
export async function areRowsWhole(
  store: Store,
  { stream, fromMs, nowMs }: { readonly stream: string; readonly fromMs: number; readonly nowMs: number },
): Promise<boolean> {
  const [row] = await store.query<{ replay_ms: number }>(
    `SELECT toUnixTimestamp64Milli(minIf(created_at, clock = 'replay')) AS replay_ms FROM stream_epochs WHERE stream = {stream:String}`,
    { stream },
  );
  return Math.max(fromMs, row?.replay_ms ?? 0) > nowMs - RAW_ROWS_MS;
}
