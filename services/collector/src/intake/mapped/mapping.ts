import { createHash } from 'node:crypto';
import { uuidFromContent } from '@burnline/contracts';
import {
  RowProblem,
  namedColumns,
  rowMapping,
  type LoadedMapping,
  type MapRow,
  type MappedRecord,
} from '@burnline/specs';
import { jsonColumns, jsonRows, type JsonColumns, type JsonRow } from './json-rows.ts';

/** A row of one of somebody else's records. */
export interface RecordRow extends JsonRow {
  /** What its id is made of, where no column says it: the record and the row's place in it. */
  readonly place: readonly string[] | null;
}

/** Records of somebody else's JSON as events and verdicts, as a mapping file says. */
export class Mapping {
  readonly name: string;
  /** Whether a record that cannot be read leaves the others where they are. */
  readonly isRefused: boolean;
  readonly #identity: string;
  readonly #columns: JsonColumns;
  readonly #records: string | undefined;
  /** What a request's rows are known by again; none: the record's bytes. */
  readonly #ids: readonly string[];
  readonly #indexOf: (column: string) => number;
  readonly #emptyTexts: ReadonlySet<string>;
  readonly #map: MapRow;

  constructor({ mapping, identity }: LoadedMapping) {
    const { spec } = mapping;
    const { records, id = [], empty_texts: emptyTexts = [] } = spec.json ?? {};
    const named = [...namedColumns(spec)].map(({ column }) => column);
    const columns = [...new Set([...named, ...id])];
    const places = new Map(columns.map((column, index) => [column, index]));
    const indexOf = (column: string): number => places.get(column) ?? -1;
    this.name = mapping.metadata.name;
    this.isRefused = spec.on_bad_row === 'stop';
    this.#identity = identity;
    this.#columns = jsonColumns(columns, records);
    this.#records = records;
    this.#ids = id;
    this.#indexOf = indexOf;
    this.#emptyTexts = new Set(['', ...emptyTexts]);
    this.#map = rowMapping(spec, { indexOf, emptyTexts: this.#emptyTexts });
  }

  /** The rows of a record; null: there are more than `rowsMax`. Throws a SyntaxError where it is not whole. */
  rowsOf(bytes: Uint8Array, rowsMax: number): readonly RecordRow[] | null {
    const rows = jsonRows(bytes, this.#columns, rowsMax);
    const content = this.#ids.length > 0 ? null : createHash('sha256').update(bytes).digest('hex');
    return (
      rows?.map((found, row) => ({ ...found, place: content === null ? null : [content, String(row)] })) ??
      null
    );
  }

  /** The records that a row stands for. Throws `RowProblem`. The same row has the same ids, whoever sends it and how often. */
  recordsOf({ cells, missing, place }: RecordRow): readonly MappedRecord[] {
    if (missing === 'list') throw new RowProblem(`spec.json.records: no list at ${this.#records ?? ''}`);
    if (missing === 'row') throw new RowProblem('nothing in any of the columns that the mapping reads');
    const idOf = (part: string): Uint8Array =>
      uuidFromContent('burnline-mapping/1', this.#identity, part, ...(place ?? this.#namesOf(cells)));
    return this.#map({ cells, derivedAtMicros: null, idOf })?.records ?? [];
  }

  #namesOf(cells: readonly string[]): readonly string[] {
    const names = this.#ids.map((column) => cells[this.#indexOf(column)] ?? '');
    // Different calls would be taken for repeats of one.
    if (names.every((name) => this.#emptyTexts.has(name)))
      throw new RowProblem(`spec.json.id: nothing in ${this.#ids.join(', ')}, which tells rows apart`);
    return names;
  }
}
