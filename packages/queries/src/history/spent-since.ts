import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { asOfSeconds } from '../sql-values.ts';

/** Since when a budget is overspent without a break. */
export interface SpentSince {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch ms; of long ago to the hour, see budget_rows. */
  readonly sinceMs: number;
}

interface SinceRow {
  slo: string;
  labels: Record<string, string>;
  since_s: number;
}

const SERIES_MAX = 100_000;

/**
 * Series of some SLOs that were overspent at a moment, by what their states go by: the projection in a partly filled period.
 * Rejects with QUERY_TOO_LARGE.
 */
export async function readSpentSince(
  store: Store,
  {
    stream,
    slos,
    asOfMs,
  }: { readonly stream: string; readonly slos: readonly string[]; readonly asOfMs: number | null },
): Promise<readonly SpentSince[]> {
  const params = { stream, slos, as_of: asOfSeconds(asOfMs), limit: SERIES_MAX };
  const rows = await readWhole<SinceRow>(store, SINCE_SQL, params);
  return rows.map(({ since_s, ...row }) => ({ ...row, sinceMs: since_s * 1_000 }));
}

const SINCE_SQL = `
SELECT slo, labels, toUnixTimestamp(minIf(evaluated_at, evaluated_at > last_left)) AS since_s
FROM (
  SELECT slo, labels, evaluated_at, is_spent,
         maxIf(evaluated_at, NOT is_spent) OVER (PARTITION BY slo, toString(mapSort(labels))) AS last_left
  FROM (SELECT slo, labels, evaluated_at, ifNull(ifNull(projected_remaining_ratio, remaining_ratio) < 0, 0) AS is_spent
        FROM slo_budgets
        WHERE stream = {stream:String} AND slo IN {slos:Array(String)} AND evaluated_at <= fromUnixTimestamp({as_of:UInt32}))
)
GROUP BY slo, labels HAVING countIf(evaluated_at > last_left) > 0
ORDER BY slo, toString(labels) LIMIT {limit:UInt32}`;
