import { JsonWalk } from '../../records/json-walk.ts';

/** The last element of a list, in a pointer. */
const LAST = '-1';

/** A member that a column names, or that others lie beneath. */
interface Place {
  /** The cell that it fills; null: it is on the way to others. */
  column: number | null;
  /** A list of whose elements each is a row, or is on the way to rows. */
  isEach: boolean;
  readonly inner: Map<string, Place>;
}

/** Where a mapping's columns stand in a record of JSON. */
export interface JsonColumns {
  readonly root: Place;
  readonly count: number;
}

/** The cells of a row, or why it is none. */
export interface JsonRow {
  readonly cells: readonly string[];
  /** `list`: the list that rows stand in is not there; `row`: no column has anything in it. null: it is a row. */
  readonly missing: 'list' | 'row' | null;
}

/** The cells of a row, and the rows beneath it that are read once all its own cells are known. */
interface Scope {
  readonly cells: string[];
  /** Whether any of its own columns has something in it. */
  hasOwn: boolean;
  below: { readonly walk: JsonWalk; readonly place: Place } | null;
}

/**
 * Columns of JSON. One that begins with `/` is a JSON pointer (RFC 6901), in which `-1` is a list's last element; any other
 * is the name of a member at the top. `records` points to a list whose elements are rows, each by itself; lists on the way to
 * it are gone through as well. What lies beneath them is named without a number.
 */
export function jsonColumns(columns: readonly string[], records: string | undefined): JsonColumns {
  const root = newPlace();
  columns.forEach((column, index) => {
    const place = placesAt(root, column).at(-1);
    if (place !== undefined) place.column = index;
  });
  if (records !== undefined) for (const place of placesAt(root, records)) place.isEach = true;
  return { root, count: columns.length };
}

const newPlace = (): Place => ({ column: null, isEach: false, inner: new Map() });

/** The places from the top down to what a column names. */
function placesAt(root: Place, column: string): readonly Place[] {
  let place = root;
  return namesOf(column).map((name) => {
    const inner = place.inner.get(name) ?? newPlace();
    place.inner.set(name, inner);
    place = inner;
    return inner;
  });
}

function namesOf(column: string): readonly string[] {
  if (!column.startsWith('/')) return [column];
  const names = column.slice(1).split('/');
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * The cells of each row of a record, as texts; of a number, what is written. What no column names is walked over and never
 * made into a text, and what is not there is an empty cell. A record, or an element of a list, that has nothing of what is read is a row
 * that is told as wrong: it is of another program, or of another mapping.
 *
 * Throws a SyntaxError where the record is not whole. No more than `rowsMax` are read; null: there are more.
 */
export function jsonRows(
  bytes: Uint8Array,
  { root, count }: JsonColumns,
  rowsMax: number,
): readonly JsonRow[] | null {
  const walk = new JsonWalk(bytes);
  const rows: JsonRow[] = [];
  for (const row of eachRow({ walk, place: root }, new Array<string>(count).fill(''))) {
    if (rows.length === rowsMax) return null;
    rows.push(row);
  }
  if (!walk.isOver) throw new SyntaxError('something follows the record');
  return rows;
}

type At = NonNullable<Scope['below']>;

function* eachRow({ walk, place }: At, cells: readonly string[]): Generator<JsonRow> {
  const scope: Scope = { cells: [...cells], hasOwn: false, below: null };
  readPlace({ walk, place }, scope);
  const { below } = scope;
  if (![...place.inner.values()].some(({ isEach }) => isEach)) {
    const hasColumns = place.column !== null || place.inner.size > 0;
    yield { cells: scope.cells, missing: scope.hasOwn || !hasColumns ? null : 'row' };
  } else if (below?.walk.form === 'array') {
    for (const walk of below.walk.elements()) yield* eachRow({ walk, place: below.place }, scope.cells);
  } else if (below?.walk.form === 'object') yield* eachRow(below, scope.cells);
  else yield { cells: scope.cells, missing: 'list' };
}

/** Fills the cells of a place, and remembers the list of rows beneath it. */
function readPlace({ walk, place }: At, scope: Scope): void {
  const { form } = walk;
  if (form === 'array') readElements({ walk, place }, scope);
  else if (form === 'object') {
    for (const name of walk.members()) readInner(walk, place.inner.get(name), scope);
  } else if (place.column === null) walk.skip();
  else {
    const text = walk.readText();
    scope.cells[place.column] = text;
    scope.hasOwn ||= text !== '';
  }
}

function readInner(walk: JsonWalk, inner: Place | undefined, scope: Scope): void {
  if (inner === undefined) walk.skip();
  else if (inner.isEach) scope.below = { walk: walk.within(walk.skipRange()), place: inner };
  else readPlace({ walk, place: inner }, scope);
}

function readElements({ walk, place }: At, scope: Scope): void {
  const last = place.inner.get(LAST);
  let index = 0;
  let found: { readonly start: number; readonly end: number } | null = null;
  for (const element of walk.elements()) {
    found = element.skipRange();
    const inner = place.inner.get(String(index));
    if (inner !== undefined) readPlace({ walk: element.within(found), place: inner }, scope);
    index += 1;
  }
  if (found !== null && last !== undefined) readPlace({ walk: walk.within(found), place: last }, scope);
}
