/**
 * Time of one live tick over sealed history: sums of every window read, judged, written.
 *
 * npm run bench:tick [-- SERIES ... [--days DAYS ...]]   (100, 1000 and 10000 series, and 30 days, unless named)
 *
 * History is that many days of 5 min, 1 h and 1 day rows, sealed through an hour and the last full day, and an hour and 5 min of
 * chunk rows over two partitions that are not sealed yet: the most that a tick meets. Every series has events in every
 * pane. Of the archive only what lies around the edges of windows is made: no tick reads the rest. Chunk rows are written
 * minute by minute in three flushes that rewrite a pane, as the processor does. Beside it, the same sums from chunk rows alone: an hour in chunk rows is a small part of what 30 days
 * would be, so that ratio is a floor.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { startEngine } from '@burnline/engine';
import { migrate, openStore, readMigrations } from '@burnline/runtime';
import { loadSpecs } from '@burnline/specs';
import { BurnStage } from '../../packages/judging/dist/index.js';
import { windowGroupOf, groupPlans } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { sumsAt } from '../../packages/judging/dist/evaluation/window-sums.js';

const RUN_COUNT = 5;
const SLO_COUNT = 10;
const PANE_MS = 10_000;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const [named, namedDays] = process.argv
  .slice(2)
  .join(' ')
  .split('--days')
  .map((list) => list.split(' ').filter(Boolean).map(Number));
const seriesCounts = named.length > 0 ? named : [100, 1_000, 10_000];
const dayCounts = namedDays ?? [30];
/** Up to so many, hours and days of all of history are written: that no tick reads them is then seen, not supposed. */
const WHOLE_HISTORY_SERIES_MAX = 1_000;
/** The unsealed hour ends now; rows' lives are counted by the real clock. */
const hourS = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S - HOUR_S;
/** Sealing an hour takes some minutes. Edges of windows then lie right after whole hours, far from the next one. */
const OPEN_MINUTES = 65;
const atS = hourS + OPEN_MINUTES * 60;
/** How many series have events between two ticks in the common case: one in so many. */
const CHANGED_ONE_IN = 10;
const dayS = Math.floor(hourS / DAY_S) * DAY_S;
/** Blocks are kept small: one of the usual size, over all partitions, is more than a statement may hold. */
const SETTINGS =
  'SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1, min_insert_block_size_rows = 50000, max_block_size = 50000';
const PERIOD_MS = 30 * DAY_S * 1_000;

