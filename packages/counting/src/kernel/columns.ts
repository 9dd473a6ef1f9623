import {
  BeyondWalk,
  MAX_EVENTS_PER_MESSAGE,
  isUnion,
  type AvroComplexJson,
  type AvroSchemaJson,
} from '@burnline/contracts';
import { referenceParts, sumReferencesOf, sumTermOf, sumValueOf, summedFieldOf } from '@burnline/core';
import { NumberIds, TextIds, internalized, type IdTable } from './small-ids.ts';

/** Events of a message at most: the length of a column. */
export const COLUMN_LENGTH = MAX_EVENTS_PER_MESSAGE;

type ScalarKind = 'text' | 'number' | 'boolean' | 'symbol';

/** A field of the reader's schema, as far as the kernel knows its type. */
export interface ReaderField {
  readonly kind: ScalarKind;
  /** Avro's name of the type, of a map that of its values. */
  readonly typeName: string;
  readonly isMap: boolean;
  readonly isNullable: boolean;
  readonly symbols: readonly string[];
  /** Symbol for those that this build does not know. */
  readonly symbolDefault: string | null;
  /** Value where the writer has no such field; undefined: the schema gives none. */
  readonly absentValue: unknown;
}

/**
 * One value of every event of a message: a field, or an entry of a map. At `offset` + i of the shared arrays stand:
 * number: the value in `numbers`, and if it may be absent 0 or 1 in `ids`; boolean: 0 absent, 1 false, 2 true in `ids`;
 * text and symbol: an id in `ids` whose text is in `texts`, 0 absent.
 */
export interface Column {
  readonly name: string;
  readonly field: string;
  readonly key: string | null;
  readonly reader: ReaderField;
  readonly isNullable: boolean;
  readonly index: number;
  readonly offset: number;
  readonly texts: readonly (string | null)[];
  readonly textIds: TextIds | null;
  readonly numberIds: NumberIds | null;
}

/** A column that is made from others once a message is read: what its events add to a sum. */
interface ComputedColumn {
  readonly column: Column;
  readonly sources: readonly Column[];
  readonly valueOf: ReturnType<typeof sumValueOf>;
}

const COMPUTED_READER: ReaderField = {
  kind: 'number',
  typeName: 'double',
  isMap: false,
  isNullable: true,
  symbols: [],
  symbolDefault: null,
  absentValue: null,
};

/** The columns that a set of SLIs needs, each once. */
export class ColumnTable {
  readonly #fields = new Map<string, ReaderField | null>();
  readonly #columns = new Map<string, Column>();
  readonly #computed = new Map<string, ComputedColumn>();

  constructor(readerSchema: AvroComplexJson) {
    for (const field of readerSchema.fields ?? []) {
      this.#fields.set(field.name, 'aliases' in field ? null : readerFieldOf(field.type, field.default));
    }
  }

