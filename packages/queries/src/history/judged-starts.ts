import type { Store } from '@burnline/runtime';

/** A revision that is judged now, and since when its rows tell of events. */
export interface JudgedStart {
  readonly slo: string;
  readonly specRev: string;
  /** Start of the first pane, epoch ms; sealed rows are kept for 400 days. */
  readonly startMs: number;
}

/** Revisions that a stream is judged by, each with where its counts begin; those that count nothing are left out. */
export async function readJudgedStarts(store: Store, stream: string): Promise<readonly JudgedStart[]> {
  const rows = await store.query<{ slo: string; revision: string; start_s: number }>(STARTS_SQL, { stream });
  return rows.map((row) => ({ slo: row.slo, specRev: row.revision, startMs: row.start_s * 1_000 }));
}

const STARTS_SQL = `
SELECT a.slo AS slo, a.revision AS revision, toUnixTimestamp(min(r.first)) AS start_s
FROM (SELECT slo, argMax(spec_rev, activated_at) AS revision FROM active_specs WHERE stream = {stream:String} GROUP BY slo) AS a
INNER JOIN (
  SELECT spec_rev, min(pane) AS first FROM sli_panes WHERE stream = {stream:String} GROUP BY spec_rev
  UNION ALL
  SELECT spec_rev, min(first_pane) AS first FROM sli_archive
  WHERE stream = {stream:String} AND level IN ('1h', '1d') GROUP BY spec_rev
) AS r ON r.spec_rev = a.revision
GROUP BY slo, revision ORDER BY slo`;
