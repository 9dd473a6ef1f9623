import type { SloPlan } from '@burnline/core';
import { readGivenFiles, readGivenTimes } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { loadSpecs } from '@burnline/specs';

/** What the documents of a stream say, by SLO. */
export type GivenPlans = ReadonlyMap<string, SloPlan>;

interface Given {
  readonly givenAtMs: number;
  readonly plans: GivenPlans;
}

/** The documents that streams were given, read anew where others were given since. */
export class GivenPlansReader {
  readonly #store: Store;
  readonly #given = new Map<string, Given>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** By stream; one that was given none is not in it. Of documents that are wrong by now, what can be read of them. */
  async read(): Promise<ReadonlyMap<string, GivenPlans>> {
    const times = await readGivenTimes(this.#store);
    for (const [stream, givenAtMs] of times) {
      if (this.#given.get(stream)?.givenAtMs === givenAtMs) continue;
      const given = await readGivenFiles(this.#store, stream);
      if (given === null) continue;
      const files = given.files.map(({ name, text }) => ({ file: name, text }));
      const { plans } = loadSpecs(files, { mode: 'tolerant' });
      this.#given.set(stream, {
        givenAtMs: given.givenAtMs,
        plans: new Map(plans.map((plan) => [plan.slo, plan])),
      });
    }
    for (const stream of this.#given.keys()) if (!times.has(stream)) this.#given.delete(stream);
    return new Map([...this.#given].map(([stream, { plans }]) => [stream, plans]));
  }
}
