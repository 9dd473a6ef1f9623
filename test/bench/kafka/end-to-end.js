import { progress, quantile } from '../support/figures.js';
import { VisibleWatch, sendAll, sendSteadily } from '../support/load.js';
import { EVENTS_PER_MESSAGE, dropTopics, makeStream, messageSource } from './bench-stream.js';
import { RunningServices } from './running-services.js';
import { medianOf, printTable } from './table.js';

const RATES = [4_000, 20_000];
const STEADY_SECONDS = 12;
const QUANTILES = [0.5, 0.95, 0.99];

/** As fast as it goes: every lane of the load waits for its acknowledgement. */
async function measureMaximum(services, eventCount) {
  const { pool } = messageSource();
  const startMs = performance.now();
  await sendAll(services, pool, Math.ceil(eventCount / EVENTS_PER_MESSAGE));
  const durableMs = performance.now();
  const visible = await new VisibleWatch(services).until(await services.ends());
  const rate = (atMs) => eventCount / ((atMs - startMs) / 1_000);
  return { durable: rate(durableMs), counted: rate(visible.processor), kept: rate(visible.sink) };
}

/** Times from a request's start to its rows' visibility, ms, sorted by consumer; one for each request. */
async function measureSteady(services, rate) {
  const latencies = { processor: [], sink: [] };
  const waiting = [];
  const watch = new VisibleWatch(services);
  const { pool } = messageSource();
  const startMs = performance.now();
  const messageCount = await sendSteadily(services, pool, {
    messagesPerSecond: rate / EVENTS_PER_MESSAGE,
    seconds: STEADY_SECONDS,
    onSent: async (startedMs) => {
      const ends = await services.ends();
      waiting.push(
        watch.until(ends).then((atMs) => {
          for (const consumer of Object.keys(latencies)) latencies[consumer].push(atMs[consumer] - startedMs);
        }),
      );
    },
  });
  const reached = (messageCount * EVENTS_PER_MESSAGE) / ((performance.now() - startMs) / 1_000);
  await Promise.all(waiting);
  return { reached, latencies };
}

async function runOnce(bench) {
  const stream = await makeStream(bench, { name: bench.newName(), plans: bench.slos(20) });
  const services = await RunningServices.start(bench, stream);
  try {
    // The first seconds compile.
    const eventCount = bench.eventsOf('end-to-end');
    await measureMaximum(services, Math.min(100_000, eventCount));
    const steady = [];
    for (const rate of RATES) steady.push(await measureSteady(services, rate));
    const maximum = await measureMaximum(services, eventCount);
    return { maximum, steady, rss: { ...(await services.rssPeaksMib()), ...(await bench.rssPeaksMib()) } };
  } finally {
    await services.stop();
    await dropTopics(bench.kafka, [stream.topic]);
  }
}

/** Publisher's transport, collector, Kafka, processor and sink, ClickHouse: all processes of their own. */
export async function benchEndToEnd(bench) {
  const runs = [];
  for (let run = 1; run <= bench.runCount; run += 1) {
    progress(`end to end, run ${run} of ${bench.runCount} ...`);
    runs.push(await runOnce(bench));
  }
  printTable(
    'End to end: 20 SLOs, all processes on the same cores',
    ['part', 'events/s'],
    [
      ['published, acknowledged', medianOf(runs, ({ maximum }) => maximum.durable)],
      ['published to counted in panes', medianOf(runs, ({ maximum }) => maximum.counted)],
      ['published to raw rows visible', medianOf(runs, ({ maximum }) => maximum.kept)],
    ],
  );
  const rows = RATES.flatMap((rate, at) =>
    ['processor', 'sink'].map((consumer) => [
      `${rate} asked, to ${consumer === 'sink' ? 'raw row visible' : 'counted'}`,
      medianOf(runs, ({ steady }) => steady[at].reached),
      ...QUANTILES.map((share) =>
        medianOf(runs, ({ steady }) => quantile(steady[at].latencies[consumer], share)),
      ),
    ]),
  );
  printTable('Publish to visible, ms', ['rate, events/s', 'reached', 'p50', 'p95', 'p99'], rows);
  const names = Object.keys(runs[0].rss);
  printTable(
    'Peak resident memory, MiB',
    ['process', 'MiB'],
    names.map((name) => [name, medianOf(runs, ({ rss }) => rss[name])]),
  );
}