  get all(): readonly Column[] {
    return [...this.#columns.values()];
  }

  /** Those that a walk fills. */
  get walked(): readonly Column[] {
    return this.all.filter(({ name }) => !this.#computed.has(name));
  }

  get idTables(): readonly IdTable[] {
    return this.all.flatMap(({ textIds, numberIds }) =>
      [textIds, numberIds].filter((table) => table !== null),
    );
  }

  /** The column of a field, or of one key of a map. Throws BeyondWalk where there can be none. */
  columnOf(field: string, key: string | null): Column {
    const name = JSON.stringify([field, key]);
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const reader = this.#fields.get(field) ?? null;
    if (reader?.isMap !== (key !== null)) throw new BeyondWalk(name);
    if (key !== null) checkKey(key);
    const index = this.#columns.size;
    const textIds = reader.kind === 'text' ? new TextIds() : null;
    const column: Column = {
      name: `k${index}`,
      field,
      key,
      reader,
      isNullable: reader.isNullable || reader.isMap,
      index,
      offset: index * COLUMN_LENGTH,
      textIds,
      texts: textIds?.texts ?? (reader.kind === 'symbol' ? [null, ...reader.symbols.map(internalized)] : []),
      numberIds: reader.kind === 'number' ? new NumberIds() : null,
    };
    this.#columns.set(name, column);
    return column;
  }

  /** What is added up of each event; null where it has no numbers. */
  summedColumn(sum: string): Column | null {
    if (!this.#isSummable(sum)) return null;
    const own = summedFieldOf(sum);
    if (own !== null) return this.columnOf(own, null);
    const known = this.#columns.get(sum);
    if (known !== undefined) return known;
    const sources = sumReferencesOf(sum).map((reference) => referenceColumn(this, reference));
    const index = this.#columns.size;
    const column: Column = {
      name: `k${index}`,
      field: sum,
      key: null,
      reader: COMPUTED_READER,
      isNullable: true,
      index,
      offset: index * COLUMN_LENGTH,
      textIds: null,
      texts: [],
      numberIds: null,
    };
    this.#columns.set(sum, column);
    this.#computed.set(column.name, { column, sources, valueOf: sumValueOf(sum) });
    return column;
  }

  /** Fills the computed columns of the first `count` events. */
  compute(
    count: number,
    { numbers, ids }: { readonly numbers: Float64Array; readonly ids: Int32Array },
  ): void {
    if (this.#computed.size === 0) return;
    const read = (column: Column | undefined, index: number): unknown =>
      column === undefined ? null : valueAt(column, { numbers, ids }, index);
    for (const { column, sources, valueOf } of this.#computed.values()) {
      const [field, minus] = sources;
      for (let index = 0; index < count; index += 1) {
        const value = valueOf(read(field, index), read(minus, index));
        ids[column.offset + index] = value === null ? 0 : 1;
        numbers[column.offset + index] = value ?? 0;
      }
    }
  }

  /** Whether an event may have what a sum is made of: numbers, and of a bin a boolean. */
  #isSummable(sum: string): boolean {
    const references = sumReferencesOf(sum);
    if (sumTermOf(sum)?.bin === undefined) return references.every((reference) => this.isNumeric(reference));
    const [field = '', isTrue = ''] = references;
    const reader = this.#fields.get(isTrue);
    return this.isNumeric(field) && (reader === null || reader?.kind === 'boolean');
  }

  /** Whether a field's values, or an entry's, are numbers: what sums and histograms take. */
  isNumeric(name: string): boolean {
    const { field, key } = referenceParts(name);
    const reader = this.#fields.get(field);
    return reader === null || (reader?.kind === 'number' && reader.isMap === (key !== null));
  }
}

/** A dimension or a measured value, `field` or `map.key`, as the plain path reads it. */
export function referenceColumn(columns: ColumnTable, name: string): Column {
  const { field, key } = referenceParts(name);
  return columns.columnOf(field, key);
}

/** A column's value of an event, or null. */
export function valueAt(
  { reader, isNullable, offset, texts }: Column,
  { numbers, ids }: { readonly numbers: Float64Array; readonly ids: Int32Array },
  index: number,
): unknown {
  const id = ids[offset + index] ?? 0;
  switch (reader.kind) {
    case 'number':
      return isNullable && id === 0 ? null : numbers[offset + index];
    case 'boolean':
      return id === 0 ? null : id === 2;
    case 'text':
    case 'symbol':
      return texts[id];
  }
}

/** Code for the same of event `i`. */
export function valueCode({ name, reader, isNullable, offset }: Column): string {
  const id = `ids[${offset} + i]`;
  switch (reader.kind) {
    case 'number':
      return isNullable ? `(${id} === 0 ? null : numbers[${offset} + i])` : `numbers[${offset} + i]`;
    case 'boolean':
      return isNullable ? `(${id} === 0 ? null : ${id} === 2)` : `(${id} === 2)`;
    case 'text':
    case 'symbol':
      return `${name}[${id}]`;
  }
}

const REPLACEMENT_CHARACTER = '\ufffd';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Keys are compared by their bytes. That is not comparing texts where bytes that are no UTF-8 would read as U+FFFD, and
 * a decoded map never has an own entry `__proto__`.
 */
function checkKey(key: string): void {
  if (key === '__proto__' || key.includes(REPLACEMENT_CHARACTER) || LONE_SURROGATE.test(key)) {
    throw new BeyondWalk(key);
  }
}

const SCALARS: Readonly<Record<string, ScalarKind>> = {
  string: 'text',
  int: 'number',
  long: 'number',
  double: 'number',
  boolean: 'boolean',
};

/** null: a type that the kernel does not read. */
function readerFieldOf(type: AvroSchemaJson, absentValue: unknown): ReaderField | null {
  const plain = {
    isMap: false,
    isNullable: false,
    symbols: [] as readonly string[],
    symbolDefault: null,
    absentValue,
  };
  if (typeof type === 'string') {
    const kind = SCALARS[type];
    return kind === undefined ? null : { ...plain, kind, typeName: type };
  }
  if (isUnion(type)) {
    const [first, second, ...others] = type;
    if (others.length > 0 || first !== 'null' || second === undefined) return null;
    const inner = readerFieldOf(second, absentValue);
    return inner === null || inner.isMap || inner.kind === 'symbol' ? null : { ...inner, isNullable: true };
  }
  if (type.type === 'enum') {
    const symbolDefault = typeof type.default === 'string' ? type.default : null;
    return { ...plain, kind: 'symbol', typeName: 'enum', symbols: type.symbols ?? [], symbolDefault };
  }
  if (type.type === 'map') {
    const inner = readerFieldOf(type.values ?? 'null', absentValue);
    return inner === null || inner.isMap || inner.isNullable || inner.kind === 'symbol'
      ? null
      : { ...inner, isMap: true };
  }
  return typeof type.type === 'string' && type.type in SCALARS ? readerFieldOf(type.type, absentValue) : null;
}
