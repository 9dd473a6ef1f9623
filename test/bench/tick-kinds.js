/**
 * Time of one live tick over 10,000 series of mixed kinds: budgets and burn rates of all of them.
 *
 * npm run bench:tick-kinds [-- --share 0.1]   (a tenth of the series)
 *
 * History is 28 days of sealed rows, as the sealer writes them: of what counts events 1 day rows, and the last 4 days of 1 h and
 * 5 min rows, the most that edges of their windows meet; of slices of time the 5 min rows of the whole period, which they are
 * made of; of entities the 5 min in which each was there. Every series has events in every bucket. First every
 * kind by itself, then all of them together: a first tick after a start, and ticks in which one series in ten has changed.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { BurnStage } from '../../packages/judging/dist/index.js';
import { startBenchEngine } from './support/engine.js';
import { median, progress } from './support/figures.js';
import { KINDS, plansOfKind } from './support/kind-slos.js';

const RUN_COUNT = 5;
const SLOS_OF_A_KIND = 4;
const [HOUR_S, DAY_S, PANE_S] = [3_600, 86_400, 10];
const DAYS = 28;
/** Edges of the longest window of an alert lie within them. */
const FINE_DAYS = 4;
const CHANGED_ONE_IN = 10;
/** 10,000 in all: most SLOs count events. */
const SERIES = {
  ratio: 5_000,
  threshold: 1_500,
  weight: 500,
  'raw-ratio': 500,
  timeslices: 300,
  'ratio-timeslices': 300,
  mean: 300,
  calibration: 200,
  'drift of a number': 200,
  'drift of categories': 200,
  capacity: 200,
  envelope: 800,
};
const { values } = parseArgs({ options: { share: { type: 'string', default: '1' } } });
const share = Number(values.share);
/** All of it is sealed, up to an hour that ended just now. */
const atS = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S;
const dayS = Math.floor(atS / DAY_S) * DAY_S;
const SETTINGS =
  'SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1, min_insert_block_size_rows = 50000, max_block_size = 50000';

/** Columns of a row: a tenth of its events are bad, sums and histograms as full as the kind has them. */
function valuesSql({ sums, histogram }, weight) {
  const total = `toUInt64(${weight} * 6 + number % 3)`;
  const sumsSql = sums.map((name) => `'${name.replaceAll("'", "''")}', toInt128(${total} * 900)`);
  const buckets = Array.from(
    { length: 20 },
    (_, index) => `${index - 5}, toUInt64(${weight} + number % ${index + 2})`,
  );
  return `${total} - intDiv(${total}, 10) AS good, ${total} AS total, 0 AS excluded,
    ${sums.length === 0 ? "CAST(map(), 'Map(LowCardinality(String), Int128)')" : `CAST(map(${sumsSql.join(', ')}), 'Map(LowCardinality(String), Int128)')`} AS sums,
    ${histogram === null ? "CAST(map(), 'Map(Int16, UInt64)')" : `CAST(map(${buckets.join(', ')}), 'Map(Int16, UInt64)')`} AS histogram`;
}

const LEVELS = { '1d': DAY_S, '1h': HOUR_S, '5m': 300 };
const COLUMNS =
  'stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version, good, total, excluded, sums, histogram, first_pane, kept_since';

/** Rows of one SLO; each series has one in every bucket, or where `isOnce` in one. */
async function archive(store, { slo, sli }, { level, fromS, toS, seriesCount, isOnce = false }) {
  const widthS = LEVELS[level];
  const sourceS = level === '1d' ? DAY_S : HOUR_S;
  const bucketCount = Math.floor((toS - fromS) / widthS);
  const buckets = isOnce
    ? `SELECT number, ${fromS} + cityHash64(number) % ${bucketCount} * ${widthS} AS bucket_s FROM numbers(${seriesCount})`
    : `SELECT number, bucket_s FROM (SELECT ${fromS} + number * ${widthS} AS bucket_s FROM numbers(${bucketCount})) AS b
       CROSS JOIN (SELECT number FROM numbers(${seriesCount})) AS n`;
  await store.command(
    `INSERT INTO sli_archive (${COLUMNS})
     SELECT 'live', 'live@1', '${slo}', '${sli.specRev}', cityHash64(number), '${level}', fromUnixTimestamp(bucket_s),
       '${level === '1d' ? 'day' : 'hour'}', fromUnixTimestamp(intDiv(bucket_s, ${sourceS}) * ${sourceS}), 1,
       ${valuesSql(sli, widthS / PANE_S)}, fromUnixTimestamp(bucket_s), fromUnixTimestamp(intDiv(bucket_s, ${sourceS}) * ${sourceS} + ${sourceS})
     FROM (${buckets}) ${SETTINGS}`,
  );
}

