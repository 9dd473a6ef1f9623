import { invariant } from '@burnline/core';
import type { PartitionId, TopicSpec } from '../event-log.ts';
import type { LmdbTables, StoredTopic } from './lmdb-tables.ts';
import {
  diskBytesOf,
  MessageKey,
  PREFIX_BYTES,
  offsetOfKey,
  payloadBytesOf,
  readHeader,
} from './message-codec.ts';

/** A place in a partition: the next offset, and the sums of all bytes before it. */
export interface Mark {
  readonly offset: number;
  readonly payloadBytes: number;
  readonly diskBytes: number;
}

export interface PartitionState {
  readonly topicNumber: number;
  readonly partition: number;
  /** The first message that can be read. */
  readonly start: Mark;
  /** After the last durable message. */
  readonly end: Mark;
  /** After the last message of the transaction being written; equal to `end` when none is. */
  readonly next: Mark;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const EMPTY: Mark = { offset: 0, payloadBytes: 0, diskBytes: 0 };

/** Topics and where their partitions begin and end, held in memory; read from the tables once, at opening. */
export class PartitionTable {
  readonly #tables: LmdbTables;
  /** What the messages take of the disk, the transaction being written included. */
  #diskBytes = 0;
  readonly #topics = new Map<
    string,
    { stored: StoredTopic; readonly partitions: readonly Writable<PartitionState>[] }
  >();

  constructor(tables: LmdbTables) {
    this.#tables = tables;
    for (const { key, value } of tables.topics.getRange()) this.put(key, value);
  }

  spec(name: string): TopicSpec | undefined {
    return this.#topics.get(name)?.stored.spec;
  }

  /** The stored form of a new or changed topic; null if nothing is to be stored. */
  changed(spec: TopicSpec, numberIfNew: number): StoredTopic | null {
    const stored = this.#topics.get(spec.name)?.stored;
    if (stored === undefined) return { number: numberIfNew, spec };
    const isSame =
      stored.spec.retentionMs === spec.retentionMs &&
      stored.spec.retentionBytes === spec.retentionBytes &&
      stored.spec.messagesKeptMin === spec.messagesKeptMin &&
      stored.spec.messageBytesMax === spec.messageBytesMax;
    return isSame ? null : { number: stored.number, spec };
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  put(name: string, stored: StoredTopic): void {
    const existing = this.#topics.get(name);
    if (existing !== undefined) {
      existing.stored = stored;
      return;
    }
    const partitions = Array.from({ length: stored.spec.partitionCount }, (_, partition) =>
      this.#load(stored.number, partition),
    );
    for (const { start, end } of partitions) this.#diskBytes += end.diskBytes - start.diskBytes;
    this.#topics.set(name, { stored, partitions });
  }

  get diskBytes(): number {
    return this.#diskBytes;
  }

  /** A transaction being built appends up to `next`. */
  reserve(state: PartitionState, next: Mark): void {
    this.#diskBytes += next.diskBytes - state.next.diskBytes;
    writable(state).next = next;
  }

  /** What was reserved up to `end` is durable. */
  settle(state: PartitionState, end: Mark): void {
    writable(state).end = end;
  }

  /** The transaction failed: its offsets are given again. */
  rollBack(state: PartitionState): void {
    this.#diskBytes -= state.next.diskBytes - state.end.diskBytes;
    writable(state).next = state.end;
  }

  /** Everything before `start` is gone. */
  moveStart(state: PartitionState, start: Mark): void {
    this.#diskBytes -= start.diskBytes - state.start.diskBytes;
    writable(state).start = start;
  }

  state({ topic, partition }: PartitionId): PartitionState {
    const state = this.#topics.get(topic)?.partitions[partition];
    invariant(state !== undefined, `partition ${partition} of "${topic}" was checked before`);
    return state;
  }

  number(topic: string): number {
    const number = this.#topics.get(topic)?.stored.number;
    invariant(number !== undefined, `topic "${topic}" was checked before`);
    return number;
  }

  *all(): Iterable<{ readonly spec: TopicSpec; readonly state: PartitionState }> {
    for (const { stored, partitions } of this.#topics.values()) {
      for (const state of partitions) yield { spec: stored.spec, state };
    }
  }

  #load(topicNumber: number, partition: number): PartitionState {
    // Shorter than any key of the partition and therefore before all of them: a range's end is left out.
    const lowest = new MessageKey().at(topicNumber, partition, 0).subarray(0, PREFIX_BYTES);
    const highest = new MessageKey().at(topicNumber, partition, Number.MAX_SAFE_INTEGER);
    const { messages, starts } = this.#tables;
    const [first] = messages.getRange({ start: lowest, end: highest, limit: 1 });
    const [last] = messages.getRange({ start: highest, end: lowest, reverse: true, limit: 1 });
    if (first === undefined || last === undefined) {
      const empty = { ...EMPTY, offset: starts.get([topicNumber, partition]) ?? 0 };
      return { topicNumber, partition, start: empty, end: empty, next: empty };
    }
    const start = markBefore(offsetOfKey(first.key), first.value);
    const end = markAfter(markBefore(offsetOfKey(last.key), last.value), payloadBytesOf(last.value));
    return { topicNumber, partition, start, end, next: end };
  }
}

/** States are changed here alone, where the sum over all of them is kept. */
function writable(state: PartitionState): Writable<PartitionState> {
  return state;
}

export function markBefore(offset: number, stored: Buffer): Mark {
  const { payloadBytesBefore, diskBytesBefore } = readHeader(stored);
  return { offset, payloadBytes: payloadBytesBefore, diskBytes: diskBytesBefore };
}

export function markAfter(mark: Mark, payloadBytes: number): Mark {
  return {
    offset: mark.offset + 1,
    payloadBytes: mark.payloadBytes + payloadBytes,
    diskBytes: mark.diskBytes + diskBytesOf(payloadBytes),
  };
}
