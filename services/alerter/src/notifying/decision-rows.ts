import { decisionKeyOf } from '@burnline/core';
import type { DecisionRecord } from '@burnline/contracts';
import { dateTime64OfMs, type LogMessage } from '@burnline/runtime';

/** A decision that stands, with the message that it came by. */
interface StandingDecision {
  readonly message: LogMessage;
  readonly decision: DecisionRecord;
}

/** Rows of decisions, by the table that they belong to. */
export function decisionRows(
  standing: readonly StandingDecision[],
): readonly (readonly [table: 'alert_decisions' | 'policy_notices', rows: readonly object[]])[] {
  const isOfPolicy = ({ decision }: StandingDecision): boolean => decision.evidence.policy !== undefined;
  const alerts = standing.filter((one) => !isOfPolicy(one)).map(alertRow);
  const notices = standing.filter(isOfPolicy).flatMap(policyRow);
  return [
    ['alert_decisions', alerts],
    ['policy_notices', notices],
  ];
}

function alertRow({ message, decision }: StandingDecision): object {
  const { evidence } = decision;
  return {
    decision_key: decisionKeyOf(decision.alertKey, decision.at),
    alert_key: decision.alertKey,
    stream: evidence.stream,
    slo: evidence.slo,
    spec_rev: evidence.specRev,
    service: evidence.service,
    series: evidence.series,
    labels: evidence.labels,
    tier: evidence.tier,
    urgency: evidence.urgency ?? '',
    severity: evidence.severity,
    decision: decision.kind,
    evaluated_at: Math.floor(decision.at / 1_000),
    long_window_s: evidence.long.windowMs / 1_000,
    long_bad: evidence.long.bad,
    long_total: evidence.long.total,
    short_window_s: evidence.short.windowMs / 1_000,
    short_bad: evidence.short.bad,
    short_total: evidence.short.total,
    factor: evidence.factor,
    coverage: evidence.coverage,
    attribution: JSON.stringify(evidence.attribution),
    ended_by: decision.ending?.by ?? '',
    reason: decision.ending?.reason ?? '',
    log_offset: message.offset,
    decided_at: dateTime64OfMs(message.timestampMs),
  };
}

function policyRow({ message, decision }: StandingDecision): readonly object[] {
  const { alertKey, at, kind, evidence } = decision;
  const { policy, routed } = evidence;
  if (policy === undefined) return [];
  return [
    {
      decision_key: decisionKeyOf(alertKey, at),
      alert_key: alertKey,
      stream: evidence.stream,
      service: evidence.service,
      policy: policy.name,
      action: policy.action,
      level: policy.level,
      decision: kind,
      evaluated_at: dateTime64OfMs(at),
      stands: policy.stands ?? '',
      slo: policy.slo,
      labels: evidence.labels,
      spent: policy.spent,
      receivers: routed?.receivers ?? [],
      log_offset: message.offset,
      decided_at: dateTime64OfMs(message.timestampMs),
    },
  ];
}
