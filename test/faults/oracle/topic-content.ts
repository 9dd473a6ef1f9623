import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';

export interface TopicMessage {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly value: Buffer;
}

// Read by the library's own consumer, not by the adapter under test.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => compressFrame(buffer),
  decompress: (buffer: Buffer) => decompressFrame(buffer),
});

export interface TopicEnd {
  readonly partition: number;
  readonly startOffset: number;
  readonly endOffset: number;
}

export async function topicEnds(brokers: readonly string[], topic: string): Promise<readonly TopicEnd[]> {
  return withAdmin(brokers, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.map(({ partition, low, high }) => ({
      partition,
      startOffset: Number(low),
      endOffset: Number(high),
    }));
  });
}

export async function withAdmin<Answer>(
  brokers: readonly string[],
  work: (admin: kafkajs.Admin) => Promise<Answer>,
): Promise<Answer> {
  const admin = clientOf(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Everything that the topic holds now, by partition and offset. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<readonly TopicMessage[]> {
  const left = new Map(
    (await topicEnds(brokers, topic)).flatMap(({ partition, startOffset, endOffset }) =>
      endOffset > startOffset ? [[partition, endOffset] as const] : [],
    ),
  );
  const messages: TopicMessage[] = [];
  if (left.size === 0) return messages;
  const consumer = clientOf(brokers).consumer({ groupId: `recount-${randomUUID()}` });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const running = consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          for (const { offset, timestamp, value } of batch.messages) {
            if (Number(offset) >= (left.get(batch.partition) ?? 0)) continue;
            messages.push({
              partition: batch.partition,
              offset: Number(offset),
              timestampMs: Number(timestamp),
              value: value ?? Buffer.alloc(0),
            });
          }
          if (Number(batch.lastOffset()) + 1 >= (left.get(batch.partition) ?? Infinity))
            left.delete(batch.partition);
          if (left.size === 0) resolve();
          return Promise.resolve();
        },
      });
      running.catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return messages.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

function clientOf(brokers: readonly string[]): kafkajs.Kafka {
  return new kafkajs.Kafka({
    clientId: 'recount',
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  });
}
