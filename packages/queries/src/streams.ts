import type { Store } from '@burnline/runtime';

/** Streams that the data directory holds, by name. */
export async function readStreams(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ stream: string }>(
    'SELECT DISTINCT stream FROM stream_epochs ORDER BY stream',
  );
  return rows.map((row) => row.stream);
}

export interface WaitingRevision {
  readonly stream: string;
  readonly slo: string;
  readonly specRev: string;
}

/** Revisions that are counted already and not judged yet: what lies before their begin is being backfilled. */
export async function readWaitingRevisions(store: Store): Promise<readonly WaitingRevision[]> {
  const rows = await store.query<{ stream: string; slo: string; spec_rev: string }>(
    `SELECT DISTINCT b.stream AS stream, r.slo AS slo, b.spec_rev AS spec_rev
     FROM spec_begins AS b INNER JOIN spec_revisions AS r ON r.spec_rev = b.spec_rev
     WHERE (b.stream, b.spec_rev) NOT IN (SELECT stream, spec_rev FROM active_specs)
       AND (b.stream, b.spec_rev) NOT IN (SELECT stream, spec_rev FROM spec_ends)
     ORDER BY stream, slo`,
  );
  return rows.map((row) => ({ stream: row.stream, slo: row.slo, specRev: row.spec_rev }));
}

export interface UncoveredSpan {
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** How far back gaps are told: the longest period of a budget. */
const UNCOVERED_DAYS = 35;

/** Spans that a recovery went on without: what happened then is in no sum. */
export async function readUncovered(store: Store, asOfMs: number): Promise<readonly UncoveredSpan[]> {
  const rows = await store.query<{ stream: string; from_ms: number; to_ms: number }>(
    `SELECT stream, toUnixTimestamp64Milli(min(uncovered_from)) AS from_ms, toUnixTimestamp64Milli(max(uncovered_to)) AS to_ms
     FROM recoveries FINAL
     WHERE consumer = 'processor' AND uncovered_from < uncovered_to
       AND uncovered_from <= fromUnixTimestamp({as_of:UInt32})
       AND uncovered_to > fromUnixTimestamp({as_of:UInt32}) - INTERVAL ${UNCOVERED_DAYS} DAY
     GROUP BY stream, recovered_at ORDER BY stream, from_ms`,
    { as_of: Math.floor(asOfMs / 1_000) },
  );
  return rows.map((row) => ({ stream: row.stream, fromMs: row.from_ms, toMs: row.to_ms }));
}
