import { isEnding } from '@burnline/core';
import type { StoredDecision } from '@burnline/queries';
import { labelsKey } from './compare-panes.ts';
import { isFaultOf, showsFault, type CountedSeries } from './counted-series.ts';
import { leastRuleMs } from './rule-time.ts';
import type { OwnEvent } from './own-count.ts';
import type { Scenario } from './scenarios.ts';

export interface AlertSeen {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  /** From the first bad event, ms. */
  readonly firedAfterMs: number;
  readonly deliveredAfterMs: number | null;
  /** What the rule itself needs at least, ms; null where its windows cannot say. */
  readonly ruleMs: number | null;
  /** From the last bad event, ms; null while it fires. */
  readonly resolvedAfterMs: number | null;
}

export interface Detection {
  readonly scenario: Scenario;
  readonly outcome: 'detected' | 'not-detected' | 'not-covered' | 'cannot-be-told-apart' | 'not-run';
  /** Every alert on the drill's own series, the first one first. */
  readonly alerts: readonly AlertSeen[];
  /** SLOs that fired before the fault began and went on: nothing new can be seen of them. */
  readonly firingBefore: readonly string[];
  /** SLOs whose series hold other traffic too: their alerts may speak of that. */
  readonly notTold: readonly string[];
}

/** What was noticed of a scenario's fault, by alerts on series that hold nothing but the drill's events. */
export function detect(
  scenario: Scenario,
  given: {
    readonly own: readonly OwnEvent[];
    readonly series: readonly CountedSeries[];
    readonly decisions: readonly StoredDecision[];
  },
): Detection {
  const faulty = given.own.filter((one) => one.isAcknowledged && isFaultOf(one.event, scenario));
  const times = faulty.map((one) => one.madeAtMs);
  const [firstBadMs, lastBadMs] = [times[0], times.at(-1)];
  const covering = given.series.filter((one) => showsFault(one, scenario));
  const told = covering.filter((one) => one.isOwn);
  const notTold = [...new Set(covering.filter((one) => !one.isOwn).map((one) => one.slo.slo))];
  const nothing = { scenario, alerts: [], firingBefore: [], notTold };
  if (firstBadMs === undefined || lastBadMs === undefined) return { ...nothing, outcome: 'not-run' };
  if (told.length === 0)
    return { ...nothing, outcome: notTold.length > 0 ? 'cannot-be-told-apart' : 'not-covered' };
  const decisionsOf = (one: CountedSeries): readonly StoredDecision[] =>
    given.decisions.filter(
      (decision) => decision.slo === one.slo.slo && labelsKey(decision.labels) === labelsKey(one.labels),
    );
  const alerts = told
    .flatMap((one) =>
      decisionsOf(one)
        .filter(
          ({ decision, decidedAtMs }) =>
            decision === 'fire' &&
            decidedAtMs >= firstBadMs &&
            decidedAtMs < nextFaultMs(one, scenario, firstBadMs),
        )
        .map((fire) => alertSeen(one, fire, { decisions: decisionsOf(one), firstBadMs, lastBadMs })),
    )
    .sort((a, b) => a.firedAfterMs - b.firedAfterMs);
  return {
    scenario,
    outcome: alerts.length > 0 ? 'detected' : 'not-detected',
    alerts,
    firingBefore: told.filter((one) => isFiringAt(decisionsOf(one), firstBadMs)).map((one) => one.slo.slo),
    notTold,
  };
}

/** When another scenario's fault shows in the series: alerts from then on may be that one's. */
function nextFaultMs({ counted }: CountedSeries, scenario: Scenario, firstBadMs: number): number {
  const next = counted.find(
    ({ event, atMs, isGood }) =>
      atMs >= firstBadMs && event.isFaulty && !isGood && event.scenario !== scenario,
  );
  return next?.atMs ?? Infinity;
}

function alertSeen(
  series: CountedSeries,
  fire: StoredDecision,
  at: {
    readonly decisions: readonly StoredDecision[];
    readonly firstBadMs: number;
    readonly lastBadMs: number;
  },
): AlertSeen {
  const tier = series.slo.tiers.find((one) => one.name === fire.tier);
  const resolve = at.decisions.find(
    (one) => one.alertKey === fire.alertKey && isEnding(one.decision) && one.decidedAtMs > fire.decidedAtMs,
  );
  return {
    slo: fire.slo,
    labels: fire.labels,
    tier: fire.tier,
    severity: fire.severity,
    firedAfterMs: fire.decidedAtMs - at.firstBadMs,
    deliveredAfterMs: fire.deliveredAtMs === null ? null : fire.deliveredAtMs - at.firstBadMs,
    ruleMs: tier === undefined ? null : leastRuleMs(series, tier, at.firstBadMs),
    resolvedAfterMs: resolve === undefined ? null : Math.max(0, resolve.decidedAtMs - at.lastBadMs),
  };
}

/** Whether an alert of a series fires at a moment: decisions stand in the order in which they were made. */
function isFiringAt(decisions: readonly StoredDecision[], atMs: number): boolean {
  const last = new Map<string, StoredDecision['decision']>();
  for (const one of decisions) if (one.decidedAtMs < atMs) last.set(one.alertKey, one.decision);
  return [...last.values()].some((decision) => !isEnding(decision));
}
