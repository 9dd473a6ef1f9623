import { AppError, weightedCount } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readForBudgets, sharedReading, type BudgetReading, type ReadingOf } from './budget-reading.ts';
import { countedColumns, derivedRowsSql, united } from './derived-rows.ts';
import { withoutLeftOut } from './left-out.ts';
import type { SealedReading } from './sealed-reading.ts';
import { leaveSql, seconds, withinSql } from './window-levels.ts';
import { derivedOf, oldestCountedOf, type RowsWanted, type WindowGroup } from './rows-wanted.ts';
import { archiveRows, chunkRowsSql, earlierRows, rowParams } from './window-rows.ts';

export interface WindowSums {
  readonly slo: string;
  readonly specRev: string;
  readonly series: string;
  readonly atMs: number;
  /** Oldest pane that these sums were made from, so far: epoch ms. */
  readonly firstPaneMs: number;
  /** Newest of them, or a bucket of the archive that begins before it: epoch ms. A history does not tell. */
  readonly lastPaneMs?: number;
  /** By window, in the group's order: what the events seen stand for, rounded to whole numbers. */
  readonly good: readonly number[];
  readonly total: readonly number[];
  /** The events seen themselves. */
  readonly goodSeen: readonly number[];
  readonly totalSeen: readonly number[];
}

/** Sums of all series, column by column; sums by window, then by series. */
interface SumColumns {
  readonly slis: readonly number[];
  readonly series_texts: readonly string[];
  readonly first_panes: readonly number[];
  readonly last_panes: readonly number[];
  readonly goods: readonly (readonly number[])[];
  readonly totals: readonly (readonly number[])[];
  /** Thousandths; columns without any are empty. */
  readonly good_extras: readonly (readonly number[])[];
  readonly total_extras: readonly (readonly number[])[];
}

export interface SumsQuery {
  readonly stream: string;
  readonly group: WindowGroup;
  readonly atMs: number;
  readonly paneMs: number;
  /** Only these series; all where it is absent. */
  readonly series?: readonly string[] | undefined;
  /** Gives which rows count, for this instant; asked for where it is absent. */
  readonly readingOf?: ReadingOf;
  /** Over windows that are over by then, at any instant on whole 5 minutes: by event time alone, whenever it came. */
  readonly isAsOf?: boolean;
  /** How long the database may take; what it is set to where it is absent. */
  readonly timeoutMs?: number;
}

/** A stretch of a history: after `fromMs`, up to and including `toMs`. */
export interface ChangesQuery {
  readonly stream: string;
  readonly group: WindowGroup;
  readonly fromMs: number;
  readonly toMs: number;
  readonly paneMs: number;
  readonly tickMs: number;
  /** Which opening sums, at `fromMs`, are given too: of what counts, or of everything that has rows; none where it is absent. */
  readonly opening?: 'of what counts' | 'of all';
}

interface SumRow {
  /** Index in the group's list. */
  readonly sli: number;
  readonly series_text: string;
  readonly tick: number;
  readonly window: number;
  readonly first_pane: number;
  readonly good: number;
  readonly total: number;
  /** Thousandths. */
  readonly good_extra: number;
  readonly total_extra: number;
}

/** Rows of one key lie in one partition: without this, FINAL would merge all of history into one order. */
export const SETTINGS = `SETTINGS do_not_merge_across_partitions_select_final = 1, use_skip_indexes_if_final = 1,
  use_skip_indexes_if_final_exact_mode = 0`;

/**
 * Sums of every series, or of some, over every window at one instant, over all rows that are there now. This is the live form: the
 * instant is not before the end of what is sealed, or `isAsOf`.
 */
export async function sumsAt(store: Store, query: SumsQuery): Promise<readonly WindowSums[]> {
  const atS = seconds(query.atMs);
  const wanted: RowsWanted = {
    ...{ ...query, fromS: atS, toS: atS, paneS: seconds(query.paneMs) },
    ...(query.isAsOf === true && { untilS: atS }),
  };
  const reading = await (query.readingOf ?? sharedReading(store, query.stream))();
  const windows = query.group.windows.map((_, index) => index);
  // One answer of columns: names of columns in every row would be most of what travels.
  const [answer] = await store.query<SumColumns>(
    `SELECT groupArray(sli) AS slis, groupArray(toString(series)) AS series_texts, groupArray(first_pane) AS first_panes,
       groupArray(last_pane) AS last_panes,
       [${windows.map((index) => `groupArray(good${index})`).join(', ')}] AS goods,
       [${windows.map((index) => `groupArray(total${index})`).join(', ')}] AS totals,
       [${windows.map((index) => unlessZeroSql(`good_extra${index}`)).join(', ')}] AS good_extras,
       [${windows.map((index) => unlessZeroSql(`total_extra${index}`)).join(', ')}] AS total_extras
     FROM (
       SELECT sli, series, min(first) AS first_pane, max(last) AS last_pane,
         ${windows.map(windowSumsSql).join(', ')}
       FROM (${sumParts(wanted, reading, atS).join('\nUNION ALL\n')})
       GROUP BY sli, series ORDER BY sli, series
     ) ${SETTINGS}${query.timeoutMs === undefined ? '' : `, max_execution_time = ${Math.ceil(query.timeoutMs / 1_000)}`}`,
    rowParams(wanted, reading),
  );
  return answer === undefined ? [] : rowsOf(answer, query);
}

