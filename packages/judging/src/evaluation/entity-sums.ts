import { AppError, DAY_MS, invariant, type Envelope } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { DerivedSql } from '@burnline/specs';
import { sharedReading, type BudgetReading } from './budget-reading.ts';
import { neighboursOf, unitNumberOf, unitOf, type EntityUnit } from './entity-units.ts';
import { withoutLeftOut } from './left-out.ts';
import { seconds } from './window-levels.ts';
import { derivedOf, type RowsWanted } from './rows-wanted.ts';
import {
  daysSealedSince,
  edgesOf,
  freshSql,
  oldestEdgeOf,
  oldestFreshPane,
  RememberedGroups,
  wantedFrom,
} from './settled-rows.ts';
import { archiveRows, chunkRowsSql, rowParams } from './window-rows.ts';
import { countedSql } from './derived-rows.ts';
import { SETTINGS, sliAt, sumsAt, type SumsQuery, type WindowSums } from './window-sums.ts';

/** First looks at a long period that may take longer than a reading is good for, one behind the other. */
const LOOKS_MAX = 10;
/** Above so many bytes, grouping goes on from disk. */
const SPILL_BYTES = 512 * 1024 * 1024;
const ENTITY_SETTINGS = `${SETTINGS}, max_bytes_before_external_group_by = ${SPILL_BYTES}`;

/** Entities of one SLI that count in the same five minutes. */
interface EntityRow {
  readonly sli: number;
  readonly series_text: string;
  /** Epoch seconds, as are the oldest and the newest pane. */
  readonly p: number;
  readonly first_pane: number;
  readonly newest_pane: number;
  readonly good_count: number;
  readonly total_count: number;
}

interface Settled {
  /** What it was made from; null before the first time. */
  reading: BudgetReading | null;
  readonly units: Map<number, readonly EntityRow[]>;
}

/**
 * Window sums of SLOs over entities, in a live stream, without looking at every entity of the period at each tick. What
 * is sealed does not change until the next hour is, so what its entities come to is remembered, five minutes by five minutes,
 * a day (or month) at a time; a tick reads anew only entities that have rows which are not sealed, and takes what they were
 * among the sealed ones from what is remembered. It comes to what `sumsAt` says, which is the definition.
 */
export class EntitySums {
  readonly #store: Store;
  readonly #remembered = new RememberedGroups<Settled>(() => ({ reading: null, units: new Map() }));

  constructor(store: Store) {
    this.#store = store;
  }

