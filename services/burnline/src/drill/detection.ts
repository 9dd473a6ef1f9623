import { alertTimingOf, isEnding, type BurnTier } from '@burnline/core';
import type { StoredDecision } from '@burnline/queries';
import { labelsKey } from './compare-panes.ts';
import { isFaultOf, showsFault, type CountedSeries } from './counted-series.ts';
import { leastRuleMs } from './rule-time.ts';
import type { OwnEvent } from './own-count.ts';
import type { Scenario } from './scenarios.ts';
import { deliveredAtMs, toldOf, type Told } from './told.ts';

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
  /** When the last bad event has left its short window and its hold is over, ISO 8601; null where the tier is gone. */
  readonly clearsAt: string | null;
  /** By receiver; empty: nobody was. */
  readonly told: readonly Told[];
}

/** What the drill's own count says of a fault's events, in a series that holds nothing else. */
interface FaultCount {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: 'event' | 'entity';
  readonly bad: number;
  readonly total: number;
  /** Whether an alert of the series fired for it. */
  readonly isAlerted: boolean;
}

export interface Detection {
  readonly scenario: Scenario;
  readonly outcome: 'detected' | 'not-detected' | 'not-covered' | 'cannot-be-told-apart' | 'not-run';
  /** Every alert on the drill's own series, the first one first. */
  readonly alerts: readonly AlertSeen[];
  /** Of every SLO that its events count in, those that stay quiet too. */
  readonly counts: readonly FaultCount[];
  /** SLOs that fired before the fault began and went on: nothing new can be seen of them. */
  readonly firingBefore: readonly string[];
  /** SLOs whose series hold other traffic too: their alerts may speak of that. */
  readonly notTold: readonly string[];
}

/** What was noticed of a scenario's fault, by alerts on series that hold nothing but the drill's events. */
export function detect(scenario: Scenario, given: Given): Detection {
  const faulty = given.own.filter((one) => one.isAcknowledged && isFaultOf(one.event, scenario));
  const times = faulty.map((one) => one.madeAtMs);
  const [firstBadMs, lastBadMs] = [times[0], times.at(-1)];
  const covering = given.series.filter((one) => showsFault(one, scenario));
  const told = covering.filter((one) => one.isOwn);
  const notTold = [...new Set(covering.filter((one) => !one.isOwn).map((one) => one.slo.slo))];
  const nothing = { scenario, alerts: [], counts: [], firingBefore: [], notTold };
  if (firstBadMs === undefined || lastBadMs === undefined) return { ...nothing, outcome: 'not-run' };
  if (told.length === 0)
    return { ...nothing, outcome: notTold.length > 0 ? 'cannot-be-told-apart' : 'not-covered' };
  const found = told.map((series) => {
    const decisions = decisionsOf(series, given.decisions);
    const untilMs = nextFaultMs(series, scenario, firstBadMs);
    const fires = decisions.filter(
      (one) => isOwnFire(series, one) && one.decidedAtMs >= firstBadMs && one.decidedAtMs < untilMs,
    );
    const alerts = fires.map((fire) => alertSeen(series, fire, { decisions, firstBadMs, lastBadMs }));
    return { series, alerts, isFiringBefore: isFiringAt(decisions, firstBadMs) };
  });
  const alerts = found.flatMap((one) => one.alerts).sort((a, b) => a.firedAfterMs - b.firedAfterMs);
  const alerted = new Set(found.filter((one) => one.alerts.length > 0).map(({ series }) => series));
  return {
    scenario,
    outcome: alerts.length > 0 ? 'detected' : 'not-detected',
    alerts,
    counts: given.series.flatMap((one) => countsOf(one, scenario, alerted.has(one))),
    firingBefore: found.filter((one) => one.isFiringBefore).map(({ series }) => series.slo.slo),
    notTold,
  };
}

/** An alert on a series in which the drill had counted nothing bad by then. */
export interface FalseAlert {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  /** ISO 8601. */
  readonly firedAt: string;
}

