import type { Contribution } from '@burnline/contracts';
import type { DecisionKind, NotificationOutcome } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

/** What became of a decision's notification at one receiver. */
export interface StoredNotice {
  readonly receiver: string;
  readonly outcome: NotificationOutcome;
  /** How often it was sent. */
  readonly attempts: number;
  /** When the last attempt was over, epoch ms. */
  readonly finishedAtMs: number;
}

/** A decision of the alerter, with what became of its notifications. */
export interface StoredDecision {
  readonly alertKey: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  readonly decision: DecisionKind;
  /** Epoch ms, of the decision log. */
  readonly decidedAtMs: number;
  /** Where the bad events came from; of entities, which are beyond their envelopes. Empty where it is not known. */
  readonly attribution: readonly Contribution[];
  /** In the order of time. */
  readonly notices: readonly StoredNotice[];
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
  const rows = await readWhole<Omit<StoredDecision, 'attribution'> & { attribution: string }>(
    store,
    DECISIONS_SQL,
    { stream: query.stream, slos: query.slos, from: query.fromMs, limit: query.limit ?? DECISIONS_MAX },
  );
  return rows.map(({ attribution, ...row }) => ({
    ...row,
    attribution: JSON.parse(attribution || '[]') as Contribution[],
  }));
}

const DECISIONS_SQL = `
SELECT d.alert_key AS alertKey, d.slo AS slo, d.labels AS labels, d.tier AS tier, d.severity AS severity,
       d.decision AS decision, toFloat64(toUnixTimestamp64Milli(d.decided_at)) AS decidedAtMs,
       if(d.attribution = '[]' AND c.attribution != '', c.attribution, d.attribution) AS attribution, n.notices AS notices
FROM alert_decisions AS d FINAL
LEFT JOIN (SELECT decision_key, arraySort(notice -> (notice.finishedAtMs, notice.receiver), groupArray(
             CAST((receiver, outcome, attempts, toFloat64(toUnixTimestamp64Milli(finished_at))),
                  'Tuple(receiver String, outcome String, attempts UInt16, finishedAtMs Float64)'))) AS notices
           FROM alert_notifications FINAL GROUP BY decision_key) AS n ON n.decision_key = d.decision_key
LEFT JOIN (SELECT * FROM alert_contexts FINAL) AS c ON c.decision_key = d.decision_key
WHERE d.stream = {stream:String} AND d.slo IN {slos:Array(String)}
  AND d.decided_at >= fromUnixTimestamp64Milli({from:Int64})
ORDER BY d.log_offset LIMIT {limit:UInt32}`;
