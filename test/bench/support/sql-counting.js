import { predicateToSql } from '@burnline/core';
import { uuidFromBytes, createBatchDecoder, loadPackageSchemas } from '@burnline/contracts';
import { dateTime64OfMicros, dateTime64OfMs } from '@burnline/runtime';

/** Rows live some weeks from here on. */
const KEPT_SINCE = dateTime64OfMs(Date.now()).slice(0, 19);
/** Raw rows: so many times a pool's events, so that a query takes longer than its start. */
const COPIES = 10;

/** Fills the raw table with copies of a pool's events; resolves with the number of rows. */
export async function fillRawRows(store, pool) {
  const decoder = createBatchDecoder(loadPackageSchemas());
  for (const [offset, { value }] of pool.messages.entries()) {
    const { records } = decoder.decodeBatch(value);
    const rows = records.map((event, index) => ({
      ...event,
      stream: 'live',
      stream_epoch: 'live@1',
      partition: 0,
      offset,
      event_index: index,
      is_repeat: false,
      log_time: KEPT_SINCE,
      kept_since: KEPT_SINCE,
      event_id: uuidFromBytes(event.event_id),
      occurred_at: dateTime64OfMicros(Number(event.occurred_at)),
    }));
    await store.insertRows('inference_events', rows);
  }
  await store.command(
    `INSERT INTO inference_events SELECT inference_events.* REPLACE (copy + 1 AS partition)
     FROM inference_events CROSS JOIN (SELECT toUInt16(number) AS copy FROM numbers(${COPIES - 1})) AS copies`,
  );
  await store.command('OPTIMIZE TABLE inference_events FINAL');
  return COPIES * pool.messages.length * pool.eventsPerMessage;
}

const columnOf = (dimension) => {
  const [field, key] = dimension.split('.');
  return key === undefined ? field : `${field}['${key}']`;
};

/** What a pane row of the SLI holds, as columns of a query. */
function columnsOf({ scope, total, verdict, sums, histogram }, index) {
  const test = (node) => (node === null ? '1' : `(${predicateToSql(node)})`);
  const [inScope, counts, isGood] = [test(scope), test(total), test(verdict.where)];
  const conditions = `${inScope} AND ${counts}`;
  return [
    `countIf(${conditions} AND ${isGood}) AS good_${index}`,
    `countIf(${conditions}) AS total_${index}`,
    `countIf(${inScope} AND NOT ${counts}) AS excluded_${index}`,
    ...sums.map((field) => `sumIf(${field}, ${conditions}) AS sum_${index}_${field}`),
    ...(histogram === null
      ? []
      : [
          `sumMapIf([toInt32(ceil(log2(greatest(coalesce(${histogram.field}, 1), 1e-9)) * ${2 ** histogram.scale}) - 1)], [1], ${conditions} AND ${histogram.field} > 0) AS histogram_${index}`,
        ]),
  ];
}

const PANE = 'toStartOfInterval(occurred_at, INTERVAL 10 SECOND) AS pane';
/** One core, as the counting has. */
const SETTINGS = 'SETTINGS max_threads = 1';

/** The queries that give the figures of all SLIs per pane: one for those without groups, one for each with groups. */
export function countingQueries(plans, grouped) {
  if (!grouped)
    return [
      `SELECT ${[PANE, ...plans.flatMap(columnsOf)].join(', ')} FROM inferences GROUP BY pane ${SETTINGS}`,
    ];
  return plans.map((plan, index) => {
    const dimensions = plan.groupBy.dimensions.map((one, at) => `${columnOf(one)} AS group_${at}`);
    const keys = ['pane', ...dimensions.map((_, at) => `group_${at}`)];
    return `SELECT ${[PANE, ...dimensions, ...columnsOf(plan, index)].join(', ')} FROM inferences GROUP BY ${keys.join(', ')} ${SETTINGS}`;
  });
}

/** Runs the queries; the sums of good, total and excluded over all their rows, by SLI. */
export async function runCounting(store, queries) {
  const sums = {};
  for (const sql of queries)
    for (const row of await store.query(sql))
      for (const [name, value] of Object.entries(row))
        if (/^(good|total|excluded)_/.test(name)) sums[name] = (sums[name] ?? 0) + Number(value);
  return sums;
}

/** The same sums from a chunk's rows, for as many copies of its events. */
export function sumsOfRows(plans, rows) {
  const sums = {};
  for (const [index, plan] of plans.entries())
    for (const name of ['good', 'total', 'excluded'])
      sums[`${name}_${index}`] =
        COPIES * rows.filter(({ sli }) => sli === plan).reduce((sum, row) => sum + row[name], 0);
  return sums;
}
