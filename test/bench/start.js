/**
 * How soon `burnline up` takes events: on a new data directory, on the same one again, and on one with 30 days of rows.
 *
 * npm run bench:start [-- RUNS]   (5 unless named)
 *
 * CPU time is that of the pipeline's process, from its start; the engine runs in another, beside it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEngine } from '@burnline/engine';
import { openStore } from '@burnline/runtime';
import { Figures, progress } from './support/figures.js';
import { timedUp } from './support/timed-up.js';

const runCount = Number(process.argv[2] ?? 5);
const SPECS = fileURLToPath(new URL('../../examples/quickstart/', import.meta.url));
const DAYS = 30;
const ROWS = {
  /** Raw rows a day, of one event a message. */
  events: 200_000,
  /** Series, each with a row for every 5 minutes and hour. */
  series: 100,
};

/** Rows as old as the retention keeps them, in the tables that grow with time. */
async function writeHistory(dataDirectory) {
  const users = [{ name: 'burnline', password: 'bench', role: 'pipeline' }];
  const engine = await startEngine({ dataDirectory: path.join(dataDirectory, 'clickhouse'), port: 0, users });
  const store = openStore({ url: engine.url, user: 'burnline', password: 'bench', database: 'burnline' });
  const nowS = Math.floor(Date.now() / 1_000);
  for (let day = 1; day <= DAYS; day += 1) {
    const dayS = nowS - day * 86_400;
    await store.command(
      `INSERT INTO inference_events (stream, stream_epoch, partition, offset, event_index, log_time, kept_since, occurred_at,
         event_id, service, provider, model_requested, status, duration_ms)
       SELECT 'live', 'live@old', 0, ${day * ROWS.events} + number, 0, toDateTime64(${dayS} + number % 86400, 3), toDateTime(${dayS}),
         toDateTime64(${dayS} + number % 86400, 6), generateUUIDv4(), 'chat', concat('p', toString(number % 5)),
         concat('m', toString(number % 40)), 'ok', number % 3000 FROM numbers(${ROWS.events})`,
    );
    for (const [level, widthS] of Object.entries({ '5m': 300, '1h': 3_600 }))
      await store.command(
        `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version,
           good, total, excluded, first_pane, kept_since)
         SELECT 'live', 'live@old', 'old', 'old', number % ${ROWS.series}, '${level}', fromUnixTimestamp(at), 'hour',
           fromUnixTimestamp(at - at % 3600), 1, 9, 10, 0, fromUnixTimestamp(at), fromUnixTimestamp(at)
         FROM (SELECT number, toUInt32(${dayS - (dayS % 86_400)} + intDiv(number, ${ROWS.series}) * ${widthS}) AS at
               FROM numbers(${(ROWS.series * 86_400) / widthS}))`,
      );
  }
  const [{ rows }] = await store.query(
    "SELECT sum(rows) AS rows FROM system.parts WHERE active AND database = 'burnline'",
  );
  await store.close();
  await engine.stop();
  return Number(rows);
}

const figures = new Figures();
const keep = (what, { wallMs, cpuMs }) =>
  figures.keep({ [`${what}: by the clock (ms)`]: wallMs, [`${what}: CPU (ms)`]: cpuMs });
const root = await mkdtemp(path.join(tmpdir(), 'burnline-bench-'));
try {
  const old = path.join(root, 'old');
  await timedUp(SPECS, old);
  const rowCount = await writeHistory(old);
  progress(`start: ${rowCount} rows of ${DAYS} days are there`);
  for (let run = 0; run < runCount; run += 1) {
    const fresh = path.join(root, `fresh-${run}`);
    keep('a new directory', await timedUp(SPECS, fresh));
    keep('the same again', await timedUp(SPECS, fresh));
    keep(`${DAYS} days, ${rowCount} rows`, await timedUp(SPECS, old));
    progress(`start: run ${run + 1} of ${runCount} done`);
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
figures.print(`burnline up until it takes events, ${runCount} runs`);
