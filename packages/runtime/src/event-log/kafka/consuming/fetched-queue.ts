import type { LogMessage, PartitionId } from '../../event-log.ts';
import { gapFound } from '../log-faults.ts';
import { corruptAt } from '../records/batch-fault.ts';
import { decodeBatch, decodeBatchInto, type BatchSet, type FetchedBatch } from '../records/decode-batches.ts';
import type { Lz4Memory } from '../records/lz4/lz4-memory.ts';

/** What is put into a queue may keep so many times its own bytes of an answer in memory; beyond it is copied out of it. */
const HELD_RATIO_MAX = 8;

/**
 * One partition's way from the broker to the caller. What waits is compressed as it was fetched: a batch is decoded when the
 * caller takes it, while its bytes are still in the processor's caches when they are read.
 */
export class FetchedQueue implements PartitionId {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next message that the caller gets. */
  position: number;
  /** Offset of the next message to fetch. */
  fetchOffset: number;
  endOffset: number;
  /** As fetched, and of a batch that was larger than its delivery what is left of it. */
  queuedBytes = 0;
  /** What the caller is told in this partition's turn; nothing is fetched any more. */
  error: Error | null = null;
  /** Asked for, or resting after a failure. */
  isBusy = false;
  /** In a row. */
  failureCount = 0;
  beyondEndCount = 0;
  corruptCount = 0;
  #batches: FetchedBatch[] = [];
  /** Decoded, and not taken yet. */
  #rest: LogMessage[] = [];
  /** Where the batch of the rest ends. */
  #restEnd = 0;

  constructor(
    { topic, partition }: PartitionId,
    start: { readonly position: number; readonly endOffset: number },
  ) {
    this.topic = topic;
    this.partition = partition;
    this.position = start.position;
    this.fetchOffset = start.position;
    this.endOffset = start.endOffset;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0 && this.#batches.length === 0;
  }

  /**
   * At least one message, if there are any and the first can be read; else the reason is in `error`. With `lent` the
   * messages' values may stand in that memory, which is cleared first: they are good until the next call with it.
   */
  take(bytesMax: number, lent: Lz4Memory | null): readonly LogMessage[] {
    lent?.clear();
    const taken: LogMessage[] = [];
    let bytesLeft = bytesMax;
    let batchBytes = 0;
    for (;;) {
      if (this.#rest.length === 0) {
        // Another batch will be about as large as the last one: one that has no room is decoded in vain.
        if (taken.length > 0 && batchBytes > bytesLeft) break;
        const messages = this.#decodeNext(lent, bytesLeft, taken.length === 0);
        if (messages === null) break;
        this.#rest = messages;
        batchBytes = bytesOf(messages);
        this.queuedBytes += batchBytes;
      }
      const bytes = this.#moveRest(taken, bytesLeft);
      bytesLeft -= bytes;
      this.queuedBytes -= bytes;
      if (this.#rest.length > 0 || this.error !== null) break;
    }
    return taken;
  }

  /** Null: there is none, it has no room, or it cannot be read. */
  #decodeNext(lent: Lz4Memory | null, bytesMax: number, isFirst: boolean): LogMessage[] | null {
    const [batch] = this.#batches;
    if (batch === undefined) return null;
    const fromOffset = this.position;
    try {
      const inLent = lent === null ? null : decodeBatchInto({ memory: lent, bytesMax }, batch.bytes);
      if (inLent === null && lent !== null && !isFirst) return null;
      const all = inLent ?? decodeBatch(batch.bytes);
      this.#batches.shift();
      this.queuedBytes -= batch.bytes.length;
      this.#restEnd = batch.endOffset;
      if (batch.baseOffset >= fromOffset) return all;
      return all.filter(({ offset }) => offset >= fromOffset);
    } catch (error) {
      this.#fail(corruptAt({ topic: this.topic, partition: this.partition, fromOffset }, error));
      return null;
    }
  }

  /** The bytes that were moved. */
  #moveRest(taken: LogMessage[], bytesMax: number): number {
    let bytes = 0;
    let movedCount = 0;
    for (const message of this.#rest) {
      const size = message.value.byteLength;
      if (taken.length > 0 && bytes + size > bytesMax) break;
      if (message.offset !== this.position) {
        this.#failAtGap(message.offset);
        return bytes;
      }
      taken.push(message);
      bytes += size;
      movedCount += 1;
      this.position += 1;
    }
    this.#rest = movedCount === this.#rest.length ? [] : this.#rest.slice(movedCount);
    // Offsets without a message behind the last one: asking again would bring the same for ever.
    if (this.#rest.length === 0 && this.position < this.#restEnd) this.#failAtGap(this.#restEnd);
    return bytes;
  }

  put({ batches, nextOffset }: BatchSet): void {
    const byteCount = batches.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const batch of batches) {
      const isSmallPart = byteCount * HELD_RATIO_MAX < batch.bytes.buffer.byteLength;
      this.#batches.push(isSmallPart ? { ...batch, bytes: Buffer.from(batch.bytes) } : batch);
    }
    this.queuedBytes += byteCount;
    this.fetchOffset = nextOffset;
  }

  #failAtGap(foundOffset: number): void {
    this.#fail(gapFound(this, { expectedOffset: this.position, foundOffset }));
  }

  /** What stands behind the fault is never taken. */
  #fail(error: Error): void {
    this.error = error;
    this.#batches = [];
    this.#rest = [];
    this.queuedBytes = 0;
  }
}

function bytesOf(messages: readonly LogMessage[]): number {
  let bytes = 0;
  for (const { value } of messages) bytes += value.byteLength;
  return bytes;
}
