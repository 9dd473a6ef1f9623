import { DAY_MS, HOUR_MS, floorTo } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, statementOf, type TimeRange } from '../sql-values.ts';
import type { CostDimension } from './cost.ts';

/**
 * What is unusual: a day of spend beyond so many times the median of the days before it, which one bad day among them does not
 * move, and above so much, below which nobody looks.
 */
export const UNUSUAL_SPEND = {
  factor: 3,
  /** One US dollar. */
  minimumNanoUsd: 1_000_000_000,
  /** Days before the last one that are looked at. */
  daysMax: 7,
  /** With fewer of them there is no telling what is usual. */
  daysMin: 3,
} as const;

/** A value that spent more than it used to, in 1e-9 USD. */
export interface UnusualSpend {
  /** Empty where an event has none. */
  readonly value: string;
  /** In the last day. */
  readonly spentNanoUsd: number;
  /** Median of the days before it; one on which it spent nothing is a zero. */
  readonly usualNanoUsd: number;
}

export interface UnusualSpendQuery {
  readonly stream: string;
  readonly by: CostDimension;
  /** End of the last day, epoch ms; cut to a whole hour. */
  readonly toMs: number;
  /** Whole days before the last one of which there is data, 1 to `daysMax`. */
  readonly days: number;
  readonly limit: number;
}

/** Of one dimension what spent beyond the rule in the last day, what is most beyond what is usual first. */
export async function readUnusualSpend(
  store: Store,
  query: UnusualSpendQuery,
): Promise<readonly UnusualSpend[]> {
  return store.query<UnusualSpend>(UNUSUAL_SQL, unusualParams(query));
}

/** The statement of `readUnusualSpend` with its values in it. */
export const unusualSpendStatement = (query: UnusualSpendQuery): string =>
  statementOf(UNUSUAL_SQL, unusualParams(query));

/** When the first event of a stretch was, epoch ms; null: there is none. */
export async function readFirstInference(
  store: Store,
  { stream, fromMs, toMs }: TimeRange & { readonly stream: string },
): Promise<number | null> {
  const [row] = await store.query<{ first_ms: number; count: number }>(
    `SELECT toUnixTimestamp64Milli(min(occurred_at)) AS first_ms, count() AS count FROM inference_events
     WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}`,
    { stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs) },
  );
  return row === undefined || row.count === 0 ? null : row.first_ms;
}

function unusualParams({ stream, by, toMs, days, limit }: UnusualSpendQuery) {
  const endMs = floorTo(toMs, HOUR_MS);
  return {
    ...{ stream, by, days, limit },
    from: dateTimeOfMs(endMs - (days + 1) * DAY_MS),
    to: dateTimeOfMs(endMs),
    factor: UNUSUAL_SPEND.factor,
    minimum: UNUSUAL_SPEND.minimumNanoUsd,
  };
}

const UNUSUAL_SQL = `
SELECT value, spent AS spentNanoUsd, usual AS usualNanoUsd
FROM (
  SELECT value, sumIf(cost, days_ago = 0) AS spent, groupArrayIf(cost, days_ago > 0) AS before,
         arrayReduce('quantileExactInclusive(0.5)', arrayConcat(before, arrayWithConstant({days:UInt32} - length(before), toFloat64(0)))) AS usual
  FROM (
    SELECT value, intDiv(toUnixTimestamp({to:DateTime('UTC')}) - 1 - toUnixTimestamp(bucket), 86400) AS days_ago,
           toFloat64(sum(cost_nano_usd)) AS cost
    FROM cost_between(dimension = {by:String}, from_time = {from:DateTime('UTC')}, to_time = {to:DateTime('UTC')}, bucket_s = 3600)
    WHERE stream = {stream:String} GROUP BY value, days_ago
  ) GROUP BY value
)
WHERE spent >= {minimum:UInt64} AND spent > {factor:UInt32} * usual
ORDER BY spent - usual DESC, value LIMIT {limit:UInt32}`;
