import type { DerivedSql } from '@burnline/specs';
import type { BudgetReading } from './budget-reading.ts';
import { withoutLeftOut } from './left-out.ts';
import { oldestCountedOf, type RowsWanted } from './rows-wanted.ts';
import { archiveRows, chunkRowsSql, earlierRows } from './window-rows.ts';

/** SELECT of the rows of a derived kind at an instant; columns as in `DerivedSql.rowsAt`. */
export function derivedRowsSql(
  wanted: RowsWanted,
  reading: BudgetReading,
  { derived, atS }: { readonly derived: DerivedSql; readonly atS: number },
): string {
  const counted = countedRowsSql(wanted, reading, { derived, atS });
  const begins = (): string => {
    const earlier = earlierRows(wanted, reading, `pane < fromUnixTimestamp(${atS})`);
    const all = [counted, earlier.chunks, ...earlier.archived];
    return united(all.map((sql) => `SELECT sli, series, first FROM (${sql})`));
  };
  const rows = { counted, begins: derived.needsBegin ? begins() : '' };
  const range = { fromS: oldestCountedOf(wanted), toS: atS };
  return withoutLeftOut(derived.rowsAt(rows, range), wanted, reading);
}

/** SELECT of everything that a derivation is made from up to an instant, from rows sealed and not. */
export function countedRowsSql(
  wanted: RowsWanted,
  reading: BudgetReading,
  { derived, atS }: { readonly derived: DerivedSql; readonly atS: number },
): string {
  const chunkRows = chunkRowsSql(wanted, reading, `pane < fromUnixTimestamp(${atS})`);
  return countedSql([chunkRows, ...archiveRows(wanted, reading).map((rows) => rows.sql)], derived);
}

/** The same of given SELECTs of rows. */
export const countedSql = (parts: readonly string[], derived: DerivedSql): string =>
  united(parts.map((sql) => `SELECT ${countedColumns(derived)} FROM (${sql})`));

/** SQL: all rows of several SELECTs. */
export const united = (parts: readonly string[]): string => parts.join('\nUNION ALL\n');

/** Columns of counted rows that a derived kind reads. */
export const countedColumns = ({ columns }: DerivedSql): string =>
  ['sli, series, p, first, good, total, good_extra, total_extra', ...Object.keys(columns)].join(', ');