const windowSumsSql = (index: number): string =>
  `sum(g${index}) AS good${index}, sum(n${index}) AS total${index},
   sum(gx${index}) AS good_extra${index}, sum(nx${index}) AS total_extra${index}`;

/** A column of extras, which most streams have none of; of what weighs less than one they are below 0. */
const unlessZeroSql = (column: string): string =>
  `if(max(${column}) = 0 AND min(${column}) = 0, [], groupArray(${column}))`;

/** By window: what was seen, and what it stands for. */
interface SeenCounts {
  readonly good: readonly number[];
  readonly total: readonly number[];
  readonly goodExtra: readonly number[];
  readonly totalExtra: readonly number[];
}

function weightedSums({
  good,
  total,
  goodExtra,
  totalExtra,
}: SeenCounts): Pick<WindowSums, 'good' | 'total' | 'goodSeen' | 'totalSeen'> {
  return {
    good: good.map((seen, index) => weightedCount(seen, goodExtra[index] ?? 0)),
    total: total.map((seen, index) => weightedCount(seen, totalExtra[index] ?? 0)),
    goodSeen: [...good],
    totalSeen: [...total],
  };
}

function rowsOf(
  answer: SumColumns,
  query: { readonly group: WindowGroup; readonly atMs: number },
): readonly WindowSums[] {
  const at = (columns: readonly (readonly number[])[], index: number): readonly number[] =>
    columns.map((column) => column[index] ?? 0);
  return answer.series_texts.map((series, index) => {
    const { slo, specRev } = sliAt(query.group, answer.slis[index] ?? NaN);
    return {
      slo,
      specRev,
      series,
      atMs: query.atMs,
      firstPaneMs: (answer.first_panes[index] ?? 0) * 1_000,
      lastPaneMs: (answer.last_panes[index] ?? 0) * 1_000,
      ...weightedSums({
        good: at(answer.goods, index),
        total: at(answer.totals, index),
        goodExtra: at(answer.good_extras, index),
        totalExtra: at(answer.total_extras, index),
      }),
    };
  });
}

/** One SELECT per kind of row, each summed by series, so that what the parts have in common stays small. */
function sumParts(wanted: RowsWanted, reading: BudgetReading, atS: number): readonly string[] {
  const part = (sql: string, counted: readonly string[], newest = 'p'): string => {
    const sums = counted.map(
      (
        test,
        index,
      ) => `toInt64(sumIf(good, ${test})) AS g${index}, toInt64(sumIf(total, ${test})) AS n${index},
        toInt64(sumIf(good_extra, ${test})) AS gx${index}, toInt64(sumIf(total_extra, ${test})) AS nx${index}`,
    );
    return `SELECT sli, series, min(first) AS first, maxIf(${newest}, total > 0) AS last, ${sums.join(', ')} FROM (${sql}) GROUP BY sli, series`;
  };
  const until = `pane < fromUnixTimestamp(${atS})`;
  const withinWindows = wanted.group.windows.map((window) => withinSql(window, atS, wanted.paneS));
  const derived = derivedOf(wanted);
  if (derived === null)
    return [
      part(chunkRowsSql(wanted, reading, until), withinWindows),
      ...archiveRows(wanted, reading).map((rows) => part(rows.sql, rows.counted)),
    ];
  return [part(derivedRowsSql(wanted, reading, { derived, atS }), withinWindows, 'newest')];
}

/**
 * Sums of every series at every tick in (from, to] at which one of its windows changed: the form for history.
 *
 * A chunk row is seen from the tick on that ends its log interval, whatever is in the table already: the same history gives
 * the same sums at any speed. Each row enters a window once and leaves it once, so the work does not grow with the number
 * of ticks; what changed up to `from` is folded into one opening sum. What is sealed was seen by then.
 *
 * Rejects with SEALED_BEYOND_EVALUATION if that does not hold.
 */
