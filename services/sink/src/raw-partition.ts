import {
  commitMetadata,
  type LogMessage,
  type PartitionId,
  type PartitionStart,
  type PartitionWork,
  type Snapshot,
  type Unreadable,
} from '@burnline/runtime';
import type { MessageReader } from './message-reader.ts';
import { heldBytesOf, type PendingMessage } from './pending-message.ts';

export interface RawSnapshot extends Snapshot {
  readonly messages: readonly PendingMessage[];
}

/** Holds the messages of one partition until they are written. */
export class RawPartition implements PartitionWork<RawSnapshot> {
  readonly partition: PartitionId;
  readonly #reader: MessageReader;
  #position: number;
  #runningMaxMs: number;
  #pending: PendingMessage[] = [];
  #heldBytes = 0;
  #lastMessage: LogMessage | null = null;

  constructor(partition: PartitionId, start: PartitionStart, reader: MessageReader) {
    this.partition = partition;
    this.#position = start.offset;
    this.#runningMaxMs = start.runningMaxMs;
    this.#reader = reader;
  }

  get position(): number {
    return this.#position;
  }

  /** Bytes of memory that the messages take which wait to be written. */
  get held(): number {
    return this.#heldBytes;
  }

  warm(message: LogMessage): Unreadable | null {
    return unreadableOf(this.#reader.read(message));
  }

  apply(message: LogMessage): Unreadable | null {
    const pending = this.#reader.read(message);
    this.#position = message.offset + 1;
    this.#runningMaxMs = Math.max(this.#runningMaxMs, message.timestampMs);
    this.#lastMessage = message;
    if (pending === null) return null;
    this.#pending.push(pending);
    this.#heldBytes += heldBytesOf(pending);
    return unreadableOf(pending);
  }

  takeSnapshot(): RawSnapshot | null {
    const lastMessage = this.#lastMessage;
    if (lastMessage === null) return null;
    const messages = this.#pending;
    this.#pending = [];
    this.#heldBytes = 0;
    this.#lastMessage = null;
    return {
      partition: this.partition,
      messages,
      position: this.#position,
      logTimeMs: this.#runningMaxMs,
      lastMessage,
      commit: { offset: this.#position, metadata: commitMetadata(this.#runningMaxMs) },
    };
  }
}

function unreadableOf(pending: PendingMessage | null): Unreadable | null {
  return pending?.kind === 'bad' ? pending : null;
}