const sloText = (index) => `
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
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { by: [tenant], seriesMax: 10000 } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;
const slos = Array.from({ length: SLO_COUNT }, (_, index) => sloText(index)).join('---');
const { plans, issues } = loadSpecs([{ file: 'slos.yaml', text: slos }], { mode: 'tolerant' });
if (plans.length < SLO_COUNT) throw new Error(JSON.stringify(issues));
const windowsMs = [
  ...new Set(plans[0].tiers.flatMap((tier) => [tier.shortWindowMs, tier.longWindowMs])),
  PERIOD_MS,
];

const pickSql = (values) => `[${values.map((value) => `'${value}'`).join(', ')}][number % ${SLO_COUNT} + 1]`;
const slisSql = `${pickSql(plans.map(({ slo }) => slo))} AS slo, ${pickSql(plans.map(({ sli }) => sli.specRev))} AS spec_rev,
  cityHash64(number) AS series`;
const countsSql = (weight) =>
  `${weight} * 5 + number % 3 AS good, ${weight} * 6 + number % 3 AS total, 0 AS excluded`;

async function archive(store, seriesCount, { level, kind, widthS, fromS, toS }) {
  const sourceS = kind === 'day' ? DAY_S : HOUR_S;
  await store.command(
    `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version,
       good, total, excluded, first_pane, kept_since)
     SELECT 'live', 'live@1', ${slisSql}, '${level}', fromUnixTimestamp(bucket_s), '${kind}',
       fromUnixTimestamp(intDiv(bucket_s, ${sourceS}) * ${sourceS}), 1, ${countsSql(widthS / 10)},
       fromUnixTimestamp(bucket_s), fromUnixTimestamp(intDiv(bucket_s, ${sourceS}) * ${sourceS} + ${sourceS})
     FROM (SELECT ${fromS} + number * ${widthS} AS bucket_s FROM numbers(${Math.floor((toS - fromS) / widthS)})) AS b
     CROSS JOIN (SELECT number FROM numbers(${seriesCount})) AS n ${SETTINGS}`,
  );
}

/**
 * The stretches that a tick reads, each from the edge of its window to the next whole bucket of the level above, and an
 * hour more on either side. Other buckets lie elsewhere in the primary key: no tick touches them.
 */
async function writeHistory(store, seriesCount, days) {
  const oldestS = dayS - days * DAY_S;
  const edges = windowsMs.map((lengthMs) => atS - lengthMs / 1_000);
  const widths = { '1d': DAY_S, '1h': HOUR_S, '5m': 300, pane: 10 };
  const write = async (level, fromS, toS) => {
    const from = Math.max(fromS, oldestS);
    if (from >= toS) return;
    const kind = level === '1d' ? 'day' : 'hour';
    await archive(store, seriesCount, { level, kind, widthS: widths[level], fromS: from, toS });
  };
  await write('1d', oldestS, dayS);
  if (seriesCount <= WHOLE_HISTORY_SERIES_MAX) await write('1h', oldestS, dayS - 31 * DAY_S);
  const floorTo = (edgeS, gridS) => Math.floor(edgeS / gridS) * gridS;
  const hours = edges.flatMap((edgeS) => [-1, 0, 1].map((step) => floorTo(edgeS, HOUR_S) + step * HOUR_S));
  for (const fromS of new Set([...edges.map((edgeS) => floorTo(edgeS, DAY_S)), dayS]))
    await write('1h', fromS, Math.min(fromS + DAY_S, hourS));
  for (const fromS of new Set(hours)) if (fromS < hourS) await write('5m', fromS, fromS + HOUR_S);
  await write('pane', hourS - HOUR_S / 2, hourS);
}

async function writeOpenHour(store, seriesCount) {
  for (let minute = 0; minute < OPEN_MINUTES; minute += 1)
    for (const [fromPane, toPane] of [
      [0, 2],
      [1, 4],
      [3, 6],
    ]) {
      const intervalS = hourS + minute * 60;
      await store.command(
        `INSERT INTO sli_panes (stream, stream_epoch, slo, spec_rev, series, pane, partition, chunk, version, log_interval,
           good, total, excluded, kept_since)
         SELECT 'live', 'live@1', ${slisSql}, fromUnixTimestamp(${intervalS} + 10 * pane_index), part, ${minute}, ${toPane},
           fromUnixTimestamp(${intervalS}), ${countsSql(1)}, fromUnixTimestamp(${intervalS})
         FROM (SELECT number + ${fromPane} AS pane_index FROM numbers(${toPane - fromPane})) AS p
         CROSS JOIN (SELECT number AS part FROM numbers(2)) AS q
         CROSS JOIN (SELECT number FROM numbers(${seriesCount})) AS n ${SETTINGS}`,
      );
    }
}

/** A flush that adds events of some series to the last pane. */
async function writeFlush(store, seriesCount, number) {
  const intervalS = atS - 60;
  await store.command(
    `INSERT INTO sli_panes (stream, stream_epoch, slo, spec_rev, series, pane, partition, chunk, version, log_interval,
       good, total, excluded, kept_since)
     SELECT 'live', 'live@1', ${slisSql}, fromUnixTimestamp(${atS - 10}), 0, ${OPEN_MINUTES - 1}, ${7 + number},
       fromUnixTimestamp(${intervalS}), ${countsSql(2 + number)}, fromUnixTimestamp(${intervalS})
     FROM (SELECT number * ${CHANGED_ONE_IN} AS number FROM numbers(${Math.ceil(seriesCount / CHANGED_ONE_IN)}))`,
  );
}

async function writePointers(store) {
  await store.insertRows('stream_epochs', [
    {
      stream_epoch: 'live@1',
      stream: 'live',
      topic: 'live',
      clock: 'live',
      partition_count: 2,
      start_offsets: [0, 0],
      interval_ms: 60_000,
      chunk_events_max: 1_000_000,
      repeat_window_messages: 16_384,
      pane_ms: PANE_MS,
      created_at: '2024-01-01 00:00:00.000',
    },
  ]);
  await store.insertRows('seal_pointers', [
    { stream_epoch: 'live@1', source_kind: 'hour', through: hourS, next_chunks: [60, 60] },
    { stream_epoch: 'live@1', source_kind: 'day', through: dayS, next_chunks: [] },
  ]);
}

/** A store that adds up the time spent in it; what runs side by side counts twice. */
function createTimed(store) {
  const spent = { reading: 0, writing: 0, rowCount: 0 };
  const timed =
    (name, kind) =>
    async (...parameters) => {
      const startedAt = performance.now();
      try {
        return await store[name](...parameters);
      } finally {
        if (name === 'insertBytes') spent.rowCount += parameters[0].rowCount;
        spent[kind] += performance.now() - startedAt;
      }
    };
  return {
    spent,
    store: {
      query: timed('query', 'reading'),
      insertRows: timed('insertRows', 'writing'),
      insertBytes: timed('insertBytes', 'writing'),
    },
  };
}

async function timeOf(work) {
  const startedAt = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedAt };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const text = (ms) => `${Math.round(ms)} ms`;

/** A store whose queries pass through a function first; the sums need nothing else of it. */
const withQuery = (store, query) => ({
  query: (sql, params) => query(sql, params, () => store.query(sql, params)),
});

/** What the reads of one tick touch: rows of the granules that the plan selects. */
async function rowsRead(store, query) {
  let last = ['', {}];
  await sumsAt(
    withQuery(store, (sql, params, run) => {
      last = [sql, params];
      return run();
    }),
    query,
  );
  const rows = await store.query(`EXPLAIN ESTIMATE ${last[0]}`, last[1]);
  return rows.reduce((sum, row) => sum + Number(row.rows), 0);
}

/** The most that a process has had resident so far. */
async function peakMib(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024);
}

async function benchmark(seriesCount, days) {
  const directory = await mkdtemp(path.join(tmpdir(), 'burnline-tick-'));
  const engine = await startEngine({
    dataDirectory: path.join(directory, 'clickhouse'),
    port: 0,
    users: [{ name: 'burnline', password: 'bench', role: 'pipeline' }],
  });
  const access = { url: engine.url, user: 'burnline', password: 'bench', database: 'default' };
  const store = openStore({ ...access, requestTimeoutMs: 300_000 });
  try {
    await migrate(store, await readMigrations(new URL('../../sql/', import.meta.url).pathname));
    const { ms: generatedMs } = await timeOf(async () => {
      await writeHistory(store, seriesCount, days);
      await writeOpenHour(store, seriesCount);
      await writePointers(store);
    });
    const query = {
      stream: 'live',
      group: windowGroupOf(groupPlans(plans)[0], { fromMs: atS * 1_000, toMs: atS * 1_000 }),
      atMs: atS * 1_000,
      paneMs: PANE_MS,
    };
    const unsealed = withQuery(store, (sql, params, run) =>
      /FROM (seal_pointers|backfills)|JOIN seal_pointers/.test(sql) ? [] : run(),
    );
    const ticks = [];
    const commonTicks = [];
    const commonRows = [];
    const reads = [];
    const chunkReads = [];
    const { spent, store: timed } = createTimed(store);
    let coverage = 1;
    // All but the last minute is written for good, as in a live stream.
    const writtenThroughMs = query.atMs - 60_000;
    const clock = { due: async () => ({ fromMs: query.atMs, toMs: query.atMs, coverage, writtenThroughMs }) };
    const stage = new BurnStage(timed, clock, {
      stream: 'live',
      kind: 'live',
      judged: () => plans,
      paneMs: PANE_MS,
      tickMs: 60_000,
    });
    const { ms: firstMs } = await timeOf(() => stage.tick());
    for (let run = 0; run < RUN_COUNT; run += 1) {
      await writeFlush(store, seriesCount, run);
      spent.rowCount = 0;
      commonTicks.push((await timeOf(() => stage.tick())).ms);
      const changedCount = Math.ceil(seriesCount / CHANGED_ONE_IN);
      // Counts alone moved: of many series a part has its row now, the others within a minute.
      const isPart = spent.rowCount > 0 && spent.rowCount <= 2 * changedCount;
      if (!isPart) throw new Error(`${spent.rowCount} rows were written`);
      commonRows.push(spent.rowCount / 2);
      // Every series changes: the coverage falls and rises.
      coverage = 1 - coverage;
      Object.assign(spent, { reading: 0, writing: 0 });
      const tick = await timeOf(() => stage.tick());
      ticks.push({ ms: tick.ms, ...spent });
      const read = await timeOf(() => sumsAt(store, query));
      reads.push(read.ms);
      if (read.result.length !== seriesCount) throw new Error(`${read.result.length} series were read`);
      chunkReads.push((await timeOf(() => sumsAt(unsealed, query))).ms);
    }
    const memory = { pipeline: await peakMib(process.pid), engine: await peakMib(engine.pid) };
    const tickMs = median(ticks.map((tick) => tick.ms));
    const readMs = median(reads);
    const chunkMs = median(chunkReads);
    const queryMs = median(ticks.map((tick) => tick.reading));
    const writeMs = median(ticks.map((tick) => tick.writing));
    console.log(
      [
        `${seriesCount} series, ${days} days (history made in ${(generatedMs / 1_000).toFixed(0)} s; load of the machine ${loadavg()[0].toFixed(1)})`,
        `  tick, every series changed   ${text(tickMs)}  (reading ${text(queryMs)}, two tables written in ${text(writeMs)} together)`,
        `  tick, one in ${CHANGED_ONE_IN} changed      ${text(median(commonTicks))}  (${median(commonRows)} rows of each table)`,
        `  first tick after a start     ${text(firstMs)}`,
        `  window sums                  ${text(readMs)}  of ${await rowsRead(store, query)} rows`,
        `  memory at most              ${memory.pipeline} and ${memory.engine} MiB, this process and the engine`,
        `  chunk rows only             ${text(chunkMs)}  of ${await rowsRead(unsealed, query)} rows; ratio ${(readMs / chunkMs).toFixed(2)}`,
      ].join('\n'),
    );
  } finally {
    await store.close();
    await engine.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

for (const days of dayCounts) for (const seriesCount of seriesCounts) await benchmark(seriesCount, days);