async function writeHistory(store, plan, kind, seriesCount) {
  const oldestS = dayS - DAYS * DAY_S;
  const fineS = dayS - FINE_DAYS * DAY_S;
  const write = (level, fromS, toS, isOnce) =>
    archive(store, plan, { level, fromS, toS, seriesCount, isOnce });
  if (kind.isOfEntities) return write('5m', oldestS, atS, true);
  if (kind.isOfSlices) return write('5m', oldestS, atS);
  await write('1d', oldestS, dayS);
  await write('1h', fineS, atS);
  await write('5m', fineS, atS);
}

/** A flush that adds events of one series in ten to the last pane. */
async function writeFlush(store, { slo, sli }, seriesCount, number) {
  await store.command(
    `INSERT INTO sli_panes (stream, stream_epoch, slo, spec_rev, series, pane, partition, chunk, version, log_interval, good, total,
       excluded, sums, histogram, kept_since)
     SELECT 'live', 'live@1', '${slo}', '${sli.specRev}', cityHash64(number), fromUnixTimestamp(${atS}), 0, 0, ${number + 1},
       fromUnixTimestamp(${atS}), ${valuesSql(sli, 1 + number)}, fromUnixTimestamp(${atS})
     FROM (SELECT number * ${CHANGED_ONE_IN} AS number FROM numbers(${Math.ceil(seriesCount / CHANGED_ONE_IN)}))`,
  );
}

async function writePointers(store) {
  await store.insertRows('stream_epochs', [
    {
      ...{ stream_epoch: 'live@1', stream: 'live', topic: 'live', clock: 'live' },
      ...{ partition_count: 1, start_offsets: [0], interval_ms: 60_000, chunk_events_max: 1_000_000 },
      ...{ repeat_window_messages: 16_384, pane_ms: PANE_S * 1_000, created_at: '2024-01-01 00:00:00.000' },
    },
  ]);
  await store.insertRows('seal_pointers', [
    { stream_epoch: 'live@1', source_kind: 'hour', through: atS, next_chunks: [0] },
    { stream_epoch: 'live@1', source_kind: 'day', through: dayS, next_chunks: [] },
  ]);
}

async function timeOf(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

let flushNumber = 0;
/** A stage that judges these kinds as a start finds them, then again after flushes. */
async function measure(store, kinds) {
  const plans = kinds.flatMap(({ plans }) => plans);
  let instantS = atS + 60;
  const clock = {
    due: () =>
      Promise.resolve({
        fromMs: instantS * 1_000,
        toMs: instantS * 1_000,
        coverage: 1,
        writtenThroughMs: atS * 1_000,
      }),
  };
  const settings = {
    stream: 'live',
    kind: 'live',
    judged: () => plans,
    paneMs: PANE_S * 1_000,
    tickMs: 60_000,
  };
  const stage = new BurnStage(store, clock, settings);
  const firstMs = await timeOf(() => stage.tick());
  const times = [];
  for (let run = 0; run < RUN_COUNT; run += 1) {
    for (const { plans: own, seriesOfOne } of kinds)
      for (const plan of own) await writeFlush(store, plan, seriesOfOne, flushNumber);
    flushNumber += 1;
    instantS += 5;
    times.push(await timeOf(() => stage.tick()));
  }
  return { firstMs, tickMs: median(times), slowestMs: Math.max(...times) };
}

const show = (name, seriesCount, { firstMs, tickMs, slowestMs }) =>
  console.log(
    `${name.padEnd(20)} ${String(seriesCount).padStart(6)} series: first tick ${Math.round(firstMs)} ms, tick ${Math.round(tickMs)} ms (slowest ${Math.round(slowestMs)})`,
  );

const engine = await startBenchEngine();
try {
  const { store } = engine;
  await writePointers(store);
  const kinds = [];
  for (const [name, kind] of Object.entries(KINDS)) {
    const seriesOfOne = Math.max(CHANGED_ONE_IN, Math.round((SERIES[name] * share) / SLOS_OF_A_KIND));
    const plans = plansOfKind(name, { sloCount: SLOS_OF_A_KIND });
    const ms = await timeOf(async () => {
      for (const plan of plans) await writeHistory(store, plan, kind, seriesOfOne);
    });
    progress(`history of ${name} written in ${Math.round(ms / 1_000)} s`);
    kinds.push({ name, plans, seriesOfOne, seriesCount: SLOS_OF_A_KIND * seriesOfOne });
  }
  for (const kind of kinds) show(kind.name, kind.seriesCount, await measure(store, [kind]));
  const seriesCount = kinds.reduce((sum, kind) => sum + kind.seriesCount, 0);
  show('all together', seriesCount, await measure(store, kinds));
  console.log(
    `load of the machine ${loadavg()[0].toFixed(1)}; ${DAYS} days, ${SLOS_OF_A_KIND} SLOs of each kind, medians of ${RUN_COUNT} ticks`,
  );
} finally {
  await engine.close();
}
