import { applyDecision, newAlert } from './alert-machine.ts';
import type { AlertDecision, AlertState } from './alert-machine.ts';

export interface AlertIdentity {
  /** Clock that the evaluation belongs to: live, or the name of a replay. */
  readonly stream: string;
  readonly slo: string;
  readonly seriesKey: string;
  /** Name of the tier. */
  readonly tier: string;
}

/** A decision as the log carries it. */
export interface DecisionMessage extends AlertDecision {
  readonly alertKey: string;
}

/** Keeps keys injective: a separator inside a name must not look like one between names. */
const escapePart = (part: string): string => part.replaceAll('%', '%25').replaceAll('|', '%7C');

/** `stream|slo|series|tier`; `|` and `%` inside a part are percent-encoded. */
export function alertKeyOf({ stream, slo, seriesKey, tier }: AlertIdentity): string {
  return [stream, slo, seriesKey, tier].map(escapePart).join('|');
}

/**
 * `alertKey|evaluation time`: what receivers and tables deduplicate by. The kind of decision is left out on purpose: for
 * one alert and evaluation time one decision stands, and a second writer that decided otherwise must meet the same key.
 */
export function decisionKeyOf(alertKey: string, at: number): string {
  return `${alertKey}|${at}`;
}

/**
 * The state of every alert, replayed from the decision log in its order. For each alert and evaluation time the first
 * message stands, if it applies to the state at all; messages about a time that the log has already passed are ignored. So
 * repeated messages and a second writer do no harm, and every prefix of the log has one meaning.
 *
 * Holds nothing but one state per alert; their number is bounded by the series caps of the specs. `start` continues from
 * an earlier fold (of a prefix) and is not changed.
 */
export function foldDecisions(
  messages: Iterable<DecisionMessage>,
  start: ReadonlyMap<string, AlertState> = new Map(),
): Map<string, AlertState> {
  const states = new Map(start);
  for (const { alertKey, kind, at } of messages) {
    states.set(alertKey, applyDecision(states.get(alertKey) ?? newAlert(), { kind, at }).state);
  }
  return states;
}
