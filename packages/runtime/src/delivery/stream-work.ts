import type { AssignedPartition, LogMessage, PartitionId } from '../event-log/event-log.ts';
import type { StreamEpoch } from './stream-epochs.ts';
import type { Watermark, WatermarkConsumer } from './watermarks.ts';

/** What one flush writes of one partition, and what may be committed once it is written. */
export interface Snapshot extends Watermark {
  readonly commit: { readonly offset: number; readonly metadata: string };
}

/** Why a message cannot be read: for good, here and for every other reader. */
export interface Unreadable {
  readonly code: string;
  readonly reason: string;
}

/** The state of one partition between two flushes: decodes and holds, never writes. */
export interface PartitionWork<S extends Snapshot> {
  readonly partition: PartitionId;
  /** Offset of the message that comes next. */
  readonly position: number;
  /** How much is held in memory, in the worker's own unit; see `StreamWork.heldMax`. */
  readonly held: number;
  /** Remembers the ids of a message before the start. Both say why a message cannot be read, null for one that can. */
  warm(message: LogMessage): Unreadable | null;
  apply(message: LogMessage): Unreadable | null;
  /** What has been held since the last call; null if nothing was read. */
  takeSnapshot(): S | null;
}

/** What a service does with a stream: the decoding and the writing. The order in between is StreamWorker's. */
export interface StreamWork<S extends Snapshot> {
  readonly consumer: WatermarkConsumer;
  /** Above so much held over all partitions, reading waits for the database. */
  readonly heldMax: number;
  /** Whether this service writes marks into quiet partitions of live streams. */
  readonly writesMarks: boolean;
  /**
   * Whether the bytes of a message are done with once it is applied, so that the log may use their memory again; those of the
   * last one of a delivery stay, for the watermark. Default: they are kept.
   */
  readonly letsBytesGo?: boolean;
  open(assigned: AssignedPartition, epoch: StreamEpoch): Promise<PartitionWork<S>>;
  /** Fetches what the messages need before they can be applied; called again if it rejects with outcome `retry`. */
  prepare?(messages: readonly LogMessage[]): Promise<void>;
  /** Writes durably; called again with the same snapshots if it rejects with outcome `retry`, so it must be idempotent. */
  write(snapshots: readonly S[], epochOf: (topic: string) => StreamEpoch): Promise<void>;
}
