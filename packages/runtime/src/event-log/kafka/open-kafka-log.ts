import { invariant, isAppError } from '@burnline/core';
import type {
  CommittedPosition,
  ConsumerOptions,
  EventLog,
  LogConsumer,
  LogMessage,
  NewMessage,
  PartitionAppend,
  PartitionBounds,
  PartitionId,
  TopicSpec,
} from '../event-log.ts';
import { beyondEndError, checkAppend, expiredError, knownPartition, knownTopic } from '../local/checks.ts';
import { closedError } from '../log-errors.ts';
import { Appender } from './appender.ts';
import { Brokers, groupedByTopic, noLeader, partitionKey } from './brokers.ts';
import { CORRUPT_LOOKS } from './fetcher.ts';
import { errorOfCode, gapFound, KAFKA_CODE } from './kafka-errors.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { settingsOf, type KafkaLogOptions, type KafkaSettings } from './kafka-options.ts';
import { patchKafkajs } from './kafkajs-patches.ts';
import { BATCH_BYTES_EXTRA, decodeRecordSet } from './record-batches.ts';
import { Topics, type TopicDescription } from './topics.ts';

/** As the embedded log's: 70 batches of 15 KB. */
const DELIVERY_BYTES_MAX = 1024 * 1024;
/** A single read answers at most so much, whatever is asked for; the caller reads on from there. */
const READ_BYTES_LIMIT = 16 * 1024 * 1024;

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
  patchKafkajs();
  const settings = settingsOf(options);
  const brokers = new Brokers(settings);
  try {
    await brokers.connect();
  } catch (error) {
    await brokers.close();
    throw error;
  }
  return new KafkaLog(brokers, settings);
}

