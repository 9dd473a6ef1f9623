import type { LogMessage, PartitionId } from '../../event-log.ts';
import { gapFound } from '../log-faults.ts';
import type { RecordSet } from '../records/decode-batches.ts';

/** One partition's way from the broker to the caller. */
export class FetchedQueue implements PartitionId {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next message that the caller gets. */
  position: number;
  /** Offset of the next message to fetch. */
  fetchOffset: number;
  endOffset: number;
  messages: LogMessage[] = [];
  /** How many of `messages` the caller has; they are dropped in bulk. */
  takenCount = 0;
  queuedBytes = 0;
  /** What the caller is told in this partition's turn; nothing is fetched any more. */
  error: Error | null = null;
  /** Asked for, or resting after a failure. */
  isBusy = false;
  /** In a row. */
  failureCount = 0;
  beyondEndCount = 0;
  corruptCount = 0;

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
    return this.takenCount === this.messages.length;
  }

  /** At least one message, if there are any. */
  take(bytesMax: number): readonly LogMessage[] {
    const start = this.takenCount;
    let bytes = 0;
    let end = start;
    for (; end < this.messages.length; end += 1) {
      const size = this.messages[end]?.value.byteLength ?? 0;
      if (end > start && bytes + size > bytesMax) break;
      bytes += size;
    }
    const taken = this.messages.slice(start, end);
    this.takenCount = end;
    this.queuedBytes -= bytes;
    this.position += taken.length;
    if (this.isEmpty) {
      this.messages = [];
      this.takenCount = 0;
    }
    return taken;
  }

  put({ messages, nextOffset }: RecordSet): void {
    for (const message of messages) {
      if (message.offset !== this.fetchOffset) {
        this.error = gapFound(this, { expectedOffset: this.fetchOffset, foundOffset: message.offset });
        return;
      }
      this.messages.push(message);
      this.queuedBytes += message.value.byteLength;
      this.fetchOffset += 1;
    }
    // Offsets without a message, and none behind them yet: asking again would bring the same for ever.
    if (nextOffset > this.fetchOffset) {
      this.error = gapFound(this, { expectedOffset: this.fetchOffset, foundOffset: nextOffset });
    }
  }
}
