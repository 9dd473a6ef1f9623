import { isEnding } from '@burnline/core';
import type { LogMessage } from '@burnline/runtime';
import type { CheckpointTelling } from '../checkpoints/checkpoint.ts';
import type { Telling } from '../receivers/notice.ts';

/** What receivers were told first of every alert that has not ended: one entry per such alert. */
export class ToldAlerts {
  readonly #first = new Map<string, CheckpointTelling>();

  /** Takes what follows from a message of the log. */
  hear({ offset, timestampMs: decidedAtMs }: LogMessage, tellings: readonly Telling[]): void {
    for (const { decision, isTold, key, firedAtMs } of tellings) {
      const { alertKey, kind } = decision;
      if (isEnding(kind)) this.#first.delete(alertKey);
      else if (isTold && !this.#first.has(alertKey))
        this.#first.set(alertKey, { offset, decidedAtMs, decision, key, firedAtMs });
    }
  }

  checkpoint(): readonly CheckpointTelling[] {
    return [...this.#first.values()];
  }

  restore(tellings: readonly CheckpointTelling[]): void {
    for (const telling of tellings) this.#first.set(telling.decision.alertKey, telling);
  }
}
