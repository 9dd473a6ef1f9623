import type { QueryParams } from '@burnline/runtime';
import { weighedSql } from '@burnline/specs';
import type { BudgetReading } from './budget-reading.ts';
import { leftOutSql, withoutLeftOut } from './left-out.ts';
import { derivedOf, oldestCountedOf, type RowsWanted, type WindowGroup } from './rows-wanted.ts';
import {
  backfillSourcesSql,
  daySourcesSql,
  hourSourcesSql,
  looseHourSourcesSql,
  mergedHourSourcesSql,
  sealedParams,
  unsealedSql,
  type ArchiveLevel,
  type SealedReading,
} from './sealed-reading.ts';
import { fiveMinutesOf, windowLevels, type BucketRange, type WindowLevels } from './window-levels.ts';

/** Archive rows that some window counts. */
export interface ArchiveRows {
  /**
   * SELECT of sli (index of the SLI in the group), series, p (the bucket), first (its oldest pane), good, total and their
   * extras; times in epoch seconds.
   */
  readonly sql: string;
  /** SQL over p by window of the group: whether the window counts the row. */
  readonly counted: readonly string[];
}

/** SQL: a revision hashes its SLO's name too, so the two lists name pairs, and the revision alone says which SLI it is. */
const sliSql = ({ slis }: WindowGroup): string =>
  `CAST(transform(spec_rev, {revs:Array(String)}, range(${slis.length}), ${slis.length}), 'UInt32')`;
/** SQL: rows of the SLIs of a group. */
export const slisSql = `stream = {stream:String} AND slo IN {slos:Array(String)} AND spec_rev IN {revs:Array(String)}`;
/**
 * SQL: before rows of the same key are made one, which is as good for a column of the key and leaves fewer of them. In the
 * text, as numbers: thousands of them are too long for a parameter.
 */
const seriesSql = ({ series }: RowsWanted): string =>
  series === undefined ? '' : `PREWHERE series IN (${series.map((one) => BigInt(one)).join(', ')})`;

export function rowParams(wanted: RowsWanted, reading: SealedReading): QueryParams {
  const { slis } = wanted.group;
  return {
    stream: wanted.stream,
    slos: slis.map((sli) => sli.slo),
    revs: slis.map((sli) => sli.specRev),
    ...sealedParams(reading),
  };
}

/** The first pane that what is counted is made from. */
function oldestOf(wanted: RowsWanted): number {
  return Math.max(0, oldestCountedOf(wanted) - (derivedOf(wanted)?.carryS ?? 0));
}

/** What is read of event time: from the oldest pane on and, of a derived kind, the period that it holds others against. */
function rangesRead(wanted: RowsWanted): readonly BucketRange[] {
  const oldestS = oldestOf(wanted);
  const pinned = derivedOf(wanted)?.pinned ?? null;
  const isApart = pinned !== null && pinned.fromS < oldestS;
  return [
    { fromS: oldestS, toS: wanted.untilS ?? null },
    ...(isApart ? [{ ...pinned, toS: Math.min(pinned.toS, oldestS) }] : []),
  ];
}

/** What events stand for beyond themselves, by weight if they have one. */
function extrasSql({ weight }: WindowGroup, table: 'sli_panes' | 'sli_archive'): string {
  return weight === undefined ? 'good_extra, total_extra' : weighedSql(weight, table);
}

/** SQL: what a derived kind reads beside the counts. */
const derivedColumns = (wanted: RowsWanted): string =>
  Object.entries(derivedOf(wanted)?.columns ?? {})
    .map(([name, sql]) => `, ${sql} AS ${name}`)
    .join('');

/**
 * SELECT of chunk rows within the oldest window, columns as in ArchiveRows and log_interval; `until` is a test on rows. What budgets
 * leave out is left out here where rows are judged as they are counted; of a derived kind it is what is made of them.
 */
export function chunkRowsSql(wanted: RowsWanted, reading: BudgetReading, until: string): string {
  const panes = rangesRead(wanted).map((range) => rangeSql(range, { ...timeSql, name: 'pane' }));
  const rows = `SELECT ${sliSql(wanted.group)} AS sli, series, toInt64(toUnixTimestamp(pane)) AS p, p AS first, good, total,
      ${extrasSql(wanted.group, 'sli_panes')}${derivedColumns(wanted)}, log_interval
    FROM sli_panes FINAL ${seriesSql(wanted)}
    WHERE ${slisSql} AND ${unsealedSql(reading)} AND (${panes.join(' OR ')}) AND ${until}`;
  return wanted.group.derivation === null ? withoutLeftOut(rows, wanted, reading) : rows;
}

/** Rows of a level; hours of some series where they lie by series. */
function archiveOf(level: ArchiveLevel, wanted: RowsWanted): string {
  const isBySeries = level === '1h' && wanted.series !== undefined;
  return `${isBySeries ? 'sli_hours' : 'sli_archive'} FINAL ${seriesSql(wanted)}
        WHERE ${slisSql}${isBySeries ? '' : ` AND level = '${level}'`}`;
}

