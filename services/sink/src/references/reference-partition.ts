import { decodeReference } from '@burnline/contracts';
import { isAppError, type VerdictReference } from '@burnline/core';
import {
  commitMetadata,
  type LogMessage,
  type PartitionId,
  type PartitionStart,
  type PartitionWork,
  type Snapshot,
  type Unreadable,
} from '@burnline/runtime';

const OBJECT_BYTES = 3_200;

/** A message that is no reference, and why. */
interface BadReference extends Unreadable {
  readonly kind: 'bad';
}

/** A verdict whose event is not known yet. */
interface AwaitedEvent {
  readonly kind: 'reference';
  readonly reference: VerdictReference;
  /** How often its event was looked for. */
  looks: number;
  /** When it is looked for again, by the resolver's monotonic clock. */
  nextLookMs: number;
  /** Rows that were kept before then need not be looked at again, epoch seconds. */
  seenThroughS: number;
}

/** What waits at one position of the log. */
export interface Waiting {
  readonly message: LogMessage;
  /** Running maximum of log time before it, epoch ms. */
  readonly runningMaxMs: number;
  readonly content: BadReference | AwaitedEvent;
}

export interface ReferenceSnapshot extends Snapshot {
  /** Those that it was taken with and that are not settled yet. */
  readonly waiting: readonly Waiting[];
  /** These are done with: their verdicts, or their dead letters, are durable. */
  readonly settle: (done: readonly Waiting[]) => void;
  /** Ends of the verdict topic's partitions when this one was opened: what a predecessor appended lies before them. */
  readonly fence: ReadonlyMap<number, number>;
}

/**
 * The references of one partition that wait for their events, however long. What is committed is the oldest of them: a
 * restart reads again what was settled behind it, and finds its verdicts in the table.
 */
export class ReferencePartition implements PartitionWork<ReferenceSnapshot> {
  readonly partition: PartitionId;
  readonly #fence: ReadonlyMap<number, number>;
  /** By offset, in their order. */
  readonly #waiting = new Map<number, Waiting>();
  #heldBytes = 0;
  #position: number;
  #runningMaxMs: number;
  #lastMessage: LogMessage | null = null;

  constructor(partition: PartitionId, start: PartitionStart, fence: ReadonlyMap<number, number>) {
    this.partition = partition;
    this.#fence = fence;
    this.#position = start.offset;
    this.#runningMaxMs = start.runningMaxMs;
  }

  get position(): number {
    return this.#position;
  }

  /** Of those that wait, bytes as `heldBytesOf` counts them. */
  get held(): number {
    return this.#heldBytes;
  }

  /** Ids of before are in the table of verdicts. */
  warm(): null {
    return null;
  }

  apply(message: LogMessage): Unreadable | null {
    const content = contentOf(message);
    this.#waiting.set(message.offset, { message, runningMaxMs: this.#runningMaxMs, content });
    this.#heldBytes += heldBytesOf(message);
    this.#position = message.offset + 1;
    this.#runningMaxMs = Math.max(this.#runningMaxMs, message.timestampMs);
    this.#lastMessage = message;
    return content.kind === 'bad' ? content : null;
  }

  takeSnapshot(): ReferenceSnapshot | null {
    const lastMessage = this.#lastMessage;
    if (lastMessage === null) return null;
    const [waiting, read] = [this.#waiting, { offset: this.#position, runningMaxMs: this.#runningMaxMs }];
    const taken = [...waiting.values()];
    return {
      partition: this.partition,
      get waiting() {
        return taken.filter(({ message }) => waiting.has(message.offset));
      },
      fence: this.#fence,
      settle: (done) => {
        for (const { message } of done)
          if (waiting.delete(message.offset)) this.#heldBytes -= heldBytesOf(message);
      },
      position: read.offset,
      logTimeMs: read.runningMaxMs,
      lastMessage,
      // Asked for once all is written, and so it speaks of what was settled in the meantime.
      get commit() {
        const [oldest] = waiting.values();
        const { offset, runningMaxMs } =
          oldest === undefined ? read : { offset: oldest.message.offset, runningMaxMs: oldest.runningMaxMs };
        return { offset, metadata: commitMetadata(runningMaxMs) };
      },
    };
  }
}

/** What a reference takes in memory, bytes: its message, and no less than an object with its fields. */
export function heldBytesOf({ value }: LogMessage): number {
  return Math.max(value.byteLength, OBJECT_BYTES);
}

function contentOf(message: LogMessage): Waiting['content'] {
  try {
    const reference = decodeReference(message.value);
    return { kind: 'reference', reference, looks: 0, nextLookMs: 0, seenThroughS: 0 };
  } catch (error) {
    if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
    return { kind: 'bad', code: error.code, reason: error.message };
  }
}
