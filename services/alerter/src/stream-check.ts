import type { Store } from '@burnline/runtime';

/** How far back shards are looked for: as many as judged the stream in this time are to be judged still. */
const SHARDS_SEEN_S = 24 * 3_600;
/** As for one process: what is older is no delay any more. */
const AGE_S_MAX = 60;

/**
 * Whether a whole stream is judged, whoever judges its parts: rejects with the shards that are not. One alerter that is well
 * must not tell an outside receiver so while another one's SLOs are judged by nobody.
 */
export async function checkStream(
  store: Store,
  { stream, nowMs }: { readonly stream: string; readonly nowMs: number },
): Promise<void> {
  const nowS = Math.floor(nowMs / 1_000);
  const rows = await store.query<{ readonly shard: number; readonly decided_s: number }>(
    `SELECT shard, toUnixTimestamp(max(decided_through)) AS decided_s FROM alert_progress
     WHERE stream = {stream:String} GROUP BY shard HAVING decided_s > {since:Int64} ORDER BY shard`,
    { stream, since: nowS - SHARDS_SEEN_S },
  );
  if (rows.length === 0) throw new Error(`nothing of ${stream} was decided in the last day`);
  const old = rows.filter((row) => nowS - row.decided_s > AGE_S_MAX);
  if (old.length === 0) return;
  const named = old.map((row) => `shard ${row.shard} (${nowS - row.decided_s} s old)`);
  throw new Error(`${stream} is not judged: ${named.join(', ')}`);
}
