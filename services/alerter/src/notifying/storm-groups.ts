import { groupBy } from '@burnline/core';
import type { LaneTask } from './lane-queues.ts';

/** Decisions without a number of their own, from before there was one. */
const GROUP_FROM = 5;
/** Series that turn bad within this time of each other are one storm. */
const STORM_MS = 60_000;
/** In a storm notifications gather for so long: it is a wait for the second one, never for the first. */
const GATHER_MS = 8_000;

/**
 * Which tellings go together. The first series of an SLO that fire (or end) are told at once, each by its own; when there
 * are as many as the SLO's `groupFrom` within a minute, one notification names all that are there, and what comes after
 * it gathers for some seconds. Holds one entry per SLO, tier and kind of decision of the last minute.
 */
export class StormGroups {
  readonly #sleep: (delayMs: number) => Promise<void>;
  readonly #wake: () => void;
  /** Series that one notification names at most. */
  readonly #lengthMax: number;
  /** How many series of a group were told within the last minute. */
  readonly #recent = new Map<string, number>();
  readonly #gathering = new Set<string>();
  readonly #gathered = new Set<string>();

  constructor(parts: {
    readonly sleep: (delayMs: number) => Promise<void>;
    readonly wake: () => void;
    readonly lengthMax: number;
  }) {
    this.#sleep = parts.sleep;
    this.#wake = parts.wake;
    this.#lengthMax = parts.lengthMax;
  }

  /** What may be sent now, as notifications; what is left out gathers, and the lane is woken for it. */
  split(ready: readonly LaneTask[]): readonly (readonly LaneTask[])[] {
    // Nobody is woken by history, and whoever reads it wants each by its own.
    const history = ready.filter((task) => !task.isPresent).map((task) => [task]);
    const groups = groupBy(
      ready.filter((task) => task.isPresent),
      groupKeyOf,
    );
    return [...history, ...[...groups].flatMap(([key, tasks]) => this.#splitGroup(key, tasks))];
  }

  /** Counts what was sent. */
  note(tasks: readonly LaneTask[]): void {
    const [first] = tasks;
    if (first?.isPresent !== true) return;
    const key = groupKeyOf(first);
    this.#recent.set(key, (this.#recent.get(key) ?? 0) + tasks.length);
    void this.#sleep(STORM_MS).then(() => {
      const left = (this.#recent.get(key) ?? 0) - tasks.length;
      if (left > 0) this.#recent.set(key, left);
      else this.#recent.delete(key);
    });
  }

  #splitGroup(key: string, tasks: readonly LaneTask[]): readonly (readonly LaneTask[])[] {
    if (this.#gathering.has(key)) return [];
    const recent = this.#recent.get(key) ?? 0;
    const groupFrom = tasks[0]?.telling.decision.evidence.groupFrom ?? GROUP_FROM;
    if (recent + tasks.length < groupFrom) return tasks.map((task) => [task]);
    if (recent >= groupFrom && !this.#gathered.delete(key)) {
      this.#gather(key);
      return [];
    }
    return Array.from({ length: Math.ceil(tasks.length / this.#lengthMax) }, (_, index) =>
      tasks.slice(index * this.#lengthMax, (index + 1) * this.#lengthMax),
    );
  }

  #gather(key: string): void {
    this.#gathering.add(key);
    void this.#sleep(GATHER_MS).then(() => {
      this.#gathering.delete(key);
      this.#gathered.add(key);
      this.#wake();
    });
  }
}

function groupKeyOf({ telling: { decision }, repeat }: LaneTask): string {
  const { stream, slo, tier, specRev } = decision.evidence;
  return JSON.stringify([stream, slo, specRev, tier, decision.kind, repeat > 0]);
}
