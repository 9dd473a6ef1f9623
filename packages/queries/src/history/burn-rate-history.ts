import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { BUCKET_SQL, EVALUATED_BUCKETS_SQL, SERIES_IDS_SQL } from './evaluated-buckets.ts';
import { historyParams, type HistoryQuery } from './history-query.ts';
import { statementOf } from '../sql-values.ts';

interface WindowBurn {
  /** Length of the window: tiers name theirs, see JudgedSlo. */
  readonly windowMs: number;
  readonly bad: number;
  readonly total: number;
  /** bad / total / (1 - target); for display, integers decide. */
  readonly burnRate: number;
}

/** The burn rates of a series as they stood at the end of one bucket of evaluation time. */
export interface BurnRatePoint {
  /** The bucket, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When these figures came to hold, epoch ms. */
  readonly evaluatedAtMs: number;
  /** Shortest window first. */
  readonly windows: readonly WindowBurn[];
}

interface BurnRow {
  bucket_s: number;
  evaluated_s: number;
  windows: { window_s: number; bad: number; total: number; burn_rate: number }[];
}

/** Burn rates of every window over time; gaps are those of the budget's history. */
export async function readBurnRateHistory(
  store: Store,
  query: HistoryQuery,
): Promise<readonly BurnRatePoint[]> {
  const { stepMs, params } = historyParams(query);
  const rows = await readWhole<BurnRow>(store, BURN_RATES_SQL, params);
  return rows.map((row) => ({
    fromMs: row.bucket_s * 1_000,
    toMs: row.bucket_s * 1_000 + stepMs,
    evaluatedAtMs: row.evaluated_s * 1_000,
    windows: row.windows.map(({ window_s, burn_rate, ...counts }) => ({
      windowMs: window_s * 1_000,
      burnRate: burn_rate,
      ...counts,
    })),
  }));
}

/** The statement of `readBurnRateHistory` with its values in it. */
export function burnRateHistoryStatement(query: HistoryQuery): string {
  const { params } = historyParams(query);
  return statementOf(BURN_RATES_SQL, params);
}

const BURN_RATES_SQL = `
SELECT e.bucket AS bucket_s, b.row.1 AS evaluated_s,
       CAST(arraySort(arrayZip(b.row.2, b.row.3, b.row.4, b.row.5)),
            'Array(Tuple(window_s UInt32, bad UInt64, total UInt64, burn_rate Float64))') AS windows
FROM (SELECT bucket, {slo:String} AS slo FROM (${EVALUATED_BUCKETS_SQL})) AS e
ASOF INNER JOIN (
  SELECT slo, ${BUCKET_SQL} AS bucket,
         argMax((toUnixTimestamp(evaluated_at), window_s, bad, total, burn_rate), evaluated_at) AS row
  FROM burn_rate_rows
  WHERE stream = {stream:String} AND slo = {slo:String} AND evaluated_at < {to:DateTime('UTC')} AND series IN (${SERIES_IDS_SQL})
  GROUP BY slo, bucket
) AS b ON b.slo = e.slo AND e.bucket >= b.bucket
ORDER BY bucket_s LIMIT {limit:UInt32}`;
