import type { Store } from '@burnline/runtime';
import { KEYS_FIRST_SQL } from '../sql-values.ts';

/** How the field that an SLI keeps a histogram of is spread, over the budget period of one of its series. */
export interface SeriesPercentiles {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly field: string;
  /** Values that they are percentiles of; events without the field have none. */
  readonly valueCount: number;
  /** In the field's unit, within the histogram's stated error. */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

interface PercentilesRow {
  stream: string;
  slo: string;
  labels: Record<string, string>;
  field: string;
  value_count: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
}

/**
 * Percentiles of every series of a stream, or of one of its SLOs, that has a histogram, over what its budget speaks of at a moment: the whole hours
 * of the period, and the open one up to the moment. Of an hour long past whose panes are gone, the open part is left out.
 */
export async function readPercentiles(
  store: Store,
  { stream, slo, toMs }: { readonly stream: string; readonly slo?: string; readonly toMs: number },
): Promise<readonly SeriesPercentiles[]> {
  const rows = await store.query<PercentilesRow>(percentilesSql(slo !== undefined), {
    ...{ as_of: Math.floor(toMs / 1_000), stream },
    ...(slo !== undefined && { slo }),
  });
  return rows.map(({ value_count, ...row }) => ({ ...row, valueCount: value_count }));
}

function percentilesSql(isOfOne: boolean): string {
  const own = isOfOne ? 'stream = {stream:String} AND slo = {slo:String}' : 'stream = {stream:String}';
  return `
WITH fromUnixTimestamp({as_of:UInt32}) AS as_of, toStartOfHour(as_of) AS open_hour
SELECT c.stream AS stream, c.slo AS slo, c.labels AS labels, r.field AS field,
       sum(c.zero_count) + arraySum(mapValues(sumMap(c.histogram))) AS value_count,
       burnlinePercentile(sumMap(c.histogram), sum(c.zero_count), any(r.scale), 0.5) AS p50,
       burnlinePercentile(sumMap(c.histogram), sum(c.zero_count), any(r.scale), 0.9) AS p90,
       burnlinePercentile(sumMap(c.histogram), sum(c.zero_count), any(r.scale), 0.95) AS p95,
       burnlinePercentile(sumMap(c.histogram), sum(c.zero_count), any(r.scale), 0.99) AS p99
FROM (
  SELECT stream, slo, spec_rev, labels, hour AS start, histogram, zero_count FROM slo_hour_revisions
  WHERE hour >= (
      SELECT min(start) FROM (SELECT argMax(period_start, evaluated_at) AS start FROM budget_rows
                              WHERE evaluated_at <= as_of AND ${own} GROUP BY slo))
    AND hour < open_hour AND ${own}
  UNION ALL
  SELECT stream, slo, spec_rev, labels, pane AS start, histogram, zero_count FROM slo_pane_revisions
  WHERE pane >= open_hour AND pane < as_of AND ${own}
) AS c
INNER JOIN (SELECT stream, slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev,
                   argMax(period_start, (evaluated_at, written_at)) AS period_start FROM budget_rows
            WHERE evaluated_at <= as_of AND ${own} GROUP BY stream, slo) AS v
  ON v.stream = c.stream AND v.slo = c.slo AND v.spec_rev = c.spec_rev
INNER JOIN (SELECT slo, spec_rev, any(JSONExtractString(plan, 'histogram', 'field')) AS field,
                   any(JSONExtractUInt(plan, 'histogram', 'scale')) AS scale
            FROM spec_revisions GROUP BY slo, spec_rev HAVING field != '') AS r
  ON r.slo = c.slo AND r.spec_rev = c.spec_rev
WHERE c.start >= v.period_start
GROUP BY stream, slo, labels, field HAVING value_count > 0
ORDER BY stream, slo, toString(labels) ${isOfOne ? KEYS_FIRST_SQL : ''}`;
}
