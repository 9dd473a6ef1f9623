import kafkajs from 'kafkajs';
import { describe, expect, inject, it } from 'vitest';
import { startKafkaCluster } from '../support/kafka/start-kafka.ts';

const { Kafka, logLevel } = kafkajs;

describe.skipIf(!inject('canStartKafka'))('three brokers', () => {
  it('take writes of all in-sync replicas while a killed leader is away, and have it back', async () => {
    const cluster = await startKafkaCluster({ brokerCount: 3 });
    const client = new Kafka({
      clientId: 'cluster-test',
      brokers: [...cluster.brokers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20, initialRetryTime: 200, maxRetryTime: 1_000 },
    });
    const admin = client.admin();
    const producer = client.producer({ idempotent: true });
    const inSync = async (): Promise<{ leader: number; isr: number[] }> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['replicated'] });
      return topics[0]!.partitions[0]!;
    };
    try {
      await Promise.all([admin.connect(), producer.connect()]);
      await admin.createTopics({
        topics: [{ topic: 'replicated', numPartitions: 1, replicationFactor: 3 }],
        waitForLeaders: true,
      });
      await expect.poll(async () => (await inSync()).isr.length, { timeout: 30_000 }).toBe(3);
      const send = (value: string) =>
        producer.send({ topic: 'replicated', acks: -1, messages: [{ partition: 0, value }] });
      await send('before');
      const { leader } = await inSync();
      await cluster.node(leader).kill();
      await send('without the leader');
      const after = await inSync();
      expect(after.leader).not.toBe(leader);
      await cluster.node(leader).restart();
      await expect.poll(async () => (await inSync()).isr.length, { timeout: 30_000 }).toBe(3);
      await send('again three');
      const [offsets] = await admin.fetchTopicOffsets('replicated');
      expect(offsets?.high).toBe('3');
    } finally {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
      await cluster.stop();
    }
  });
});
