import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { KEYS_FIRST_SQL, SAME_LABELS_SQL, statementOf } from '../sql-values.ts';
import { JUDGED_SERIES_SQL } from './evaluated-buckets.ts';
import { historyParams, type HistoryQuery } from './history-query.ts';

/** What a series counted in one bucket of event time; of a sampled stream as many as they stand for, to a thousandth. */
export interface EventCount {
  /** The bucket, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  /** Within the SLO's scope, and not counted. */
  readonly excluded: number;
}

interface CountRow {
  start_s: number;
  width_s: number;
  good: number;
  bad: number;
  total: number;
  excluded: number;
}

/**
 * Good and bad events of a series over time, by the revision that is judged, oldest first. A bucket without events is not
 * there: nothing happened, or nothing is known; the history of the budget says which. Steps below an hour come from panes,
 * which live for 8 days; an hour whose panes are gone is one point of an hour.
 */
export async function readEventCounts(store: Store, query: HistoryQuery): Promise<readonly EventCount[]> {
  const { stepMs, params } = historyParams(query);
  const rows = await readWhole<CountRow>(store, stepMs < HOUR_MS ? FINE_SQL : COARSE_SQL, params);
  return rows.map(({ start_s, width_s, ...counts }) => ({
    fromMs: start_s * 1_000,
    toMs: (start_s + width_s) * 1_000,
    ...counts,
  }));
}

/** The statement of `readEventCounts` with its values in it. */
export function eventCountsStatement(query: HistoryQuery): string {
  const { stepMs, params } = historyParams(query);
  return statementOf(stepMs < HOUR_MS ? FINE_SQL : COARSE_SQL, params);
}

const HOUR_MS = 3_600_000;

const SUMS = 'sum(good) AS good, sum(bad) AS bad, sum(total) AS total, sum(excluded) AS excluded';
const OF_SERIES = `stream = {stream:String} AND slo = {slo:String} AND ${SAME_LABELS_SQL}`;

const COARSE_SQL = `
SELECT intDiv(toUnixTimestamp(hour), {step:UInt32}) * {step:UInt32} AS start_s, {step:UInt32} AS width_s, ${SUMS}
FROM sli_hour_rows
WHERE ${JUDGED_SERIES_SQL} AND hour >= {from:DateTime('UTC')} AND hour < {to:DateTime('UTC')}
GROUP BY start_s ORDER BY start_s LIMIT {limit:UInt32} ${KEYS_FIRST_SQL}`;

// Panes may go one by one in the last of their days; before that an hour's panes are whole, and hold what came since the
// hours were read.
const FINE_SQL = `
SELECT start_s, width_s, good, bad, total, excluded
FROM (
  SELECT start_s, width_s, good, bad, total, excluded, countIf(width_s < 3600) OVER hours AS panes,
         sumIf(seen, width_s < 3600) OVER hours AS in_panes, sumIf(seen, width_s = 3600) OVER hours AS in_hour
  FROM (
    SELECT intDiv(toUnixTimestamp(pane), {step:UInt32}) * {step:UInt32} AS start_s, {step:UInt32} AS width_s, ${SUMS},
           sum(total_seen) AS seen
    FROM slo_panes
    WHERE ${OF_SERIES} AND pane >= toStartOfHour({from:DateTime('UTC')})
      AND pane < toStartOfHour({to:DateTime('UTC')} + INTERVAL 3599 SECOND)
    GROUP BY start_s
    UNION ALL
    SELECT toUnixTimestamp(hour) AS start_s, toUInt32(3600) AS width_s, ${SUMS}, sum(total_seen) AS seen
    FROM sli_hour_rows
    WHERE ${JUDGED_SERIES_SQL} AND hour >= toStartOfHour({from:DateTime('UTC')}) AND hour < {to:DateTime('UTC')}
    GROUP BY start_s
  )
  WINDOW hours AS (PARTITION BY intDiv(start_s, 3600))
)
WHERE width_s = if(panes = 0 OR (in_panes < in_hour AND start_s < toUnixTimestamp(now() - INTERVAL 7 DAY)), 3600, {step:UInt32})
  AND start_s + width_s > toUnixTimestamp({from:DateTime('UTC')}) AND start_s < toUnixTimestamp({to:DateTime('UTC')})
ORDER BY start_s LIMIT {limit:UInt32} ${KEYS_FIRST_SQL}`;
