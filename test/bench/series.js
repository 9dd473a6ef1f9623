/**
 * What many series cost: counting into them, and writing their rows.
 *
 * npm run bench:series [-- RUNS]
 *
 * Five SLOs grouped by tenant, with 1, 100 and 10,000 tenants (the caps are raised to match), over two partitions. Every flush
 * comes after as many events as it takes to touch (nearly) every series, so that it writes as many rows as it may; series are
 * known to the writer, as they are from the second flush on. CPU time: of this process, and of the engine's.
 */
import process from 'node:process';
import { PaneWriter } from '../../packages/counting/dist/counting/pane-writer.js';
import { APPENDED_AT_MS, CountingRun, createKernelCounter } from './support/counting-run.js';
import { cpuSecondsOf } from './support/cpu.js';
import { startBenchEngine } from './support/engine.js';
import { Figures, progress } from './support/figures.js';
import { MessagePool } from './support/message-pool.js';
import { planOf } from './support/slis.js';

const runCount = Number(process.argv[2] ?? 5);
const SLO_COUNT = 5;
const PARTITION_COUNT = 2;
const EPOCH = { stream: 'live', epoch: 'live@1', topic: 't', clock: 'live', createdAtMs: 0 };
const SETTINGS = { intervalMs: 60_000, paneMs: 10_000 };

const snapshotOf = (chunk, partition) => ({
  partition: { topic: 't', partition },
  chunks: [{ firstOffset: chunk.start.firstOffset, intervalNumber: 0, rows: chunk.takeDirty() }],
  closings: [],
  specBegins: [],
  specSet: { id: '', revisions: [] },
});

async function cpuSecondsDuring(pid, work) {
  const [own, engine] = [process.cpuUsage(), await cpuSecondsOf(pid)];
  const startMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(own);
  const engineMs = ((await cpuSecondsOf(pid)) - engine) * 1_000;
  return { wallMs: performance.now() - startMs, ownMs: (user + system) / 1_000, engineMs };
}

async function measure({ store, pid }, tenantCount) {
  const messageCount = Math.max(100, tenantCount / 20);
  const pool = new MessagePool({ messageCount, tenantCount, latestMicros: APPENDED_AT_MS * 1_000 });
  const groupBy = { dimensions: ['tenant'], seriesCountMax: tenantCount };
  const plans = Array.from({ length: SLO_COUNT }, (_, index) => ({ ...planOf(index, false), groupBy }));
  const counter = createKernelCounter(plans);
  const runs = Array.from({ length: PARTITION_COUNT }, () => new CountingRun(counter));
  const writer = new PaneWriter(store, SETTINGS);
  const figures = new Figures();
  // The first run warms up, and makes the series known.
  for (let run = -1; run < runCount; run += 1) {
    let seconds = 0;
    const snapshots = runs.map((one, partition) => {
      for (const message of pool.messages) pool.renew(message);
      const counted = one.count(pool);
      seconds += counted.seconds;
      return snapshotOf(counted.chunk, partition);
    });
    const rowCount = snapshots.reduce((sum, { chunks }) => sum + chunks[0].rows.length, 0);
    const spent = await cpuSecondsDuring(pid, () => writer.write(snapshots, () => EPOCH));
    progress(`series: ${tenantCount} per SLO, run ${run + 1} of ${runCount} done`);
    if (run < 0) continue;
    figures.keep({
      'counting (events per CPU second)': (PARTITION_COUNT * messageCount * pool.eventsPerMessage) / seconds,
      'rows of a flush': rowCount,
      'flush (ms)': spent.wallMs,
      'flush, CPU of the pipeline (ms)': spent.ownMs,
      'flush, CPU of the engine (ms)': spent.engineMs,
      'flush, CPU of the pipeline per row (us)': (spent.ownMs * 1_000) / rowCount,
    });
  }
  figures.print(
    `${tenantCount} series for each of ${SLO_COUNT} SLOs, ${PARTITION_COUNT} partitions, ${runCount} runs`,
  );
}

const engine = await startBenchEngine();
try {
  for (const tenantCount of [1, 100, 10_000]) await measure(engine, tenantCount);
} finally {
  await engine.close();
}
