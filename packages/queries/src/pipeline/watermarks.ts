import type { Store } from '@burnline/runtime';
import { msOfDateTime } from '../sql-values.ts';

/** How far the rows of one partition are complete. */
export interface Watermark {
  readonly stream: string;
  readonly consumer: 'processor' | 'sink';
  readonly topic: string;
  readonly partition: number;
  /** Offset after the last message whose rows are written. */
  readonly position: number;
  /** The latest timestamp of the log up to there, epoch ms. */
  readonly logTimeMs: number;
  readonly writtenAtMs: number;
}

/** Partitions of a hundred streams. */
const PARTITIONS_MAX = 10_000;

/** Of every stream, the newest row of each topic's partitions and consumer; at most 10,000. */
export async function readWatermarks(store: Store): Promise<readonly Watermark[]> {
  const rows = await store.query<
    Omit<Watermark, 'logTimeMs' | 'writtenAtMs'> & { log_time: string; written: string }
  >(
    `SELECT stream, consumer, topic, partition, argMax(position, written_at) AS position,
            argMax(log_time, written_at) AS log_time, max(written_at) AS written
     FROM watermarks GROUP BY stream, consumer, topic, partition
     ORDER BY stream, consumer, topic, partition LIMIT ${PARTITIONS_MAX}`,
  );
  return rows.map(({ log_time, written, ...row }) => ({
    ...row,
    logTimeMs: msOfDateTime(log_time),
    writtenAtMs: msOfDateTime(written),
  }));
}
