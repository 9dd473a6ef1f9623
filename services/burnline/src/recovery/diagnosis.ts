import { isAppError } from '@burnline/core';
import {
  checkFingerprint,
  fingerprintOf,
  latestEpoch,
  readFlushed,
  readKnown,
  startOf,
  warmUpStart,
  type AssignedPartition,
  type CommittedPosition,
  type EventLog,
  type FlushedRow,
  type PartitionBounds,
  type RecordedEpoch,
  type Store,
  type StreamTopic,
  type WatermarkConsumer,
} from '@burnline/runtime';

/** A service that reads a stream: as whom it writes watermarks, and where it commits. */
export interface StreamConsumer {
  readonly consumer: WatermarkConsumer;
  readonly group: string;
  /** Whether what it has read may wait in its memory: then only what it has committed is written. */
  readonly keepsWaiting?: boolean;
}

/** Where one consumer of one partition stands, and whether it can go on. */
export interface ConsumerState extends StreamConsumer {
  readonly partition: number;
  readonly committed: CommittedPosition | null;
  readonly flushed: FlushedRow | null;
  /** Offset after the last message of which any row is in the tables, at least the watermark's position; of one that keeps waiting, what is committed. */
  readonly writtenThrough: number;
  /** Why the service halts here, in its own words; null if it does not. */
  readonly fault: { readonly code: string; readonly message: string } | null;
}

/** A topic of a stream, and what its consumers would say if they were started now. */
export interface TopicDiagnosis {
  readonly topic: StreamTopic;
  /** The epoch that is counted now; null if none was ever begun. */
  readonly epoch: RecordedEpoch | null;
  readonly bounds: readonly PartitionBounds[];
  /** Whether the log still is the one that the rows came from, as far as it can be told. */
  readonly isSameLog: boolean;
  readonly consumers: readonly ConsumerState[];
  readonly isFaulty: boolean;
}

export interface DiagnosisParts {
  readonly log: EventLog;
  readonly store: Store;
}

/**
 * Looks at a topic as its consumers do when they start, and changes nothing. What they would halt at is found by the same
 * checks.
 */
export async function diagnoseTopic(
  parts: DiagnosisParts,
  topic: StreamTopic,
  readers: readonly StreamConsumer[],
): Promise<TopicDiagnosis> {
  const bounds = await parts.log.bounds([topic.topic]);
  const epoch = await latestEpoch(parts.store, topic);
  if (epoch === null) return firstStart(topic, bounds, readers);
  const consumers: ConsumerState[] = [];
  for (const reader of readers) {
    const committed = await parts.log.committed(reader.group, [topic.topic]);
    for (const bound of bounds) {
      const own = committed.find(({ partition }) => partition === bound.partition) ?? null;
      consumers.push(await consumerState(parts, { reader, epoch, bound, committed: own }));
    }
  }
  return {
    topic,
    epoch,
    bounds,
    isSameLog: await isSameLog(parts.log, bounds, consumers),
    consumers,
    isFaulty: consumers.some(({ fault }) => fault !== null),
  };
}

/** Nothing was ever counted: whoever comes first begins the first epoch, unless the log begins somewhere else. */
function firstStart(
  topic: StreamTopic,
  bounds: readonly PartitionBounds[],
  readers: readonly StreamConsumer[],
): TopicDiagnosis {
  const consumers = readers.flatMap((reader) =>
    bounds.map(({ partition, startOffset }): ConsumerState => {
      const message = `the log begins at offset ${startOffset}, and nothing was counted before`;
      const fault = startOffset > 0 ? { code: 'EPOCH_LOG_NOT_AT_START', message } : null;
      return { ...reader, partition, committed: null, flushed: null, writtenThrough: 0, fault };
    }),
  );
  const isFaulty = consumers.some(({ fault }) => fault !== null);
  return { topic, epoch: null, bounds, isSameLog: true, consumers, isFaulty };
}

interface Place {
  readonly reader: StreamConsumer;
  readonly epoch: RecordedEpoch;
  readonly bound: PartitionBounds;
  readonly committed: CommittedPosition | null;
}

