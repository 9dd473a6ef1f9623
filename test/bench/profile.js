/**
 * Where the time of the pipeline's main thread goes under full load; with --kernel, that of the counting alone.
 *
 * npm run profile [-- --kernel]
 *
 * Writes a .cpuprofile and a flame graph that opens offline into profiles/, and prints where the time went. Work of native
 * threads (log writes, the engine) is not in a profile of the main thread: there it shows as idle.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { Session } from 'node:inspector/promises';
import { fileURLToPath } from 'node:url';
import { CountingRun, APPENDED_AT_MS, createKernelCounter } from './support/counting-run.js';
import { profileTable, writeFlameGraph } from './support/cpu-profile.js';
import { VisibleWatch, sendAll } from './support/load.js';
import { MessagePool } from './support/message-pool.js';
import { RunningPipeline } from './support/running-pipeline.js';
import { planOf } from './support/slis.js';

const OUTPUT = fileURLToPath(new URL('../../profiles/', import.meta.url));
/** Events sent before the profile begins: by then the hot code is compiled. */
const WARMUP_MESSAGES = 1_000;
const MESSAGES = 4_000;
const KERNEL_RUNS = 100;
const KERNEL_SLIS = 20;
const SAMPLING_INTERVAL_US = 250;

async function profilePipeline(file) {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'burnline-profile-'));
  const pool = new MessagePool({ messageCount: 500 });
  try {
    const pipeline = await RunningPipeline.start(dataDirectory);
    const watch = new VisibleWatch(pipeline);
    await sendAll(pipeline, pool, WARMUP_MESSAGES);
    await watch.until(await pipeline.ends());
    await pipeline.call('startProfile');
    await sendAll(pipeline, pool, MESSAGES);
    await watch.until(await pipeline.ends());
    await pipeline.call('stopProfile', file);
    await pipeline.close();
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
  }
  return `pipeline process, ${MESSAGES * pool.eventsPerMessage} events as fast as they are taken`;
}

async function profileKernel(file) {
  const pool = new MessagePool({ messageCount: 300, latestMicros: APPENDED_AT_MS * 1_000 });
  const plans = Array.from({ length: KERNEL_SLIS }, (_, index) => planOf(index, true));
  const run = new CountingRun(createKernelCounter(plans));
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  for (let index = 0; index < KERNEL_RUNS; index += 1) {
    for (const message of pool.messages) pool.renew(message);
    run.count(pool).chunk.takeDirty();
  }
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await writeFile(file, JSON.stringify(profile));
  return `kernel alone, ${KERNEL_SLIS} grouped SLIs, ${KERNEL_RUNS * pool.messages.length * pool.eventsPerMessage} events`;
}

const isKernel = process.argv.includes('--kernel');
const name = path.join(OUTPUT, isKernel ? 'kernel' : 'pipeline');
await mkdir(OUTPUT, { recursive: true });
const what = await (isKernel ? profileKernel : profilePipeline)(`${name}.cpuprofile`);
await writeFlameGraph(`${name}.html`, `${name}.cpuprofile`);
const profile = JSON.parse(await readFile(`${name}.cpuprofile`, 'utf8'));
console.log([`${what}; Node ${process.version}`, ...profileTable(profile)].join('\n'));
console.log(`profile      ${name}.cpuprofile\nflame graph  ${name}.html`);
