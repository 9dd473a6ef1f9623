import type { Store, StreamEpoch } from '@burnline/runtime';
import type { BackfillEpoch } from '../backfill/slices.ts';

interface EndedRow {
  readonly stream_epoch: string;
  readonly topic: string;
  readonly partition_count: number;
  readonly start_offsets: readonly number[];
  readonly end_offsets: readonly number[];
  readonly created_ms: number;
}

/** Epochs of the same topics that a recovery ended: all of theirs lies before whatever begins now. */
export async function endedEpochs(
  store: Store,
  current: readonly StreamEpoch[],
): Promise<readonly BackfillEpoch[]> {
  const rows = await store.query<EndedRow>(
    `SELECT stream_epoch, topic, partition_count, start_offsets, end_offsets, toUnixTimestamp64Milli(created_at) AS created_ms
     FROM stream_epochs FINAL INNER JOIN (SELECT stream_epoch, end_offsets FROM epoch_ends FINAL) AS ends USING (stream_epoch)
     WHERE topic IN {topics:Array(String)} AND stream_epoch NOT IN {current:Array(String)}`,
    { topics: current.map(({ topic }) => topic), current: current.map(({ epoch }) => epoch) },
  );
  return rows.flatMap((row) => {
    const now = current.find(({ topic }) => topic === row.topic);
    if (now === undefined) return [];
    const epoch: StreamEpoch = {
      ...now,
      epoch: row.stream_epoch,
      partitionCount: row.partition_count,
      startOffsets: row.start_offsets,
      createdAtMs: row.created_ms,
    };
    return [{ epoch, beginOffsets: row.end_offsets }];
  });
}
