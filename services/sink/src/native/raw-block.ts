import {
  orBeyond,
  walkOrNull,
  type AvroComplexJson,
  type Position,
  type SchemaSource,
} from '@burnline/contracts';
import { invariant } from '@burnline/core';
import type { BytesInsert } from '@burnline/runtime';
import type { RawItem } from '../raw-item.ts';
import { keptSinceS } from '../raw-item.ts';
import { CONSTANT_BYTES_MAX, compileColumnWalk, type ColumnWalk } from './generate-columns.ts';
import {
  WordColumn,
  byteColumn,
  uint16Column,
  uint32Column,
  wideColumn,
  type NativeColumn,
} from './native-columns.ts';
import { NativeWriter } from './native-writer.ts';
import { RAW_INSERT_SETTINGS, RAW_TABLES, rawType, type RawTable } from './raw-columns.ts';

/** Name, type and lengths of a column stand before its data: more than any of ours takes. */
const COLUMN_HEADER_BYTES_MAX = 512;
const BLOCK_HEADER_BYTES_MAX = 32;

/** The columns that the sink fills itself: where a row comes from, and what the reader decided about it. */
function createPositions() {
  return {
    stream: new WordColumn(false),
    stream_epoch: new WordColumn(false),
    partition: uint16Column(),
    offset: wideColumn(),
    event_index: uint16Column(),
    is_repeat: byteColumn(),
    log_time: wideColumn(),
    kept_since: uint32Column(),
  };
}

const POSITION_TYPES: Readonly<Record<keyof ReturnType<typeof createPositions>, string>> = {
  stream: 'LowCardinality(String)',
  stream_epoch: 'LowCardinality(String)',
  partition: 'UInt16',
  offset: 'UInt64',
  event_index: 'UInt16',
  is_repeat: 'Bool',
  log_time: "DateTime64(3, 'UTC')",
  kept_since: "DateTime('UTC')",
};

interface NamedColumn {
  readonly name: string;
  readonly type: string;
  readonly column: NativeColumn;
}

/**
 * One Native block of raw rows: messages are walked into its columns, and `finish` gives the bytes of an insert and empties
 * it. The columns' buffers serve every block again.
 */
export class RawBlock {
  readonly #table: RawTable;
  readonly #schemas: SchemaSource;
  readonly #readerSchema: AvroComplexJson;
  /** null: a schema that is left to the plain path. Bounded by the schema ids that the source knows. */
  readonly #walks = new Map<number, ColumnWalk | null>();
  readonly #positions = createPositions();
  readonly #times = wideColumn();
  readonly #columns: readonly NativeColumn[];
  readonly #all: readonly NamedColumn[];
  readonly #position: Position = { next: 0 };
  #rowCount = 0;

  constructor(kind: 'inference' | 'verdict', schemas: SchemaSource) {
    const own = schemas.schemaOf(schemas.idOf(kind));
    invariant(own !== null, `this build has a schema of ${kind} events`);
    this.#table = RAW_TABLES[kind];
    this.#schemas = schemas;
    this.#readerSchema = own.schema;
    const filled = this.#table.columns.map(({ name, type }) => ({
      name,
      type,
      column: rawType(type).create(),
    }));
    this.#columns = filled.map(({ column }) => column);
    this.#all = [
      ...Object.entries(this.#positions).map(([name, column]) => ({
        name,
        type: POSITION_TYPES[name as keyof typeof POSITION_TYPES],
        column,
      })),
      { name: this.#table.timeField, type: "DateTime64(6, 'UTC')", column: this.#times },
      ...filled,
    ];
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** Adds the rows of a message. False, and nothing is added, for one that the plain path has to write. */
  add({ pending, where }: RawItem): boolean {
    const { message, count } = pending;
    const walk = this.#walkOf(pending.schemaId);
    if (walk === null) return false;
    const rowCount = this.#rowCount + count;
    for (const { column } of this.#all) {
      column.reserve(rowCount, message.value.length + count * CONSTANT_BYTES_MAX);
    }
    const target = { columns: this.#columns, rowCount: this.#rowCount };
    const walked = walkOrNull(walk, message.value, target, this.#position);
    if (walked === null) return false;
    invariant(walked === count, 'a message holds the events that it held when it was read');
    this.#addPositions(pending, where, rowCount);
    this.#rowCount = rowCount;
    return true;
  }

  finish(): BytesInsert {
    const rowCount = this.#rowCount;
    const byteCountMax = this.#all.reduce(
      (sum, { column }) => sum + column.byteCountMax(rowCount) + COLUMN_HEADER_BYTES_MAX,
      BLOCK_HEADER_BYTES_MAX,
    );
    const to = new NativeWriter(byteCountMax);
    to.varuint(this.#all.length);
    to.varuint(rowCount);
    for (const { name, type, column } of this.#all) {
      to.text(name);
      to.text(type);
      column.write(to, rowCount);
    }
    this.clear();
    const columns = this.#all.map(({ name }) => name);
    const { table } = this.#table;
    const body = to.written();
    return { table, columns, format: 'Native', body, rowCount, settings: RAW_INSERT_SETTINGS };
  }

  clear(): void {
    this.#rowCount = 0;
    for (const { column } of this.#all) column.clear();
  }

  #addPositions(
    { message, timesMicros, repeats }: RawItem['pending'],
    { epoch, partition }: RawItem['where'],
    end: number,
  ): void {
    const start = this.#rowCount;
    const columns = this.#positions;
    const stream = Buffer.from(epoch.stream);
    const streamEpoch = Buffer.from(epoch.epoch);
    columns.stream.indexes.words.fill(columns.stream.words.idOf(stream, 0, stream.length), start, end);
    columns.stream_epoch.indexes.words.fill(
      columns.stream_epoch.words.idOf(streamEpoch, 0, streamEpoch.length),
      start,
      end,
    );
    columns.partition.words.fill(partition, start, end);
    columns.kept_since.words.fill(keptSinceS(message.timestampMs, epoch), start, end);
    columns.is_repeat.words.set(repeats, start);
    const eventIndexes = columns.event_index.words;
    for (let index = 0; index < repeats.length; index += 1) {
      eventIndexes[start + index] = index;
      putWide(columns.offset.words, start + index, message.offset);
      putWide(columns.log_time.words, start + index, message.timestampMs);
      putWide(this.#times.words, start + index, timesMicros[index] ?? 0);
    }
  }

  #walkOf(schemaId: number): ColumnWalk | null {
    const known = this.#walks.get(schemaId);
    if (known !== undefined) return known;
    const stored = this.#schemas.schemaOf(schemaId);
    const walk =
      stored === null
        ? null
        : orBeyond(() => compileColumnWalk(stored.schema, this.#readerSchema, this.#table));
    this.#walks.set(schemaId, walk);
    return walk;
  }
}

/** An integer within 2^53 as 64 bits. */
function putWide(words: Int32Array, row: number, value: number): void {
  words[row * 2] = value;
  words[row * 2 + 1] = Math.floor(value / 0x1_0000_0000);
}
