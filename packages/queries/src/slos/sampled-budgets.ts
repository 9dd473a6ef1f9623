import { evidenceOf, wilsonInterval } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { dateTimeOfMs } from '../sql-values.ts';

/** The budget of a series whose events are a sample: fewer were seen than they stand for. */
export interface SampledBudget {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Events of the period that were seen. */
  readonly seen: number;
  /** What they stand for. */
  readonly total: number;
  /** Where the share of good ones among all lies, with a chance of 95 %: Wilson's interval of what was seen. */
  readonly low: number;
  readonly high: number;
}

interface SampledRow {
  stream: string;
  slo: string;
  labels: Record<string, string>;
  bad: number;
  total: number;
  bad_seen: number;
  total_seen: number;
}

/**
 * Budgets at a moment that rest on a sample; one row per series at most. SLOs that weigh events, are made of others or count
 * slices are left out: what they count is no number of events.
 */
export async function readSampledBudgets(
  store: Store,
  { asOfMs }: { readonly asOfMs: number },
): Promise<readonly SampledBudget[]> {
  const rows = await store.query<SampledRow>(SAMPLED_SQL, { as_of: dateTimeOfMs(asOfMs) });
  return rows.map(({ stream, slo, labels, bad, total, bad_seen, total_seen }) => {
    const evidence = evidenceOf({ bad, total, badSeen: bad_seen, totalSeen: total_seen });
    const { lower, upper } = wilsonInterval(evidence.bad, evidence.total);
    return { stream, slo, labels, seen: total_seen, total, low: 1 - upper, high: 1 - lower };
  });
}

const SAMPLED_SQL = `
SELECT b.stream AS stream, b.slo AS slo, l.labels AS labels, toFloat64(b.bad) AS bad, toFloat64(b.total) AS total,
       toFloat64(b.bad_seen) AS bad_seen, toFloat64(b.total_seen) AS total_seen
FROM (SELECT * FROM budget_rows_at(as_of = {as_of:DateTime('UTC')})) AS b
INNER JOIN (SELECT slo, spec_rev, any(plan) AS plan FROM spec_revisions GROUP BY slo, spec_rev) AS r
  ON r.slo = b.slo AND r.spec_rev = b.spec_rev
INNER JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
  ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
WHERE b.total_seen < b.total
  AND NOT JSONHas(r.plan, 'weight') AND NOT JSONHas(r.plan, 'composite') AND NOT JSONHas(r.plan, 'derivation')
ORDER BY stream, slo, toString(labels)`;
