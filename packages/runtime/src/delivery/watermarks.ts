import type { Store } from '../clickhouse/store.ts';
import { dateTime64OfMs } from '../clickhouse/timestamps.ts';
import type { LogMessage, PartitionId } from '../event-log/event-log.ts';
import { fingerprintOf, type StreamEpoch } from './stream-epochs.ts';

/** How far a partition's rows are complete. */
export interface Watermark {
  readonly partition: PartitionId;
  /** Offset after the last message whose rows are written. */
  readonly position: number;
  readonly logTimeMs: number;
  readonly lastMessage: LogMessage;
}

export type WatermarkConsumer = 'processor' | 'sink';

/** Writes watermarks; call it after the rows that they speak of are written. */
export async function writeWatermarks(
  store: Store,
  consumer: WatermarkConsumer,
  watermarks: readonly Watermark[],
  epochOf: (topic: string) => StreamEpoch,
): Promise<void> {
  await store.insertRows(
    'watermarks',
    watermarks.map((watermark) => {
      const epoch = epochOf(watermark.partition.topic);
      const fingerprint = fingerprintOf(watermark.lastMessage);
      return {
        consumer,
        stream: epoch.stream,
        stream_epoch: epoch.epoch,
        topic: epoch.topic,
        partition: watermark.partition.partition,
        position: watermark.position,
        log_time: dateTime64OfMs(watermark.logTimeMs),
        last_timestamp_ms: fingerprint.timestampMs,
        last_checksum: fingerprint.checksum,
      };
    }),
  );
}

export interface StreamProgress {
  /** Log time that every partition of the stream has passed, epoch ms; null while one has none. */
  readonly logTimeMs: number | null;
  /** Log time of each partition that has one. */
  readonly partitionLogTimesMs: readonly number[];
  readonly partitionCount: number;
  /** Messages whose rows are written, over all partitions: it grows with every flush. */
  readonly writtenCount: number;
}

/** Reads how far a stream is written, over the given topics. */
export async function readProgress(
  store: Store,
  consumer: WatermarkConsumer,
  epochs: readonly StreamEpoch[],
): Promise<StreamProgress> {
  const rows = await store.query<{ readonly ms: number; readonly position: number }>(
    `SELECT toUnixTimestamp64Milli(log_time) AS ms, position FROM watermarks FINAL
     WHERE consumer = {consumer:String} AND stream_epoch IN {epochs:Array(String)}`,
    { consumer, epochs: epochs.map((epoch) => epoch.epoch) },
  );
  const partitionLogTimesMs = rows.map((row) => row.ms);
  const partitionCount = epochs.reduce((sum, epoch) => sum + epoch.partitionCount, 0);
  const isWhole = partitionLogTimesMs.length === partitionCount;
  return {
    logTimeMs: isWhole ? Math.min(...partitionLogTimesMs) : null,
    partitionLogTimesMs,
    partitionCount,
    writtenCount: rows.reduce((sum, { position }) => sum + position, 0),
  };
}
