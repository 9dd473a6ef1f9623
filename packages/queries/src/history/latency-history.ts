import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { KEYS_FIRST_SQL, SAME_LABELS_SQL, statementOf } from '../sql-values.ts';
import { JUDGED_SERIES_SQL } from './evaluated-buckets.ts';
import { historyParams, type HistoryQuery } from './history-query.ts';

/** How the values of a series' histogram were spread in one bucket of event time. */
export interface PercentilesPoint {
  /** The bucket, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly valueCount: number;
  /** In the field's unit, within the histogram's stated error. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** A series whose SLI keeps the distribution of a number, and the scale of its histogram. */
export type PercentilesQuery = HistoryQuery & { readonly scale: number };

interface PointRow {
  start_s: number;
  width_s: number;
  value_count: number;
  p50: number;
  p95: number;
  p99: number;
}

/**
 * Percentiles of a series over time, by the revision that is judged, oldest first. A bucket without values is not there. Steps
 * below an hour come from panes, which live for 8 days; an hour of which no pane is left is one point of an hour.
 */
export async function readPercentileHistory(
  store: Store,
  query: PercentilesQuery,
): Promise<readonly PercentilesPoint[]> {
  const { sql, params } = historySql(query);
  const rows = await readWhole<PointRow>(store, sql, params);
  return rows.map(({ start_s, width_s, value_count, ...percentiles }) => ({
    fromMs: start_s * 1_000,
    toMs: (start_s + width_s) * 1_000,
    valueCount: value_count,
    ...percentiles,
  }));
}

/** The statement of `readPercentileHistory` with its values in it. */
export function percentileHistoryStatement(query: PercentilesQuery): string {
  const { sql, params } = historySql(query);
  return statementOf(sql, params);
}

const HOUR_MS = 3_600_000;

function historySql(query: PercentilesQuery): {
  readonly sql: string;
  readonly params: ReturnType<typeof historyParams>['params'];
} {
  const { stepMs, params } = historyParams(query);
  return { sql: stepMs < HOUR_MS ? FINE_SQL : COARSE_SQL, params: { ...params, scale: query.scale } };
}

const OF_SERIES = `stream = {stream:String} AND slo = {slo:String} AND ${SAME_LABELS_SQL}`;

const percentiles = (rows: string): string => `
SELECT start_s, width_s, sum(zero_count) + arraySum(mapValues(sumMap(histogram))) AS value_count,
       burnlinePercentile(sumMap(histogram), sum(zero_count), {scale:UInt64}, 0.5) AS p50,
       burnlinePercentile(sumMap(histogram), sum(zero_count), {scale:UInt64}, 0.95) AS p95,
       burnlinePercentile(sumMap(histogram), sum(zero_count), {scale:UInt64}, 0.99) AS p99
FROM (${rows})
GROUP BY start_s, width_s HAVING value_count > 0
ORDER BY start_s LIMIT {limit:UInt32} ${KEYS_FIRST_SQL}`;

const COARSE_SQL = percentiles(`
  SELECT intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32} AS start_s, {step:UInt32} AS width_s, histogram, zero_count
  FROM sli_hour_rows WHERE ${JUDGED_SERIES_SQL} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}`);

const PANES_SQL = `FROM slo_panes WHERE ${OF_SERIES} AND pane >= toStartOfHour({from:DateTime('UTC')})
    AND pane < toStartOfHour({to:DateTime('UTC')} + INTERVAL 3599 SECOND)`;

const FINE_SQL = percentiles(`
  SELECT intDiv(toUnixTimestamp(pane), {step:UInt32}) * {step:UInt32} AS start_s, {step:UInt32} AS width_s, histogram, zero_count
  ${PANES_SQL} AND pane >= {from:DateTime('UTC')} AND pane < {to:DateTime('UTC')}
  UNION ALL
  SELECT toUnixTimestamp(hour) AS start_s, toUInt32(3600) AS width_s, histogram, zero_count
  FROM sli_hour_rows
  WHERE ${JUDGED_SERIES_SQL} AND hour >= toStartOfHour({from:DateTime('UTC')}) AND hour < {to:DateTime('UTC')}
    AND hour NOT IN (SELECT DISTINCT toStartOfHour(pane) ${PANES_SQL})`);
