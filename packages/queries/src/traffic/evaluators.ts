import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** How the verdicts of one evaluator in one version came out in one bucket of event time; of a sampled stream each verdict as one. */
export interface EvaluatorVerdicts {
  readonly evaluator: string;
  readonly version: string;
  readonly kind: string;
  /** What was judged, e.g. quality. */
  readonly dimension: string;
  /** Start of the bucket, epoch ms. */
  readonly bucketMs: number;
  readonly passed: number;
  readonly total: number;
}

export interface EvaluatorsQuery extends TimeRange {
  readonly stream: string;
  /** Width of a bucket, whole seconds. */
  readonly bucketMs: number;
  readonly limit?: number;
}

/** A month of hours of a few dozen evaluators. */
const ROWS_MAX = 20_000;

/** Verdicts by evaluator, version, kind and dimension over time, oldest bucket first. Rejects with QUERY_TOO_LARGE. */
export async function readEvaluators(
  store: Store,
  query: EvaluatorsQuery,
): Promise<readonly EvaluatorVerdicts[]> {
  const rows = await readWhole<Omit<EvaluatorVerdicts, 'bucketMs'> & { bucket_s: number }>(
    store,
    EVALUATORS_SQL,
    {
      stream: query.stream,
      from: dateTimeOfMs(query.fromMs),
      to: dateTimeOfMs(query.toMs),
      bucket: Math.floor(query.bucketMs / 1_000),
      limit: query.limit ?? ROWS_MAX,
    },
  );
  return rows.map(({ bucket_s, ...row }) => ({ ...row, bucketMs: bucket_s * 1_000 }));
}

const EVALUATORS_SQL = `
SELECT evaluator, evaluator_version AS version, kind, dimension,
       intDiv(toUnixTimestamp(inference_at), {bucket:UInt32}) * {bucket:UInt32} AS bucket_s,
       countIf(passed) AS passed, count() AS total
FROM verdicts
WHERE stream = {stream:String} AND inference_at >= {from:DateTime('UTC')} AND inference_at < {to:DateTime('UTC')}
GROUP BY evaluator, version, kind, dimension, bucket_s
ORDER BY evaluator, version, kind, dimension, bucket_s LIMIT {limit:UInt32}`;
