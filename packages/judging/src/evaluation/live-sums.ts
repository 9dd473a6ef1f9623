import type { Store } from '@burnline/runtime';
import { EntitySums } from './entity-sums.ts';
import { SliceSums } from './slice-sums.ts';
import { sumsAt, type SumsQuery, type WindowSums } from './window-sums.ts';

/** Window sums of a live stream, tick after tick: of what is derived from counts, what is sealed is remembered. */
export class LiveSums {
  readonly #store: Store;
  readonly #entities: EntitySums;
  readonly #slices: SliceSums;

  constructor(store: Store) {
    this.#store = store;
    this.#entities = new EntitySums(store);
    this.#slices = new SliceSums(store);
  }

  sumsAt(query: SumsQuery): Promise<readonly WindowSums[]> {
    const { derivation } = query.group;
    if (derivation === null) return sumsAt(this.#store, query);
    return derivation.kind === 'envelope'
      ? this.#entities.sumsAt(query, derivation)
      : this.#slices.sumsAt(query, derivation);
  }
}
