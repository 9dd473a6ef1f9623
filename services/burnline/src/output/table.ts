import { cut, shown, widthOf } from './shown.ts';

interface PaintedCell {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** Never cut: a key that somebody copies is of no use without its end. */
  readonly isWhole?: boolean;
}

/** A cell of a table. What stands in it comes from anywhere; `paint` colours it where a terminal shows colours. */
export type Cell = string | PaintedCell;

export interface TableContent {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns that may be left out where there is no room, the first one first. */
  readonly optional?: readonly string[];
}

/** Columns of a cell: longer texts are cut, so that one label never makes a line that nobody can read. */
const CELL_WIDTH_MAX = 64;

const EMPTY: PaintedCell = { text: '', paint: (text) => text };

const padding = (text: string, width = 0): string => ' '.repeat(Math.max(0, width - widthOf(text)));
const padded = (text: string, width = 0): string => text + padding(text, width);

const bounded = (cell: Cell): PaintedCell => {
  const given: PaintedCell =
    typeof cell === 'string' ? { text: cell, paint: (plain: string) => plain } : cell;
  const text = shown(given.text);
  return { ...given, text: given.isWhole === true ? text : cut(text, CELL_WIDTH_MAX) };
};

type BoundedRows = readonly (readonly PaintedCell[])[];

function widthsOf(head: readonly string[], rows: BoundedRows): readonly number[] {
  return head.map((name, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column]?.text ?? '')), widthOf(name)),
  );
}

/** Which columns are left when optional ones go, one by one, until the rest fits; null where it never does. */
function columnsThatFit(content: TableContent, rows: BoundedRows, columns: number): readonly number[] | null {
  const widths = widthsOf(content.head, rows);
  let kept = content.head.map((_, column) => column);
  const isFitting = (): boolean =>
    kept.reduce((sum, column) => sum + (widths[column] ?? 0) + 1, 0) <= columns + 1;
  for (const name of content.optional ?? []) {
    if (isFitting()) return kept;
    kept = kept.filter((column) => content.head[column] !== name);
  }
  return isFitting() ? kept : null;
}

/** Each row as a block of lines, `name value`: for where a table has no room. */
function stacked({ head }: TableContent, rows: BoundedRows, columns: number): string {
  const nameWidth = Math.max(...head.map(widthOf));
  const valueWidth = Math.max(8, columns - nameWidth - 1);
  const blocks = rows.map((row) =>
    row
      .map((cell, column) => ({ name: head[column] ?? '', cell }))
      .filter(({ cell }) => cell.text !== '')
      .map(({ name, cell }) => {
        const text = cell.isWhole === true ? cell.text : cut(cell.text, valueWidth);
        return `${name.padEnd(nameWidth)} ${cell.paint(text)}`;
      })
      .join('\n'),
  );
  return blocks.join('\n\n');
}

/**
 * A table as text of at most `columns` columns. Where it has no room, optional columns go first, and are named below; then
 * rows become blocks. No row is ever wrapped, unless one of its cells must stay whole and is wider than everything.
 */
export function tableText(content: TableContent, columns: number): string {
  const rows = content.rows.map((row) => row.map(bounded));
  const kept = columnsThatFit(content, rows, columns);
  if (kept === null) return stacked(content, rows, columns);
  const widths = widthsOf(content.head, rows);
  const lines = [
    kept.map((column) => padded(content.head[column] ?? '', widths[column])),
    ...rows.map((row) =>
      kept.map((column) => {
        const { text, paint } = row[column] ?? EMPTY;
        return paint(text) + padding(text, widths[column]);
      }),
    ),
  ];
  // No lines between: wide tables stay readable, and `grep` and `awk` work on them.
  const text = lines.map((cells) => cells.join(' ').trimEnd()).join('\n');
  const left = content.head.filter((_, column) => !kept.includes(column));
  if (left.length === 0) return text;
  return `${text}\n${cut(`no room for: ${left.join(', ')}`, columns)}`;
}
