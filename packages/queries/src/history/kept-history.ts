import { streamTopicNames } from '@burnline/contracts';
import type { Store, StreamEpoch } from '@burnline/runtime';

/** One generation of a topic, and where the history that is asked for ends in it. */
export interface KeptEpoch {
  readonly epoch: StreamEpoch;
  /** By partition, the first offset that is no part of it: of what was logged later, or behind the last raw row. */
  readonly endOffsets: readonly number[];
}

/** What the raw rows of a stream hold. */
export interface KeptHistory {
  readonly epochs: readonly KeptEpoch[];
  /** When the oldest and the newest record happened, epoch ms; null without any. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** Log time up to which everything is in the rows, epoch ms; null before the first. */
  readonly reachedMs: number | null;
}

interface EpochRow {
  stream_epoch: string;
  topic: string;
  clock: 'live' | 'replay';
  partition_count: number;
  start_offsets: number[];
  created_ms: number;
}

interface BoundRow {
  stream_epoch: string;
  partition: number;
  end: number;
  first_ms: number;
  last_ms: number;
}

interface LaterRow {
  stream_epoch: string;
  partition: number;
  chunk: number;
}

/** The raw rows of a stream, up to a log time. A stream that nobody knows has no epochs. */
export async function readKeptHistory(
  store: Store,
  { stream, toMs }: { readonly stream: string; readonly toMs: number },
): Promise<KeptHistory> {
  const { inference, verdicts } = streamTopicNames(stream);
  const params = { stream, to: Math.max(0, Math.ceil(toMs / 1_000)) };
  const [epochs, bounds, later, reachedMs] = await Promise.all([
    store.query<EpochRow>(EPOCHS_SQL, params),
    store.query<BoundRow>(BOUNDS_SQL, params),
    store.query<LaterRow>(LATER_SQL, params),
    readSunkThrough(store, { stream, topics: [inference, verdicts] }),
  ]);
  const placeOf = (row: { readonly stream_epoch: string; readonly partition: number }): string =>
    `${row.stream_epoch}|${row.partition}`;
  const laterChunks = new Map(later.map((row) => [placeOf(row), row.chunk]));
  const ends = new Map(
    bounds.map((row) => [placeOf(row), Math.min(row.end, laterChunks.get(placeOf(row)) ?? Infinity)]),
  );
  const firstMs = bounds.reduce((least, row) => Math.min(least, row.first_ms), Infinity);
  const lastMs = bounds.reduce((most, row) => Math.max(most, row.last_ms), -Infinity);
  return {
    epochs: epochs.map((row) => ({
      epoch: {
        epoch: row.stream_epoch,
        stream,
        topic: row.topic,
        clock: row.clock,
        partitionCount: row.partition_count,
        startOffsets: row.start_offsets,
        createdAtMs: row.created_ms,
      },
      endOffsets: Array.from(
        { length: row.partition_count },
        (_, partition) => ends.get(placeOf({ stream_epoch: row.stream_epoch, partition })) ?? 0,
      ),
    })),
    firstMs: bounds.length === 0 ? null : firstMs,
    lastMs: bounds.length === 0 ? null : lastMs,
    reachedMs,
  };
}

/** Log time up to which everything of some topics of a stream is in the raw rows, epoch ms; null before the first. */
export async function readSunkThrough(
  store: Store,
  { stream, topics }: { readonly stream: string; readonly topics: readonly string[] },
): Promise<number | null> {
  const [reached] = await store.query<{ reached_ms: number; count: number }>(REACHED_SQL, {
    stream,
    counted: topics,
  });
  return reached === undefined || reached.count === 0 ? null : reached.reached_ms;
}

const EPOCHS_SQL = `
SELECT stream_epoch, topic, clock, partition_count, start_offsets, toUnixTimestamp64Milli(created_at) AS created_ms
FROM stream_epochs FINAL WHERE stream = {stream:String} ORDER BY created_at, stream_epoch`;

const BOUNDS_SQL = `
SELECT stream_epoch, partition, max(offset) + 1 AS end,
       intDiv(min(at), 1000) AS first_ms, intDiv(max(at), 1000) AS last_ms
FROM (
  SELECT stream_epoch, partition, offset, toUnixTimestamp64Micro(occurred_at) AS at
  FROM inference_events WHERE stream = {stream:String}
  UNION ALL
  SELECT stream_epoch, partition, offset, toUnixTimestamp64Micro(inference_at) AS at
  FROM eval_verdicts WHERE stream = {stream:String}
)
GROUP BY stream_epoch, partition`;

/** Chunks lie in the order of log time within a partition. */
const LATER_SQL = `
SELECT stream_epoch, partition, min(chunk) AS chunk FROM chunk_closings
WHERE stream_epoch IN (SELECT stream_epoch FROM stream_epochs WHERE stream = {stream:String})
  AND log_interval >= fromUnixTimestamp({to:Int64})
GROUP BY stream_epoch, partition`;

/** Of every topic its latest epoch counts: earlier ones have ended. Of others than these nothing is counted, and log time stands still where they are quiet. */
const REACHED_SQL = `
SELECT toUnixTimestamp64Milli(min(log_time)) AS reached_ms, count() AS count
FROM watermarks FINAL
WHERE consumer = 'sink' AND stream_epoch IN (
  SELECT argMax(stream_epoch, created_at) FROM stream_epochs
  WHERE stream = {stream:String} AND topic IN {counted:Array(String)} GROUP BY topic)`;
