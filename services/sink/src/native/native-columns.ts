import { grownBytes } from '@burnline/core';
import type { NativeWriter } from './native-writer.ts';
import { WordDictionary } from './word-dictionary.ts';

/**
 * The data of one column of a Native block. Columns grow as rows come and keep what they have for the next block, up to a
 * bound. Their arrays are replaced when they grow: take them after `reserve`.
 *
 * Source: the engine's own output (FORMAT Native), which a test reads back byte for byte.
 */
export interface NativeColumn {
  /** Makes room for so many rows and, where texts are kept, for so many more bytes of them. */
  reserve(rowCount: number, textBytes: number): void;
  byteCountMax(rowCount: number): number;
  write(to: NativeWriter, rowCount: number): void;
  /** Forgets the rows. */
  clear(): void;
}

const ROW_COUNT_FIRST = 256;
const TEXT_BYTES_FIRST = 4_096;
/** A buffer above it is given back when a block is done: one block of huge texts must not cost memory for ever. */
const KEPT_BYTES_MAX = 4_194_304;
const UINT64_BYTES = 8;

type Elements =
  Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** Fixed numbers of elements a row: UInt8 to UInt64, Int64, Float64, DateTime64, UUID. */
export class FixedColumn<Array_ extends Elements> implements NativeColumn {
  words: Array_;
  readonly #make: (length: number) => Array_;
  readonly #wordsPerRow: number;

  constructor(make: (length: number) => Array_, wordsPerRow: number) {
    this.#make = make;
    this.#wordsPerRow = wordsPerRow;
    this.words = make(ROW_COUNT_FIRST * wordsPerRow);
  }

  reserve(rowCount: number): void {
    const needed = rowCount * this.#wordsPerRow;
    if (needed <= this.words.length) return;
    const grown = this.#make(Math.max(needed, this.words.length * 2));
    grown.set(this.words);
    this.words = grown;
  }

  byteCountMax(rowCount: number): number {
    return rowCount * this.#wordsPerRow * this.words.BYTES_PER_ELEMENT;
  }

  write(to: NativeWriter, rowCount: number): void {
    to.elements(this.words, rowCount * this.#wordsPerRow);
  }

  clear(): void {
    if (this.words.byteLength > KEPT_BYTES_MAX) this.words = this.#make(ROW_COUNT_FIRST * this.#wordsPerRow);
  }
}

export const byteColumn = (): FixedColumn<Uint8Array<ArrayBuffer>> =>
  new FixedColumn((length) => new Uint8Array(length), 1);
export const uint16Column = (): FixedColumn<Uint16Array<ArrayBuffer>> =>
  new FixedColumn((length) => new Uint16Array(length), 1);
export const uint32Column = (): FixedColumn<Uint32Array<ArrayBuffer>> =>
  new FixedColumn((length) => new Uint32Array(length), 1);
/** 64 bits in two words, the low one first. */
export const wideColumn = (): FixedColumn<Int32Array<ArrayBuffer>> =>
  new FixedColumn((length) => new Int32Array(length), 2);
export const uuidColumn = (): FixedColumn<Int32Array<ArrayBuffer>> =>
  new FixedColumn((length) => new Int32Array(length), 4);

/** String: lengths and bytes, one row after another. Rows are only ever added. */
export class TextColumn implements NativeColumn {
  bytes = new Uint8Array(TEXT_BYTES_FIRST);
  used = 0;

  reserve(_rowCount: number, textBytes: number): void {
    const needed = this.used + textBytes;
    if (needed <= this.bytes.length) return;
    // All of it is kept: a walk in progress has written beyond what counts.
    this.bytes = grownBytes(this.bytes, { usedBytes: this.bytes.length, neededBytes: needed });
  }

  byteCountMax(): number {
    return this.used;
  }

  write(to: NativeWriter): void {
    to.elements(this.bytes, this.used);
  }

