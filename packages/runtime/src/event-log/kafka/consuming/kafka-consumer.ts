import { invariant } from '@burnline/core';
import type {
  AssignedPartition,
  CommittedPosition,
  Delivery,
  LogConsumer,
  PartitionId,
} from '../../event-log.ts';
import { closedError, type LogError } from '../../log-errors.ts';
import { partitionKey } from '../../partitions.ts';
import { checkPosition } from '../../shared/checks.ts';
import type { Brokers } from '../brokers.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { notOwner } from '../log-faults.ts';
import { Lz4Memory } from '../records/lz4/lz4-memory.ts';
import { FetchedQueue } from './fetched-queue.ts';
import { Fetcher } from './fetcher.ts';
import { Membership, type Generation } from './membership.ts';
import { lookUpStarts } from './starts.ts';

/** A partition of this consumer, from its assignment to its revocation. */
interface Owned extends PartitionId {
  /** Null until its start has been looked up. */
  queue: FetchedQueue | null;
  assigned: AssignedPartition | null;
  /** Why its start cannot be looked up; told in its turn. */
  error: LogError | null;
  /** Whether the caller has been told. */
  isAnnounced: boolean;
  isPaused: boolean;
}

interface Parts {
  /** This consumer's own connections: joining, heartbeats, fetches. */
  readonly own: Brokers;
  readonly shared: Brokers;
  readonly settings: KafkaSettings;
}

/**
 * A consumer of a Kafka group. Membership and fetching go on by themselves; `next` hands out what they brought, so a
 * caller may be busy for any time without losing its partitions.
 *
 * With eager rebalancing every member joins anew; a partition that this member keeps from one generation to the next goes
 * on where it is, and only what came or went is told. After a generation was missed everything is told as lost first.
 */
export class KafkaConsumer implements LogConsumer {
  readonly #parts: Parts;
  readonly #group: string;
  readonly #deliveryBytesMax: number;
  /** What deliveries stand in, where the caller takes them on loan. */
  readonly #lent: Lz4Memory | null;
  readonly #onClosed: () => void;
  readonly #membership: Membership;
  readonly #fetcher: Fetcher;
  readonly #owned = new Map<string, Owned>();
  readonly #revoked = new Map<string, PartitionId>();
  /** Keys of `#owned`, the next to be served first. */
  #turns: string[] = [];
  #failure: LogError | null = null;
  #closing: Promise<void> | undefined;
  #isInNext = false;
  #wakeCount = 0;
  #onWake: () => void = () => undefined;

