import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { BUCKET_SQL, EVALUATED_BUCKETS_SQL, SERIES_IDS_SQL } from './evaluated-buckets.ts';
import { historyParams, type HistoryQuery } from './history-query.ts';
import { statementOf } from '../sql-values.ts';

/** A series' budget as it stood at the end of one bucket of evaluation time. */
export interface BudgetPoint {
  /** The bucket, epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** When these figures came to hold, epoch ms: before the bucket where nothing changed in it. */
  readonly evaluatedAtMs: number;
  readonly periodStartMs: number;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  readonly sliRatio: number | null;
  /** Share of the budget that is left, signed; null without events. */
  readonly remainingRatio: number | null;
  readonly projectedRemainingRatio: number | null;
  readonly isEstimated: boolean;
  readonly state: string;
  readonly coverage: number;
}

interface BudgetRow {
  bucket_s: number;
  evaluated_s: number;
  period_start_s: number;
  good: number;
  bad: number;
  total: number;
  sli: number | null;
  remaining_ratio: number | null;
  projected_remaining_ratio: number | null;
  is_estimated: boolean;
  state: string;
  coverage: number;
}

/**
 * The burn-down of a series' budget: one point per bucket in which its SLO was evaluated, oldest first. A bucket in which
 * nobody evaluated is not there, and neither is one before the series had its first event: a gap, no zero.
 */
export async function readBudgetHistory(store: Store, query: HistoryQuery): Promise<readonly BudgetPoint[]> {
  const { stepMs, params } = historyParams(query);
  const rows = await readWhole<BudgetRow>(store, BUDGETS_SQL, params);
  return rows.map((row) => ({
    fromMs: row.bucket_s * 1_000,
    toMs: row.bucket_s * 1_000 + stepMs,
    evaluatedAtMs: row.evaluated_s * 1_000,
    periodStartMs: row.period_start_s * 1_000,
    good: row.good,
    bad: row.bad,
    total: row.total,
    sliRatio: row.sli,
    remainingRatio: row.remaining_ratio,
    projectedRemainingRatio: row.projected_remaining_ratio,
    isEstimated: row.is_estimated,
    state: row.state,
    coverage: row.coverage,
  }));
}

/** The statement of `readBudgetHistory` with its values in it. */
export function budgetHistoryStatement(query: HistoryQuery): string {
  const { params } = historyParams(query);
  return statementOf(BUDGETS_SQL, params);
}

const BUDGETS_SQL = `
SELECT e.bucket AS bucket_s, b.row.1 AS evaluated_s, b.row.2 AS period_start_s, b.row.3 AS good, b.row.4 AS bad,
       b.row.5 AS total, if(total = 0, NULL, good / total) AS sli, b.row.6 AS remaining_ratio,
       b.row.7 AS projected_remaining_ratio, b.row.8 AS is_estimated, b.row.9 AS state, b.row.10 AS coverage
FROM (SELECT bucket, {slo:String} AS slo FROM (${EVALUATED_BUCKETS_SQL})) AS e
ASOF INNER JOIN (
  SELECT slo, ${BUCKET_SQL} AS bucket,
         argMax((toUnixTimestamp(evaluated_at), toUnixTimestamp(period_start), good, bad, total, remaining_ratio,
                 projected_remaining_ratio, is_estimated, state, coverage), evaluated_at) AS row
  FROM budget_rows
  WHERE stream = {stream:String} AND slo = {slo:String} AND evaluated_at < {to:DateTime('UTC')} AND series IN (${SERIES_IDS_SQL})
  GROUP BY slo, bucket
) AS b ON b.slo = e.slo AND e.bucket >= b.bucket
ORDER BY bucket_s LIMIT {limit:UInt32}`;