  async sumsAt(query: SumsQuery, derivation: Envelope): Promise<readonly WindowSums[]> {
    const readingOf = query.readingOf ?? sharedReading(this.#store, query.stream);
    for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
      const reading = await readingOf();
      const settled = this.#remembered.open(query);
      if (settled === null) return sumsAt(this.#store, { ...query, readingOf });
      await this.#settle(settled, query, { reading, derivation });
      // It got old meanwhile; the next look has little left to do.
      if ((await readingOf()) !== reading) continue;
      return addUp([...[...settled.units.values()].flat(), ...(await this.#fresh(query, reading))], query);
    }
    throw new AppError(
      'ENTITIES_SLOW',
      'What entities consumed could not be read within the time that a reading is good for',
      {
        outcome: 'retry',
        remedy: 'Give the database more to work with, or the SLO a shorter period.',
      },
    );
  }

  async #settle(
    settled: Settled,
    query: SumsQuery,
    { reading, derivation: { per } }: { readonly reading: BudgetReading; readonly derivation: Envelope },
  ): Promise<void> {
    try {
      const [first, last] = [oldestEdgeOf(query), seconds(query.atMs)].map((atS) =>
        unitNumberOf(atS, per),
      ) as [number, number];
      const sealed = await daysSealedSince(this.#store, query, { before: settled.reading, reading });
      if (sealed === 'all') settled.units.clear();
      for (const dayS of sealed === 'all' ? [] : sealed)
        for (let near = -neighboursOf(per); near <= neighboursOf(per); near += 1)
          settled.units.delete(unitNumberOf(dayS, per) + near);
      for (const number of settled.units.keys())
        if (number < first || number > last) settled.units.delete(number);
      settled.reading = reading;
      for (let number = first; number <= last; number += 1) {
        if (settled.units.has(number)) continue;
        settled.units.set(number, await this.#unit(query, reading, unitOf(number, per)));
      }
    } catch (error) {
      settled.reading = null;
      settled.units.clear();
      throw error;
    }
  }

  /** What the sealed rows of a unit come to. */
  async #unit(query: SumsQuery, reading: BudgetReading, unit: EntityUnit): Promise<readonly EntityRow[]> {
    // The day after says whether its lives go on.
    const wanted = { ...wantedFrom(query, unit.fromS), untilS: unit.toS + DAY_MS / 1_000 };
    const archived = archiveRows(wanted, reading).map((rows) => rows.sql);
    if (archived.length === 0) return [];
    return this.#store.query<EntityRow>(
      `SELECT sli, toString(series) AS series_text, p, min(first) AS first_pane, maxIf(newest, total > 0) AS newest_pane,
         toInt64(sum(good)) AS good_count, toInt64(sum(total)) AS total_count
       FROM (${entityRowsSql(wanted, reading, archived)}) WHERE p >= ${unit.fromS} AND p < ${unit.toS}
       GROUP BY sli, series, p ${ENTITY_SETTINGS}`,
      rowParams(wanted, reading),
    );
  }

  /** What entities with unsealed rows come to, less what they came to without those. */
  async #fresh(query: SumsQuery, reading: BudgetReading): Promise<readonly EntityRow[]> {
    const atS = seconds(query.atMs);
    const oldestS = await oldestFreshPane(this.#store, query, reading);
    if (oldestS === null) return [];
    // A row has a say in the day before its own too. One that came since and is older waits for the next look: what it would
    // take to judge it is not read here.
    const wanted = wantedFrom(query, Math.max(oldestEdgeOf(query), oldestS - DAY_MS / 1_000));
    const archived = archiveRows(wanted, reading).map(
      ({ sql }) =>
        `SELECT * FROM (${sql}) WHERE series IN (SELECT series FROM sli_panes WHERE ${freshSql(reading, atS)})`,
    );
    // Read before the list of entities is: it may name more of them, never fewer.
    const chunkRows = chunkRowsSql(
      wanted,
      reading,
      `pane < fromUnixTimestamp(${atS}) AND pane >= fromUnixTimestamp(${oldestS})`,
    );
    const part = (parts: readonly string[], sign: 1 | -1): readonly string[] =>
      parts.length === 0
        ? []
        : [
            `SELECT sli, series, p, first, newest, ${sign} * toInt64(good) AS good_step, ${sign} * toInt64(total) AS total_step
             FROM (${entityRowsSql(wanted, reading, parts)})`,
          ];
    const changes = [...part([chunkRows, ...archived], 1), ...part(archived, -1)];
    return this.#store.query<EntityRow>(
      `SELECT sli, toString(series) AS series_text, p, min(first) AS first_pane, maxIf(newest, total_step != 0) AS newest_pane,
         sum(good_step) AS good_count, sum(total_step) AS total_count
       FROM (${changes.join('\nUNION ALL\n')}) GROUP BY sli, series, p ${ENTITY_SETTINGS}`,
      rowParams(wanted, reading),
    );
  }
}

function entitiesOf(wanted: RowsWanted): DerivedSql {
  const derived = derivedOf(wanted);
  invariant(derived !== null, 'entities are derived');
  return derived;
}

/** An entity does not go by when its series began. */
function entityRowsSql(wanted: RowsWanted, reading: BudgetReading, parts: readonly string[]): string {
  const derived = entitiesOf(wanted);
  const rows = { counted: countedSql(parts, derived), begins: '' };
  return withoutLeftOut(derived.rowsAt(rows, { fromS: 0, toS: wanted.toS }), wanted, reading);
}

function addUp(rows: readonly EntityRow[], query: SumsQuery): readonly WindowSums[] {
  const { group, atMs } = query;
  const edges = edgesOf(query);
  const bySeries = new Map<
    string,
    { readonly rows: EntityRow[]; readonly sli: number; readonly series: string }
  >();
  for (const row of rows) {
    const key = `${row.sli} ${row.series_text}`;
    const known = bySeries.get(key) ?? { rows: [], sli: row.sli, series: row.series_text };
    known.rows.push(row);
    bySeries.set(key, known);
  }
  return [...bySeries.values()].map(({ rows: own, sli, series }): WindowSums => {
    const sums = (of: (row: EntityRow) => number): number[] =>
      edges.map((edgeS) => own.reduce((sum, row) => (row.p < edgeS ? sum : sum + of(row)), 0));
    const [good, total] = [sums((row) => row.good_count), sums((row) => row.total_count)];
    const { slo, specRev } = sliAt(group, sli);
    return {
      ...{ slo, specRev, series, atMs },
      firstPaneMs: own.reduce((first, row) => Math.min(first, row.first_pane), Infinity) * 1_000,
      lastPaneMs: own.reduce((last, row) => Math.max(last, row.newest_pane), 0) * 1_000,
      ...{ good, total, goodSeen: good, totalSeen: total },
    };
  });
}
