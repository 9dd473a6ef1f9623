/**
 * How fast raw rows are counted again: a million generated events, one SLO ungrouped and one grouped with a cap that
 * overflows. Prints the median of three runs each, by the clock, and the engine's CPU time of it. Usage: npm run bench:backfill [-- EVENTS RUNS]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { runBackfill } from '@burnline/judging';
import { cpuSecondsOf } from './support/cpu.js';
import { generateRows } from './support/raw-rows.js';
import { createLogger, migrate, openStore, readMigrations } from '@burnline/runtime';

const EVENT_COUNT = Number(process.argv[2] ?? 1_000_000);
const RUN_COUNT = Number(process.argv[3] ?? 3);
const DAYS = 30;

const directory = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
const engine = await startEngine({
  dataDirectory: path.join(directory, 'clickhouse'),
  port: 0,
  users: [{ name: 'burnline', password: 'bench', role: 'pipeline' }],
});
const access = { url: engine.url, user: 'burnline', password: 'bench' };
const server = openStore({ ...access, database: 'default' });
await server.command('CREATE DATABASE IF NOT EXISTS burnline');
await server.close();
const store = openStore({ ...access, database: 'burnline' });

const field = (name, type, nullable = false) => ({ kind: 'field', name, type, nullable });
const isFast = {
  kind: 'compare',
  operator: '<=',
  left: field('ttft_ms', 'double', true),
  right: { kind: 'literal', type: 'double', value: 800 },
};
const isOk = {
  kind: 'compare',
  operator: '==',
  left: field('status', 'string'),
  right: { kind: 'literal', type: 'string', value: 'ok' },
};
const planOf = (slo, dimensions) => ({
  slo,
  stream: 'inference',
  scope: null,
  total: isOk,
  verdict: { kind: 'good', where: isFast },
  groupBy: { dimensions, seriesCountMax: 200 },
  sums: ['output_tokens'],
  histogram: { field: 'ttft_ms', scale: 5 },
});

try {
  await migrate(store, await readMigrations(new URL('../../sql/', import.meta.url).pathname));
  const messageCount = await generateRows(store, { eventCount: EVENT_COUNT, days: DAYS });
  const epoch = { epoch: 'bench@1', stream: 'live', topic: 'bench', clock: 'live', partitionCount: 2 };
  const epochs = [{ epoch, beginOffsets: [messageCount, messageCount] }];
  for (const [slo, dimensions] of [
    ['ungrouped', []],
    ['by model', ['model_served']],
    ['by provider, model and tenant, capped', ['provider', 'model_served', 'tenant']],
  ]) {
    const durations = [];
    for (let run = 0; run < RUN_COUNT; run += 1) {
      const [startedMs, startedCpuS] = [performance.now(), await cpuSecondsOf(engine.pid)];
      const plan = { ...planOf(slo, dimensions), specRev: `run-${run}` };
      const logger = createLogger({ name: 'bench', level: 'warn' });
      const { events, sliceCount } = await runBackfill(
        { store, logger },
        { stream: 'live', plan, epochs, paneMs: 10_000 },
      );
      const cpuS = (await cpuSecondsOf(engine.pid)) - startedCpuS;
      durations.push({ ms: performance.now() - startedMs, cpuS, events, sliceCount });
    }
    const { ms, cpuS, events, sliceCount } = durations.toSorted((a, b) => a.ms - b.ms)[RUN_COUNT >> 1];
    const perSecond = Math.round(events / (ms / 1_000));
    console.log(
      `${slo}: ${events} events in ${sliceCount} slices, ${Math.round(ms)} ms, ${perSecond} events/s; engine ${cpuS.toFixed(2)} CPU s`,
    );
  }
} finally {
  await store.close();
  await engine.stop();
  await rm(directory, { recursive: true, force: true });
}
