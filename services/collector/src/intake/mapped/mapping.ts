import { createHash } from 'node:crypto';
import { uuidFromContent } from '@burnline/contracts';
import {
  namedColumns,
  rowMapping,
  type LoadedMapping,
  type MapRow,
  type MappedRecord,
} from '@burnline/specs';
import { jsonColumns, jsonRows, type JsonColumns } from './json-rows.ts';

/** Records of somebody else's JSON as events and verdicts, as a mapping file says. */
export class Mapping {
  readonly name: string;
  /** Whether a record that cannot be read leaves the others where they are. */
  readonly isRefused: boolean;
  readonly #identity: string;
  readonly #columns: JsonColumns;
  readonly #ids: readonly number[];
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
    this.#ids = id.map(indexOf);
    this.#map = rowMapping(spec, { indexOf, emptyTexts: new Set(['', ...emptyTexts]) });
  }

  /**
   * The records that one of somebody else's stands for. Throws `RowProblem`, a SyntaxError where it is not whole, or a record's
   * fault. The same record has the same ids, whoever sends it and how often.
   */
  recordsOf(bytes: Uint8Array): readonly MappedRecord[] {
    const rows = jsonRows(bytes, this.#columns);
    const content = this.#ids.length > 0 ? null : createHash('sha256').update(bytes).digest('hex');
    return rows.flatMap((cells, row) => {
      const whole = content === null ? this.#ids.map((at) => cells[at] ?? '') : [content, String(row)];
      const idOf = (part: string): Uint8Array =>
        uuidFromContent('burnline-mapping/1', this.#identity, part, ...whole);
      return this.#map({ cells, derivedAtMicros: null, idOf })?.records ?? [];
    });
  }
}
