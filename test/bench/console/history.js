/** Hours of history under series that are there: what was judged and counted, as sealing and the evaluator leave it. */
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import { openStore } from '@burnline/runtime';
import { SLOS_PER_SERVICE } from './slos.js';

const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Blocks are kept small: one of the usual size, over all partitions, is more than a statement may hold. */
const SETTINGS =
  'SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1, min_insert_block_size_rows = 50000, max_block_size = 50000';

const COUNTS = 'toUInt64(600 + number % 97)';
const BAD = 'toUInt64(number % 23)';
const COUNTED_EPOCH = `(SELECT stream_epoch AS epoch, start_offsets FROM stream_epochs FINAL WHERE topic = 'burnline.live.inference')`;
const LIVE_SERIES = `(SELECT slo, spec_rev, series FROM series GROUP BY slo, spec_rev, series`;

const hoursSql = ({ fromS, toS, seriesSql }) =>
  `FROM (SELECT ${fromS} + number * ${HOUR_S} AS at, number FROM numbers(${(toS - fromS) / HOUR_S})) AS h CROSS JOIN ${seriesSql}) AS s ${SETTINGS}`;

/** Of the last days all instants are kept, and before them the last of each hour: the views read what was written when it says. */
const KEPT_DAYS = 7;

async function writeJudged(store, { fromS, toS, seriesSql }) {
  const keptS = Math.max(fromS, toS - KEPT_DAYS * DAY_S);
  for (const [tables, hours] of [
    [['budget_hours', 'burn_rate_hours'], { fromS, toS: keptS, seriesSql }],
    [['budgets', 'burn_rates'], { fromS: keptS, toS, seriesSql }],
  ])
    if (hours.fromS < hours.toS) await writeHours(store, tables, hours);
}

async function writeHours(store, [budgets, burnRates], hours) {
  await store.command(
    `INSERT INTO ${budgets} (stream, slo, spec_rev, series, evaluated_at, written_at, period_start, good, bad, total, bad_seen,
       total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage)
     SELECT 'live', slo, spec_rev, series, fromUnixTimestamp(at), fromUnixTimestamp(at), fromUnixTimestamp(at - 90 * ${DAY_S}),
       ${COUNTS} * 2000 - ${BAD} * 90, ${BAD} * 90, ${COUNTS} * 2000, ${BAD} * 90, ${COUNTS} * 2000, 1 - number % 23 / 30,
       1 - number % 23 / 30, false, 'ok', 1 ${hoursSql(hours)}`,
  );
  const windows = (value) => `arrayResize([${value}], 7, ${value})`;
  await store.command(
    `INSERT INTO ${burnRates} (stream, slo, spec_rev, series, evaluated_at, written_at, window_s, bad, total, bad_seen, total_seen,
       burn_rate, coverage, is_heard)
     SELECT 'live', slo, spec_rev, series, fromUnixTimestamp(at), fromUnixTimestamp(at), [300, 1800, 3600, 7200, 21600, 86400, 259200],
       ${windows(BAD)}, ${windows(COUNTS)}, ${windows(BAD)}, ${windows(COUNTS)}, ${windows('number % 23 / 30')}, 1, true ${hoursSql(hours)}`,
  );
}

async function writeCounted(store, { fromS, toS, seriesSql }) {
  for (const [level, widthS, kind] of [
    ['1h', HOUR_S, 'hour'],
    ['1d', DAY_S, 'day'],
  ])
    await store.command(
      `INSERT INTO sli_archive (stream, stream_epoch, slo, spec_rev, series, level, bucket, source_kind, source, version, good, total,
         excluded, first_pane, kept_since)
       SELECT 'live', epoch, slo, spec_rev, series, '${level}', fromUnixTimestamp(at), '${kind}', fromUnixTimestamp(at), 1,
         (${COUNTS} - ${BAD}) * ${widthS / HOUR_S}, ${COUNTS} * ${widthS / HOUR_S}, 0, fromUnixTimestamp(at), fromUnixTimestamp(at + ${widthS})
       FROM (SELECT ${fromS} + number * ${widthS} AS at, number FROM numbers(${Math.floor((toS - fromS) / widthS)})) AS h
       CROSS JOIN ${seriesSql}) AS s CROSS JOIN ${COUNTED_EPOCH} AS e ${SETTINGS}`,
    );
}

/** What was counted is read below the pointers alone: the sealer goes on from where they stand, with the first chunk that there is. */
const writeSealed = (store, throughS) =>
  store.command(
    `INSERT INTO seal_pointers (stream_epoch, source_kind, through, next_chunks, written_at)
     SELECT epoch, kind, fromUnixTimestamp(${throughS}), start_offsets, now64(3) - INTERVAL 10 MINUTE
     FROM ${COUNTED_EPOCH} ARRAY JOIN ['hour', 'day'] AS kind`,
  );

/** Of a moment before it is active nothing is told of an SLO. */
const writeActive = (store, atS) =>
  store.command(
    `INSERT INTO active_specs (stream, slo, spec_rev, activated_at)
     SELECT stream, slo, spec_rev, fromUnixTimestamp(${atS}) FROM active_specs FINAL`,
  );

/**
 * Writes into the database of a pipeline that does not run: `days` of history for every series of the first service, and two days for all
 * others. Whole days, up to the day before yesterday's end: what is sealed since is the pipeline's own.
 */
export async function writeHistory(dataDir, days) {
  const engine = await startEngine({
    dataDirectory: path.join(dataDir, 'clickhouse'),
    port: 0,
    users: [{ name: 'burnline', password: 'bench', role: 'pipeline' }],
  });
  const access = { url: engine.url, user: 'burnline', password: 'bench', database: 'burnline' };
  const store = openStore({ ...access, requestTimeoutMs: 600_000 });
  try {
    const toS = Math.floor(Date.now() / 1_000 / DAY_S) * DAY_S;
    const first = Array.from({ length: SLOS_PER_SERVICE }, (_, index) => `'slo-0-${index}'`).join(', ');
    const long = { fromS: toS - days * DAY_S, toS, seriesSql: `${LIVE_SERIES} HAVING slo IN (${first})` };
    const short = { fromS: toS - 2 * DAY_S, toS, seriesSql: `${LIVE_SERIES} HAVING slo NOT IN (${first})` };
    for (const query of [long, short]) {
      await writeJudged(store, query);
      await writeCounted(store, query);
    }
    await writeSealed(store, toS);
    await writeActive(store, long.fromS);
    await store.command(
      `INSERT INTO evaluation_hours (stream, shard, evaluated_through, written_at, data_start, coverage)
       SELECT 'live', 0, fromUnixTimestamp(${long.fromS} + number * ${HOUR_S}), fromUnixTimestamp(${long.fromS} + number * ${HOUR_S}),
         fromUnixTimestamp(${long.fromS}), 1
       FROM numbers(${(days * DAY_S) / HOUR_S}) SETTINGS max_partitions_per_insert_block = 0`,
    );
    const [{ n }] = await store.query('SELECT toUInt32(count()) AS n FROM budget_hours');
    return n;
  } finally {
    await store.close();
    await engine.stop();
  }
}