  clear(): void {
    this.used = 0;
    if (this.bytes.length > KEPT_BYTES_MAX) this.bytes = new Uint8Array(TEXT_BYTES_FIRST);
  }
}

/** Nullable: one byte a row, 1 for NULL, and then the values, which are not looked at where there is NULL. */
export class NullableColumn<Values extends NativeColumn> implements NativeColumn {
  readonly nulls = byteColumn();
  readonly values: Values;

  constructor(values: Values) {
    this.values = values;
  }

  reserve(rowCount: number, textBytes: number): void {
    this.nulls.reserve(rowCount);
    this.values.reserve(rowCount, textBytes);
  }

  byteCountMax(rowCount: number): number {
    return this.nulls.byteCountMax(rowCount) + this.values.byteCountMax(rowCount);
  }

  write(to: NativeWriter, rowCount: number): void {
    this.nulls.write(to, rowCount);
    this.values.write(to, rowCount);
  }

  clear(): void {
    this.nulls.clear();
    this.values.clear();
  }
}

/** Version of LowCardinality's keys, written once before the data of the whole column. */
const KEYS_VERSION = 1;
/** "The block brings its own keys", and which of UInt8, UInt16 and UInt32 the indexes are. */
const OWN_KEYS = 0x600;
const INDEX_LIMITS = [0x100, 0x1_0000];
const WORD_HEADER_BYTES = 4 * UINT64_BYTES;

/** LowCardinality(String) and LowCardinality(Nullable(String)): the distinct words, and their numbers row by row. */
export class WordColumn implements NativeColumn {
  readonly words: WordDictionary;
  readonly indexes = uint32Column();

  constructor(isNullable: boolean) {
    this.words = new WordDictionary(isNullable);
  }

  reserve(rowCount: number): void {
    this.indexes.reserve(rowCount);
  }

  byteCountMax(rowCount: number): number {
    return WORD_HEADER_BYTES + this.words.bytes.length + this.indexes.byteCountMax(rowCount);
  }

  write(to: NativeWriter, rowCount: number): void {
    this.writePrefix(to);
    this.writeData(to, rowCount);
  }

  writePrefix(to: NativeWriter): void {
    to.uint64(KEYS_VERSION);
  }

  writeData(to: NativeWriter, rowCount: number): void {
    if (rowCount === 0) return;
    const { count } = this.words;
    const indexType = INDEX_LIMITS.filter((limit) => count > limit).length;
    to.uint64(OWN_KEYS + indexType);
    to.uint64(count);
    to.raw(this.words.bytes);
    to.uint64(rowCount);
    const indexes = this.indexes.words.subarray(0, rowCount);
    if (indexType === 0) to.raw(new Uint8Array(indexes));
    else if (indexType === 1) to.elements(new Uint16Array(indexes), rowCount);
    else to.elements(indexes, rowCount);
  }

  clear(): void {
    this.words.clear();
    this.indexes.clear();
  }
}

/** Columns of an Array(Tuple(...)), or of a Map, which is one of keys and values: where each row's items end, then the items. */
export class NestedColumn<Items extends readonly NativeColumn[]> implements NativeColumn {
  readonly ends = wideColumn();
  readonly items: Items;
  itemCount = 0;

  constructor(items: Items) {
    this.items = items;
  }

  reserve(rowCount: number): void {
    this.ends.reserve(rowCount);
  }

  reserveItems(itemCount: number, textBytes: number): void {
    for (const column of this.items) column.reserve(itemCount, textBytes);
  }

  byteCountMax(rowCount: number): number {
    const itemBytes = this.items.reduce((sum, column) => sum + column.byteCountMax(this.itemCount), 0);
    return this.ends.byteCountMax(rowCount) + itemBytes;
  }

  write(to: NativeWriter, rowCount: number): void {
    const [keys] = this.items;
    // What LowCardinality writes once stands before everything else of the column.
    if (keys instanceof WordColumn) keys.writePrefix(to);
    this.ends.write(to, rowCount);
    for (const column of this.items) {
      if (column instanceof WordColumn) column.writeData(to, this.itemCount);
      else column.write(to, this.itemCount);
    }
  }

  clear(): void {
    this.itemCount = 0;
    this.ends.clear();
    for (const column of this.items) column.clear();
  }
}
