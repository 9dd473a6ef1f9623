import { isEnding, HOUR_MS } from '@burnline/core';
import type { Clock } from '@burnline/runtime';
import type { LaneTask } from './lane-queues.ts';

/** How often a standing alert is told again: often enough to outlast a shift that forgot it, and no alarm clock. */
const REPEAT_MS = { page: 4 * HOUR_MS, ticket: 24 * HOUR_MS } as const;
export const LOOK_MS = 60_000;

interface Standing {
  readonly task: LaneTask;
  toldAtMs: number;
  repeat: number;
}

/** What a receiver was told of and has not ended; one entry per alert, bounded by the series caps of the specs. */
export class StandingRepeats {
  readonly #clock: Clock;
  readonly #standing = new Map<string, Standing>();
  #lookedMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  /** Takes what a receiver was told; intervals count from when it was decided to tell, so a restart changes nothing. */
  settle(task: LaneTask): void {
    const { alertKey, kind, evidence } = task.telling.decision;
    // A program has forgotten nothing.
    if (evidence.policy?.action === 'webhook') return;
    // An end counts however late it is decided; what is told late for the first time is history, and is not told again.
    if (isEnding(kind)) this.#standing.delete(alertKey);
    if (kind !== 'fire' || !task.isPresent || this.#standing.has(alertKey)) return;
    const repeat = Math.max(0, Math.floor((this.#clock.nowMs() - task.sinceMs) / everyMsOf(task)));
    this.#standing.set(alertKey, { task, toldAtMs: task.sinceMs + repeat * everyMsOf(task), repeat });
  }

  /** What is to be told again now, with how often it was told before. */
  due(): readonly { readonly task: LaneTask; readonly repeat: number }[] {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#lookedMs + LOOK_MS && nowMs >= this.#lookedMs) return [];
    this.#lookedMs = nowMs;
    return [...this.#standing.values()].flatMap((standing) => {
      const everyMs = everyMsOf(standing.task);
      const passed = Math.floor((nowMs - standing.toldAtMs) / everyMs);
      if (passed < 1) return [];
      standing.toldAtMs += passed * everyMs;
      standing.repeat += passed;
      return [{ task: standing.task, repeat: standing.repeat }];
    });
  }
}

function everyMsOf({ telling }: LaneTask): number {
  return REPEAT_MS[telling.decision.evidence.urgency ?? 'page'];
}
