import type { SliPlan, SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { RolloutTables } from './rollout-tables.ts';
import type { SpecCatalog } from '@burnline/counting';

/**
 * SLOs of a stream as they are judged now: the objectives of the spec files, each over the revision that the rollout made
 * the active one. Until a new revision is complete, the one before is judged, by the objective that holds now.
 */
export class JudgedSpecs {
  readonly #tables: RolloutTables;
  readonly #catalog: SpecCatalog;
  #wanted: readonly SloPlan[] = [];
  #judged: readonly SloPlan[] = [];
  /** What the list was made of: it is asked for every second, and thousands of SLOs are long to compare. */
  #made: { readonly from: readonly SloPlan[]; readonly revisions: string } = { from: [], revisions: '' };
  #isKnown = false;

  constructor(parts: { readonly store: Store; readonly catalog: SpecCatalog }, stream: string) {
    this.#tables = new RolloutTables(parts.store, stream);
    this.#catalog = parts.catalog;
  }

  /** What the spec files say; takes effect at the next `refresh`. */
  want(plans: readonly SloPlan[]): void {
    this.#wanted = plans;
  }

  /** A new list whenever it changes. */
  get judged(): readonly SloPlan[] {
    return this.#judged;
  }

  /** The same; null until the tables were asked once: nothing judged and not known yet are not alike. */
  get known(): readonly SloPlan[] | null {
    return this.#isKnown ? this.#judged : null;
  }

  async refresh(): Promise<void> {
    const wanted = this.#wanted;
    const active = await this.#tables.active();
    await this.#catalog.fetch([...active.values()]);
    const revisions = wanted.map((plan) => active.get(plan.slo) ?? '').join();
    const isSame = this.#isKnown && wanted === this.#made.from && revisions === this.#made.revisions;
    if (isSame) return;
    const judged = wanted.flatMap((plan) => {
      const revision = active.get(plan.slo);
      const sli =
        revision === undefined ? null : this.#withActiveParts(this.#catalog.planOf(revision), active);
      return sli === null ? [] : [{ ...plan, sli }];
    });
    if (JSON.stringify(judged) !== JSON.stringify(this.#judged)) this.#judged = judged;
    this.#made = { from: wanted, revisions };
    this.#isKnown = true;
  }

  /** A composite over the revisions of its parts that are judged now, as those count; null while one of them is not. */
  #withActiveParts(sli: SliPlan, active: ReadonlyMap<string, string>): SliPlan | null {
    if (sli.composite === undefined) return sli;
    const composite = sli.composite.flatMap(({ slo, weight, target }) => {
      const specRev = active.get(slo);
      if (specRev === undefined) return [];
      const { derivation, weight: eventWeight } = this.#catalog.planOf(specRev);
      const made = { ...(derivation && { derivation }), ...(eventWeight && { eventWeight }) };
      return [{ slo, specRev, ...made, weight, target }];
    });
    return composite.length < sli.composite.length ? null : { ...sli, composite };
  }
}
