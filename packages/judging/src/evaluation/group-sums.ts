import { compositeCounts, compositeUnits, type WindowCounts } from '@burnline/core';
import { UNGROUPED } from '@burnline/counting';
import type { Store } from '@burnline/runtime';
import { readGroupsOf, type PlanGroup, type SummedPlan } from './evaluation-plan.ts';
import { SeriesMap } from './series-map.ts';
import { changesBetween, sumsAt, type ChangesQuery, type SumsQuery, type WindowSums } from './window-sums.ts';

/** The first pane with data of a part's series, epoch ms. */
export type StartOf = (part: WindowSums) => number;

/** Sums of a group's series at one instant; of composites, those that their parts make. See `sumsAt`. */
export async function groupSumsAt(
  store: Store,
  group: PlanGroup<SummedPlan>,
  query: Omit<SumsQuery, 'group'> & {
    readonly startOf: StartOf;
    /** Sums what is read; `sumsAt` where it is absent. */
    readonly sumsOf?: (one: SumsQuery) => Promise<readonly WindowSums[]>;
  },
): Promise<readonly WindowSums[]> {
  const { atMs, startOf, sumsOf = (one: SumsQuery) => sumsAt(store, one) } = query;
  const read = await Promise.all(
    readGroupsOf(group, { fromMs: atMs, toMs: atMs }).map((one) => sumsOf({ ...query, group: one })),
  );
  const composites = compositesOf(group, startOf);
  if (composites === null) return read.flat();
  for (const one of read.flat()) composites.get(one.slo)?.take(one);
  const made = [...new Set(composites.values())];
  return made.filter(({ isEmpty }) => !isEmpty).map((one) => one.at(atMs));
}

/**
 * Sums of a group's series at every tick of a span at which they change. See `changesBetween`. With `isRestated` what was summed
 * before it went by other adjustments: at the first tick every series is told, changed or not.
 */
export async function groupChangesBetween(
  store: Store,
  group: PlanGroup,
  query: Omit<ChangesQuery, 'group' | 'opening'> & {
    readonly startOf: StartOf;
    readonly isRestated?: boolean;
  },
): Promise<readonly WindowSums[]> {
  const { fromMs, toMs, startOf, isRestated = false } = query;
  const composites = compositesOf(group, startOf);
  const opening = isRestated ? 'of all' : composites === null ? undefined : 'of what counts';
  const found = await Promise.all(
    readGroupsOf(group, { fromMs, toMs }).map((one) =>
      changesBetween(store, { ...query, group: one, ...(opening !== undefined && { opening }) }),
    ),
  );
  const read = isRestated ? restated(found.flat(), query) : found.flat();
  if (composites === null) return read;
  const changes = [...read].sort((a, b) => a.atMs - b.atMs);
  const made: WindowSums[] = [];
  const changed = new Set<CompositeSums>();
  changes.forEach((change, index) => {
    const composite = composites.get(change.slo);
    composite?.take(change);
    if (composite !== undefined) changed.add(composite);
    if (changes[index + 1]?.atMs === change.atMs) return;
    if (change.atMs > fromMs) for (const one of changed) made.push(one.at(change.atMs));
    changed.clear();
  });
  return made;
}

/** Opening sums as those of the first tick, of series that do not change at it. */
function restated(
  sums: readonly WindowSums[],
  { fromMs, tickMs }: Pick<ChangesQuery, 'fromMs' | 'tickMs'>,
): readonly WindowSums[] {
  const firstMs = fromMs + tickMs;
  const changed = new SeriesMap<true>();
  for (const { specRev, series, atMs } of sums) if (atMs === firstMs) changed.set(specRev, series, true);
  return sums.flatMap((one) => {
    if (one.atMs > fromMs) return [one];
    return changed.get(one.specRev, one.series) === undefined ? [{ ...one, atMs: firstMs }] : [];
  });
}

/** The composites of a group by the SLOs that are their parts; null where it has none. */
function compositesOf(
  { plans, isComposite }: PlanGroup<SummedPlan>,
  startOf: StartOf,
): ReadonlyMap<string, CompositeSums> | null {
  if (isComposite !== true) return null;
  return new Map(
    plans.flatMap((plan) => {
      const sums = new CompositeSums(plan, startOf);
      return (plan.sli.composite ?? []).map(({ slo }) => [slo, sums] as const);
    }),
  );
}

/**
 * A composite's sums, made from the latest ones of its parts, each over all of its series. Its good and total are in units of
 * its own scale (`compositeCounts`); what was seen are the parts' events, whatever their weights.
 */
class CompositeSums {
  readonly #plan: SummedPlan;
  readonly #startOf: StartOf;
  readonly #units: number;
  readonly #latest = new SeriesMap<WindowSums>();

  constructor(plan: SummedPlan, startOf: StartOf) {
    this.#plan = plan;
    this.#startOf = startOf;
    this.#units = compositeUnits(plan.target, plan.tiers);
  }

  get isEmpty(): boolean {
    return this.#latest.size === 0;
  }

  take(one: WindowSums): void {
    this.#latest.set(one.slo, one.series, one);
  }

  at(atMs: number): WindowSums {
    const all = [...this.#latest.entries()].map(([, , sums]) => sums);
    const windows = all[0]?.total ?? [];
    const counts = windows.map((_, window) => this.#countsOf(window));
    const seen = (of: (sums: WindowSums) => readonly number[]): readonly number[] =>
      windows.map((_, window) => sumBy(all, (sums) => of(sums)[window] ?? 0));
    return {
      slo: this.#plan.slo,
      specRev: this.#plan.sli.specRev,
      series: UNGROUPED.series,
      atMs,
      firstPaneMs: Math.min(...all.map((sums) => this.#startOf(sums))),
      lastPaneMs: Math.max(...all.map(({ lastPaneMs = 0 }) => lastPaneMs)),
      good: counts.map(({ bad, total }) => total - bad),
      total: counts.map(({ total }) => total),
      goodSeen: seen(({ goodSeen }) => goodSeen),
      totalSeen: seen(({ totalSeen }) => totalSeen),
    };
  }

  #countsOf(window: number): WindowCounts {
    const parts = this.#plan.sli.composite ?? [];
    const counts = parts.map(({ slo }): WindowCounts => {
      const own = [...this.#latest.of(slo)].map(([, sums]) => sums);
      const total = sumBy(own, (sums) => sums.total[window] ?? 0);
      return { bad: total - sumBy(own, (sums) => sums.good[window] ?? 0), total };
    });
    return compositeCounts(parts, counts, this.#units);
  }
}

const sumBy = (all: readonly WindowSums[], of: (sums: WindowSums) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0);