export async function changesBetween(store: Store, query: ChangesQuery): Promise<readonly WindowSums[]> {
  const reading = await readForBudgets(store, query.stream);
  refuseSealedLater(reading, seconds(query.fromMs));
  const { changes, wanted } = changesSql(query, reading);
  const isOpening = query.opening === 'of all' ? `OR tick = ${wanted.fromS}` : '';
  const rows = await store.query<SumRow>(
    `SELECT sli, toString(series) AS series_text, tick, window, min(first) AS first_pane,
            sum(sign * g) AS good, sum(sign * n) AS total, sum(sign * gx) AS good_extra, sum(sign * nx) AS total_extra
     FROM (${changes})
     WHERE tick <= ${wanted.toS}
     GROUP BY sli, series, tick, window
     HAVING good != 0 OR total != 0 OR good_extra != 0 OR total_extra != 0 ${isOpening}
     ORDER BY sli, series, tick
     ${SETTINGS}`,
    rowParams(wanted, reading),
  );
  return sweep(rows, query.group, query.opening === undefined ? query.fromMs : -Infinity);
}

/**
 * The first tick in (from, to] at which a window of any series changes, epoch ms; null if none does. It lets history be
 * passed over where nothing happens, however long that takes by its own clock.
 */
export async function firstChangeBetween(store: Store, query: ChangesQuery): Promise<number | null> {
  const reading = await readForBudgets(store, query.stream);
  refuseSealedLater(reading, seconds(query.fromMs));
  const { changes, wanted } = changesSql(query, reading);
  const [row] = await store.query<{ readonly first: number; readonly count: number }>(
    `SELECT min(tick) AS first, count() AS count FROM (${changes})
     WHERE tick > ${wanted.fromS} AND tick <= ${wanted.toS} ${SETTINGS}`,
    rowParams(wanted, reading),
  );
  return row === undefined || row.count === 0 ? null : row.first * 1_000;
}

/** SELECT of sli, series, first, window, tick, sign, g and n with their extras: each row as it enters and leaves each window. */
function changesSql(
  query: ChangesQuery,
  reading: BudgetReading,
): { readonly changes: string; readonly wanted: RowsWanted } {
  const [paneS, tickS, fromS, toS] = [query.paneMs, query.tickMs, query.fromMs, query.toMs].map(seconds) as [
    number,
    number,
    number,
    number,
  ];
  const wanted: RowsWanted = { stream: query.stream, group: query.group, fromS, toS, paneS };
  const { windows } = query.group;
  const leaves = windows.map((window) => leaveSql(window, paneS, tickS));
  const parts = changedParts(wanted, reading, { tickS, withZeros: query.opening === 'of all' });
  const changes = `SELECT sli, series, first, change.1 AS window, greatest(change.2, ${fromS}) AS tick, change.3 AS sign, g, n, gx, nx
       FROM (${parts.join('\nUNION ALL\n')})
       ARRAY JOIN arrayFlatten(arrayMap((leave, is_counted, w) ->
           if(is_counted AND seen < leave, [(w, seen, toInt8(1)), (w, leave, toInt8(-1))], []),
           [${leaves.join(', ')}], counted, range(${leaves.length}))) AS change`;
  return { changes, wanted };
}