async function consumerState(parts: DiagnosisParts, place: Place): Promise<ConsumerState> {
  const { reader, epoch, bound, committed } = place;
  const flushed = await readFlushed(parts.store, { ...reader, epoch, partition: bound.partition });
  const fault = await faultOf(parts, place);
  return {
    ...reader,
    partition: bound.partition,
    committed,
    flushed,
    writtenThrough: await writtenThrough(parts, place, flushed),
    fault,
  };
}

async function writtenThrough(
  { store }: DiagnosisParts,
  place: Place,
  flushed: FlushedRow | null,
): Promise<number> {
  const { reader, epoch, bound, committed } = place;
  const epochStart = epoch.startOffsets[bound.partition] ?? 0;
  if (reader.keepsWaiting === true) return Math.max(epochStart, committed?.offset ?? 0);
  const floor = flushed?.position ?? epochStart;
  return Math.max(floor, await lastRowOffset(store, place, floor));
}

/** What the service's own checks say at its start. */
async function faultOf(parts: DiagnosisParts, place: Place): Promise<ConsumerState['fault']> {
  const { reader, epoch, bound, committed } = place;
  const position = committed?.offset ?? bound.startOffset;
  const assigned: AssignedPartition = { ...bound, committed, position };
  const committedOffset = committed?.offset ?? null;
  try {
    await checkFingerprint(parts, {
      ...bound,
      epoch,
      consumer: reader.consumer,
      committedOffset,
      committedOffsetNow: () => Promise.resolve(committedOffset),
    });
    const start = startOf(assigned, epoch);
    if (start.offset < bound.startOffset)
      return expired(`reading goes on at offset ${start.offset}, the log begins at ${bound.startOffset}`);
    warmUpStart({
      ...bound,
      before: start.offset,
      windowMessages: epoch.settings.repeatWindowMessages,
      epochStart: epoch.startOffsets[bound.partition] ?? 0,
      logStart: bound.startOffset,
    });
    return null;
  } catch (error) {
    if (!isAppError(error) || error.outcome === 'retry') throw error;
    return { code: error.code, message: error.message };
  }
}

function expired(message: string): ConsumerState['fault'] {
  return { code: 'DELIVERY_START_EXPIRED', message };
}

/** Rows are written before the watermark that speaks of them: after a crash there may be some beyond it. */
async function lastRowOffset(
  store: Store,
  { reader, epoch, bound }: Place,
  fromOffset: number,
): Promise<number> {
  const where = `stream_epoch = {epoch:String} AND partition = {partition:UInt16}`;
  const params = { epoch: epoch.epoch, partition: bound.partition, from: fromOffset };
  const rawTables = ['inference_events', 'eval_verdicts', 'source_reports', 'dead_letters'];
  const sql =
    reader.consumer === 'processor'
      ? `SELECT max(version) AS next FROM sli_panes WHERE ${where} AND version > {from:UInt64}`
      : `SELECT max(o) + 1 AS next FROM (${rawTables
          .map((table) => `SELECT offset AS o FROM ${table} WHERE ${where} AND offset >= {from:UInt64}`)
          .join(' UNION ALL ')})`;
  const [row] = await store.query<{ readonly next: number }>(sql, params);
  return row?.next ?? 0;
}

async function isSameLog(
  log: EventLog,
  bounds: readonly PartitionBounds[],
  consumers: readonly ConsumerState[],
): Promise<boolean> {
  for (const { flushed, partition } of consumers) {
    const bound = bounds.find((one) => one.partition === partition);
    if (flushed === null || bound === undefined) continue;
    if (flushed.position > bound.endOffset) return false;
    // What has expired cannot be compared.
    if (flushed.position - 1 < bound.startOffset) continue;
    const [last] = await readKnown(log, { ...bound, fromOffset: flushed.position - 1, bytesMax: 1 });
    const actual = fingerprintOf(last);
    if (actual.timestampMs !== flushed.last_timestamp_ms || actual.checksum !== flushed.last_checksum)
      return false;
  }
  return true;
}
