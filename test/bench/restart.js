/**
 * From a restart to caught up: the pipeline is killed (kill -9) in the middle of a chunk under load, and started again.
 *
 * npm run bench:restart [-- RUNS]
 *
 * Caught up: events sent once the intake is open again are counted and visible as rows. They lie behind everything that was
 * acknowledged before, so by then nothing of that is missing; the counts are checked at the end.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Figures, progress } from './support/figures.js';
import { VisibleWatch, sendAll } from './support/load.js';
import { MessagePool } from './support/message-pool.js';
import { RunningPipeline } from './support/running-pipeline.js';

const runCount = Number(process.argv[2] ?? 3);
/** Two partitions: 75,000 events in each, within a chunk of at most 100,000. */
const MESSAGES_BEFORE = 1_500;
/** One for each partition. */
const MESSAGES_AFTER = 2;
const pool = new MessagePool({ messageCount: 500 });

async function restart(dataDirectory) {
  const killed = await RunningPipeline.start(dataDirectory);
  await sendAll(killed, pool, MESSAGES_BEFORE);
  const [ends, visible] = [await killed.ends(), await killed.visible()];
  await killed.kill();
  const lag = (consumer) => ends.reduce((sum, end, partition) => sum + end - visible[consumer][partition], 0);
  const startMs = performance.now();
  const pipeline = await RunningPipeline.start(dataDirectory);
  const openMs = performance.now();
  await sendAll(pipeline, pool, MESSAGES_AFTER);
  const visibleMs = await new VisibleWatch(pipeline).until(await pipeline.ends());
  const expected = (MESSAGES_BEFORE + MESSAGES_AFTER) * pool.eventsPerMessage;
  const [{ count }] = await pipeline.query('SELECT count() AS count FROM inferences');
  if (Number(count) !== expected) throw new Error(`${count} rows of ${expected} events`);
  await pipeline.close();
  return {
    'not counted yet at the kill (events)': lag('processor') * pool.eventsPerMessage,
    'not kept yet at the kill (events)': lag('sink') * pool.eventsPerMessage,
    'restart to intake open (ms)': openMs - startMs,
    'restart to all counted (ms)': visibleMs.processor - startMs,
    'restart to all raw rows visible (ms)': visibleMs.sink - startMs,
  };
}

const figures = new Figures();
for (let run = 0; run < runCount; run += 1) {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
  try {
    figures.keep(await restart(dataDirectory));
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
  progress(`restart: run ${run + 1} of ${runCount} done`);
}
figures.print(`kill -9 after ${MESSAGES_BEFORE * pool.eventsPerMessage} events, 5 SLOs, ${runCount} runs`);
