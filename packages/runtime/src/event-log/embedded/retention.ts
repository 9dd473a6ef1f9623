import type { TopicSpec } from '../event-log.ts';
import type { WriteJob } from './group-writer.ts';
import type { LmdbTables } from './lmdb-tables.ts';
import { MessageKey, readHeader } from './message-codec.ts';
import { markBefore, type Mark, type PartitionState, type PartitionTable } from './partition-table.ts';

/**
 * One transaction removes at most so many messages of a partition: a few milliseconds of reading their headers (LMDB's
 * binding copies whole values), and appends get their turn in between.
 */
const STEP_COUNT_MAX = 256;

/**
 * The mark up to which the partition's oldest messages may go now, at most a step further than its start; null if none may.
 *
 * They go in order, while the next one is older than the retention by the append clock or the partition holds more than its
 * bound. A message with an append time in the future, from a clock that leapt, keeps those behind it: too long is
 * harmless. The newest never goes for size, and the newest `messagesKeptMin` never go. A topic that was stored before there
 * was such a number has none until it is named again, and keeps everything until then: the sum is no number, and no
 * offset is below it.
 */
export function findExpired(input: {
  readonly tables: LmdbTables;
  readonly spec: TopicSpec;
  readonly state: PartitionState;
  readonly nowMs: number;
}): Mark | null {
  const { tables, spec, state, nowMs } = input;
  const { start, end } = state;
  const key = new MessageKey();
  const stop = Math.min(end.offset - spec.messagesKeptMin, start.offset + STEP_COUNT_MAX);
  let mark = start;
  for (let offset = start.offset; offset <= stop; offset += 1) {
    if (offset === end.offset) {
      mark = end;
      break;
    }
    const stored = tables.messages.getBinaryFast(key.at(state.topicNumber, state.partition, offset));
    if (stored === undefined) break;
    mark = markBefore(offset, stored);
    const isOld = spec.retentionMs !== null && nowMs - readHeader(stored).appendMs > spec.retentionMs;
    const isOver =
      spec.retentionBytes !== null &&
      end.payloadBytes - mark.payloadBytes > spec.retentionBytes &&
      offset < end.offset - 1;
    if (!isOld && !isOver) break;
  }
  return mark.offset > start.offset ? mark : null;
}

/** Removes the messages from the partition's start up to a mark, in one transaction with the new start. */
export class ExpireJob implements WriteJob {
  readonly memoryBytes = 0;
  readonly done: Promise<void>;
  readonly #tables: LmdbTables;
  readonly #table: PartitionTable;
  readonly #state: PartitionState;
  readonly #newStart: Mark;
  #resolve: () => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(input: {
    readonly tables: LmdbTables;
    readonly table: PartitionTable;
    readonly state: PartitionState;
    readonly newStart: Mark;
  }) {
    this.#tables = input.tables;
    this.#table = input.table;
    this.#state = input.state;
    this.#newStart = input.newStart;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  write(): void {
    const { topicNumber, partition, start } = this.#state;
    const key = new MessageKey();
    for (let offset = start.offset; offset < this.#newStart.offset; offset += 1) {
      void this.#tables.messages.remove(key.at(topicNumber, partition, offset));
    }
    void this.#tables.starts.put([topicNumber, partition], this.#newStart.offset);
  }

  committed(): void {
    this.#table.moveStart(this.#state, this.#newStart);
    this.#resolve();
  }

  failed(error: unknown): void {
    this.#reject(error);
  }
}
