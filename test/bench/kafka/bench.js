import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { openKafkaLog } from '../../../packages/runtime/dist/event-log/kafka/open-kafka-log.js';
import { progress } from '../support/figures.js';
import { startBenchEngine } from '../support/engine.js';
import { plansOfPeerSlos } from './slo-specs.js';

const BUILT = new URL('../../../node_modules/.cache/burnline-test/', import.meta.url);
const { startKafka } = await import(new URL('support/kafka/start-kafka.js', BUILT));
const { deleteTopics, publishEvents } = await import(new URL('peers/events.js', BUILT));
const { peerSlos } = await import(new URL('peers/slos.js', BUILT));

/** kafkajs has no LZ4 of its own. */
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (buffer) => decompressFrame(buffer),
});

/** One broker, one engine, and what all parts share; `close` ends what was started. */
export async function openBench({ eventsOf, runCount, peerSloCounts, profileFolder }) {
  const given = process.env['KAFKA_BROKERS'];
  const broker = given ? null : await startKafka({ compiler: 'full', onProgress: progress });
  const brokers = given ?? broker.brokers.join(',');
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.ERROR });
  const [engine, log] = await Promise.all([
    startBenchEngine(),
    openKafkaLog({ brokers: brokers.split(',') }),
  ]);
  const { store } = engine;
  const id = randomUUID().slice(0, 8);
  let streamCount = 0;
  const topics = [];

  return {
    brokers,
    kafka,
    log,
    store,
    enginePid: engine.pid,
    environment: {
      KAFKA_BROKERS: brokers,
      CLICKHOUSE_URL: engine.url,
      CLICKHOUSE_USER: 'burnline',
      CLICKHOUSE_PASSWORD: 'bench',
      CLICKHOUSE_DATABASE: 'default',
    },
    eventsOf,
    runCount,
    peerSloCounts,
    profileFolder,
    newName: () => `bench-${id}-${(streamCount += 1)}`,
    slos: (count, tenantCount) => plansOfPeerSlos(peerSlos(count), tenantCount),
    /** A topic of raw kafkajs's; `isSplit`: of single events. With the events that it has. */
    async publish({ isSplit, eventCount, onEvent = () => undefined }) {
      const kind = isSplit ? 'single' : 'in messages of 50';
      progress(`publishing ${eventCount} events, ${kind} ...`);
      const topic = `bench-${id}-raw-${topics.length}`;
      topics.push(topic);
      const events = { eventsPerMessage: 50, eventCount, onEvent };
      return { topic, eventCount: await publishEvents({ kafka, topic, isSplit, ...events }) };
    },
    async rssPeaksMib() {
      const pids = { engine: engine.pid, ...(broker === null ? {} : { broker: broker.pid }) };
      const peaks = Object.entries(pids).map(async ([name, pid]) => {
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        return [name, Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1_024];
      });
      return Object.fromEntries(await Promise.all(peaks));
    },
    async close() {
      await deleteTopics(kafka, topics);
      await log.close();
      await engine.close();
      await broker?.stop();
    },
  };
}
