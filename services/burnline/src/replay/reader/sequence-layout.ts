import { RowProblem, type Placement } from '@burnline/specs';
import { replayError } from './replay-error.ts';

/** Runs whose end is known. Thousands of them are a column that is no run. */
const GROUPS_MAX = 10_000;

interface Group {
  readonly index: number;
  readonly endAtMicros: number;
  /** When each worker is free again, microseconds since the run's unknown start. */
  readonly freeAtMicros: Float64Array;
  lastMicros: number;
}

/**
 * Times for rows of which only the order, the duration and the end of the whole run were recorded: each row goes to
 * the worker that is free first (the first of several), and the last completion of a run is the run's end. The
 * times are synthetic: deterministic, of the right density, and not those of the run.
 */
export class SequenceLayout {
  readonly #groups = new Map<string, Group>();
  readonly #workerCount: number;

  constructor(workerCount: number) {
    this.#workerCount = workerCount;
  }

  /** The run's index, and the row's completion in microseconds since the run's start. */
  place(placement: Placement): { readonly group: number; readonly completedMicros: number } {
    const group = this.#groupOf(placement);
    let worker = 0;
    for (let other = 1; other < group.freeAtMicros.length; other += 1) {
      if ((group.freeAtMicros[other] ?? 0) < (group.freeAtMicros[worker] ?? 0)) worker = other;
    }
    const completedMicros = (group.freeAtMicros[worker] ?? 0) + placement.durationMicros;
    if (completedMicros > placement.endAtMicros) {
      throw new RowProblem(`the durations of run ${placement.group} add up to a start before 1970`);
    }
    group.freeAtMicros[worker] = completedMicros;
    group.lastMicros = Math.max(group.lastMicros, completedMicros);
    return { group: group.index, completedMicros };
  }

  /** By the run's index: what to add to a completion to get epoch microseconds. Call it once all rows are placed. */
  startsMicros(): number[] {
    return [...this.#groups.values()].map(({ endAtMicros, lastMicros }) => endAtMicros - lastMicros);
  }

  #groupOf({ group: name, endAtMicros }: Placement): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) {
      if (known.endAtMicros === endAtMicros) return known;
      throw new RowProblem(`run ${name} ends at another time than in the rows before`);
    }
    if (this.#groups.size >= GROUPS_MAX) {
      throw replayError('REPLAY_TOO_MANY_GROUPS', `The file holds more than ${GROUPS_MAX} runs.`, {
        remedy:
          'Name as time.group the column that tells one run from another, not one that differs in every row.',
      });
    }
    const group: Group = {
      index: this.#groups.size,
      endAtMicros,
      freeAtMicros: new Float64Array(this.#workerCount),
      lastMicros: 0,
    };
    this.#groups.set(name, group);
    return group;
  }
}