/** SELECTs of sli, series, p, first, seen, counted (by window: whether it counts the row), and g and n with their extras. */
function changedParts(
  wanted: RowsWanted,
  reading: BudgetReading,
  { tickS, withZeros }: { readonly tickS: number; readonly withZeros: boolean },
): readonly string[] {
  const { fromS, toS } = wanted;
  const until = `log_interval < fromUnixTimestamp(${toS})`;
  const seenWithChunk = `toInt64(toUnixTimestamp(log_interval)) + ${tickS} AS seen`;
  const chunkRows = `SELECT *, ${seenWithChunk} FROM (${chunkRowsSql(wanted, reading, until)})`;
  const archived = archiveRows(wanted, reading);
  const all = `[${wanted.group.windows.map(() => '1').join(', ')}]`;
  const derived = derivedOf(wanted);
  if (derived === null)
    return [
      `SELECT sli, series, p, first, seen, ${all} AS counted, toInt64(sum(good)) AS g, toInt64(sum(total)) AS n,
         toInt64(sum(good_extra)) AS gx, toInt64(sum(total_extra)) AS nx
       FROM (${chunkRows}) GROUP BY sli, series, p, first, seen`,
      ...archived.map(
        (
          rows,
        ) => `SELECT sli, series, p, first, toInt64(${fromS}) AS seen, [${rows.counted.join(', ')}] AS counted,
         toInt64(good) AS g, toInt64(total) AS n, toInt64(good_extra) AS gx, toInt64(total_extra) AS nx FROM (${rows.sql})`,
      ),
    ];
  const counted = [
    `SELECT ${countedColumns(derived)}, seen FROM (${chunkRows})`,
    ...archived.map(
      (rows) => `SELECT ${countedColumns(derived)}, toInt64(${fromS}) AS seen FROM (${rows.sql})`,
    ),
  ];
  const begins = (): string => {
    const earlier = earlierRows(wanted, reading, until);
    return united([
      ...counted.map((sql) => `SELECT sli, series, first, seen FROM (${sql})`),
      `SELECT sli, series, first, ${seenWithChunk} FROM (${earlier.chunks})`,
      ...earlier.archived.map((sql) => `SELECT sli, series, first, toInt64(${fromS}) AS seen FROM (${sql})`),
    ]);
  };
  const rows = { counted: united(counted), begins: derived.needsBegin ? begins() : '' };
  const range = { fromS: oldestCountedOf(wanted), toS };
  return [
    `SELECT sli, series, p, first, seen, ${all} AS counted, toInt64(good) AS g, toInt64(total) AS n,
       toInt64(good_extra) AS gx, toInt64(total_extra) AS nx
     FROM (${withoutLeftOut(derived.changes(rows, range, tickS), wanted, reading)})
     WHERE ${withZeros ? '1' : 'good != 0 OR total != 0 OR good_extra != 0 OR total_extra != 0'}`,
  ];
}

/** A sum of a whole hour does not say at which tick its parts came into sight. */
function refuseSealedLater(reading: SealedReading, fromS: number): void {
  const later = reading.epochs.find((one) => one.hourS > fromS);
  if (later === undefined) return;
  throw new AppError(
    'SEALED_BEYOND_EVALUATION',
    `${later.epoch} is sealed up to ${new Date(later.hourS * 1_000).toISOString()}, but evaluated only up to ${new Date(fromS * 1_000).toISOString()}`,
    {
      remedy:
        'The table evaluations was lost or restored from an older copy: put it back, or replay the file again.',
    },
  );
}

/** Adds the changes up, series by series; sums up to `afterMs`, which were judged before, are not given again. */
function sweep(rows: readonly SumRow[], group: WindowGroup, afterMs: number): readonly WindowSums[] {
  const result: WindowSums[] = [];
  let counts = zeroCounts(group);
  let firstPaneS = Infinity;
  rows.forEach((row, index) => {
    const previous = rows[index - 1];
    const isSameSeries = previous?.series_text === row.series_text && previous.sli === row.sli;
    if (!isSameSeries) {
      counts = zeroCounts(group);
      firstPaneS = Infinity;
    }
    firstPaneS = Math.min(firstPaneS, row.first_pane);
    addAt(counts.good, row.window, row.good);
    addAt(counts.total, row.window, row.total);
    addAt(counts.goodExtra, row.window, row.good_extra);
    addAt(counts.totalExtra, row.window, row.total_extra);
    const next = rows[index + 1];
    const isLastOfTick =
      next?.tick !== row.tick || next.series_text !== row.series_text || next.sli !== row.sli;
    if (!isLastOfTick || row.tick * 1_000 <= afterMs) return;
    const { slo, specRev } = sliAt(group, row.sli);
    result.push({
      slo,
      specRev,
      series: row.series_text,
      atMs: row.tick * 1_000,
      firstPaneMs: firstPaneS * 1_000,
      ...weightedSums(counts),
    });
  });
  return result;
}

function zeroCounts({ windows }: WindowGroup): { readonly [Name in keyof SeenCounts]: number[] } {
  const zeros = (): number[] => windows.map(() => 0);
  return { good: zeros(), total: zeros(), goodExtra: zeros(), totalExtra: zeros() };
}

function addAt(counts: number[], index: number, value: number): void {
  counts[index] = (counts[index] ?? 0) + value;
}

export function sliAt(group: WindowGroup, index: number): WindowGroup['slis'][number] {
  const sli = group.slis[index];
  if (sli === undefined)
    throw new RangeError(`The database answered with SLI ${index} of ${group.slis.length}.`);
  return sli;
}
