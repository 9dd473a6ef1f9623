import {
  alertTimingOf,
  deadlineOf,
  foldDecisions,
  isFiringState,
  newAlert,
  step,
  type AlertDecision,
  type AlertEvaluation,
  type AlertState,
  type BurnTier,
  type SloPlan,
} from '@burnline/core';
import type { DecisionEvidence, DecisionRecord } from '@burnline/contracts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { BurnRow } from './burn-rows.ts';

/** What an alert waits on: the row holds until the next one, so it fires or resolves at the end of its hold if none comes. */
export interface HeldRow {
  readonly stream: string;
  readonly plan: SloPlan;
  readonly tier: BurnTier;
  readonly row: BurnRow;
}

/** An alert that burns and has not fired, or fires and is clear, with the row that holds. */
export interface WaitingAlert {
  readonly alertKey: string;
  readonly held: HeldRow;
  readonly phase: 'pending' | 'clearing';
  readonly since: number;
  readonly deadline: number;
}

/** An alert that fires, and what the last decision about it saw. */
export interface FiringAlert {
  readonly alertKey: string;
  readonly state: AlertState;
  readonly evidence: DecisionEvidence;
}

/**
 * The state of every alert as the decision log says, and what was evaluated since without a decision. Where the two
 * differ the log is right. One state per alert, one evidence per firing one and one row per waiting one: bounded by the
 * series caps of the specs.
 */
export class AlertBook {
  #logStates = new Map<string, AlertState>();
  #states = new Map<string, AlertState>();
  readonly #evidence = new Map<string, DecisionEvidence>();
  readonly #heldRows = new Map<string, HeldRow>();

  stateOf(alertKey: string): AlertState {
    return this.#states.get(alertKey) ?? newAlert();
  }

  isFiring(alertKey: string): boolean {
    return isFiringState(this.stateOf(alertKey));
  }

  /** When an alert that fires did so, epoch ms; null if it does not. */
  firedAtMs(alertKey: string): number | null {
    const state = this.stateOf(alertKey);
    const phase = state.kind === 'clearing' ? state.before : state;
    return phase.kind === 'firing' || phase.kind === 'frozen' ? phase.firedAt : null;
  }

  /** Begins where a checkpoint of the log ends; to be called before anything is heard. */
  restore({ states, alerts }: Checkpoint): void {
    this.#logStates = new Map(states);
    this.#states = new Map(states);
    this.#evidence.clear();
    for (const { fire, evidence } of alerts) this.#evidence.set(fire.alertKey, evidence);
  }

  /** Takes in what the log says next, in its order; alerts of which it says what is known already stay as they are. */
  hear(decisions: readonly DecisionRecord[]): void {
    this.#logStates = foldDecisions(decisions, this.#logStates);
    for (const { alertKey, evidence } of decisions) {
      const logState = this.#logStates.get(alertKey) ?? newAlert();
      if (isFiringState(logState)) this.#evidence.set(alertKey, evidence);
      else this.#evidence.delete(alertKey);
      if (agrees(this.stateOf(alertKey), logState)) continue;
      this.#states.set(alertKey, logState);
      this.#heldRows.delete(alertKey);
    }
  }

  /** One evaluation; what it decides is known here at once, and must now be appended or forgotten. */
  evaluate(alertKey: string, evaluation: AlertEvaluation, held: HeldRow): readonly AlertDecision[] {
    const { state, decisions } = step(this.stateOf(alertKey), evaluation, alertTimingOf(held.tier));
    this.#states.set(alertKey, state);
    if (deadlineOf(state) === null) this.#heldRows.delete(alertKey);
    else if (state.evaluatedAt === evaluation.at) this.#heldRows.set(alertKey, held);
    return decisions;
  }

  /** Alerts of a stream whose hold ends at or before a time, first to last, with the row that still holds then. */
  holdsEnding(
    stream: string,
    throughMs: number,
  ): readonly { readonly held: HeldRow; readonly atMs: number }[] {
    return [...this.#heldRows]
      .flatMap(([alertKey, held]) => {
        const deadline = deadlineOf(this.stateOf(alertKey));
        const isDue = held.stream === stream && deadline !== null && deadline <= throughMs;
        return isDue ? [{ held, atMs: deadline }] : [];
      })
      .sort((a, b) => a.atMs - b.atMs);
  }

  /** Every alert of a stream that fires by the log; levels of policies, which the log has too, are none. */
  firing(stream: string): readonly FiringAlert[] {
    return [...this.#evidence]
      .filter(
        ([alertKey, evidence]) =>
          evidence.stream === stream && evidence.policy === undefined && this.isFiring(alertKey),
      )
      .map(([alertKey, evidence]) => ({ alertKey, evidence, state: this.stateOf(alertKey) }));
  }

  /** Every alert of a stream that waits for its hold. */
  waiting(stream: string): readonly WaitingAlert[] {
    return [...this.#heldRows].flatMap(([alertKey, held]) => {
      const state = this.stateOf(alertKey);
      const isWaiting = held.stream === stream && (state.kind === 'pending' || state.kind === 'clearing');
      return isWaiting
        ? [{ alertKey, held, phase: state.kind, since: state.since, deadline: state.deadline }]
        : [];
    });
  }

  /** Goes on with a wait that began in another run, unless the log says that it is over. */
  goOn({ alertKey, held, phase, since, deadline }: WaitingAlert, evaluatedAt: number): void {
    const logState = this.#logStates.get(alertKey) ?? newAlert();
    if (logState.decidedAt !== null && logState.decidedAt > evaluatedAt) return;
    const { decidedAt } = logState;
    const { kind } = logState;
    if (phase === 'pending' && (kind === 'inactive' || kind === 'resolved')) {
      this.#states.set(alertKey, { kind: phase, since, deadline, before: logState, evaluatedAt, decidedAt });
    } else if (phase === 'clearing' && (kind === 'firing' || kind === 'frozen')) {
      this.#states.set(alertKey, { kind: phase, since, deadline, before: logState, evaluatedAt, decidedAt });
    } else return;
    this.#heldRows.set(alertKey, held);
  }

  /** Forgets that an alert waits. */
  drop(alertKey: string): void {
    this.#heldRows.delete(alertKey);
    this.#states.set(alertKey, this.#logStates.get(alertKey) ?? newAlert());
  }

  /** Goes back to what the log says: what was evaluated since is to be evaluated again. */
  forgetUndecided(): void {
    this.#states = new Map(this.#logStates);
    this.#heldRows.clear();
  }
}

/** Whether a state says what the log says, and perhaps more: a hold that has begun, a later evaluation. */
function agrees(state: AlertState, logState: AlertState): boolean {
  const kind = state.kind === 'pending' || state.kind === 'clearing' ? state.before.kind : state.kind;
  return kind === logState.kind && state.decidedAt === logState.decidedAt;
}
