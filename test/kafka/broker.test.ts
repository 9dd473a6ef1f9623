import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { describe, expect, inject, it } from 'vitest';
import { startKafka } from '../support/kafka/start-kafka.ts';

const { Kafka, logLevel } = kafkajs;

function client(brokers: readonly string[]) {
  return new Kafka({ clientId: 'broker-test', brokers: [...brokers], logLevel: logLevel.NOTHING });
}

async function createTopic(brokers: readonly string[], topic: string): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
}

async function send(brokers: readonly string[], topic: string, values: readonly string[]): Promise<void> {
  const producer = client(brokers).producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: values.map((value) => ({ partition: 0, value })) });
  await producer.disconnect();
}

/** Reads until `count` values are there; the test's own deadline ends it otherwise. */
async function read(brokers: readonly string[], topic: string, count: number): Promise<string[]> {
  const consumer = client(brokers).consumer({ groupId: `group-${process.pid}-${performance.now()}` });
  const values: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const run = consumer.run({
      eachMessage({ message }) {
        values.push(message.value!.toString());
        if (values.length === count) resolve();
        return Promise.resolve();
      },
    });
    run.catch(reject);
  });
  await consumer.disconnect();
  return values;
}

describe.skipIf(inject('kafkaBrokers').length === 0)('the shared broker', () => {
  it('keeps what is sent, in order', async () => {
    const brokers = inject('kafkaBrokers');
    const topic = `broker-test-${process.pid}-${Math.floor(performance.timeOrigin)}`;
    await createTopic(brokers, topic);
    await send(brokers, topic, ['first', 'second', 'third']);
    expect(await read(brokers, topic, 3)).toEqual(['first', 'second', 'third']);
  });
});

describe.skipIf(!inject('canStartKafka'))('a broker of a suite of its own', () => {
  it('keeps its data and its address over a kill and a restart, and leaves nothing when stopped', async () => {
    const kafka = await startKafka({ properties: { 'num.partitions': '2' } });
    try {
      await createTopic(kafka.brokers, 'kept');
      await send(kafka.brokers, 'kept', ['before']);
      const firstPid = kafka.pid;
      await kafka.kill();
      await kafka.restart();
      expect(kafka.pid).not.toBe(firstPid);
      await send(kafka.brokers, 'kept', ['after the kill']);
      await kafka.restart();
      await send(kafka.brokers, 'kept', ['after the restart']);
      expect(await read(kafka.brokers, 'kept', 3)).toEqual(['before', 'after the kill', 'after the restart']);
    } finally {
      await kafka.stop();
    }
    expect(existsSync(kafka.directory)).toBe(false);
    expect(isAlive(kafka.pid)).toBe(false);
  });

  it('answers nobody while it is paused, and everybody afterwards', async () => {
    const kafka = await startKafka();
    try {
      await createTopic(kafka.brokers, 'paused');
      kafka.pause();
      let isSent = false;
      const sending = send(kafka.brokers, 'paused', ['waits']).then(() => (isSent = true));
      await sleep(500);
      expect(isSent).toBe(false);
      kafka.resume();
      await sending;
      expect(await read(kafka.brokers, 'paused', 1)).toEqual(['waits']);
    } finally {
      await kafka.stop();
    }
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