/** What the windows read from the archive, or what `levels` say, each a stretch of its own; and then what of it they leave out. */
export function archiveRows(
  wanted: RowsWanted,
  reading: BudgetReading,
  levels = levelsOf(wanted),
): readonly ArchiveRows[] {
  const isSealed = reading.epochs.length > 0;
  const isBackfilled = reading.backfilled.length > 0;
  if (!isSealed && !isBackfilled) return [];
  const backfill = backfillSourcesSql(reading);
  const hours = `(${hourSourcesSql(reading)} OR ${backfill})`;
  const parts: readonly { of: keyof WindowLevels; level: ArchiveLevel; sources: string }[] = [
    { of: 'pane', level: 'pane', sources: hours },
    { of: '5m', level: '5m', sources: hours },
    { of: 'merged1h', level: '1h', sources: `(${mergedHourSourcesSql(reading)} OR ${backfill})` },
    ...(isSealed ? [{ of: 'loose1h', level: '1h', sources: looseHourSourcesSql(reading) } as const] : []),
    { of: '1d', level: '1d', sources: `(${daySourcesSql(reading)} OR ${backfill})` },
  ];
  const rowsOf = (
    { level, sources }: { readonly level: ArchiveLevel; readonly sources: string },
    ranges: readonly (readonly BucketRange[])[],
  ): readonly ArchiveRows[] => {
    const wide = ranges.flat().map((range) => rangeSql(range, timeSql));
    if (wide.length === 0) return [];
    const rows = {
      sql: `SELECT ${sliSql(wanted.group)} AS sli, series, toInt64(toUnixTimestamp(bucket)) AS p,
          toInt64(toUnixTimestamp(first_pane)) AS first, good, total, ${extrasSql(wanted.group, 'sli_archive')}${derivedColumns(wanted)}
        FROM ${archiveOf(level, wanted)} AND (${[...new Set(wide)].join(' OR ')}) AND ${sources}`,
      counted: ranges.map((own) =>
        own.length === 0 ? '0' : `(${own.map((range) => rangeSql(range, numberSql)).join(' OR ')})`,
      ),
    };
    return [rows];
  };
  const read = parts.map((part) => ({
    part,
    rows: rowsOf(
      part,
      levels.map((one) => one[part.of]),
    ),
  }));
  const leftOut = wanted.group.derivation === null ? leftOutSql(wanted, reading) : null;
  if (leftOut === null) return read.flatMap(({ rows }) => rows);
  // Hours and days hold what lies beside a stretch too: what of them is left out is taken off in five minutes.
  const coarse = rowsOf(
    { level: '5m', sources: hours },
    levels.map(({ loose1h }) => loose1h),
  );
  return [
    ...read.flatMap(({ part, rows }) =>
      part.level === 'pane' || part.level === '5m'
        ? rows.map((one) => ({ ...one, sql: withoutLeftOut(one.sql, wanted, reading) }))
        : rows,
    ),
    ...coarse.map(({ sql, counted }) => ({ sql: takenOffSql(sql, leftOut), counted })),
  ];
}

const takenOffSql = (rows: string, leftOut: string): string =>
  `SELECT sli, series, p, first, -toInt64(good) AS good, -toInt64(total) AS total, -toInt64(good_extra) AS good_extra,
     -toInt64(total_extra) AS total_extra
   FROM (SELECT * FROM (${rows}) WHERE ${leftOut})`;

function levelsOf(wanted: RowsWanted): readonly WindowLevels[] {
  return wanted.group.derivation === null
    ? wanted.group.windows.map((window) => windowLevels(window, wanted))
    : rangesRead(wanted).map(fiveMinutesOf);
}

/**
 * What tells when each series began to have data, before the panes that are read anyway: SELECTs of sli, series and first, that
 * of chunk rows with log_interval.
 */
export function earlierRows(
  wanted: RowsWanted,
  reading: SealedReading,
  until: string,
): { readonly chunks: string; readonly archived: readonly string[] } {
  const before = `< fromUnixTimestamp(${oldestOf(wanted)})`;
  const archived = (level: ArchiveLevel, sources: string): string =>
    `SELECT ${sliSql(wanted.group)} AS sli, series, toInt64(toUnixTimestamp(first_pane)) AS first
     FROM sli_archive FINAL ${seriesSql(wanted)}
     WHERE ${slisSql} AND level = '${level}' AND bucket ${before} AND ${sources}`;
  const isSealed = reading.epochs.length > 0;
  return {
    chunks: `SELECT ${sliSql(wanted.group)} AS sli, series, toInt64(toUnixTimestamp(pane)) AS first, log_interval
      FROM sli_panes FINAL ${seriesSql(wanted)}
      WHERE ${slisSql} AND ${unsealedSql(reading)} AND pane ${before} AND ${until}`,
    archived: [
      ...(isSealed || reading.backfilled.length > 0
        ? [archived('1d', `(${daySourcesSql(reading)} OR ${backfillSourcesSql(reading)})`)]
        : []),
      ...(isSealed ? [archived('1h', looseHourSourcesSql(reading))] : []),
    ],
  };
}

const timeSql = { name: 'bucket', of: (atS: number): string => `fromUnixTimestamp(${Math.max(0, atS)})` };
const numberSql = { name: 'p', of: (atS: number): string => `${atS}` };

function rangeSql(range: BucketRange, column: { name: string; of: (atS: number) => string }): string {
  const from = `${column.name} >= ${column.of(range.fromS)}`;
  return range.toS === null ? from : `(${from} AND ${column.name} < ${column.of(range.toS)})`;
}
