import { invariant } from '@burnline/core';
import type {
  CommittedPosition,
  ConsumerOptions,
  EventLog,
  LogConsumer,
  LogMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { closedError } from '../log-errors.ts';
import { partitionsOf } from '../partitions.ts';
import { checkAppend, checkTopics, knownPartition, knownTopic } from '../shared/checks.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { InProcessConsumer } from './in-process-consumer.ts';
import type { LogStorage, StartTimer } from './log-storage.ts';
import { readWithinBounds } from './read-within-bounds.ts';

/** A log that lives in this process: the port, and its retention on demand. */
export interface InProcessEventLog extends EventLog {
  /** Applies every topic's retention now; resolves with the number of messages expired. */
  expire(): Promise<number>;
}

/** Kafka's default of `max.partition.fetch.bytes`; 70 batches of 15 KB, well under a millisecond to read. */
const DELIVERY_BYTES_MAX = 1024 * 1024;
/** A single read copies at most so much, whatever is asked for; the caller reads on from there. */
const READ_BYTES_LIMIT = 64 * 1024 * 1024;

/** Groups, checks and waiting over a storage. */
export class InProcessLog implements InProcessEventLog {
  readonly #storage: LogStorage;
  readonly #startTimer: StartTimer;
  readonly #groups = new Map<string, ConsumerGroup>();
  readonly #consumers = new Set<LogConsumer>();
  /** One change of topics at a time, so that two callers cannot both create one. */
  #topicChanges: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(input: { readonly storage: LogStorage; readonly startTimer: StartTimer }) {
    this.#storage = input.storage;
    this.#startTimer = input.startTimer;
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    const change = this.#topicChanges.then(() => {
      checkTopics(this.#storage, topics);
      return this.#storage.putTopics(topics);
    });
    this.#topicChanges = Promise.allSettled([change]);
    await change;
  }

  async append(batches: readonly PartitionAppend[]): Promise<readonly number[]> {
    this.#checkOpen();
    checkAppend(this.#storage, batches);
    const firstOffsets = await this.#storage.append(batches);
    for (const { topic, partition } of batches) {
      for (const group of this.#groups.values()) group.appended({ topic, partition });
    }
    return firstOffsets;
  }

  async consume(options: ConsumerOptions): Promise<LogConsumer> {
    await this.#topicChanges;
    this.#checkOpen();
    for (const topic of options.topics) knownTopic(this.#storage, topic);
    const group = this.#groups.get(options.group) ?? new ConsumerGroup(options.group, this.#storage);
    this.#groups.set(options.group, group);
    const consumer: InProcessConsumer = new InProcessConsumer({
      topics: options.topics,
      group,
      storage: this.#storage,
      startTimer: this.#startTimer,
      deliveryBytesMax: options.deliveryBytesMax ?? DELIVERY_BYTES_MAX,
      onClosed: () => {
        this.#consumers.delete(consumer);
        // Not before its commits have settled: a member that joins now must wait for them.
        void group.settled().then(() => {
          if (group.isEmpty && this.#groups.get(options.group) === group) this.#groups.delete(options.group);
        });
      },
    });
    this.#consumers.add(consumer);
    group.join(consumer);
    return consumer;
  }

  async read(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): Promise<readonly LogMessage[]> {
    await this.#topicChanges;
    this.#checkOpen();
    knownPartition(this.#storage, from);
    invariant(from.bytesMax > 0, 'bytesMax is positive');
    return readWithinBounds(this.#storage, { ...from, bytesMax: Math.min(from.bytesMax, READ_BYTES_LIMIT) });
  }

  async bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    return (await this.#partitionsOf(topics)).map((partition) => this.#storage.bounds(partition));
  }

  async committed(group: string, topics: readonly string[]): Promise<readonly CommittedPosition[]> {
    return (await this.#partitionsOf(topics)).flatMap(
      (partition) => this.#storage.committed(group, partition) ?? [],
    );
  }

  async expire(): Promise<number> {
    this.#checkOpen();
    return this.#storage.expire();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#topicChanges;
    await this.#storage.close();
  }

  async #partitionsOf(topics: readonly string[]): Promise<readonly PartitionId[]> {
    await this.#topicChanges;
    this.#checkOpen();
    return topics.flatMap((topic) => {
      const { partitionCount } = knownTopic(this.#storage, topic);
      return partitionsOf(topic, partitionCount);
    });
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }
}
