import { AppError } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { sharedReading, type BudgetReading } from './budget-reading.ts';
import { countedSql, united } from './derived-rows.ts';
import { withoutLeftOut } from './left-out.ts';
import { oldestCountedOf } from './rows-wanted.ts';
import {
  daysSealedSince,
  edgesOf,
  oldestEdgeOf,
  oldestFreshPane,
  RememberedGroups,
  wantedFrom,
} from './settled-rows.ts';
import { SliceTotals, type UnitSlices, type UnitTotals } from './slice-totals.ts';
import { SliceUnits, type SliceDerivation } from './slice-units.ts';
import { seconds } from './window-levels.ts';
import { archiveRows, earlierRows, rowParams } from './window-rows.ts';
import { SETTINGS, sumsAt, type SumsQuery, type WindowSums } from './window-sums.ts';

/** First looks at a long period that may take longer than a reading is good for, one behind the other. */
const LOOKS_MAX = 10;
/** Days of series, over all groups, that are remembered: some hundred bytes each. What comes beyond is made anew at every tick. */
const TOTALS_MAX = 1_000_000;
/** Units that one statement asks for: what it holds in memory grows with them. */
const UNITS_PER_STATEMENT = 31;

interface Settled {
  /** What it was made from; null before the first time. */
  reading: BudgetReading | null;
  /** By unit: what its slices come to, by series. */
  readonly totals: Map<number, readonly UnitTotals[]>;
  /** There was no room for it. */
  isTooLarge: boolean;
  /** By unit: its slices, while a window begins within it. */
  readonly slices: Map<number, readonly UnitSlices[]>;
}

/**
 * Window sums of SLOs over slices of time, in a live stream, without making the slices of the whole period at every tick. Slices of
 * days that are over, and of which no row waits to be sealed, do not change until the next hour is sealed: what they come to is
 * remembered, a day at a time. From the first day on that has rows which are not sealed, slices are made anew. It comes to what
 * `sumsAt` says, which is the definition.
 */
export class SliceSums {
  readonly #store: Store;
  readonly #remembered = new RememberedGroups<Settled>(() => ({
    reading: null,
    isTooLarge: false,
    totals: new Map(),
    slices: new Map(),
  }));

  constructor(store: Store) {
    this.#store = store;
  }

  async sumsAt(query: SumsQuery, derivation: SliceDerivation): Promise<readonly WindowSums[]> {
    const readingOf = query.readingOf ?? sharedReading(this.#store, query.stream);
    const units = new SliceUnits(derivation, seconds(query.paneMs));
    for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
      const settled = this.#remembered.open(query);
      if (settled === null || settled.isTooLarge) return sumsAt(this.#store, { ...query, readingOf });
      const reading = await readingOf();
      // Asked for before the rows are read: one that comes meanwhile and is older waits for the next look.
      const oldestS = await oldestFreshPane(this.#store, query, reading);
      const fresh = freshUnitOf(units, oldestS, seconds(query.atMs));
      const first = units.ofEdge(oldestEdgeOf(query));
      if (fresh <= first) return sumsAt(this.#store, { ...query, readingOf: () => Promise.resolve(reading) });
      await this.#settle(settled, query, { reading, units, first, fresh });
      if (this.#isFull()) {
        Object.assign(settled, { isTooLarge: true, reading: null });
        settled.totals.clear();
        settled.slices.clear();
        continue;
      }
      // It got old meanwhile; the next look has little left to do.
      if ((await readingOf()) !== reading) continue;
      const totals = new SliceTotals(
        query,
        await sumsAt(this.#store, sinceUnit(query, units.fromS(fresh), reading)),
      );
      for (const [unit, rows] of settled.totals)
        totals.add(rows, { firstPaneS: units.firstPaneS(unit), slices: settled.slices.get(unit) });
      return totals.sums();
    }
    throw new AppError(
      'SLICES_SLOW',
      'Slices of time could not be made within the time that a reading of the tables is good for',
      { outcome: 'retry', remedy: 'Give the database more to work with, or the SLO a shorter period.' },
    );
  }

  #isFull(): boolean {
    let count = 0;
    for (const { totals } of this.#remembered.all) for (const rows of totals.values()) count += rows.length;
    return count > TOTALS_MAX;
  }

  async #settle(settled: Settled, query: SumsQuery, at: SettledAt): Promise<void> {
    try {
      await this.#forget(settled, query, at);
      const { units, fresh } = at;
      const begun = edgesOf(query).filter((edgeS) => units.ofEdge(edgeS) < fresh && !units.isWholeAt(edgeS));
      const cut = new Set(begun.map((edgeS) => units.ofEdge(edgeS)));
      for (const unit of settled.slices.keys()) if (!cut.has(unit)) settled.slices.delete(unit);
      for (const run of missingRuns(settled.totals, at))
        await this.#readTotals(settled, query, { ...at, run });
      for (const unit of cut)
        if (!settled.slices.has(unit)) settled.slices.set(unit, await this.#slicesOf(query, at, unit));
    } catch (error) {
      settled.reading = null;
      throw error;
    }
  }

  async #forget(
    settled: Settled,
    query: SumsQuery,
    { reading, units, first, fresh }: SettledAt,
  ): Promise<void> {
    const sealed = await daysSealedSince(this.#store, query, { before: settled.reading, reading });
    const oldestS = sealed === 'all' ? -Infinity : Math.min(...sealed);
    const isOfPinned = units.pinned !== null && oldestS < units.pinned.toS;
    // What was sealed has a say in slices after it, too: a state holds, a distribution is what others are held against.
    const changed = isOfPinned ? -Infinity : units.ofPane(oldestS);
    for (const kept of [settled.totals, settled.slices])
      for (const unit of kept.keys()) if (unit < first || unit >= Math.min(changed, fresh)) kept.delete(unit);
    settled.reading = reading;
  }

  /** What the slices of a run of units come to, made from sealed rows alone. */
  async #readTotals(settled: Settled, query: SumsQuery, at: RunAt): Promise<void> {
    const rows = await this.#query<UnitTotals & { readonly unit: number }>(query, at, {
      columns: `${at.units.sql} AS unit, sli, toString(series) AS series_text, min(first) AS first_pane,
        maxIf(newest, total > 0) AS newest_pane, toInt64(sum(good)) AS good_count, toInt64(sum(total)) AS total_count,
        toInt64(sum(good_extra)) AS good_extras, toInt64(sum(total_extra)) AS total_extras`,
      by: 'unit, sli, series',
    });
    const byUnit = new Map<number, UnitTotals[]>();
    for (let unit = at.run.from; unit < at.run.to; unit += 1) byUnit.set(unit, []);
    for (const row of rows) byUnit.get(row.unit)?.push(row);
    for (const [unit, own] of byUnit) settled.totals.set(unit, own);
  }

  async #slicesOf(query: SumsQuery, at: SettledAt, unit: number): Promise<readonly UnitSlices[]> {
    const rows = await this.#query<SlicesRow>(
      query,
      { ...at, run: { from: unit, to: unit + 1 } },
      {
        columns: `sli, toString(series) AS series_text, groupArray(p) AS panes, groupArray(toUInt8(good)) AS goods,
          groupArray(toUInt8(total)) AS totals, groupArray(toInt64(good_extra)) AS good_extras,
          groupArray(toInt64(total_extra)) AS total_extras`,
        by: 'sli, series',
      },
    );
    return rows.map((row) => ({
      ...{ sli: row.sli, series_text: row.series_text, panes: Float64Array.from(row.panes) },
      ...{ good: Uint8Array.from(row.goods), total: Uint8Array.from(row.totals) },
      goodExtra: Float64Array.from(row.good_extras),
      totalExtra: Float64Array.from(row.total_extras),
    }));
  }

  /** Asks for the slices of a run of units. */
  #query<Row>(
    query: SumsQuery,
    { reading, units, run }: RunAt,
    select: { readonly columns: string; readonly by: string },
  ): Promise<readonly Row[]> {
    const [fromS, toS] = [units.fromS(run.from), units.fromS(run.to)];
    const wanted = { ...wantedFrom(query, fromS), untilS: toS };
    const archived = archiveRows(wanted, reading).map(({ sql }) => sql);
    if (archived.length === 0) return Promise.resolve([]);
    const { derived } = units;
    const counted = countedSql(archived, derived);
    const begins = (): string => {
      const all = [counted, ...earlierRows(wanted, reading, '1').archived];
      return united(all.map((sql) => `SELECT sli, series, first FROM (${sql})`));
    };
    const rows = { counted, begins: derived.needsBegin ? begins() : '' };
    const slices = derived.rowsAt(rows, { fromS: oldestCountedOf(wanted), toS });
    return this.#store.query<Row>(
      `SELECT ${select.columns} FROM (${withoutLeftOut(slices, wanted, reading)})
       WHERE p >= ${units.firstPaneS(run.from)} AND p < ${units.firstPaneS(run.to)} GROUP BY ${select.by} ${SETTINGS}`,
      rowParams(wanted, reading),
    );
  }
}

