import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, msOfDateTime, statementOf, type TimeRange } from '../sql-values.ts';

/** What spend can be told apart by, as the view cost_between names it. */
export const COST_DIMENSIONS = [
  'service',
  'tenant',
  'environment',
  'provider',
  'model',
  'prompt_name',
  'task_id',
] as const;
export type CostDimension = (typeof COST_DIMENSIONS)[number];

/** What one value of the dimension spent in one bucket of event time. */
export interface Spend {
  /** Empty where an event has no value. */
  readonly value: string;
  /** Start of the bucket, epoch ms. */
  readonly bucketMs: number;
  /** Inference events (attempts), repeats left out; of a sampled stream as many as they stand for. */
  readonly requests: number;
  /** Those whose cost nobody knows, and their share of the requests: what the cost does not speak of. */
  readonly unpriced: number;
  readonly unpricedRatio: number;
  /** 1e-9 USD; exact up to 2^53, some 9 million USD. */
  readonly costNanoUsd: number;
}

export interface CostQuery extends TimeRange {
  readonly stream: string;
  readonly by: CostDimension;
  /** Width of a bucket, whole seconds; they begin at multiples of it since 1970. */
  readonly bucketMs: number;
  readonly limit?: number;
}

interface CostRow {
  value: string;
  bucket: string;
  requests: number;
  unpriced: number;
  cost_nano_usd: number;
}

/** A year of days of a few dozen values. */
const ROWS_MAX = 10_000;

/**
 * Spend over a range of event time by one dimension and bucket, oldest bucket first and most expensive first within it.
 *
 * Rejects with QUERY_TOO_LARGE where there are more than `limit` rows.
 */
export async function readCost(store: Store, query: CostQuery): Promise<readonly Spend[]> {
  const rows = await readWhole<CostRow>(store, COST_SQL, costParams(query));
  return rows.map((row) => ({
    value: row.value,
    bucketMs: msOfDateTime(row.bucket),
    requests: row.requests,
    unpriced: row.unpriced,
    unpricedRatio: row.requests === 0 ? 0 : row.unpriced / row.requests,
    costNanoUsd: row.cost_nano_usd,
  }));
}

/** The statement of `readCost` with its values in it. */
export const costStatement = (query: CostQuery): string => statementOf(COST_SQL, costParams(query));

const costParams = (query: CostQuery) => ({
  stream: query.stream,
  by: query.by,
  from: dateTimeOfMs(query.fromMs),
  to: dateTimeOfMs(query.toMs),
  bucket: Math.floor(query.bucketMs / 1_000),
  limit: query.limit ?? ROWS_MAX,
});

const COST_SQL = `
SELECT value, bucket, requests, unpriced, cost_nano_usd
FROM cost_between(dimension = {by:String}, from_time = {from:DateTime('UTC')}, to_time = {to:DateTime('UTC')},
                  bucket_s = {bucket:UInt32})
WHERE stream = {stream:String}
ORDER BY bucket, cost_nano_usd DESC, value LIMIT {limit:UInt32}`;
