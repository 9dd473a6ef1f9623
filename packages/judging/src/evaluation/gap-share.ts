import type { Store, StreamEpoch } from '@burnline/runtime';

/**
 * Share of a span of time, over all partitions, that a recovery left uncovered: 0 to 1. What happened then is in no sum.
 */
export async function readGapShare(
  store: Store,
  epochs: readonly StreamEpoch[],
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): Promise<number> {
  const partitionCount = epochs.reduce((sum, epoch) => sum + epoch.partitionCount, 0);
  const [row] = await store.query<{ readonly uncovered_ms: number }>(
    `SELECT sum(greatest(0, least(toUnixTimestamp64Milli(uncovered_to), {to:Int64})
                          - greatest(toUnixTimestamp64Milli(uncovered_from), {from:Int64}))) AS uncovered_ms
     FROM recoveries FINAL
     WHERE stream = {stream:String} AND consumer = 'processor' AND topic IN {topics:Array(String)}
       AND uncovered_to > fromUnixTimestamp64Milli({from:Int64})`,
    { stream: epochs[0]?.stream ?? '', topics: epochs.map(({ topic }) => topic), from: fromMs, to: toMs },
  );
  return Math.min(1, (row?.uncovered_ms ?? 0) / ((toMs - fromMs) * Math.max(1, partitionCount)));
}