/** Units from inclusive, to exclusive. */
interface UnitRun {
  readonly from: number;
  readonly to: number;
}

interface SettledAt {
  readonly reading: BudgetReading;
  readonly units: SliceUnits;
  /** The unit that the oldest window begins in. */
  readonly first: number;
  /** The first unit whose slices are made anew. */
  readonly fresh: number;
}

interface RunAt extends SettledAt {
  readonly run: UnitRun;
}

interface SlicesRow {
  readonly sli: number;
  readonly series_text: string;
  readonly panes: readonly number[];
  readonly goods: readonly number[];
  readonly totals: readonly number[];
  readonly good_extras: readonly number[];
  readonly total_extras: readonly number[];
}

/** Slices are made anew from the oldest row on that is not sealed; one of a pinned period has a say in all of them. */
function freshUnitOf(units: SliceUnits, oldestS: number | null, atS: number): number {
  if (oldestS !== null && units.pinned !== null && oldestS < units.pinned.toS) return -Infinity;
  return units.ofPane(Math.min(oldestS ?? atS, atS));
}

/** The same question of what is counted from a time on. */
function sinceUnit(query: SumsQuery, fromS: number, reading: BudgetReading): SumsQuery {
  const windows = edgesOf(query).map(
    (edgeS) => ({ kind: 'calendar', boundariesMs: [Math.max(edgeS, fromS) * 1_000] }) as const,
  );
  return { ...query, group: { ...query.group, windows }, readingOf: () => Promise.resolve(reading) };
}

function missingRuns(known: ReadonlyMap<number, unknown>, { first, fresh }: SettledAt): readonly UnitRun[] {
  const runs: UnitRun[] = [];
  for (let unit = first; unit < fresh; unit += 1) {
    if (known.has(unit)) continue;
    const last = runs.at(-1);
    if (last?.to === unit && unit - last.from < UNITS_PER_STATEMENT)
      runs[runs.length - 1] = { ...last, to: unit + 1 };
    else runs.push({ from: unit, to: unit + 1 });
  }
  return runs;
}