/** Alerts since the drill began that nothing of its own accounts for, on series that hold nothing else. */
export function falseAlertsOf({ series, decisions }: Given, startedAtMs: number): readonly FalseAlert[] {
  return series
    .filter((one) => one.isOwn && isOfEvents(one))
    .flatMap((one) =>
      decisionsOf(one, decisions)
        .filter((fire) => fire.decidedAtMs >= startedAtMs && isOwnFire(one, fire))
        .filter(({ attribution }) => one.entities === null || attribution.length > 0)
        .filter(({ decidedAtMs }) => !one.counted.some(({ atMs, isGood }) => !isGood && atMs <= decidedAtMs))
        .map(({ tier, decidedAtMs }) => ({
          ...{ slo: one.slo.slo, labels: one.labels, tier },
          firedAt: new Date(decidedAtMs).toISOString(),
        })),
    );
}

interface Given {
  readonly own: readonly OwnEvent[];
  readonly series: readonly CountedSeries[];
  readonly decisions: readonly StoredDecision[];
}

function decisionsOf(series: CountedSeries, decisions: readonly StoredDecision[]): readonly StoredDecision[] {
  const key = labelsKey(series.labels);
  return decisions.filter(({ slo, labels }) => slo === series.slo.slo && labelsKey(labels) === key);
}

/** Whether single events, or entities, decide: of slices of time and composites they do not. */
const isOfEvents = ({ entities, slo: { sli } }: CountedSeries): boolean =>
  entities !== null || (sli.derivation === undefined && sli.composite === undefined);

/**
 * Whether a decision fires for the series. All drills have one alert of entities, which names those that it fires for; one that
 * names none could not look them up.
 */
function isOwnFire({ entities }: CountedSeries, { decision, attribution }: StoredDecision): boolean {
  if (decision !== 'fire' || entities === null || attribution.length === 0) return decision === 'fire';
  const named = new Set(attribution.map(({ value }) => value));
  return entities.some(({ labels }) => named.has(entityText(labels)));
}

/** An entity as alerts name it: its fields' values, in the order of the fields' names. */
const entityText = (labels: Readonly<Record<string, string>>): string =>
  Object.keys(labels)
    .sort()
    .map((name) => labels[name] ?? '')
    .join(' ');

function countsOf(series: CountedSeries, scenario: Scenario, isAlerted: boolean): readonly FaultCount[] {
  if (!series.isOwn) return [];
  const isFault = ({ event }: CountedSeries['counted'][number]): boolean => isFaultOf(event, scenario);
  const entities = series.entities?.filter(({ counted }) => counted.some(isFault));
  const events = series.counted.filter(isFault);
  if (events.length === 0) return [];
  const bad = entities?.filter(({ isBeyond }) => isBeyond) ?? events.filter(({ isGood }) => !isGood);
  return [
    {
      ...{ slo: series.slo.slo, labels: series.labels, unit: entities === undefined ? 'event' : 'entity' },
      ...{ bad: bad.length, total: (entities ?? events).length, isAlerted },
    },
  ];
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
  const deliveredMs = deliveredAtMs(fire);
  const resolve = at.decisions.find(
    (one) => one.alertKey === fire.alertKey && isEnding(one.decision) && one.decidedAtMs > fire.decidedAtMs,
  );
  return {
    slo: fire.slo,
    labels: fire.labels,
    tier: fire.tier,
    severity: fire.severity,
    firedAfterMs: fire.decidedAtMs - at.firstBadMs,
    deliveredAfterMs: deliveredMs === null ? null : deliveredMs - at.firstBadMs,
    ruleMs: tier === undefined ? null : leastRuleMs(series, tier, at.firstBadMs),
    resolvedAfterMs: resolve === undefined ? null : Math.max(0, resolve.decidedAtMs - at.lastBadMs),
    clearsAt: tier === undefined ? null : new Date(at.lastBadMs + clearingMs(tier)).toISOString(),
    told: toldOf(fire, at.decisions),
  };
}

const clearingMs = (tier: BurnTier): number => tier.shortWindowMs + alertTimingOf(tier).resolveHoldMs;

/** Whether an alert of a series fires at a moment: decisions stand in the order in which they were made. */
function isFiringAt(decisions: readonly StoredDecision[], atMs: number): boolean {
  const last = new Map<string, StoredDecision['decision']>();
  for (const one of decisions) if (one.decidedAtMs < atMs) last.set(one.alertKey, one.decision);
  return [...last.values()].some((decision) => !isEnding(decision));
}
