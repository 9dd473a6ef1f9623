import { SeriesMap } from './series-map.ts';
import { edgesOf } from './settled-rows.ts';
import { sliAt, type SumsQuery, type WindowSums } from './window-sums.ts';

/** What the slices of a unit come to in one series; extras in thousandths, panes in epoch seconds. */
export interface UnitTotals {
  /** Index in the group's list. */
  readonly sli: number;
  readonly series_text: string;
  readonly first_pane: number;
  readonly newest_pane: number;
  readonly good_count: number;
  readonly total_count: number;
  readonly good_extras: number;
  readonly total_extras: number;
}

/** The slices of a unit in one series, each at the same index of every list; `panes` where each is counted, epoch seconds. */
export interface UnitSlices {
  readonly sli: number;
  readonly series_text: string;
  readonly panes: Float64Array;
  /** 0 or 1. */
  readonly good: Uint8Array;
  readonly total: Uint8Array;
  readonly goodExtra: Float64Array;
  readonly totalExtra: Float64Array;
}

interface Counts {
  good: number;
  total: number;
  goodSeen: number;
  totalSeen: number;
}

interface SeriesSums {
  readonly sli: number;
  firstPaneMs: number;
  lastPaneMs: number;
  /** By window. */
  readonly counts: readonly Counts[];
}

const THOUSANDTHS = 1_000;

/** Adds up by window what was made anew and what was remembered. Parts of slices are whole numbers: nothing is rounded. */
export class SliceTotals {
  readonly #query: SumsQuery;
  readonly #edges: readonly number[];
  readonly #only: ReadonlySet<string> | null;
  readonly #sums = new SeriesMap<SeriesSums>();

  constructor(query: SumsQuery, fresh: readonly WindowSums[]) {
    this.#query = query;
    this.#edges = edgesOf(query);
    this.#only = query.series === undefined ? null : new Set(query.series);
    const slis = new Map(query.group.slis.map(({ specRev }, index) => [specRev, index]));
    for (const one of fresh) {
      const sums = this.#open(slis.get(one.specRev) ?? NaN, one.series);
      sums.firstPaneMs = one.firstPaneMs;
      sums.lastPaneMs = one.lastPaneMs ?? 0;
      sums.counts.forEach((counts, window) => {
        counts.good = one.good[window] ?? 0;
        counts.total = one.total[window] ?? 0;
        counts.goodSeen = one.goodSeen[window] ?? 0;
        counts.totalSeen = one.totalSeen[window] ?? 0;
      });
    }
  }

  /** A unit, whose first slice is counted at `firstPaneS`; its slices where a window begins within it. */
  add(
    totals: readonly UnitTotals[],
    {
      firstPaneS,
      slices = [],
    }: { readonly firstPaneS: number; readonly slices?: readonly UnitSlices[] | undefined },
  ): void {
    for (const one of totals) {
      if (this.#only?.has(one.series_text) === false) continue;
      const sums = this.#open(one.sli, one.series_text);
      sums.firstPaneMs = Math.min(sums.firstPaneMs, one.first_pane * 1_000);
      sums.lastPaneMs = Math.max(sums.lastPaneMs, one.newest_pane * 1_000);
      sums.counts.forEach((counts, window) => {
        if ((this.#edges[window] ?? 0) > firstPaneS) return;
        addTo(counts, [one.good_count, one.total_count, one.good_extras, one.total_extras]);
      });
    }
    for (const one of slices) {
      if (this.#only?.has(one.series_text) === false) continue;
      const sums = this.#open(one.sli, one.series_text);
      sums.counts.forEach((counts, window) => {
        const edgeS = this.#edges[window] ?? 0;
        if (edgeS > firstPaneS) addSince(counts, one, edgeS);
      });
    }
  }

  sums(): readonly WindowSums[] {
    const { group, atMs } = this.#query;
    return [...this.#sums.entries()].map(([, series, { sli, firstPaneMs, lastPaneMs, counts }]) => ({
      ...sliAt(group, sli),
      ...{ series, atMs, firstPaneMs, lastPaneMs },
      good: counts.map(({ good }) => good),
      total: counts.map(({ total }) => total),
      goodSeen: counts.map(({ goodSeen }) => goodSeen),
      totalSeen: counts.map(({ totalSeen }) => totalSeen),
    }));
  }

  #open(sli: number, series: string): SeriesSums {
    const { specRev } = sliAt(this.#query.group, sli);
    const known = this.#sums.get(specRev, series);
    if (known !== undefined) return known;
    const counts = this.#edges.map((): Counts => ({ good: 0, total: 0, goodSeen: 0, totalSeen: 0 }));
    const made = { sli, firstPaneMs: Infinity, lastPaneMs: 0, counts };
    this.#sums.set(specRev, series, made);
    return made;
  }
}

function addTo(
  counts: Counts,
  [good, total, goodExtra, totalExtra]: readonly [number, number, number, number],
): void {
  counts.goodSeen += good;
  counts.totalSeen += total;
  counts.good += good + goodExtra / THOUSANDTHS;
  counts.total += total + totalExtra / THOUSANDTHS;
}

function addSince(
  counts: Counts,
  { panes, good, total, goodExtra, totalExtra }: UnitSlices,
  edgeS: number,
): void {
  for (let index = 0; index < panes.length; index += 1) {
    if ((panes[index] ?? 0) < edgeS) continue;
    addTo(counts, [good[index] ?? 0, total[index] ?? 0, goodExtra[index] ?? 0, totalExtra[index] ?? 0]);
  }
}
