import { createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import type { BatchLayout } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import kafkajs from 'kafkajs';
import type { Kafka, Message } from 'kafkajs';
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

export interface PublishOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly eventCount: number;
  /** How the events are made; equal numbers make equal events. */
  readonly eventsPerMessage: number;
  /** Each event in a message of its own, as users of other pipelines publish; else Avro arrays, as Burnline publishes. */
  readonly isSplit: boolean;
  /** Gets every published event, decoded from the bytes that are sent. */
  readonly onEvent: (event: InferenceEvent) => void;
}

/**
 * Creates a topic and publishes events to it: explicit partitions in turn, acknowledged by all replicas, LZ4. Resolves with
 * the number of events, whole messages.
 */
export async function publishEvents(options: PublishOptions): Promise<number> {
  const { kafka, topic, eventsPerMessage, isSplit, onEvent } = options;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => compressFrame(buffer),
    decompress: (buffer: Buffer) => decompressFrame(buffer),
  });
  await createTopic(kafka, topic);
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
      const messages: Message[] = [];
      for (let index = sent; index < Math.min(sent + messagesPerRound, messageCount); index += 1) {
        const latestMicros =
          FIRST_MICROS + Math.floor((index * eventsPerMessage * 1_000_000) / EVENTS_PER_SECOND);
        const value = Buffer.from(pool.take(latestMicros));
        const partition = index % PARTITION_COUNT;
        const values = isSplit ? singlesOf(value, decoder.walkBatch(value)) : [value];
        for (const one of values) messages.push({ value: one, partition });
        const batch = decoder.decodeBatch(value);
        if (batch.kind === 'inference') batch.records.forEach(onEvent);
      }
      await producer.send({ topic, messages, acks: -1, compression: CompressionTypes.LZ4 });
    }
  } finally {
    await producer.disconnect();
  }
  return messageCount * eventsPerMessage;
}

async function createTopic(kafka: Kafka, topic: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [{ topic, numPartitions: PARTITION_COUNT, replicationFactor: 1 }],
    });
  } finally {
    await admin.disconnect();
  }
}

export async function deleteTopics(kafka: Kafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteTopics({ topics: [...topics] });
  } finally {
    await admin.disconnect();
  }
}

/** A message's events, each in a frame of its own. */
function singlesOf(value: Buffer, { starts, ends }: BatchLayout): readonly Buffer[] {
  const frame = value.subarray(0, FRAME_BYTES);
  return Array.from({ length: starts.length }, (_, index) =>
    Buffer.concat([frame, value.subarray(starts[index], ends[index])]),
  );
}
