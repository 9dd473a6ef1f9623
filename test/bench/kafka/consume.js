import { randomUUID } from 'node:crypto';
import { progress } from '../support/figures.js';
import { EVENTS_PER_MESSAGE } from './bench-stream.js';
import { medianOf, printTable } from './table.js';

const WAIT_MS = 500;

/** Wall and CPU of this process from the first message to the last; `read` calls `onMessages(count)`. */
async function measured(eventCount, eventsPerMessage, read) {
  let first = null;
  let messages = 0;
  let done;
  const ended = new Promise((resolve, reject) => {
    done = { resolve, reject };
  });
  const onMessages = (count) => {
    // What came first was fetched before the clock began.
    if (first === null) first = { ms: performance.now(), cpu: process.cpuUsage(), messages: count };
    messages += count;
    if (messages * eventsPerMessage < eventCount) return;
    const { user, system } = process.cpuUsage(first.cpu);
    const events = (messages - first.messages) * eventsPerMessage;
    done.resolve({
      perSecond: events / ((performance.now() - first.ms) / 1_000),
      perCpuSecond: events / ((user + system) / 1e6),
    });
  };
  const stop = await read(onMessages, done.reject);
  try {
    return await ended;
  } finally {
    await stop();
  }
}

async function rawKafkajs(kafka, topic, onMessages) {
  const consumer = kafka.consumer({ groupId: `raw-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => onMessages(batch.messages.length),
  });
  return () => consumer.disconnect();
}

async function ownConsumer(log, topic, onMessages, onError) {
  const consumer = await log.consume({ group: `own-${randomUUID()}`, topics: [topic] });
  let isOpen = true;
  const loop = async () => {
    while (isOpen) {
      const delivery = await consumer.next(WAIT_MS);
      if (delivery.kind === 'messages') onMessages(delivery.messages.length);
    }
  };
  const looping = loop().catch(onError);
  return async () => {
    isOpen = false;
    await looping;
    await consumer.close();
  };
}

/** Figures by way; the median of raw kafkajs on single events is what the panes are held against. */
export async function benchConsume(bench) {
  const { kafka, log, runCount } = bench;
  const published = bench.eventsOf('consume');
  const singles = await bench.publish({ isSplit: true, eventCount: published });
  const batches = await bench.publish({ isSplit: false, eventCount: published });
  const { eventCount } = singles;
  const raw = (topic) => (onMessages) => rawKafkajs(kafka, topic, onMessages);
  const own = (topic) => (onMessages, onError) => ownConsumer(log, topic, onMessages, onError);
  const ways = [
    ['raw kafkajs, single events', 1, raw(singles.topic)],
    [`raw kafkajs, messages of ${EVENTS_PER_MESSAGE}`, EVENTS_PER_MESSAGE, raw(batches.topic)],
    ["the port's consumer, single events", 1, own(singles.topic)],
    [`the port's consumer, messages of ${EVENTS_PER_MESSAGE}`, EVENTS_PER_MESSAGE, own(batches.topic)],
  ];
  const runs = [];
  for (let run = 1; run <= runCount; run += 1) {
    progress(`consume, run ${run} of ${runCount} ...`);
    const results = [];
    for (const [, eventsPerMessage, read] of ways)
      results.push(await measured(eventCount, eventsPerMessage, read));
    runs.push(results);
  }
  const single = medianOf(runs, ([first]) => first.perSecond);
  printTable(
    'Consume only: nothing is decoded but the batches of records',
    ['way', 'events/s', 'per CPU second', 'to raw singles'],
    ways.map(([name], at) => {
      const perSecond = medianOf(runs, (results) => results[at].perSecond);
      return [name, perSecond, medianOf(runs, (results) => results[at].perCpuSecond), perSecond / single];
    }),
  );
  return {
    rawSinglesPerSecond: single,
    rawSinglesPerCpuSecond: medianOf(runs, ([first]) => first.perCpuSecond),
  };
}
