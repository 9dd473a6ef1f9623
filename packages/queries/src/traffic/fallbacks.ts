import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** How many attempts at one model of one provider stood in for another one; of a sampled stream as many as they stand for. */
export interface FallbackShare {
  readonly provider: string;
  readonly model: string;
  readonly attempts: number;
  readonly fallbacks: number;
}

/** As many as readFleet has. */
const MODELS_MAX = 1_000;

/** Attempts at depth 1 and beyond of fallback chains, provider by model over a range of event time, the busiest first. */
export async function readFallbacks(
  store: Store,
  query: TimeRange & { readonly stream: string; readonly limit?: number },
): Promise<readonly FallbackShare[]> {
  return store.query<FallbackShare>(FALLBACKS_SQL, {
    stream: query.stream,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    limit: query.limit ?? MODELS_MAX,
  });
}

const FALLBACKS_SQL = `
SELECT provider, model, intDiv(sum(weight) + 500, 1000) AS attempts, intDiv(sumIf(weight, fallback_depth > 0) + 500, 1000) AS fallbacks
FROM (
  SELECT provider, model, fallback_depth,
         toUInt64(floor(least(greatest(ifNotFinite(sample_weight, 1), 1), 1000000) * 1000 + 0.5)) AS weight
  FROM inferences
  WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
)
GROUP BY provider, model ORDER BY attempts DESC, provider, model LIMIT {limit:UInt32}`;