  constructor(
    parts: Parts,
    options: {
      readonly group: string;
      readonly topics: readonly string[];
      readonly deliveryBytesMax: number;
      readonly valuesAreLent: boolean;
      readonly onClosed: () => void;
    },
  ) {
    this.#parts = parts;
    this.#group = options.group;
    this.#deliveryBytesMax = options.deliveryBytesMax;
    this.#lent = options.valuesAreLent ? new Lz4Memory(options.deliveryBytesMax) : null;
    this.#onClosed = options.onClosed;
    this.#fetcher = new Fetcher(
      { brokers: parts.own, settings: parts.settings },
      () => [...this.#owned.values()].flatMap(({ queue }) => queue ?? []),
      () => {
        this.#wake();
      },
    );
    this.#membership = new Membership(parts, {
      group: options.group,
      topics: options.topics,
      onGeneration: (generation) => {
        this.#enter(generation);
      },
      onFailure: (error) => {
        this.#failure = error;
        this.#wake();
      },
    });
    this.#membership.start();
  }

  async next(waitMsMax: number): Promise<Delivery> {
    if (this.#closing !== undefined) throw closedError();
    invariant(!this.#isInNext, 'calls of next() on one consumer do not overlap');
    this.#isInNext = true;
    try {
      return this.#poll() ?? (await this.#pollUntil(waitMsMax));
    } catch (error) {
      // A caller that asks again at once must not keep the answers of the other partitions from coming in.
      await new Promise(setImmediate);
      throw error;
    } finally {
      this.#isInNext = false;
    }
  }

  async commit(positions: readonly CommittedPosition[]): Promise<void> {
    for (const position of positions) checkPosition(position);
    if (this.#closing !== undefined) throw notOwner(positions);
    const owned = positions.map((position) => {
      const one = this.#owned.get(partitionKey(position));
      // Lost and given back, but not told yet: what the caller commits is from before.
      return one?.isAnnounced === true && !this.#revoked.has(partitionKey(position)) ? one : undefined;
    });
    const lost = () =>
      positions.filter((position, index) => {
        const one = owned[index];
        return one === undefined || this.#owned.get(partitionKey(position)) !== one;
      });
    if (positions.length > 0) await this.#membership.commit(positions, lost);
  }

  pause(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, true);
  }

  resume(partitions: readonly PartitionId[]): void {
    this.#setPaused(partitions, false);
    this.#wake();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#wake();
    for (const { topic, partition } of this.#owned.values())
      this.#parts.settings.metrics?.lag(topic, partition, NaN);
    this.#owned.clear();
    await this.#membership.close();
    this.#onClosed();
  }

  #setPaused(partitions: readonly PartitionId[], isPaused: boolean): void {
    for (const partition of partitions) {
      // A partition that was taken away meanwhile is nothing to complain about.
      const owned = this.#owned.get(partitionKey(partition));
      if (owned !== undefined) owned.isPaused = isPaused;
    }
  }

  #enter(generation: Generation | null): void {
    if (this.#closing !== undefined) return;
    const given = new Map((generation?.partitions ?? []).map((one) => [partitionKey(one), one]));
    let movedCount = 0;
    for (const [key, owned] of this.#owned) {
      if (generation?.isConsecutive === true && given.has(key)) continue;
      movedCount += 1;
      this.#owned.delete(key);
      this.#parts.settings.metrics?.lag(owned.topic, owned.partition, NaN);
      // Whoever never heard of the assignment need not hear of its end.
      if (owned.isAnnounced) this.#revoked.set(key, { topic: owned.topic, partition: owned.partition });
    }
    const keptCount = this.#owned.size;
    const fresh: Owned[] = [];
    for (const [key, { topic, partition }] of given) {
      if (this.#owned.has(key)) continue;
      const owned: Owned = {
        topic,
        partition,
        queue: null,
        assigned: null,
        error: null,
        isAnnounced: false,
        isPaused: false,
      };
      this.#owned.set(key, owned);
      fresh.push(owned);
    }
    this.#turns = [...this.#turns.filter((key) => this.#owned.has(key)), ...fresh.map(partitionKey)];
    this.#parts.settings.metrics?.rebalanced(this.#group, keptCount, movedCount + fresh.length);
    this.#parts.settings.logger.info(
      { group: this.#group, generation: generation?.generationId, kept: keptCount, given: fresh.length },
      'the group has shared its partitions',
    );
    if (fresh.length > 0) void this.#lookUpStarts(fresh);
    this.#wake();
  }

  async #lookUpStarts(fresh: readonly Owned[]): Promise<void> {
    await lookUpStarts(this.#parts, fresh, {
      group: this.#group,
      isWanted: (owned) => this.#closing === undefined && this.#owned.get(partitionKey(owned)) === owned,
      onStarts: (starts) => {
        for (const [owned, assigned] of starts) {
          owned.queue = new FetchedQueue(assigned, assigned);
          owned.assigned = assigned;
        }
        this.#fetcher.run();
        this.#wake();
      },
      onFailure: (owned, error) => {
        owned.error = error;
        this.#wake();
      },
    });
  }

  #wake(): void {
    this.#wakeCount += 1;
    this.#onWake();
  }

  async #pollUntil(waitMsMax: number): Promise<Delivery> {
    if (waitMsMax <= 0) return { kind: 'idle' };
    const wait = { isOver: false };
    const timer = setTimeout(() => {
      wait.isOver = true;
      this.#wake();
    }, waitMsMax);
    try {
      for (;;) {
        const seenCount = this.#wakeCount;
        const delivery = this.#closing === undefined ? this.#poll() : null;
        if (delivery !== null) return delivery;
        if (wait.isOver || this.#closing !== undefined) return { kind: 'idle' };
        if (seenCount === this.#wakeCount) await this.#woken();
      }
    } finally {
      clearTimeout(timer);
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

  #poll(): Delivery | null {
    if (this.#failure !== null) throw this.#failure;
    return this.#takeRevoked() ?? this.#takeAssigned() ?? this.#takeMessages();
  }

  #takeRevoked(): Delivery | null {
    if (this.#revoked.size === 0) return null;
    const partitions = [...this.#revoked.values()];
    this.#revoked.clear();
    return { kind: 'revoked', partitions };
  }

  #takeAssigned(): Delivery | null {
    const fresh = [...this.#owned.values()].filter(
      ({ isAnnounced, assigned }) => !isAnnounced && assigned !== null,
    );
    if (fresh.length === 0) return null;
    for (const owned of fresh) owned.isAnnounced = true;
    return { kind: 'assigned', partitions: fresh.flatMap(({ assigned }) => assigned ?? []) };
  }

  #takeMessages(): Delivery | null {
    for (const key of this.#turns) {
      const owned = this.#owned.get(key);
      if (owned === undefined) continue;
      const { queue, isPaused, isAnnounced } = owned;
      const isServed = queue !== null && isAnnounced && !isPaused;
      const error = owned.error ?? (isServed && queue.isEmpty ? queue.error : null);
      if (error === null && (!isServed || queue.isEmpty)) continue;
      // A partition with an error fails in its own turn and does not block the others.
      this.#turns = [...this.#turns.filter((other) => other !== key), key];
      if (error !== null) throw error;
      if (queue === null) continue;
      const { topic, partition } = queue;
      const messages = queue.take(this.#deliveryBytesMax, this.#lent);
      if (messages.length === 0 && queue.error !== null) throw queue.error;
      this.#parts.settings.metrics?.lag(topic, partition, queue.endOffset - queue.position);
      this.#fetcher.run();
      return { kind: 'messages', topic, partition, messages, endOffset: queue.endOffset };
    }
    return null;
  }
}
