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

/** How far one partition of a stream is written. */
export interface WrittenPartition {
  readonly epoch: string;
  readonly partition: number;
  /** Offset after the last message whose rows are written. */
  readonly position: number;
  /** Log time of that message, epoch ms. */
  readonly logTimeMs: number;
}

export interface StreamProgress {
  /** Log time that every partition of the stream has passed, epoch ms; null while one has none. */
  readonly logTimeMs: number | null;
  /** Partitions of which something is written, in the order of epochs and partitions. */
  readonly written: readonly WrittenPartition[];
  readonly partitionCount: number;
}

/** Reads how far a stream is written, over the given topics. */
export async function readProgress(
  store: Store,
  consumer: WatermarkConsumer,
  epochs: readonly StreamEpoch[],
): Promise<StreamProgress> {
  const written = await store.query<WrittenPartition>(
    `SELECT stream_epoch AS epoch, partition, position, toUnixTimestamp64Milli(log_time) AS logTimeMs
     FROM watermarks FINAL
     WHERE consumer = {consumer:String} AND stream_epoch IN {epochs:Array(String)}
     ORDER BY epoch, partition`,
    { consumer, epochs: epochs.map((epoch) => epoch.epoch) },
  );
  const partitionCount = epochs.reduce((sum, epoch) => sum + epoch.partitionCount, 0);
  const isWhole = written.length === partitionCount;
  return {
    logTimeMs: isWhole ? Math.min(...written.map((one) => one.logTimeMs)) : null,
    written,
    partitionCount,
  };
}
