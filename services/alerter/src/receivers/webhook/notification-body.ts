import { isEnding } from '@burnline/core';
import type { DecisionRecord, PolicyEvidence } from '@burnline/contracts';
import { bundleKeyOf, worstOf } from '../bundle-key.ts';
import { commandOf } from '../facts.ts';
import type { Notice } from '../notice.ts';
import { groupSummaryOf, knownOf, leftMsOf, partsOf, summaryOf } from '../words.ts';

/** What a receiver is sent, as JSON. Stable: fields are added, never changed. */
function notificationOf(notice: Notice): object {
  const { telling, repeat } = notice;
  const { decision, key, firedAtMs } = telling;
  const { evidence } = decision;
  if (evidence.policy !== undefined) return policyNotificationOf(notice, evidence.policy);
  const { attribution, budgetRemaining } = knownOf(notice);
  return {
    version: 1,
    decision_key: key,
    alert_key: decision.alertKey,
    decision: decision.kind,
    evaluated_at: new Date(decision.at).toISOString(),
    fired_at: firedAtMs === null ? null : new Date(firedAtMs).toISOString(),
    repeat,
    urgency: evidence.urgency ?? null,
    severity: evidence.severity,
    summary: summaryOf(notice),
    slo: evidence.slo,
    display_name: evidence.displayName,
    service: evidence.service,
    labels: evidence.labels,
    stream: evidence.stream,
    tier: evidence.tier,
    target: evidence.target,
    burn_rate_factor: evidence.factor,
    burn_rate: evidence.burnRate ?? null,
    burn_word: evidence.burnWord ?? null,
    long_window: windowOf(evidence.long),
    short_window: windowOf(evidence.short),
    budget_remaining: budgetRemaining,
    budget_exhausted_at: exhaustedAt(decision, budgetRemaining),
    coverage: evidence.coverage,
    ...(evidence.guard !== undefined && { guard: evidence.guard }),
    spec_rev: evidence.specRev,
    attribution,
    ...partFieldsOf(notice),
    ...(decision.ending !== undefined && { ended_by: decision.ending.by, reason: decision.ending.reason }),
    ...(notice.isTest === true && { test: true }),
    routes: evidence.routed?.routes ?? [],
    runbook: evidence.runbook ?? null,
    console_url: notice.page?.href ?? null,
    details: commandOf(decision),
  };
}

/** Of a composite: its parts by name, and whether what the attribution says of them was not read in time. */
function partFieldsOf(notice: Notice): object {
  const parts = partsOf(notice);
  return parts === null
    ? {}
    : { parts: parts.names, attribution_unread: parts.isUnread || parts.burns.length === 0 };
}

/** What is sent of a policy; `type` tells it from an alert. Stable as well. */
function policyNotificationOf({ telling, repeat, ...notice }: Notice, policy: PolicyEvidence): object {
  const { decision, key, firedAtMs } = telling;
  const { evidence, ending } = decision;
  return {
    version: 1,
    type: 'policy',
    decision_key: key,
    alert_key: decision.alertKey,
    decision: decision.kind,
    evaluated_at: new Date(decision.at).toISOString(),
    fired_at: firedAtMs === null ? null : new Date(firedAtMs).toISOString(),
    repeat,
    summary: summaryOf({ telling, repeat, ...notice }),
    service: evidence.service,
    stream: evidence.stream,
    policy: policy.name,
    action: policy.action,
    level: policy.level,
    stands: policy.stands,
    severity: evidence.severity,
    slo: policy.slo,
    labels: evidence.labels,
    budget_spent: policy.spent,
    lift_below: policy.liftBelow,
    stops: policy.stops,
    coverage: evidence.coverage,
    ...(ending !== undefined && { reason: ending.reason }),
    details: commandOf(decision),
  };
}

/** One notification for several series of one SLO and tier: the fields of the worst, and every series by name. */
export function groupNotificationOf(notices: readonly Notice[]): {
  readonly key: string;
  readonly body: object;
} {
  const [worst, key] = [worstOf(notices), bundleKeyOf(notices)];
  if (notices.length === 1) return { key, body: notificationOf(worst) };
  const series = notices.map(({ telling: { key: decisionKey, decision } }) => ({
    decision_key: decisionKey,
    alert_key: decision.alertKey,
    labels: decision.evidence.labels,
    burn_rate: decision.evidence.burnRate ?? null,
    long_window: windowOf(decision.evidence.long),
    short_window: windowOf(decision.evidence.short),
  }));
  const body = { ...notificationOf(worst), decision_key: key, summary: groupSummaryOf(worst, notices) };
  return { key, body: { ...body, group: { series_count: series.length, series } } };
}

function exhaustedAt(decision: DecisionRecord, remaining: number | null): string | null {
  if (remaining === null || isEnding(decision.kind)) return null;
  const leftMs = leftMsOf(decision, remaining);
  return leftMs === null ? null : new Date(decision.at + Math.round(leftMs)).toISOString();
}

function windowOf(window: DecisionRecord['evidence']['long']): object {
  return { seconds: window.windowMs / 1_000, bad: window.bad, total: window.total };
}
