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
import { checkAppend, knownPartition, knownTopic } from '../shared/checks.ts';
import { KafkaAdmin } from './admin/kafka-admin.ts';
import type { TopicDescription } from './admin/topic-settings.ts';
import { Topics } from './admin/topics.ts';
import { Brokers } from './brokers.ts';
import { KafkaConsumer } from './consuming/kafka-consumer.ts';
import { readMessages, type ReadFrom } from './consuming/read-messages.ts';
import { settingsOf, type KafkaLogOptions, type KafkaSettings } from './kafka-options.ts';
import { Appender } from './producing/appender.ts';
import {
  byPartition,
  copied,
  firstOffsets,
  valueBytes,
  type CopiedAppend,
} from './producing/copied-appends.ts';
import { BATCH_BYTES_EXTRA } from './records/batch-format.ts';

/** As the embedded log's: 70 batches of 15 KB. */
const DELIVERY_BYTES_MAX = 1024 * 1024;

export interface KafkaEventLog extends EventLog {
  /** Those of the topics that exist, as the brokers have them. */
  describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]>;
}

/**
 * Opens the event log on Apache Kafka (2.3 or later; run against 4.1).
 *
 * Rejects with LOG_UNREACHABLE (outcome `retry`) if no broker answers, with LOG_REFUSED if the brokers do not let it in or a
 * TLS file cannot be read.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaEventLog> {
  const settings = settingsOf(options);
  return new KafkaLog(await connectedBrokers(settings), settings);
}

class KafkaLog implements KafkaEventLog {
  readonly #brokers: Brokers;
  readonly #settings: KafkaSettings;
  readonly #admin: KafkaAdmin;
  readonly #topics: Topics;
  readonly #appender: Appender;
  readonly #consumers = new Set<LogConsumer>();
  readonly #appending = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(brokers: Brokers, settings: KafkaSettings) {
    this.#brokers = brokers;
    this.#settings = settings;
    this.#admin = new KafkaAdmin(settings);
    this.#topics = new Topics({ brokers, admin: this.#admin }, settings);
    this.#appender = new Appender(brokers.wire, settings);
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    await this.#topics.ensure(topics);
  }

  describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#topics.describe(names);
  }

  async append(batches: readonly PartitionAppend[]): Promise<readonly number[]> {
    this.#checkOpen();
    const bytes = batches.reduce((sum, { messages }) => sum + valueBytes(messages), 0);
    const release = this.#appender.reserve(bytes);
    // Before the first wait: the caller may use its buffers again once the call has returned.
    const appending = this.#append(copied(batches, bytes));
    this.#appending.add(appending);
    try {
      return await appending;
    } finally {
      this.#appending.delete(appending);
      release();
    }
  }

  async #append(batches: readonly CopiedAppend[]): Promise<readonly number[]> {
    await this.#topics.load(batches.map(({ topic }) => topic));
    checkAppend(this.#topics, batches);
    const nowMs = Date.now();
    const calls = [...byPartition(batches)].map(async ([key, { topic, partition, messages }]) => {
      const spec = knownPartition(this.#topics, { topic, partition });
      const records = messages.map(({ value, timestampMs = nowMs }) => ({
        value,
        timestampMs: Math.floor(timestampMs),
      }));
      const batchBytesMax = spec.messageBytesMax + BATCH_BYTES_EXTRA;
      return [key, await this.#appender.append({ topic, partition }, records, batchBytesMax)] as const;
    });
    const settled = await Promise.allSettled(calls);
    for (const outcome of settled) {
      if (outcome.status === 'fulfilled') continue;
      // Another process may have changed the topic; the next append looks.
      for (const { topic } of batches) this.#topics.forget(topic);
      throw outcome.reason;
    }
    const offsets = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    return firstOffsets(batches, new Map(offsets), (partition) => this.#endOf(partition));
  }

  async #endOf({ topic, partition }: PartitionId): Promise<number> {
    const [bounds] = await this.#brokers.bounds([{ topic, partition }]);
    return bounds?.endOffset ?? 0;
  }

  async consume(options: ConsumerOptions): Promise<LogConsumer> {
    this.#checkOpen();
    await this.#topics.load(options.topics);
    const own = await connectedBrokers(this.#settings);
    if (this.#closing !== undefined) {
      await own.close();
      throw closedError();
    }
    const consumer: KafkaConsumer = new KafkaConsumer(
      { own, shared: this.#brokers, settings: this.#settings },
      {
        group: options.group,
        topics: options.topics,
        deliveryBytesMax: options.deliveryBytesMax ?? DELIVERY_BYTES_MAX,
        valuesAreLent: options.valuesAreLent ?? false,
        onClosed: () => {
          this.#consumers.delete(consumer);
        },
      },
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  async read(from: ReadFrom): Promise<readonly LogMessage[]> {
    this.#checkOpen();
    await this.#topics.load([from.topic]);
    knownPartition(this.#topics, from);
    return readMessages(this.#brokers, from);
  }

  async bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    return this.#brokers.bounds(await this.#partitionsOf(topics));
  }

  async committed(group: string, topics: readonly string[]): Promise<readonly CommittedPosition[]> {
    return this.#brokers.committed(group, await this.#partitionsOf(topics));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    while (this.#appending.size > 0) {
      this.#appender.sendWaiting();
      await Promise.race(this.#appending).catch(() => undefined);
    }
    await Promise.all([this.#brokers.close(), this.#admin.close()]);
  }

  async #partitionsOf(topics: readonly string[]): Promise<readonly PartitionId[]> {
    this.#checkOpen();
    await this.#topics.load(topics);
    return topics.flatMap((topic) => {
      const { partitionCount } = knownTopic(this.#topics, topic);
      return partitionsOf(topic, partitionCount);
    });
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }
}

async function connectedBrokers(settings: KafkaSettings): Promise<Brokers> {
  const brokers = new Brokers(settings);
  try {
    await brokers.connect();
    return brokers;
  } catch (error) {
    await brokers.close();
    throw error;
  }
}
