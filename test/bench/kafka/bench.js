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
const { checkAnswers } = await import(new URL('peers/peer-run.js', BUILT));
const { NaiveCount } = await import(new URL('peers/same-answers.js', BUILT));
const { peerSlos } = await import(new URL('peers/slos.js', BUILT));

/** kafkajs has no LZ4 of its own. */
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = () => ({
  compress: ({ buffer }) => compressFrame(buffer),
  decompress: (buffer) => decompressFrame(buffer),
});

const CHECKED_SLO_COUNTS = [1, 5, 20, 100];

/** One broker, one engine, and what all parts share; `close` ends what was started. */
export async function openBench({ eventCount, runCount, profileFolder }) {
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
  let peerData;

  /** The peers' topics, filled at the first call, with the panes that a naive count gives of them. */
  async function fillPeerTopics() {
    progress(`publishing ${eventCount} events for all parts, single and in messages of 50 ...`);
    const topics = { singles: `bench-${id}-singles`, batches: `bench-${id}-batches` };
    const counts = new Map(CHECKED_SLO_COUNTS.map((count) => [count, new NaiveCount(peerSlos(count))]));
    const published = await publishEvents({
      kafka,
      topics,
      eventCount,
      eventsPerMessage: 50,
      onEvent: (event) => {
        for (const count of counts.values()) count.add(event);
      },
    });
    return { topics, eventCount: published, expected: (count) => counts.get(count).panes() };
  }
  const peerTopics = () => (peerData ??= fillPeerTopics());

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
    eventCount,
    runCount,
    profileFolder,
    peerTopics,
    newName: () => `bench-${id}-${(streamCount += 1)}`,
    slos: (count, tenantCount) => plansOfPeerSlos(peerSlos(count), tenantCount),
    /** Throws unless the stream's panes are, integer for integer, those of the naive count. */
    async checkPanes({ name }, count) {
      const { expected } = await peerTopics();
      const panes = await store.query(
        `SELECT slo, toUnixTimestamp(pane) * 1000 AS pane, arrayStringConcat(mapValues(labels), ',') AS group, good, total
         FROM slo_panes WHERE stream = '${name}' AND total > 0`,
      );
      const numbers = panes.map((row) => ({
        ...row,
        pane: Number(row.pane),
        good: Number(row.good),
        total: Number(row.total),
      }));
      checkAnswers(`The processor with ${count} SLOs`, { panes: numbers }, expected(count));
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
      if (peerData !== undefined) await deleteTopics(kafka, (await peerData).topics);
      await log.close();
      await engine.close();
      await broker?.stop();
    },
  };
}
