/**
 * The embedded pipeline from end to end: publishers' requests over HTTP, the log, panes and raw rows in the engine, with
 * five SLOs of 67 series; pipeline and engine are processes of their own.
 *
 * npm run bench:pipeline [-- RUNS EVENTS THREADS]   (threads of the pipeline, 1 or 2: both in turn unless named)
 *
 * First the most that it takes: all events as fast as the intake acknowledges them, until the last is counted and kept.
 * Then a steady, modest rate: how long after a request starts its events are visible to SQL. Each run has a new data directory.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { cpuSecondsOf, mainThreadCpuSecondsOf } from './support/cpu.js';
import { Figures, progress, quantile } from './support/figures.js';
import { VisibleWatch, sendAll, sendSteadily, watchMemory } from './support/load.js';
import { MessagePool } from './support/message-pool.js';
import { RunningPipeline } from './support/running-pipeline.js';

const runCount = Number(process.argv[2] ?? 3);
const eventCount = Number(process.argv[3] ?? 300_000);
const threadCounts = process.argv[4] === undefined ? [1, 2] : [Number(process.argv[4])];
const STEADY = { messagesPerSecond: 40, seconds: 12 };
const pool = new MessagePool({ messageCount: 500 });
const EVENTS_PER_MESSAGE = pool.eventsPerMessage;

async function measureMaximum(pipeline) {
  const memory = watchMemory(pipeline);
  const cpuBefore = await cpuOf(pipeline);
  const startMs = performance.now();
  await sendAll(pipeline, pool, eventCount / EVENTS_PER_MESSAGE);
  const appendedMs = performance.now();
  const visibleMs = await new VisibleWatch(pipeline).until(await pipeline.ends());
  const peak = await memory.stop();
  const cpuAfter = await cpuOf(pipeline);
  const cpu = Object.keys(cpuAfter).map((name) => [
    `CPU of ${name} (us an event)`,
    ((cpuAfter[name] - cpuBefore[name]) / eventCount) * 1e6,
  ]);
  const rate = (atMs) => eventCount / ((atMs - startMs) / 1_000);
  return {
    'published, durable (events/s)': rate(appendedMs),
    'published to counted in panes (events/s)': rate(visibleMs.processor),
    'published to raw rows visible (events/s)': rate(visibleMs.sink),
    ...Object.fromEntries(cpu),
    'peak memory of the pipeline (MiB)': peak.pipeline,
    'peak memory of the engine (MiB)': peak.engine,
  };
}

async function cpuOf({ pid, enginePid }) {
  const { user, system } = process.cpuUsage();
  return {
    "the pipeline's main thread": await mainThreadCpuSecondsOf(pid),
    'the pipeline, all threads': await cpuSecondsOf(pid),
    'the engine': await cpuSecondsOf(enginePid),
    'the load': (user + system) / 1e6,
  };
}

/** What the events of a run take, per event: in the log, and in the database's tables once their parts are merged. */
async function measureBytes(pipeline, dataDirectory) {
  const tables = {
    'raw rows': ['inference_events'],
    'panes, burn rates, budgets': ['sli_panes', 'burn_rates', 'budgets'],
  };
  const bytesOf = async (names) => {
    for (const name of names) await pipeline.command(`OPTIMIZE TABLE ${name} FINAL`);
    const [{ bytes }] = await pipeline.query(
      `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
       WHERE active AND database = 'burnline' AND table IN (${names.map((name) => `'${name}'`).join(', ')})`,
    );
    return Number(bytes) / eventCount;
  };
  const { blocks } = await stat(path.join(dataDirectory, 'log', 'log.mdb'));
  const perTable = Object.entries(tables).map(async ([what, names]) => [
    `${what} in the database (bytes an event)`,
    await bytesOf(names),
  ]);
  return {
    'log (bytes an event)': (blocks * 512) / eventCount,
    ...Object.fromEntries(await Promise.all(perTable)),
  };
}

async function measureLatency(pipeline) {
  const latencies = { processor: [], sink: [] };
  const waiting = [];
  const watch = new VisibleWatch(pipeline);
  const onSent = async (startedMs) => {
    const ends = await pipeline.ends();
    waiting.push(
      watch.until(ends).then((atMs) => {
        for (const consumer of ['processor', 'sink']) latencies[consumer].push(atMs[consumer] - startedMs);
      }),
    );
  };
  await sendSteadily(pipeline, pool, { ...STEADY, onSent });
  await Promise.all(waiting);
  return {
    'publish to counted, p50 (ms)': quantile(latencies.processor, 0.5),
    'publish to counted, p95 (ms)': quantile(latencies.processor, 0.95),
    'publish to raw row visible, p50 (ms)': quantile(latencies.sink, 0.5),
    'publish to raw row visible, p95 (ms)': quantile(latencies.sink, 0.95),
  };
}

async function checkCounts(pipeline, expected) {
  const [kept] = await pipeline.query('SELECT count() AS count FROM inferences');
  const [counted] = await pipeline.query(
    "SELECT sum(total) + sum(excluded) AS count FROM slo_panes WHERE slo LIKE '%validity%'",
  );
  for (const { count } of [kept, counted])
    if (Number(count) !== expected) throw new Error(`${count} visible of ${expected} events`);
}

/** One run on a new data directory, into the figures of its number of threads. */
async function run(threadCount, figures) {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  const pipeline = await RunningPipeline.start(dataDirectory, { threadCount });
  try {
    const maximum = await measureMaximum(pipeline);
    await checkCounts(pipeline, eventCount);
    const bytes = await measureBytes(pipeline, dataDirectory);
    figures.keep({ ...maximum, ...bytes, ...(await measureLatency(pipeline)) });
    await pipeline.close();
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
}

const figuresOf = new Map(threadCounts.map((threadCount) => [threadCount, new Figures()]));
for (let index = 0; index < runCount; index += 1) {
  for (const [threadCount, figures] of figuresOf) await run(threadCount, figures);
  progress(`embedded pipeline: run ${index + 1} of ${runCount} done`);
}
const rate = STEADY.messagesPerSecond * EVENTS_PER_MESSAGE;
for (const [threadCount, figures] of figuresOf)
  figures.print(
    `${threadCount === 1 ? 'one thread' : 'raw rows in a second thread'}: ${eventCount} events of 63 fields, ` +
      `${Math.round(pool.bytesPerEvent)} bytes an event, 5 SLOs, ${runCount} runs; latencies at ${rate} events/s`,
  );
