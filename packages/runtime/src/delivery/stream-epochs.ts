import { crc32 } from 'node:zlib';
import { AppError } from '@burnline/core';
import type { Store } from '../clickhouse/store.ts';
import { dateTime64OfMs } from '../clickhouse/timestamps.ts';
import type { EventLog, LogMessage, PartitionId } from '../event-log/event-log.ts';
import { partitionKey } from '../event-log/partitions.ts';
import { readKnown } from './read-known.ts';

export type EpochErrorCode =
  | 'EPOCH_SETTINGS_DIFFER'
  | 'EPOCH_FINGERPRINT_DIFFERS'
  | 'EPOCH_POSITION_LOST'
  | 'EPOCH_LOG_NOT_AT_START'
  | 'EPOCH_PARTITIONS_DIFFER';

/** Settings that decide the value of rows; they belong to an epoch and never change within it. */
export interface EpochSettings {
  readonly intervalMs: number;
  readonly chunkEventsMax: number;
  readonly repeatWindowMessages: number;
  readonly paneMs: number;
}

export interface StreamEpoch {
  readonly epoch: string;
  readonly stream: string;
  readonly topic: string;
  readonly clock: 'live' | 'replay';
  readonly partitionCount: number;
  readonly startOffsets: readonly number[];
  readonly createdAtMs: number;
}

export interface StreamTopic {
  readonly stream: string;
  readonly topic: string;
  readonly clock: 'live' | 'replay';
  readonly partitionCount: number;
}

interface EpochRow {
  readonly stream_epoch: string;
  readonly partition_count: number;
  readonly start_offsets: readonly number[];
  readonly interval_ms: number;
  readonly chunk_events_max: number;
  readonly repeat_window_messages: number;
  readonly pane_ms: number;
  readonly created_ms: number;
}

/**
 * Finds the epoch of a topic, or records its first one. Every service that writes rows of the topic asks here, so that
 * they agree on its name and on the settings.
 */
export async function ensureEpoch(
  parts: { readonly store: Store; readonly log: EventLog; readonly nowMs: number },
  topic: StreamTopic,
  settings: EpochSettings,
): Promise<StreamEpoch> {
  const known = await latestEpochRow(parts.store, topic.topic);
  const bounds = await parts.log.bounds([topic.topic]);
  if (bounds.length !== topic.partitionCount) throw partitionsDiffer(topic, bounds.length);
  if (known !== null) return checkEpoch(known, topic, settings);
  const expired = bounds.find((one) => one.startOffset > 0);
  if (expired !== undefined) {
    throw new AppError<EpochErrorCode>(
      'EPOCH_LOG_NOT_AT_START',
      `${topic.topic}/${expired.partition} begins at offset ${expired.startOffset}, and no epoch is recorded for it`,
      { remedy: 'The database is new but the log is not: restore the database, or begin with an empty log.' },
    );
  }
  const first: StreamEpoch = {
    ...topic,
    epoch: `${topic.topic}@1`,
    startOffsets: bounds.map(() => 0),
    createdAtMs: parts.nowMs,
  };
  await recordEpoch(parts.store, first, settings);
  return first;
}

/** The epoch of a topic that was begun last, with its settings; null if none was. */
export async function latestEpoch(store: Store, topic: StreamTopic): Promise<RecordedEpoch | null> {
  const row = await latestEpochRow(store, topic.topic);
  return row === null ? null : { ...epochOf(row, topic), settings: settingsOf(row) };
}

export interface RecordedEpoch extends StreamEpoch {
  readonly settings: EpochSettings;
}

/** Records an epoch; from here on its topic's rows belong to it. */
export async function recordEpoch(store: Store, epoch: StreamEpoch, settings: EpochSettings): Promise<void> {
  await store.insertRows('stream_epochs', [
    {
      stream_epoch: epoch.epoch,
      stream: epoch.stream,
      topic: epoch.topic,
      clock: epoch.clock,
      partition_count: epoch.partitionCount,
      start_offsets: epoch.startOffsets,
      interval_ms: settings.intervalMs,
      chunk_events_max: settings.chunkEventsMax,
      repeat_window_messages: settings.repeatWindowMessages,
      pane_ms: settings.paneMs,
      created_at: dateTime64OfMs(epoch.createdAtMs),
    },
  ]);
}

/** By the number of its generation: clocks may be set back. */
async function latestEpochRow(store: Store, topic: string): Promise<EpochRow | null> {
  const rows = await store.query<EpochRow>(
    `SELECT stream_epoch, partition_count, start_offsets, interval_ms, chunk_events_max, repeat_window_messages, pane_ms,
            toUnixTimestamp64Milli(created_at) AS created_ms
     FROM stream_epochs FINAL WHERE topic = {topic:String}
     ORDER BY toUInt32OrZero(extract(stream_epoch, '@(\\\\d+)$')) DESC LIMIT 1`,
    { topic },
  );
  return rows[0] ?? null;
}

function checkEpoch(row: EpochRow, topic: StreamTopic, settings: EpochSettings): StreamEpoch {
  const recorded = settingsOf(row);
  const different = (Object.keys(recorded) as (keyof EpochSettings)[]).find(
    (key) => recorded[key] !== settings[key],
  );
  if (different !== undefined) {
    throw new AppError<EpochErrorCode>(
      'EPOCH_SETTINGS_DIFFER',
      `${row.stream_epoch} was begun with ${different} = ${recorded[different]}, this process has ${settings[different]}`,
      { remedy: `Set ${different} back to ${recorded[different]}: rows of one epoch must be cut alike.` },
    );
  }
  if (row.partition_count !== topic.partitionCount) {
    throw partitionsDiffer({ ...topic, partitionCount: row.partition_count }, topic.partitionCount);
  }
  return epochOf(row, topic);
}

