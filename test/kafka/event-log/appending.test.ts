import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { openKafkaLog, type EventLog, type KafkaCompression } from '@burnline/runtime';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { describe, expect, inject, it } from 'vitest';
import { appendTexts, bytes, expectCode, readAll, text, topic } from '../../contract/event-log/harness.ts';
import { startKafka, startKafkaCluster } from '../../support/kafka/start-kafka.ts';
import { freePort } from '../../support/kafka/ports.ts';
import { client, ownNames, withAdmin, withKafkaLog } from './own-names.ts';

const brokers = inject('kafkaBrokers');
const canStartKafka = inject('canStartKafka');

const entry = (name: string, partition: number, ...texts: string[]) => ({
  topic: name,
  partition,
  messages: texts.map((value) => ({ value: bytes(value) })),
});

/** What every broker refuses for now, in the same answer that accepts the rest. */
function deleteTopic(name: string): Promise<void> {
  return withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [name] }));
}

function createTopic(name: string, partitionCount: number): Promise<unknown> {
  const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
  return withAdmin(brokers, (admin) =>
    admin.createTopics({ topics: [{ topic: name, numPartitions: partitionCount, configEntries }] }),
  );
}

/** Every text at least once, and their first occurrences in order. */
async function expectNoGap(log: EventLog, name: string, partition: number, texts: readonly string[]) {
  const read = (await readAll(log, { topic: name, partition })).map(text);
  expect([...new Set(read)]).toEqual(texts);
}

describe.skipIf(brokers.length === 0)('appending to Kafka', () => {
  it('sends again only what was not acknowledged, when a part of a request fails', () =>
    withKafkaLog({ brokers }, async (log, names) => {
      const [failing, working] = [names.name('failing'), names.name('working')];
      await log.ensureTopics([topic({ name: failing, partitionCount: 2 }), topic({ name: working })]);
      // Looked up now, so that the topic's end is not noticed before the request.
      await log.append([entry(failing, 0), entry(working, 0)]);
      await deleteTopic(failing);
      const appending = log.append([
        entry(failing, 0, 'a', 'b'),
        entry(working, 0, 'c'),
        entry(failing, 1, 'd'),
        entry(working, 0, 'e'),
      ]);
      await expect.poll(async () => (await log.bounds([working]))[0]?.endOffset).toBe(2);
      await createTopic(failing, 2);
      expect(await appending).toEqual([0, 0, 0, 1]);
      expect((await readAll(log, { topic: failing, partition: 0 })).map(text)).toEqual(['a', 'b']);
      expect((await readAll(log, { topic: failing, partition: 1 })).map(text)).toEqual(['d']);
      expect((await readAll(log, { topic: working, partition: 0 })).map(text)).toEqual(['c', 'e']);
    }));

  it('gives up with LOG_UNREACHABLE, to be tried again, and goes on with later appends', () =>
    withKafkaLog({ brokers, patienceMs: 500 }, async (log, names) => {
      const name = names.name('failing');
      await log.ensureTopics([topic({ name })]);
      await log.append([entry(name, 0)]);
      await deleteTopic(name);
      const rejected = await appendTexts(log, { topic: name, partition: 0 }, ['lost']).catch(
        (error: unknown) => error,
      );
      expect(rejected).toMatchObject({ code: 'LOG_UNREACHABLE', outcome: 'retry' });
      await createTopic(name, 1);
      expect(await appendTexts(log, { topic: name, partition: 0 }, ['kept'])).toBe(0);
    }));

  it('takes as long per message for many at once as for few (kafkajs: 280 times as long for ten times as many)', () =>
    withKafkaLog({ brokers, lingerMs: 0 }, async (log, names) => {
      const name = names.name('many');
      await log.ensureTopics([topic({ name })]);
      const timeOf = async (count: number) => {
        const texts = Array.from({ length: count }, (_, index) => String(index));
        const startMs = performance.now();
        await appendTexts(log, { topic: name, partition: 0 }, texts);
        return performance.now() - startMs;
      };
      await timeOf(2_000);
      const fewMs = Math.min(await timeOf(2_000), await timeOf(2_000));
      const manyMs = Math.min(await timeOf(20_000), await timeOf(20_000));
      expect(manyMs / fewMs).toBeLessThan(60);
      expect((await log.bounds([name]))[0]?.endOffset).toBe(46_000);
    }));

  it('refuses more than its memory takes, appends nothing of it, and goes on', () =>
    withKafkaLog({ brokers, compression: 'none' }, async (log, names) => {
      const name = names.name('busy');
      await log.ensureTopics([topic({ name })]);
      const large = { topic: name, partition: 0, messages: [{ value: new Uint8Array(1024 * 1024) }] };
      const outcomes = await Promise.allSettled(Array.from({ length: 70 }, () => log.append([large])));
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(6);
      for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'LOG_BUSY' } });
      expect(await log.append([large])).toEqual([64]);
    }));

  for (const compression of ['lz4', 'gzip', 'none'] as const) {
    it(`is understood by other clients, and understands them (${compression})`, () => interop(compression));
  }
});

const KAFKAJS_TYPES = {
  lz4: kafkajs.CompressionTypes.LZ4,
  gzip: kafkajs.CompressionTypes.GZIP,
  none: kafkajs.CompressionTypes.None,
};

