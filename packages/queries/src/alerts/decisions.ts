import type { DecisionKind } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** A decision of the alerter, with the notification of it that was first delivered. */
export interface StoredDecision {
  readonly alertKey: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  readonly decision: DecisionKind;
  /** Epoch ms, of the decision log. */
  readonly decidedAtMs: number;
  /** Epoch ms; null if nothing was delivered. */
  readonly deliveredAtMs: number | null;
}

export interface DecisionsQuery {
  readonly stream: string;
  readonly slos: readonly string[];
  /** Decided from this moment on, epoch ms. */
  readonly fromMs: number;
  readonly limit?: number;
}

/** Days of decisions on thousands of series. */
const DECISIONS_MAX = 200_000;

/** Decisions on these SLOs, in the order in which they were made. Rejects with QUERY_TOO_LARGE. */
export async function readDecisions(store: Store, query: DecisionsQuery): Promise<readonly StoredDecision[]> {
  const rows = await readWhole<Omit<StoredDecision, 'deliveredAtMs'> & { delivered: number }>(
    store,
    DECISIONS_SQL,
    { stream: query.stream, slos: query.slos, from: query.fromMs, limit: query.limit ?? DECISIONS_MAX },
  );
  return rows.map(({ delivered, ...row }) => ({ ...row, deliveredAtMs: delivered > 0 ? delivered : null }));
}

const DECISIONS_SQL = `
SELECT d.alert_key AS alertKey, d.slo AS slo, d.labels AS labels, d.tier AS tier, d.severity AS severity,
       d.decision AS decision, toFloat64(toUnixTimestamp64Milli(d.decided_at)) AS decidedAtMs,
       toFloat64(toUnixTimestamp64Milli(n.delivered_at)) AS delivered
FROM alert_decisions AS d FINAL
LEFT JOIN (SELECT decision_key, min(finished_at) AS delivered_at FROM alert_notifications FINAL
           WHERE outcome = 'delivered' GROUP BY decision_key) AS n ON n.decision_key = d.decision_key
WHERE d.stream = {stream:String} AND d.slo IN {slos:Array(String)}
  AND d.decided_at >= fromUnixTimestamp64Milli({from:Int64})
ORDER BY d.log_offset LIMIT {limit:UInt32}`;
