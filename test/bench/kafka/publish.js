import kafkajs from 'kafkajs';
import { httpTransport } from '@burnline/publisher';
import { sendAll } from '../support/load.js';
import { progress } from '../support/figures.js';
import {
  EVENTS_PER_MESSAGE,
  PARTITION_COUNT,
  dropTopics,
  fill,
  makeStream,
  messageSource,
} from './bench-stream.js';
import { ServiceProcess } from './service-process.js';
import { medianOf, printTable } from './table.js';

/** kafkajs groups a send's messages in quadratic time: few in one. */
const MESSAGES_PER_SEND = 40;
const SENDS_AT_ONCE = 4;

/** Wall and CPU of this process while it works. */
async function measured(eventCount, work) {
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()];
  await work();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(startCpu);
  return { perSecond: eventCount / seconds, perCpuSecond: eventCount / ((user + system) / 1e6) };
}

/** kafkajs's own producer: the same messages, partitions, compression and acknowledgements. */
async function rawProducer(kafka, topic, eventCount) {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const source = messageSource();
  try {
    return await measured(eventCount, async () => {
      let rest = Math.ceil(eventCount / EVENTS_PER_MESSAGE);
      const lane = async () => {
        while (rest > 0) {
          const count = Math.min(rest, MESSAGES_PER_SEND);
          rest -= count;
          const messages = Array.from({ length: count }, () => {
            const { index, value } = source.next();
            return { value: Buffer.from(value), partition: index % PARTITION_COUNT };
          });
          await producer.send({ topic, messages, acks: -1, compression: kafkajs.CompressionTypes.LZ4 });
        }
      };
      await Promise.all(Array.from({ length: SENDS_AT_ONCE }, lane));
    });
  } finally {
    await producer.disconnect();
  }
}

/** Through a collector process: the publisher package's transport, batches over HTTP. */
async function throughCollector(bench, stream, eventCount) {
  const collector = await ServiceProcess.start('collector', {
    ...bench.environment,
    BURNLINE_STREAM: stream.name,
    BURNLINE_INTAKE_PORT: '0',
  });
  try {
    await collector.ready();
    const transport = httpTransport({ url: collector.said.intake, timeoutMs: 60_000 });
    const target = { transport, topic: stream.topic, partitionCount: PARTITION_COUNT };
    const { pool } = messageSource();
    return await measured(eventCount, () =>
      sendAll(target, pool, Math.ceil(eventCount / EVENTS_PER_MESSAGE)),
    );
  } finally {
    await collector.stop();
  }
}

export async function benchPublish(bench) {
  const { kafka, log, runCount, slos } = bench;
  const eventCount = bench.eventsOf('publish');
  const runs = [];
  for (let run = 1; run <= runCount; run += 1) {
    progress(`publish, run ${run} of ${runCount} ...`);
    const streams = [];
    for (let at = 0; at < 3; at += 1)
      streams.push(await makeStream(bench, { name: bench.newName(), plans: slos(1) }));
    const [own, raw, http] = streams;
    const source = messageSource();
    runs.push({
      append: await measured(eventCount, () => fill(log, own.topic, eventCount, source)),
      raw: await rawProducer(kafka, raw.topic, eventCount),
      collector: await throughCollector(bench, http, eventCount),
    });
    await dropTopics(
      kafka,
      streams.map(({ topic }) => topic),
    );
  }
  const raw = medianOf(runs, (run) => run.raw.perSecond);
  const row = (name, key) => {
    const perSecond = medianOf(runs, (run) => run[key].perSecond);
    return [name, perSecond, medianOf(runs, (run) => run[key].perCpuSecond), perSecond / raw];
  };
  printTable(
    `Publish: messages of ${EVENTS_PER_MESSAGE} events, acknowledged by all replicas, LZ4`,
    ['way', 'events/s', 'per CPU second of the sender', 'to raw kafkajs'],
    [
      row("the port's append", 'append'),
      row('raw kafkajs producer', 'raw'),
      row('publisher transport, collector process', 'collector'),
    ],
  );
}
