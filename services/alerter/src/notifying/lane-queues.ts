import type { Telling, TellingContext } from '../receivers/notice.ts';
import { seriesOf } from './speakers.ts';

/** A telling on its way to one receiver. */
export interface LaneTask {
  /** Of the message that it follows from; Infinity for what is told again, which no position waits for. */
  readonly offset: number;
  readonly telling: Telling;
  /** How often a standing alert was told before. */
  readonly repeat: number;
  /** Whether anybody is to be woken by it: a replay's decisions, and those made good after a long pause, are history. */
  readonly isPresent: boolean;
  /** When it was decided to tell, epoch ms. */
  readonly sinceMs: number;
  /** What stands beside it; settles soon in any case. */
  readonly context: Promise<TellingContext | null>;
  attempts: number;
  /** After so many it is given up; null until its first attempt. */
  attemptsMax: number | null;
  /** Last HTTP status, and what was wrong. */
  statusCode: number;
  error: string;
  /** Whether the last answer will not pass by itself. */
  isRefused: boolean;
  /** Whether an attempt had no answer: then the receiver may have taken it. */
  isUncertain: boolean;
  /** Until its next attempt. */
  isResting: boolean;
}

/** The tellings that wait for one receiver: in order within a series, series beside each other. */
export class LaneQueues {
  readonly #queues = new Map<string, LaneTask[]>();
  /** Series that something is on its way for. */
  readonly #busy = new Set<string>();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(task: LaneTask): void {
    const key = seriesOf(task.telling.decision);
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [task]);
    else queue.push(task);
    this.#length += 1;
  }

  /** Puts a telling before those of its series that wait. */
  unshift(task: LaneTask): void {
    const key = seriesOf(task.telling.decision);
    this.#queues.set(key, [task, ...(this.#queues.get(key) ?? [])]);
    this.#length += 1;
  }

  /** The first of every series that nothing is on its way for; some of them may rest. */
  heads(): readonly LaneTask[] {
    return [...this.#queues].flatMap(([key, [head]]) =>
      head === undefined || this.#busy.has(key) ? [] : [head],
    );
  }

  /** Whether nothing waits for the series of a task. */
  isIdle(task: LaneTask): boolean {
    return !this.#queues.has(seriesOf(task.telling.decision));
  }

  /** Everything that waits. */
  all(): readonly LaneTask[] {
    return [...this.#queues.values()].flat();
  }

  /** What waits behind a task for the same alert, first to last. */
  behind(task: LaneTask): readonly LaneTask[] {
    const { alertKey } = task.telling.decision;
    const queue = this.#queues.get(seriesOf(task.telling.decision)) ?? [];
    return queue.slice(queue.indexOf(task) + 1).filter((one) => one.telling.decision.alertKey === alertKey);
  }

  take(tasks: readonly LaneTask[]): void {
    for (const { telling } of tasks) this.#busy.add(seriesOf(telling.decision));
  }

  release(tasks: readonly LaneTask[]): void {
    for (const { telling } of tasks) this.#busy.delete(seriesOf(telling.decision));
  }

  remove(tasks: readonly LaneTask[]): void {
    for (const task of tasks) {
      const key = seriesOf(task.telling.decision);
      const rest = (this.#queues.get(key) ?? []).filter((one) => one !== task);
      this.#length -= (this.#queues.get(key)?.length ?? 0) - rest.length;
      if (rest.length === 0) this.#queues.delete(key);
      else this.#queues.set(key, rest);
    }
  }

  /** Offset of the first message that is not finished; null if all are. */
  firstOffset(): number | null {
    const first = this.all().reduce((least, { offset }) => Math.min(least, offset), Infinity);
    return first === Infinity ? null : first;
  }
}
