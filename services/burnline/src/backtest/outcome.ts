import { GROUP_FROM_DEFAULT, Speakers, type Telling } from '@burnline/alerter';
import type { DecisionRecord } from '@burnline/contracts';
import { DAY_MS, isEnding, type SloPlan } from '@burnline/core';

/** One alert from its fire to its end. */
export interface BacktestAlert {
  readonly slo: string;
  /** Unsigned 64-bit number as text. */
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  /** Whether it wakes somebody. */
  readonly urgency: 'page' | 'ticket';
  readonly firedAtMs: number;
  /** Null: it fires still where the history ends. */
  readonly endedAtMs: number | null;
  /** Null: it was held back by a more urgent one all the time. */
  readonly toldAtMs: number | null;
  readonly long: DecisionRecord['evidence']['long'];
  readonly short: DecisionRecord['evidence']['short'];
}

/** What one tier of an SLO did over a history. */
export interface TierOutcome {
  readonly slo: string;
  readonly tier: string;
  readonly urgency: 'page' | 'ticket';
  readonly alertCount: number;
  /** How long its alerts fired, of all series together, ms. */
  readonly firingMs: number;
  readonly notificationCount: number;
  readonly notificationsPerWeek: number;
}

export interface Outcome {
  readonly alerts: readonly BacktestAlert[];
  readonly tiers: readonly TierOutcome[];
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Follows a decision log: which alerts it comes to, and who is told of what, by the rule that the notifier goes by. */
export function outcomeOf(
  decisions: readonly DecisionRecord[],
  plans: readonly SloPlan[],
  span: Span,
): Outcome {
  const speakers = new Speakers();
  const alerts: BacktestAlert[] = [];
  const open = new Map<string, number>();
  for (const decision of decisions)
    for (const telling of speakers.hear(decision))
      follow(alerts, open, { ...telling, heardAtMs: decision.at });
  const tiers = plans.flatMap((plan) =>
    plan.tiers.map(({ name, severity }) =>
      tierOutcome(plan, { tier: name, urgency: severity }, alerts, span),
    ),
  );
  return { alerts, tiers };
}

/** Takes one telling in, which follows from a decision of its own time; `open`: where each alert that fires stands in the list. */
function follow(
  alerts: BacktestAlert[],
  open: Map<string, number>,
  { decision, isTold, heardAtMs }: Telling & { readonly heardAtMs: number },
): void {
  const { alertKey, kind, at } = decision;
  const index = open.get(alertKey);
  const known = index === undefined ? undefined : alerts[index];
  if (kind === 'fire' && known === undefined) {
    open.set(alertKey, alerts.length);
    alerts.push(alertOf(decision, isTold));
    return;
  }
  if (index === undefined || known === undefined) return;
  // Held back until now.
  if (kind === 'fire' && isTold) alerts[index] = { ...known, toldAtMs: heardAtMs };
  if (!isEnding(kind)) return;
  alerts[index] = { ...known, endedAtMs: at };
  open.delete(alertKey);
}

function alertOf({ evidence, at }: DecisionRecord, isTold: boolean): BacktestAlert {
  const { slo, series, labels, tier, severity, urgency = 'page', long, short } = evidence;
  return {
    ...{ slo, series, labels, tier, severity, urgency, long, short },
    firedAtMs: at,
    endedAtMs: null,
    toldAtMs: isTold ? at : null,
  };
}

function tierOutcome(
  { slo, groupFrom = GROUP_FROM_DEFAULT }: SloPlan,
  { tier, urgency }: Pick<TierOutcome, 'tier' | 'urgency'>,
  alerts: readonly BacktestAlert[],
  { fromMs, toMs }: Span,
): TierOutcome {
  const own = alerts.filter((alert) => alert.slo === slo && alert.tier === tier);
  const toldAt = new Map<number, number>();
  for (const { toldAtMs } of own)
    if (toldAtMs !== null) toldAt.set(toldAtMs, (toldAt.get(toldAtMs) ?? 0) + 1);
  // Series that fire together are one notification.
  const notificationCount = [...toldAt.values()].reduce(
    (sum, count) => sum + (count < groupFrom ? count : 1),
    0,
  );
  return {
    ...{ slo, tier, urgency, alertCount: own.length, notificationCount },
    firingMs: own.reduce((sum, alert) => sum + (alert.endedAtMs ?? toMs) - alert.firedAtMs, 0),
    notificationsPerWeek: notificationCount / ((toMs - fromMs) / (7 * DAY_MS)),
  };
}
