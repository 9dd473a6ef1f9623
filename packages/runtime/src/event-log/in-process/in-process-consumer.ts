import { invariant } from '@burnline/core';
import type {
  AssignedPartition,
  CommittedPosition,
  Delivery,
  LogConsumer,
  PartitionId,
} from '../event-log.ts';
import { closedError } from '../log-errors.ts';
import { partitionKey } from '../partitions.ts';
import { checkPosition } from '../shared/checks.ts';
import type { ConsumerGroup, GroupMember } from './consumer-group.ts';
import type { LogStorage, StartTimer } from './log-storage.ts';
import { readWithinBounds } from './read-within-bounds.ts';

interface OwnedPartition extends PartitionId {
  /** Next offset to deliver; null until the assignment has been delivered. */
  position: number | null;
  isPaused: boolean;
}

/**
 * One member of a group. `next` gives, in this order: what was revoked, what was assigned, then messages of one partition at
 * a time, in turns. Nothing is read ahead, so a consumer holds one delivery at most.
 */
export class InProcessConsumer implements LogConsumer, GroupMember {
  readonly topics: ReadonlySet<string>;
  readonly #group: ConsumerGroup;
  readonly #storage: LogStorage;
  readonly #startTimer: StartTimer;
  readonly #deliveryBytesMax: number;
  readonly #onClosed: () => void;
  readonly #owned = new Map<string, OwnedPartition>();
  /** Bounded by the number of partitions: a partition is in it once, whatever happens before the next call. */
  readonly #revoked = new Map<string, PartitionId>();
  /** Keys in turn; whoever was served goes to the back. */
  #turns: readonly string[] = [];
  #isInNext = false;
  #isClosed = false;
  /** Counts wake-ups, so that one between a look and the wait is not missed. */
  #wakeCount = 0;
  #onWake: () => void = () => undefined;

  constructor(input: {
    readonly topics: readonly string[];
    readonly group: ConsumerGroup;
    readonly storage: LogStorage;
    readonly startTimer: StartTimer;
    readonly deliveryBytesMax: number;
    readonly onClosed: () => void;
  }) {
    this.topics = new Set(input.topics);
    this.#group = input.group;
    this.#storage = input.storage;
    this.#startTimer = input.startTimer;
    this.#deliveryBytesMax = input.deliveryBytesMax;
    this.#onClosed = input.onClosed;
  }

  /** A call that is waiting when the consumer is closed resolves as idle. */
  async next(waitMsMax: number): Promise<Delivery> {
    if (this.#isClosed) throw closedError();
    invariant(!this.#isInNext, 'calls of next() on one consumer do not overlap');
    this.#isInNext = true;
    try {
      return (await this.#poll()) ?? (await this.#pollUntil(waitMsMax));
    } finally {
      this.#isInNext = false;
    }
  }

  async commit(positions: readonly CommittedPosition[]): Promise<void> {
    for (const position of positions) checkPosition(position);
    await this.#group.commit(this, positions);
  }

  pause(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, true);
  }

  resume(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, false);
    this.wake();
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.#group.leave(this);
    this.#onClosed();
    this.wake();
    return Promise.resolve();
  }

  revoke(partitions: readonly PartitionId[]): void {
    for (const partition of partitions) {
      const key = partitionKey(partition);
      const owned = this.#owned.get(key);
      this.#owned.delete(key);
      // Whoever never heard of the assignment need not hear of its end.
      if (owned !== undefined && owned.position !== null) this.#revoked.set(key, partition);
    }
    this.#turns = this.#turns.filter((key) => this.#owned.has(key));
    this.wake();
  }

  assign(partitions: readonly PartitionId[]): void {
    for (const { topic, partition } of partitions) {
      const key = partitionKey({ topic, partition });
      this.#owned.set(key, { topic, partition, position: null, isPaused: false });
      this.#turns = [...this.#turns, key];
    }
    this.wake();
  }

  wake(): void {
    this.#wakeCount += 1;
    this.#onWake();
  }

  #setPaused(partitions: readonly PartitionId[], isPaused: boolean): void {
    for (const partition of partitions) {
      // A partition that was taken away meanwhile is nothing to complain about.
      const owned = this.#owned.get(partitionKey(partition));
      if (owned !== undefined) owned.isPaused = isPaused;
    }
  }

  async #pollUntil(waitMsMax: number): Promise<Delivery> {
    if (waitMsMax <= 0) return { kind: 'idle' };
    const wait = { isOver: false };
    const cancelTimer = this.#startTimer(waitMsMax, () => {
      wait.isOver = true;
      this.wake();
    });
    try {
      for (;;) {
        const seenCount = this.#wakeCount;
        const delivery = this.#isClosed ? null : await this.#poll();
        if (delivery !== null) return delivery;
        if (wait.isOver || this.#isClosed) return { kind: 'idle' };
        if (seenCount === this.#wakeCount) await this.#woken();
      }
    } finally {
      cancelTimer();
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#onWake = () => {
        this.#onWake = () => undefined;
        resolve();
      };
    });
  }

  async #poll(): Promise<Delivery | null> {
    return this.#takeRevoked() ?? (await this.#takeAssigned()) ?? this.#takeMessages();
  }

  #takeRevoked(): Delivery | null {
    if (this.#revoked.size === 0) return null;
    const partitions = [...this.#revoked.values()];
    this.#revoked.clear();
    return { kind: 'revoked', partitions };
  }

  async #takeAssigned(): Promise<Delivery | null> {
    const isNew = ({ position }: OwnedPartition) => position === null;
    if (![...this.#owned.values()].some(isNew)) return null;
    await this.#group.settled();
    // Meanwhile some may have gone again.
    const fresh = [...this.#owned.values()].filter(isNew);
    if (fresh.length === 0) return null;
    const partitions = fresh.map((owned): AssignedPartition => {
      const bounds = this.#storage.bounds(owned);
      const committed = this.#group.committed(owned);
      owned.position = committed?.offset ?? bounds.startOffset;
      return {
        ...bounds,
        committed: committed && { offset: committed.offset, metadata: committed.metadata },
        position: owned.position,
      };
    });
    return { kind: 'assigned', partitions };
  }

  #takeMessages(): Delivery | null {
    for (const key of this.#turns) {
      const owned = this.#owned.get(key);
      if (owned === undefined || owned.position === null || owned.isPaused) continue;
      const { topic, partition, position } = owned;
      const { endOffset } = this.#storage.bounds(owned);
      if (position === endOffset) continue;
      // Before the read: a partition whose position has expired fails in its own turn and does not block the others.
      this.#turns = [...this.#turns.filter((other) => other !== key), key];
      const messages = readWithinBounds(this.#storage, {
        topic,
        partition,
        fromOffset: position,
        bytesMax: this.#deliveryBytesMax,
      });
      owned.position = position + messages.length;
      return { kind: 'messages', topic, partition, messages, endOffset };
    }
    return null;
  }
}
