import { applyDecision, decisionKeyOf, isEnding, newAlert, type AlertState } from '@burnline/core';
import type { DecisionEvidence, DecisionRecord } from '@burnline/contracts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { Telling } from '../receivers/notice.ts';

interface FiringAlert {
  readonly fire: DecisionRecord;
  isTold: boolean;
  /** What the last message about it saw. */
  evidence: DecisionEvidence;
}

/**
 * Who speaks for each series, folded from the decision log alone.
 *
 * - A fire is told unless a more urgent alert of its series fires; then it is held back.
 * - Whatever else is decided about an alert is told to those who were told of its fire, and to nobody else.
 * - When no alert of the series that was told fires any more, the most urgent one that was held back is told after all,
 *   under the key of its own fire, with what it saw at that moment: the incident goes on.
 *
 * Holds one state per alert and one decision per firing alert, bounded by the series caps of the specs.
 */
export class Speakers {
  readonly #states = new Map<string, AlertState>();
  readonly #firing = new Map<string, Map<string, FiringAlert>>();

  /** What follows from the next message of the log; empty if an earlier message already said it, or said otherwise. */
  hear(decision: DecisionRecord): readonly Telling[] {
    const { alertKey, kind } = decision;
    const { state, stands } = applyDecision(this.#states.get(alertKey) ?? newAlert(), decision);
    this.#states.set(alertKey, state);
    const known = this.#firing.get(seriesOf(decision))?.get(alertKey);
    if (known !== undefined) known.evidence = decision.evidence;
    if (!stands) return [];
    const alerts = this.#alertsOf(decision);
    if (kind === 'fire') {
      const isTold = !decision.isInhibited || !isAnyTold(alerts);
      alerts.set(alertKey, { fire: decision, isTold, evidence: decision.evidence });
    }
    const own = alerts.get(alertKey);
    const tellings = [tellingOf(decision, own?.fire ?? null, own?.isTold ?? true)];
    if (isEnding(kind)) alerts.delete(alertKey);
    const heldBack = isAnyTold(alerts) ? undefined : [...alerts.values()].sort(byUrgency)[0];
    if (heldBack !== undefined) {
      heldBack.isTold = true;
      tellings.push(tellingOf(seenWith(heldBack.fire, decision), heldBack.fire, true));
    }
    if (alerts.size === 0) this.#firing.delete(seriesOf(decision));
    return tellings;
  }

  /** Alerts that were ever decided about. */
  get alertCount(): number {
    return this.#states.size;
  }

  checkpoint(): Pick<Checkpoint, 'states' | 'alerts'> {
    const alerts = [...this.#firing.values()].flatMap((ofSeries) => [...ofSeries.values()]);
    return { states: [...this.#states], alerts: alerts.map((alert) => ({ ...alert })) };
  }

  /** Goes on from what an earlier fold came to; to be called before anything is heard. */
  restore({ states, alerts }: Pick<Checkpoint, 'states' | 'alerts'>): void {
    for (const [alertKey, state] of states) this.#states.set(alertKey, state);
    for (const alert of alerts) this.#alertsOf(alert.fire).set(alert.fire.alertKey, { ...alert });
  }

  #alertsOf(decision: DecisionRecord): Map<string, FiringAlert> {
    const known = this.#firing.get(seriesOf(decision));
    if (known !== undefined) return known;
    const alerts = new Map<string, FiringAlert>();
    this.#firing.set(seriesOf(decision), alerts);
    return alerts;
  }
}

function tellingOf(decision: DecisionRecord, fire: DecisionRecord | null, isTold: boolean): Telling {
  const { alertKey, kind, at } = decision;
  const keyAt = kind === 'fire' && fire !== null ? fire.at : at;
  // An end goes to whoever heard of the begin, whatever the specs say since.
  const { routed } = (fire ?? decision).evidence;
  return {
    ...{ decision, isTold, key: decisionKeyOf(alertKey, keyAt), firedAtMs: fire?.at ?? null },
    ...(routed !== undefined && { receivers: routed.receivers }),
  };
}

/** A fire that was held back, as it stands when another alert of its series ends. */
function seenWith(fire: DecisionRecord, ending: DecisionRecord): DecisionRecord {
  const seen = ending.others?.find(({ alertKey }) => alertKey === fire.alertKey);
  if (seen === undefined) return fire;
  const { long, short, burnRate, coverage } = seen;
  return {
    ...fire,
    at: ending.at,
    evidence: { ...fire.evidence, long, short, burnRate, burnWord: undefined, coverage },
  };
}

export function seriesOf({ evidence }: DecisionRecord): string {
  return JSON.stringify([evidence.stream, evidence.slo, evidence.series]);
}

function isAnyTold(alerts: ReadonlyMap<string, FiringAlert>): boolean {
  return [...alerts.values()].some((alert) => alert.isTold);
}

/** The order of burn tiers, as far as a decision's evidence knows it: severity, then the shorter window, then the factor. */
function byUrgency(
  { fire: { evidence: left } }: FiringAlert,
  { fire: { evidence: right } }: FiringAlert,
): number {
  if (left.severity !== right.severity) return left.severity < right.severity ? -1 : 1;
  return left.long.windowMs - right.long.windowMs || right.factor - left.factor;
}