function settingsOf(row: EpochRow): EpochSettings {
  return {
    intervalMs: row.interval_ms,
    chunkEventsMax: row.chunk_events_max,
    repeatWindowMessages: row.repeat_window_messages,
    paneMs: row.pane_ms,
  };
}

function epochOf(row: EpochRow, topic: StreamTopic): StreamEpoch {
  return {
    epoch: row.stream_epoch,
    stream: topic.stream,
    topic: topic.topic,
    clock: topic.clock,
    partitionCount: row.partition_count,
    startOffsets: row.start_offsets,
    createdAtMs: row.created_ms,
  };
}

function partitionsDiffer(expected: StreamTopic, actualCount: number): AppError<EpochErrorCode> {
  return new AppError(
    'EPOCH_PARTITIONS_DIFFER',
    `${expected.topic} began with ${expected.partitionCount} partitions and has ${actualCount}`,
    { remedy: 'A topic with a live epoch must not grow: events would change their partition.' },
  );
}

/** What identifies a message at the end of what was written: a recreated or truncated log has another one there. */
export function fingerprintOf(message: LogMessage): {
  readonly timestampMs: number;
  readonly checksum: number;
} {
  return { timestampMs: message.timestampMs, checksum: crc32(message.value) };
}

export interface FlushedRow {
  readonly position: number;
  readonly last_timestamp_ms: number;
  readonly last_checksum: number;
  /** Running maximum of the log's timestamps up to the position, epoch ms. */
  readonly log_ms: number;
}

/**
 * Refuses a log and a database that do not belong together: no committed offset while rows exist, a committed offset beyond
 * the rows, an end before what was written, or another message at the last written position.
 */
export async function checkFingerprint(
  parts: { readonly store: Store; readonly log: EventLog },
  where: PartitionId & {
    readonly epoch: StreamEpoch;
    readonly consumer: 'processor' | 'sink';
    readonly committedOffset: number | null;
    /** The same as of now: an assignment may be old when it is heard of, and another may have begun the partition since. */
    readonly committedOffsetNow: () => Promise<number | null>;
    readonly startOffset: number;
    readonly endOffset: number;
  },
): Promise<void> {
  const flushed = await readFlushed(parts.store, where);
  refuseLostRows(where, flushed?.position ?? where.epoch.startOffsets[where.partition] ?? 0);
  if (flushed === null) return;
  // A first commit comes before the first rows, so it is there by now if the log is the one of the rows.
  const committedOffset = where.committedOffset ?? (await where.committedOffsetNow());
  await refuseLostLog(parts.log, { ...where, committedOffset }, flushed.position);
  if (flushed.position - 1 < where.startOffset) return;
  const [last] = await readKnown(parts.log, { ...where, fromOffset: flushed.position - 1, bytesMax: 1 });
  const actual = fingerprintOf(last);
  if (actual.timestampMs !== flushed.last_timestamp_ms || actual.checksum !== flushed.last_checksum) {
    throw new AppError<EpochErrorCode>(
      'EPOCH_FINGERPRINT_DIFFERS',
      `${partitionKey(where)}: the message before offset ${flushed.position} is not the one that was counted`,
      { remedy: 'The topic was recreated. Put back the log that belongs to the database.' },
    );
  }
}

/** The last flush of a consumer in a partition of an epoch; null if there was none. */
export async function readFlushed(
  store: Store,
  where: { readonly consumer: string; readonly epoch: StreamEpoch; readonly partition: number },
): Promise<FlushedRow | null> {
  const [flushed] = await store.query<FlushedRow>(
    `SELECT position, last_timestamp_ms, last_checksum, toUnixTimestamp64Milli(log_time) AS log_ms FROM watermarks FINAL
     WHERE consumer = {consumer:String} AND stream_epoch = {epoch:String} AND partition = {partition:UInt16}`,
    { consumer: where.consumer, epoch: where.epoch.epoch, partition: where.partition },
  );
  return flushed ?? null;
}

/** Watermarks are written before commits: a commit beyond them speaks of rows that another database had. */
function refuseLostRows(
  where: PartitionId & { readonly committedOffset: number | null },
  flushedPosition: number,
): void {
  if (where.committedOffset === null || where.committedOffset <= flushedPosition) return;
  throw new AppError<EpochErrorCode>(
    'EPOCH_POSITION_LOST',
    `${partitionKey(where)}: offset ${where.committedOffset} is committed, but the database has rows up to ${flushedPosition} alone`,
    { remedy: 'The database was replaced or restored from an older copy. Put back the one of this log.' },
  );
}

async function refuseLostLog(
  log: EventLog,
  where: PartitionId & { readonly committedOffset: number | null; readonly endOffset: number },
  flushedPosition: number,
): Promise<void> {
  // A former owner may have read and written more since the assignment, so the end is looked up again.
  const endOffset =
    flushedPosition <= where.endOffset ? where.endOffset : ((await endOf(log, where)) ?? where.endOffset);
  if (where.committedOffset !== null && flushedPosition <= endOffset) return;
  throw new AppError<EpochErrorCode>(
    'EPOCH_POSITION_LOST',
    `${partitionKey(where)}: rows up to offset ${flushedPosition} are in the database, but the log ` +
      (where.committedOffset === null ? 'has no committed offset' : `ends at ${endOffset}`),
    { remedy: 'The log was replaced or truncated. Put back the log that belongs to the database.' },
  );
}

async function endOf(log: EventLog, where: PartitionId): Promise<number | undefined> {
  const bounds = await log.bounds([where.topic]);
  return bounds.find((one) => one.partition === where.partition)?.endOffset;
}
