import type { Store, StreamEpoch } from '@burnline/runtime';

interface LastChunkRow {
  readonly partition: number;
  readonly chunk: number;
  readonly log_interval: number;
  readonly kept_since: number;
  readonly revisions: readonly string[];
  readonly counts: readonly number[];
}

/**
 * Closings for the chunks that were in progress when an epoch ended: from the last closing of each partition to the epoch's
 * end, with the rows that are in the tables. Chunks without a row lie in no interval that matters: they take that of the
 * closing before.
 */
export async function lastClosings(
  store: Store,
  epoch: StreamEpoch,
  endOffsets: readonly number[],
): Promise<readonly object[]> {
  const closed = await store.query<{
    partition: number;
    next_chunk: number;
    log_interval: number;
    kept_since: number;
  }>(
    `SELECT partition, max(next_chunk) AS next_chunk, toUnixTimestamp(max(log_interval)) AS log_interval,
            toUnixTimestamp(max(kept_since)) AS kept_since
     FROM chunk_closings FINAL WHERE stream_epoch = {epoch:String} GROUP BY partition`,
    { epoch: epoch.epoch },
  );
  const open = await store.query<LastChunkRow>(
    `SELECT partition, chunk, any(interval_s) AS log_interval, any(kept_s) AS kept_since,
            groupArray(spec_rev) AS revisions, groupArray(rows) AS counts
     FROM (
       SELECT partition, chunk, spec_rev, toUnixTimestamp(any(log_interval)) AS interval_s,
              toUnixTimestamp(any(kept_since)) AS kept_s, count() AS rows
       FROM sli_panes FINAL
       WHERE stream = {stream:String} AND stream_epoch = {epoch:String}
         AND (partition, chunk) NOT IN (SELECT partition, chunk FROM chunk_closings WHERE stream_epoch = {epoch:String})
       GROUP BY partition, chunk, spec_rev
     )
     GROUP BY partition, chunk ORDER BY partition, chunk`,
    { epoch: epoch.epoch, stream: epoch.stream },
  );
  return endOffsets.flatMap((endOffset, partition) => {
    const last = closed.find((row) => row.partition === partition);
    const from = last?.next_chunk ?? epoch.startOffsets[partition] ?? 0;
    if (from >= endOffset) return [];
    const chunks = open.filter((row) => row.partition === partition && row.chunk >= from);
    const createdS = Math.floor(epoch.createdAtMs / 1_000);
    const fallback = {
      log_interval: last?.log_interval ?? createdS,
      kept_since: last?.kept_since ?? createdS,
    };
    const named =
      chunks[0]?.chunk === from
        ? chunks
        : [{ ...fallback, chunk: from, revisions: [], counts: [] }, ...chunks];
    return named.map((row, index) => ({
      stream_epoch: epoch.epoch,
      partition,
      chunk: row.chunk,
      next_chunk: named[index + 1]?.chunk ?? endOffset,
      row_counts: Object.fromEntries(row.revisions.map((revision, at) => [revision, row.counts[at] ?? 0])),
      log_interval: row.log_interval,
      kept_since: row.kept_since,
    }));
  });
}