async function interop(compression: KafkaCompression): Promise<void> {
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
    compress: (encoder: { buffer: Buffer }) => compressFrame(encoder.buffer),
    decompress: (buffer: Buffer) => decompressFrame(buffer),
  });
  await withKafkaLog({ brokers, compression }, async (log, names) => {
    const name = names.name('shared');
    await log.ensureTopics([topic({ name, timestamps: 'create' })]);
    const ours = Array.from({ length: 700 }, (_, index) => `ours ${'.'.repeat(index)}`);
    const messages = ours.map((value, index) => ({
      value: bytes(value),
      timestampMs: 1_700_000_000_000 - index * 7,
    }));
    await log.append([{ topic: name, partition: 0, messages }]);
    const producer = client(brokers).producer();
    await producer.connect();
    await producer.send({
      topic: name,
      compression: KAFKAJS_TYPES[compression],
      messages: [
        { key: 'key', value: 'theirs', headers: { a: 'b' }, partition: 0, timestamp: '1700000000123' },
      ],
    });
    await producer.disconnect();

    const consumer = client(brokers).consumer({ groupId: names.name('them') });
    await consumer.connect();
    await consumer.subscribe({ topic: name, fromBeginning: true });
    const seen: [string, string][] = [];
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: ({ message }) => {
          seen.push([message.timestamp, String(message.value)]);
          if (seen.length === 701) resolve();
          return Promise.resolve();
        },
      });
    });
    await consumer.disconnect();
    expect(seen.slice(0, 700)).toEqual(
      messages.map(({ timestampMs }, index) => [String(timestampMs), ours[index]]),
    );
    const read = await readAll(log, { topic: name, partition: 0 });
    expect(read.map((one) => [String(one.timestampMs), text(one)])).toEqual(seen);
  });
}

describe.skipIf(!canStartKafka)('appending while connections and brokers fail', () => {
  it('loses nothing and keeps the order when connections are cut with answers on their way', async () => {
    const advertisedPort = await freePort();
    const kafka = await startKafka({ advertisedPort });
    const sockets = new Set<Socket>();
    const proxy = createServer((near) => {
      const far = connect(kafka.port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.pipe(other);
        one
          .on('error', () => undefined)
          .on('close', () => {
            sockets.delete(one);
            other.destroy();
          });
      }
    });
    proxy.listen(advertisedPort, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const log = await openKafkaLog({ brokers: [`127.0.0.1:${port}`], lingerMs: 0 });
    try {
      await log.ensureTopics([topic({ partitionCount: 2 })]);
      const texts = Array.from({ length: 1_500 }, (_, index) => String(index));
      const appends = texts.map(async (value, index) => {
        await new Promise((resolve) => setTimeout(resolve, index));
        // One after the other within a partition: each is sent only when the one before was acknowledged or joined it.
        return appendTexts(log, { topic: 'events', partition: index % 2 }, [value]);
      });
      for (let cut = 0; cut < 8; cut += 1) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        for (const socket of sockets) socket.destroy();
      }
      await Promise.all(appends);
      for (const partition of [0, 1]) {
        await expectNoGap(
          log,
          'events',
          partition,
          texts.filter((_, index) => index % 2 === partition),
        );
      }
    } finally {
      await log.close();
      proxy.close();
      await kafka.stop();
    }
  });

  it('loses nothing when the leader of a partition is killed under load (kafkajs: half of a send)', async () => {
    const cluster = await startKafkaCluster({ brokerCount: 3 });
    const names = ownNames(cluster.brokers);
    const log = await openKafkaLog({ brokers: cluster.brokers, replicationFactor: 3, minInsyncReplicas: 2 });
    try {
      const name = names.name('events');
      await log.ensureTopics([topic({ name, partitionCount: 6 })]);
      const acknowledged: string[][] = Array.from({ length: 6 }, () => []);
      let isOver = false;
      const write = async () => {
        for (let round = 0; !isOver; round += 1) {
          await log.append(
            acknowledged.map((_, partition) => entry(name, partition, `${round}a`, `${round}b`)),
          );
          for (const texts of acknowledged) texts.push(`${round}a`, `${round}b`);
        }
      };
      const writing = write();
      await expect.poll(() => acknowledged[0]!.length, { timeout: 20_000 }).toBeGreaterThan(40);
      const leader = await withAdmin(cluster.brokers, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
        return topics[0]!.partitions.find(({ partitionId }) => partitionId === 0)!.leader;
      });
      await cluster.node(leader).kill();
      const before = acknowledged[0]!.length;
      await expect.poll(() => acknowledged[0]!.length, { timeout: 40_000 }).toBeGreaterThan(before + 40);
      isOver = true;
      await writing;
      for (const [partition, texts] of acknowledged.entries()) await expectNoGap(log, name, partition, texts);
    } finally {
      await log.close();
      await cluster.stop();
    }
  });

  it('tells at once that a file is missing, and in time that no broker answers', async () => {
    const port = await freePort();
    const nowhere = { brokers: [`127.0.0.1:${port}`], patienceMs: 300 };
    await expectCode(openKafkaLog({ ...nowhere, tls: { caFile: '/nowhere/ca.pem' } }), 'LOG_REFUSED');
    await expectCode(openKafkaLog(nowhere), 'LOG_UNREACHABLE');
  });
});
