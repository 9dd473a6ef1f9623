import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** What a series counted, over all that panes hold of it or per bucket of event time. */
export interface SeriesTotals {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Start of the bucket, epoch ms; 0 where none was asked for. */
  readonly bucketMs: number;
  readonly good: number;
  readonly total: number;
  readonly excluded: number;
  /** Sums of integer fields, each in its field's unit. */
  readonly sums: Readonly<Record<string, number>>;
  /** Base-2 exponential histogram: bucket index to count, and the count of zeros beside it. */
  readonly histogram: Readonly<Record<string, number>>;
  readonly zeroCount: number;
}

export interface TotalsQuery {
  readonly streams: readonly string[];
  /** Whole seconds; one bucket of all time where it is absent. */
  readonly bucketMs?: number;
  readonly limit?: number;
}

interface TotalsRow {
  slo: string;
  labels: Record<string, string>;
  bucket_s: number;
  good: number;
  total: number;
  excluded: number;
  sums: Record<string, number>;
  histogram: Record<string, number>;
  zero_count: number;
}

const ROWS_MAX = 200_000;

/**
 * Totals of every series of some streams together, by the revision that is judged.
 *
 * Rejects with QUERY_TOO_LARGE where there are more than `limit` rows.
 */
export async function readSeriesTotals(store: Store, query: TotalsQuery): Promise<readonly SeriesTotals[]> {
  const rows = await readWhole<TotalsRow>(store, TOTALS_SQL, {
    streams: query.streams,
    bucket: Math.floor((query.bucketMs ?? 0) / 1_000),
    limit: query.limit ?? ROWS_MAX,
  });
  return rows.map(({ bucket_s, zero_count, ...row }) => ({
    ...row,
    bucketMs: bucket_s * 1_000,
    zeroCount: zero_count,
  }));
}

const TOTALS_SQL = `
SELECT slo, labels, if({bucket:UInt32} = 0, 0, intDiv(toUnixTimestamp(pane), greatest({bucket:UInt32}, 1)) * {bucket:UInt32}) AS bucket_s,
       sum(good) AS good, sum(total) AS total, sum(excluded) AS excluded, sumMap(sums) AS sums,
       sumMap(histogram) AS histogram, sum(zero_count) AS zero_count
FROM slo_panes WHERE stream IN {streams:Array(String)}
GROUP BY slo, labels, bucket_s ORDER BY slo, toString(labels), bucket_s LIMIT {limit:UInt32}`;
