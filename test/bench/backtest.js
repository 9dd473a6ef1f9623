/**
 * What `burnline backtest` costs: generated events over some days, ten SLOs (half of them by model, twelve series each), by the
 * CPU time of the command and of its engines. Usage: npm run bench:backtest [-- EVENTS DAYS SLOS]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { startEngine } from '@burnline/engine';
import { migrate, openStore, readMigrations } from '@burnline/runtime';
import { generateRows } from './support/raw-rows.js';

const EVENT_COUNT = Number(process.argv[2] ?? 1_000_000);
const DAYS = Number(process.argv[3] ?? 30);
const SLO_COUNT = Number(process.argv[4] ?? 10);
const COMMAND = new URL('../../services/burnline/bin/burnline.js', import.meta.url).pathname;

const slo = (_, index) => `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: slo-${index} }
spec:
  service: chat
  indicator:
    metadata: { name: slo-${index} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${index % 2 === 0 ? "status == 'ok'" : `ttft_ms <= ${1500 + 10 * index}.0`}" } } }
        total: { metricSource: { type: burnline, spec: { ${index % 2 === 0 ? '' : 'where: has(ttft_ms), by: [model_served]'} } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;

const root = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
try {
  const engine = await startEngine({
    dataDirectory: path.join(root, 'clickhouse'),
    port: 0,
    users: [{ name: 'burnline', password: 'bench', role: 'pipeline' }],
  });
  const access = { url: engine.url, user: 'burnline', password: 'bench' };
  const server = openStore({ ...access, database: 'default' });
  await server.command('CREATE DATABASE IF NOT EXISTS burnline');
  await server.close();
  const store = openStore({ ...access, database: 'burnline' });
  await migrate(store, await readMigrations(new URL('../../sql/', import.meta.url).pathname));
  const messagesPerChunk = Math.max(1, Math.round(EVENT_COUNT / 40 / (DAYS * 1_440)));
  await generateRows(store, { eventCount: EVENT_COUNT, days: DAYS, messagesPerChunk });
  await store.command(
    `INSERT INTO stream_epochs SELECT 'bench@1', 'live', 'bench', 'live', 2, [0, 0], 60000, 100000, 16384, 10000, now()`,
  );
  await store.command(
    `INSERT INTO watermarks (consumer, stream, stream_epoch, topic, partition, position, log_time)
     SELECT 'sink', 'live', 'bench@1', 'bench', number, 1, now() FROM numbers(2)`,
  );
  await store.close();
  await engine.stop();

  const specs = path.join(root, 'slos.yaml');
  await writeFile(
    specs,
    'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}\n' +
      Array.from({ length: SLO_COUNT }, slo).join(''),
  );
  const command = `"${process.execPath}" "${COMMAND}" backtest --specs "${specs}" --data-dir "${root}" --from 2000-01-01 --to 2100-01-01`;
  const startedMs = performance.now();
  // What bash says of its children holds the engines that the command waited for.
  const { stdout } = await promisify(execFile)('bash', ['-c', `${command} > /dev/null 2>&1 && times`]);
  const [, user, system] = /(\S+) (\S+)\s*$/.exec(stdout);
  const secondsOf = (text) => Number(text.split('m')[0]) * 60 + Number(text.split('m')[1].replace('s', ''));
  console.log(
    `${EVENT_COUNT} raw rows of ${DAYS} days, ${SLO_COUNT} SLOs: ${(secondsOf(user) + secondsOf(system)).toFixed(1)} CPU s, ${((performance.now() - startedMs) / 1_000).toFixed(0)} s by the clock`,
  );
} finally {
  await rm(root, { recursive: true, force: true });
}
