import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import type { BatchLayout } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import kafkajs from 'kafkajs';
import type { Kafka, Message, Producer } from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { MessagePool } from '../bench/support/message-pool.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;

export const PARTITION_COUNT = 4;
const FRAME_BYTES = 5;
/** kafkajs groups a send's messages in quadratic time: few per partition. */
const MESSAGES_PER_SEND_MAX = 500;
/** Distinct events before ids and times are renewed: more than are under way in one send, whose bytes must not change. */
const POOL_EVENTS = 20_000;
/** So many events a second of event time: a run covers several panes. */
const EVENTS_PER_SECOND = 2_000;
const FIRST_MICROS = 1_750_000_000_000_000;

export interface PublishedTopics {
  /** One event a message, as users of other pipelines publish. */
  readonly singles: string;
  /** Avro arrays, as Burnline publishes. */
  readonly batches: string;
}

export interface PublishOptions {
  readonly kafka: Kafka;
  readonly topics: PublishedTopics;
  readonly eventCount: number;
  readonly eventsPerMessage: number;
  /** Gets every published event, decoded from the bytes that are sent. */
  readonly onEvent: (event: InferenceEvent) => void;
}

/**
 * Creates both topics and publishes the same events to each: explicit partitions in turn, acknowledged by all replicas,
 * LZ4. Resolves with the number of events, whole messages.
 */
export async function publishEvents(options: PublishOptions): Promise<number> {
  const { kafka, topics, eventsPerMessage, onEvent } = options;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => compressFrame(buffer),
    decompress: (buffer: Buffer) => decompressFrame(buffer),
  });
  await createTopics(kafka, topics);
  const pool = new MessagePool({
    messageCount: Math.ceil(POOL_EVENTS / eventsPerMessage),
    eventsPerMessage,
    tenantCount: 50,
    latestMicros: FIRST_MICROS,
  });
  const decoder = createBatchDecoder(loadPackageSchemas());
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const messageCount = Math.ceil(options.eventCount / eventsPerMessage);
  const messagesPerRound = Math.max(
    PARTITION_COUNT,
    Math.floor((PARTITION_COUNT * MESSAGES_PER_SEND_MAX) / eventsPerMessage),
  );
  try {
    for (let sent = 0; sent < messageCount; sent += messagesPerRound) {
      const [batches, singles] = [emptyPartitions(), emptyPartitions()];
      for (let index = sent; index < Math.min(sent + messagesPerRound, messageCount); index += 1) {
        const latestMicros =
          FIRST_MICROS + Math.floor((index * eventsPerMessage * 1_000_000) / EVENTS_PER_SECOND);
        const value = Buffer.from(pool.take(latestMicros));
        const partition = index % PARTITION_COUNT;
        batches[partition]!.push({ value, partition });
        for (const single of singlesOf(value, decoder.walkBatch(value)))
          singles[partition]!.push({ value: single, partition });
        const batch = decoder.decodeBatch(value);
        if (batch.kind === 'inference') batch.records.forEach(onEvent);
      }
      await send(producer, topics.batches, batches);
      await send(producer, topics.singles, singles);
    }
  } finally {
    await producer.disconnect();
  }
  return messageCount * eventsPerMessage;
}

async function createTopics(kafka: Kafka, topics: PublishedTopics): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [topics.singles, topics.batches].map((topic) => ({
        topic,
        numPartitions: PARTITION_COUNT,
        replicationFactor: 1,
      })),
    });
  } finally {
    await admin.disconnect();
  }
}

export async function deleteTopics(kafka: Kafka, topics: PublishedTopics): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [topics.singles, topics.batches] });
  } finally {
    await admin.disconnect();
  }
}

function emptyPartitions(): Message[][] {
  return Array.from({ length: PARTITION_COUNT }, () => []);
}

/** A message's events, each in a frame of its own. */
function singlesOf(value: Buffer, { starts, ends }: BatchLayout): readonly Buffer[] {
  const frame = value.subarray(0, FRAME_BYTES);
  return Array.from({ length: starts.length }, (_, index) =>
    Buffer.concat([frame, value.subarray(starts[index], ends[index])]),
  );
}

async function send(producer: Producer, topic: string, partitions: readonly Message[][]): Promise<void> {
  await producer.send({ topic, messages: partitions.flat(), acks: -1, compression: CompressionTypes.LZ4 });
}
