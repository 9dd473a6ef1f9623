import { DECISIONS_TOPIC, encodeDecision, type DecisionRecord } from '@burnline/contracts';
import { alertKeyOf, type DecisionKind } from '@burnline/core';
import type { EventLog } from '@burnline/runtime';

/** A decision about one series of one SLO, `at` epoch ms. */
export function decisionOf(
  series: number,
  kind: DecisionKind,
  at: number,
  evidence: Partial<DecisionRecord['evidence']> = {},
): DecisionRecord {
  const identity = { stream: 'live', slo: 'chat-ttft', seriesKey: String(series), tier: '1h&5m' };
  return {
    version: 1,
    alertKey: alertKeyOf(identity),
    kind,
    at,
    isInhibited: false,
    evidence: {
      stream: identity.stream,
      slo: identity.slo,
      displayName: 'First tokens',
      service: 'chat',
      specRev: '00000000000000aa',
      series: identity.seriesKey,
      labels: { model_served: `m${series}` },
      tier: identity.tier,
      severity: 'SEV-2',
      target: '0.99',
      factor: 14.4,
      long: { windowMs: 3_600_000, bad: 50, total: 100 },
      short: { windowMs: 300_000, bad: 9, total: 10 },
      coverage: 1,
      // A fire that has none waits for what is looked up beside it.
      attribution: [{ dimension: 'provider', value: 'acme', bad: 50, total: 60 }],
      urgency: 'page',
      burnRate: { long: 50, short: 90 },
      budgetRemaining: 0.4,
      periodMs: 28 * 86_400_000,
      runbook: 'https://wiki.example/chat',
      groupFrom: 5,
      ...evidence,
    },
    ...(kind === 'ended' || kind === 'removed' ? { ending: { by: 'ann', reason: 'known' } } : {}),
  };
}

export async function decide(log: EventLog, decisions: readonly DecisionRecord[]): Promise<void> {
  const messages = decisions.map((decision) => ({ value: encodeDecision(decision) }));
  await log.append([{ topic: DECISIONS_TOPIC, partition: 0, messages }]);
}

/** As long as specs, events and operators can make a decision. */
export function longDecision(series: number, kind: DecisionKind, at: number): DecisionRecord {
  const long = 'ü'.repeat(200);
  const decision = decisionOf(series, kind, at, {
    displayName: long,
    service: long,
    labels: Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [
        `attributes.${'n'.repeat(50)}${index}`,
        `${series}${long.slice(0, 190)}`,
      ]),
    ),
    attribution: Array.from({ length: 10 }, () => ({
      dimension: 'model_served',
      value: long,
      bad: 5,
      total: 10,
    })),
    runbook: `https://wiki.example/${'r'.repeat(1_000)}`,
  });
  return { ...decision, ...(decision.ending && { ending: { by: long, reason: 'r'.repeat(1_000) } }) };
}
