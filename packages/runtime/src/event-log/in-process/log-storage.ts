import type {
  CommittedPosition,
  LogMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';

/**
 * What an in-process log keeps: topics, messages, committed positions. Groups, checks and waiting are on top of it
 * (`in-process-log.ts`) and the same for every storage.
 *
 * Arguments are checked by the caller: topics and partitions exist, messages fit. Writes take effect in the order of the
 * calls. Reads are synchronous and show only what is durable.
 */
export interface LogStorage {
  topic(name: string): TopicSpec | undefined;
  /** Creates the topics, or takes over changed retention and message size. Calls do not overlap. */
  putTopics(specs: readonly TopicSpec[]): Promise<void>;
  /** All of it or nothing. Takes its copy of every value before it returns. Resolves with the first offset of each entry. */
  append(batches: readonly PartitionAppend[]): Promise<readonly number[]>;
  /** From an offset within the bounds: at least one message, then as many as stay within `bytesMax`. */
  read(from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number }): readonly LogMessage[];
  bounds(partition: PartitionId): PartitionBounds;
  /** All of them or none. */
  commit(group: string, positions: readonly CommittedPosition[]): Promise<void>;
  committed(group: string, partition: PartitionId): CommittedPosition | null;
  /** Applies every topic's retention now; resolves with the number of messages expired. */
  expire(): Promise<number>;
  /** Resolves when everything accepted before is written. */
  close(): Promise<void>;
}

/** Calls `done` after `waitMs` unless it is cancelled by the function returned. */
export type StartTimer = (waitMs: number, done: () => void) => () => void;

/**
 * A single read gives at most so many messages, so that one of a million tiny ones does not hold the event loop: about
 * 10 ms at 1 microsecond a message.
 */
export const READ_COUNT_MAX = 10_000;
