/**
 * Does it stay well? npm run bench:soak [-- --minutes 10 --share 0.8 | --rate 3000] [--tenants 50]
 *
 * Measures the most that the pipeline takes (short), then sends that share of it for so long, and looks every 5 s at memory,
 * lag and files. With --rate, events per second, it first fills the repeat windows as fast as it can, which would take longer
 * than the soak otherwise. Messages expire after 20 s, so that retention works, too. Tells what memory is made of, and ends
 * with a verdict; the exit code is 1 where one of its parts is bad.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { progress, show } from './support/figures.js';
import { memoryParts } from './support/memory.js';
import { VisibleWatch, sendAll, sendSteadily, sleep } from './support/load.js';
import { MessagePool } from './support/message-pool.js';
import { RunningPipeline } from './support/running-pipeline.js';
import { WINDOW_MESSAGES, judge, slopePerMinute } from './support/soak-verdict.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    share: { type: 'string', default: '0.8' },
    rate: { type: 'string' },
    tenants: { type: 'string', default: '50' },
  },
});
const [minutes, share, tenantCount] = [Number(values.minutes), Number(values.share), Number(values.tenants)];
const SAMPLE_MS = 5_000;
const MAXIMUM_MESSAGES = 3_000;
/** Short, so that a short soak expires messages as well; it never restarts, so nothing is kept for a restart. */
const RETENTION = { retentionMs: 20_000, messagesKeptMin: 1_000 };

/** Bytes on disk below a directory. Merges remove files and folders while they are counted: those count nothing. */
async function bytesOf(directory) {
  let bytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    const name = path.join(directory, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(name);
    // What the file takes of the disk: the log's is larger than what was written of it.
    else if (entry.isFile()) bytes += ((await stat(name).catch(() => null))?.blocks ?? 0) * 512;
  }
  return bytes;
}

async function sampleOf(pipeline, dataDirectory, startMs) {
  const bounds = await pipeline.call('bounds');
  const visible = await pipeline.visible();
  const lag = (consumer) =>
    bounds.reduce((sum, { endOffset }, partition) => sum + endOffset - visible[consumer][partition], 0);
  const [{ count }] = await pipeline.query('SELECT count() AS count FROM inference_events');
  return {
    atS: (performance.now() - startMs) / 1_000,
    ...(await pipeline.memoryMib()),
    countedLag: lag('processor'),
    keptLag: lag('sink'),
    messagesInLog: bounds.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0),
    expired: bounds.reduce((sum, { startOffset }) => sum + startOffset, 0),
    rowCount: Number(count),
    logMib: (await bytesOf(path.join(dataDirectory, 'log'))) / 2 ** 20,
    databaseMib: (await bytesOf(path.join(dataDirectory, 'clickhouse'))) / 2 ** 20,
  };
}

const COLUMNS = [
  'atS',
  'pipeline',
  'engine',
  'countedLag',
  'keptLag',
  'messagesInLog',
  'expired',
  'rowCount',
  'logMib',
  'databaseMib',
];
const lineOf = (cells) => cells.map((cell) => String(cell).padStart(14)).join('');

async function maximumRate(pipeline, pool, watch) {
  // Once to warm up, once to measure.
  let messagesPerSecond = 0;
  for (let round = 0; round < 2; round += 1) {
    const startMs = performance.now();
    await sendAll(pipeline, pool, MAXIMUM_MESSAGES);
    const { processor, sink } = await watch.until(await pipeline.ends());
    messagesPerSecond = MAXIMUM_MESSAGES / ((Math.max(processor, sink) - startMs) / 1_000);
  }
  return messagesPerSecond;
}

/** The rate that was asked for, once the pipeline is warm. */
async function warmUp(pipeline, pool, watch) {
  if (values.rate !== undefined) {
    await sendAll(pipeline, pool, WINDOW_MESSAGES * pipeline.partitionCount);
    await watch.until(await pipeline.ends());
    return Number(values.rate) / pool.eventsPerMessage;
  }
  const maximum = await maximumRate(pipeline, pool, watch);
  progress(`${show(maximum * pool.eventsPerMessage)} events/s at most`);
  return maximum * share;
}

/** What memory was made of: before the first event, after warming up, at the end, and how it rose in the later 60 %. */
function tellParts(started, parts) {
  const settled = parts.filter(({ atS }) => atS >= 0.4 * parts.at(-1).atS);
  console.log(
    `${'MiB'.padEnd(30)}${['start', 'warm', 'end', 'a minute'].map((title) => title.padStart(12)).join('')}`,
  );
  for (const name of Object.keys(started)) {
    const figures = [started[name], parts[0][name], parts.at(-1)[name], slopePerMinute(settled, name)];
    console.log(`${name.padEnd(30)}${figures.map((figure) => show(figure).padStart(12)).join('')}`);
  }
}

async function soak(pipeline, dataDirectory) {
  const pool = new MessagePool({ messageCount: 1_000, tenantCount });
  const watch = new VisibleWatch(pipeline);
  const started = await memoryParts(pipeline);
  const messagesPerSecond = await warmUp(pipeline, pool, watch);
  const rate = (messages) => `${show(messages * pool.eventsPerMessage)} events/s`;
  console.log(
    `${rate(messagesPerSecond)}, ${tenantCount} tenants, for ${minutes} minutes; lags and log in messages of ` +
      `${pool.eventsPerMessage} events, memory and files in MiB; Node ${process.version}`,
  );
  console.log(lineOf(COLUMNS));
  const [samples, parts] = [[], []];
  let isSending = true;
  const startMs = performance.now();
  const sending = sendSteadily(pipeline, pool, { messagesPerSecond, seconds: minutes * 60 }).finally(() => {
    isSending = false;
  });
  while (isSending) {
    const sample = await sampleOf(pipeline, dataDirectory, startMs);
    samples.push(sample);
    parts.push({ atS: sample.atS, ...(await memoryParts(pipeline)) });
    console.log(lineOf(COLUMNS.map((name) => Math.round(sample[name]))));
    await Promise.race([sending, sleep(SAMPLE_MS - ((performance.now() - startMs) % SAMPLE_MS))]);
  }
  const sent = await sending;
  const endedMs = performance.now();
  const { processor, sink } = await watch.until(await pipeline.ends());
  progress(`caught up ${((Math.max(processor, sink) - endedMs) / 1_000).toFixed(1)} s after the end`);
  tellParts(started, parts);
  const achieved = sent / ((endedMs - startMs) / 1_000);
  const { partitionCount } = pipeline;
  return judge(samples, {
    messagesPerSecond,
    achieved,
    partitionCount,
    hasFullWindows: values.rate !== undefined,
  });
}

const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-soak-'));
try {
  const pipeline = await RunningPipeline.start(dataDirectory, { retention: RETENTION, tenantCount });
  for (const { verdict, text } of await soak(pipeline, dataDirectory)) {
    console.log(`${verdict.padEnd(4)}  ${text}`);
    if (verdict === 'bad') process.exitCode = 1;
  }
  await pipeline.close();
} finally {
  await rm(dataDirectory, { recursive: true, force: true });
}
