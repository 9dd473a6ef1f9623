import type { DecisionEvidence } from '@burnline/contracts';
import { isEnding } from '@burnline/core';
import type { LaneTask } from './lane-queues.ts';

/** How soon an alert is told whose silence is over. */
export const SILENCE_LOOK_MS = 1_000;

/**
 * Fires that one receiver was not told of because of a silence, and that go on: one entry per alert, bounded by the series caps of
 * the specs. An alert that it was told of before is told to its end: only its reminders are withheld.
 */
export class SilencedAlerts {
  readonly #held = new Map<string, LaneTask>();
  readonly #isSilenced: (alert: DecisionEvidence) => boolean;

  constructor(isSilenced: (alert: DecisionEvidence) => boolean = () => false) {
    this.#isSilenced = isSilenced;
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Whether a telling is not to be told: because of a silence, or because its fire was not. */
  withholds(task: LaneTask): boolean {
    const { alertKey, kind, evidence } = task.telling.decision;
    if (kind !== 'fire') {
      const isUnheard = this.#held.has(alertKey);
      if (isEnding(kind)) this.#held.delete(alertKey);
      return isUnheard;
    }
    // Nobody is woken by history, and what may have been taken is told until it is known to be.
    // A program that is called is not woken either.
    const isCall = evidence.policy?.action === 'webhook';
    if (isCall || !task.isPresent || task.isUncertain || !this.#isSilenced(evidence)) return false;
    if (task.repeat === 0) this.#held.set(alertKey, task);
    return true;
  }

  /** What an earlier run withheld, or the end of it. */
  restore(task: LaneTask, isWithheld: boolean): void {
    const { alertKey, kind } = task.telling.decision;
    if (isWithheld && kind === 'fire') this.#held.set(alertKey, task);
    if (isEnding(kind)) this.#held.delete(alertKey);
  }

  /** Fires that are silenced no more; they are not held from here on. */
  released(): readonly LaneTask[] {
    const free = [...this.#held.values()].filter((task) => !this.#isSilenced(task.telling.decision.evidence));
    for (const task of free) this.#held.delete(task.telling.decision.alertKey);
    return free;
  }
}