class KafkaLog implements KafkaEventLog {
  readonly #brokers: Brokers;
  readonly #settings: KafkaSettings;
  readonly #topics: Topics;
  readonly #appender: Appender;
  readonly #consumers = new Set<LogConsumer>();
  readonly #appending = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(brokers: Brokers, settings: KafkaSettings) {
    this.#brokers = brokers;
    this.#settings = settings;
    this.#topics = new Topics(brokers, settings);
    this.#appender = new Appender(brokers, settings);
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
    return this.#firstOffsets(batches, new Map(offsets));
  }

  /** An entry without messages gets the offset that the partition's next message has. */
  async #firstOffsets(
    batches: readonly CopiedAppend[],
    offsets: ReadonlyMap<string, readonly number[]>,
  ): Promise<readonly number[]> {
    const taken = new Map<string, number>();
    const firstOffsets: number[] = [];
    for (const batch of batches) {
      const key = partitionKey(batch);
      const given = offsets.get(key) ?? [];
      const index = taken.get(key) ?? 0;
      taken.set(key, index + batch.messages.length);
      const last = given.at(-1);
      const first = given[index] ?? (last === undefined ? undefined : last + 1);
      firstOffsets.push(first ?? (await this.#endOf(batch)));
    }
    return firstOffsets;
  }

  async #endOf({ topic, partition }: PartitionId): Promise<number> {
    const [bounds] = await this.#brokers.bounds([{ topic, partition }]);
    return bounds?.endOffset ?? 0;
  }

  async consume(options: ConsumerOptions): Promise<LogConsumer> {
    this.#checkOpen();
    await this.#topics.load(options.topics);
    const own = new Brokers(this.#settings);
    try {
      await own.connect();
      this.#checkOpen();
    } catch (error) {
      await own.close();
      throw error;
    }
    const consumer: KafkaConsumer = new KafkaConsumer(
      {
        own,
        shared: this.#brokers,
        settings: this.#settings,
        committed: (group, partitions) => this.#committed(group, partitions),
      },
      {
        group: options.group,
        topics: options.topics,
        deliveryBytesMax: options.deliveryBytesMax ?? DELIVERY_BYTES_MAX,
        onClosed: () => {
          this.#consumers.delete(consumer);
        },
      },
    );
    this.#consumers.add(consumer);
    return consumer;
  }

  async read(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): Promise<readonly LogMessage[]> {
    this.#checkOpen();
    await this.#topics.load([from.topic]);
    knownPartition(this.#topics, from);
    const { fromOffset } = from;
    invariant(Number.isSafeInteger(fromOffset) && fromOffset >= 0, `offset ${fromOffset} is a whole number`);
    invariant(from.bytesMax > 0, 'bytesMax is positive');
    const bytesMax = Math.min(from.bytesMax, READ_BYTES_LIMIT);
    for (let look = 1; ; look += 1) {
      try {
        return await this.#brokers.retrying('a read', () => this.#readOnce({ ...from, bytesMax }));
      } catch (error) {
        const isDamaged = isAppError(error) && error.code === 'LOG_CORRUPT';
        if (!isDamaged || look === CORRUPT_LOOKS) throw error;
      }
    }
  }

  async #readOnce(
    from: PartitionId & { readonly fromOffset: number; readonly bytesMax: number },
  ): Promise<readonly LogMessage[]> {
    const { topic, partition, fromOffset, bytesMax } = from;
    await this.#brokers.topic(topic);
    const leader = this.#brokers.leaderOf(from);
    if (leader === null) throw noLeader(from);
    const wait = { waitMsMax: 0, bytesMin: 1, bytesMax };
    const [answer] = await this.#brokers.fetch(
      leader,
      [{ topic, partition, offset: fromOffset, bytesMax }],
      wait,
    );
    if (answer === undefined) throw noLeader(from);
    if (answer.errorCode === KAFKA_CODE.offsetOutOfRange || fromOffset > answer.endOffset) {
      await this.#refuseOutside(from);
      throw noLeader(from);
    }
    const error = errorOfCode(answer.errorCode);
    if (error !== null) throw error;
    const { messages, nextOffset } = decodeRecordSet(answer.records, from);
    // An empty answer means the end, and nothing else.
    if (messages.length === 0 && nextOffset > fromOffset) {
      throw gapFound(from, { expectedOffset: fromOffset, foundOffset: nextOffset });
    }
    return cutToBytes(messages, bytesMax);
  }

  async #refuseOutside(from: PartitionId & { readonly fromOffset: number }): Promise<void> {
    const [bounds] = await this.#brokers.bounds([from]);
    if (bounds === undefined) return;
    if (from.fromOffset < bounds.startOffset) throw expiredError(from, bounds.startOffset);
    if (from.fromOffset > bounds.endOffset) throw beyondEndError(from, bounds.endOffset);
  }

  async bounds(topics: readonly string[]): Promise<readonly PartitionBounds[]> {
    return this.#brokers.bounds(await this.#partitionsOf(topics));
  }

  async committed(group: string, topics: readonly string[]): Promise<readonly CommittedPosition[]> {
    return this.#committed(group, await this.#partitionsOf(topics));
  }

  /** In the order asked for; partitions without a commit are left out. */
  #committed(group: string, partitions: readonly PartitionId[]): Promise<readonly CommittedPosition[]> {
    const topics = [...groupedByTopic(partitions)].map(([topic, ofTopic]) => ({
      topic,
      partitions: ofTopic.map(({ partition }) => ({ partition })),
    }));
    return this.#brokers.retrying('looking up commits', async () => {
      const broker = await this.#brokers.coordinator(group);
      const request = { groupId: group, topics };
      const { responses } = await this.#brokers.onBroker(broker, () => broker.offsetFetch(request));
      const found = new Map(
        responses.flatMap(({ topic, partitions: answered }) =>
          answered.map((one) => [partitionKey({ topic, partition: one.partition }), one] as const),
        ),
      );
      return partitions.flatMap(({ topic, partition }) => {
        const one = found.get(partitionKey({ topic, partition }));
        const offset = Number(one?.offset ?? -1);
        return offset < 0 ? [] : [{ topic, partition, offset, metadata: one?.metadata ?? '' }];
      });
    });
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
    await this.#brokers.close();
  }

  async #partitionsOf(topics: readonly string[]): Promise<readonly PartitionId[]> {
    this.#checkOpen();
    await this.#topics.load(topics);
    return topics.flatMap((topic) => {
      const { partitionCount } = knownTopic(this.#topics, topic);
      return Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }));
    });
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }
}

interface CopiedAppend extends PartitionId {
  readonly messages: readonly { readonly value: Buffer; readonly timestampMs?: number }[];
}

function valueBytes(messages: readonly NewMessage[]): number {
  return messages.reduce((sum, { value }) => sum + value.byteLength, 0);
}

function copied(batches: readonly PartitionAppend[], bytes: number): CopiedAppend[] {
  const memory = Buffer.allocUnsafeSlow(bytes);
  let end = 0;
  const copy = (value: Uint8Array) => {
    const start = end;
    memory.set(value, start);
    end = start + value.byteLength;
    return memory.subarray(start, end);
  };
  return batches.map(({ topic, partition, messages }) => ({
    topic,
    partition,
    messages: messages.map((message) => ({ ...message, value: copy(message.value) })),
  }));
}

/** Of one partition together, in order; partitions without messages are left out. */
function byPartition(batches: readonly CopiedAppend[]): Map<string, CopiedAppend> {
  const grouped = new Map<string, CopiedAppend>();
  for (const batch of batches) {
    if (batch.messages.length === 0) continue;
    const key = partitionKey(batch);
    const before = grouped.get(key);
    grouped.set(
      key,
      before === undefined ? batch : { ...batch, messages: [...before.messages, ...batch.messages] },
    );
  }
  return grouped;
}

function cutToBytes(messages: readonly LogMessage[], bytesMax: number): readonly LogMessage[] {
  let bytes = 0;
  const end = messages.findIndex(({ value }, index) => {
    bytes += value.byteLength;
    return index > 0 && bytes > bytesMax;
  });
  return end === -1 ? messages : messages.slice(0, end);
}
