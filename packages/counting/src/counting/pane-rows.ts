import { grownBytes, varintBytes, writeVarint, type SliPlan } from '@burnline/core';
import type { BytesInsert } from '@burnline/runtime';
import { sumOf, type PaneRow } from './pane-row.ts';

/** Columns of `sli_panes` in the order in which a row is written, with the table's types: the server holds them against its own. */
const COLUMNS = [
  ['stream', 'LowCardinality(String)'],
  ['stream_epoch', 'LowCardinality(String)'],
  ['partition', 'UInt16'],
  ['chunk', 'UInt64'],
  ['log_interval', "DateTime('UTC')"],
  ['kept_since', "DateTime('UTC')"],
  ['slo', 'LowCardinality(String)'],
  ['spec_rev', 'LowCardinality(String)'],
  ['series', 'UInt64'],
  ['pane', "DateTime('UTC')"],
  ['version', 'UInt64'],
  ['good', 'UInt64'],
  ['total', 'UInt64'],
  ['excluded', 'UInt64'],
  ['sums', 'Map(LowCardinality(String), Int128)'],
  ['missing', 'Map(LowCardinality(String), UInt64)'],
  ['histogram', 'Map(Int16, UInt64)'],
  ['zero_count', 'UInt64'],
  ['good_extra', 'UInt64'],
  ['total_extra', 'UInt64'],
  ['excluded_extra', 'UInt64'],
  ['zero_extra', 'UInt64'],
  ['sums_extra', 'Map(LowCardinality(String), Int128)'],
  ['missing_extra', 'Map(LowCardinality(String), UInt64)'],
  ['histogram_extra', 'Map(Int16, UInt64)'],
] as const;

/** What all rows of a chunk share. */
export interface PaneRowsChunk {
  readonly stream: string;
  readonly streamEpoch: string;
  readonly partition: number;
  readonly firstOffset: number;
  readonly logIntervalS: number;
  readonly keptSinceS: number;
}

/** Doubles as rows come. */
const BYTES_FIRST = 256;
const UINT32_RANGE = 2 ** 32;

/**
 * Rows of `sli_panes` for one INSERT, in ClickHouse's RowBinaryWithNamesAndTypes: with ten thousand series, rows as JSON
 * took longer than the second between two flushes.
 */
export class PaneRows {
  readonly #bytes = new GrowingBytes();
  readonly #sliBytes = new Map<SliPlan, Uint8Array>();
  #chunkBytes = new Uint8Array();
  #count = 0;

  constructor() {
    this.#bytes.varint(COLUMNS.length);
    for (const [name] of COLUMNS) this.#bytes.text(name);
    for (const [, type] of COLUMNS) this.#bytes.text(type);
  }

  get count(): number {
    return this.#count;
  }

  get byteCount(): number {
    return this.#bytes.length;
  }

  /** Rows that are added from now on are this chunk's. */
  beginChunk(chunk: PaneRowsChunk): void {
    const bytes = new GrowingBytes();
    bytes.text(chunk.stream);
    bytes.text(chunk.streamEpoch);
    bytes.uint16(chunk.partition);
    bytes.int64(chunk.firstOffset);
    bytes.uint32(chunk.logIntervalS);
    bytes.uint32(chunk.keptSinceS);
    this.#chunkBytes = bytes.taken();
  }

  add(row: PaneRow, paneS: number): void {
    const bytes = this.#bytes;
    bytes.append(this.#chunkBytes);
    bytes.append(this.#bytesOf(row.sli));
    bytes.uint64(row.identity.series);
    bytes.uint32(paneS);
    for (const value of [row.version, row.good, row.total, row.excluded]) bytes.int64(value);
    const { sums } = row.sli;
    bytes.varint(sums.length);
    for (const [index, field] of sums.entries()) {
      bytes.text(field);
      if (row.carried === null) bytes.int128(row.sums[index] ?? 0);
      else bytes.bigInt128(sumOf(row, index));
    }
    this.#addSparse(sums, row.missing);
    this.#addBuckets(row.histogram);
    bytes.int64(row.zeroCount);
    this.#addExtra(row);
    this.#count += 1;
  }

  /** Nothing but zeros and empty maps where the stream is not sampled. */
  #addExtra({ sli, extra }: PaneRow): void {
    const bytes = this.#bytes;
    for (const value of [extra?.good, extra?.total, extra?.excluded, extra?.zeroCount])
      bytes.int64(value ?? 0);
    bytes.varint(extra === null ? 0 : sli.sums.length);
    for (const [index, sum] of (extra?.sums ?? []).entries()) {
      bytes.text(sli.sums[index] ?? '');
      bytes.bigInt128(sum);
    }
    this.#addSparse(sli.sums, extra?.missing ?? []);
    this.#addBuckets(extra?.histogram ?? null);
  }

  /** A map of the counts that are not zero. */
  #addSparse(fields: readonly string[], counts: readonly number[]): void {
    const bytes = this.#bytes;
    bytes.varint(counts.reduce((entries, count) => (count === 0 ? entries : entries + 1), 0));
    for (const [index, count] of counts.entries()) {
      if (count === 0) continue;
      bytes.text(fields[index] ?? '');
      bytes.int64(count);
    }
  }

  #addBuckets(buckets: ReadonlyMap<number, number> | null): void {
    const bytes = this.#bytes;
    bytes.varint(buckets?.size ?? 0);
    for (const [bucket, count] of buckets ?? []) {
      bytes.uint16(bucket);
      bytes.int64(count);
    }
  }

  insert(): BytesInsert {
    return {
      table: 'sli_panes',
      columns: COLUMNS.map(([name]) => name),
      format: 'RowBinaryWithNamesAndTypes',
      body: this.#bytes.taken(),
      rowCount: this.#count,
    };
  }

  #bytesOf(sli: SliPlan): Uint8Array {
    const known = this.#sliBytes.get(sli);
    if (known !== undefined) return known;
    const bytes = new GrowingBytes();
    bytes.text(sli.slo);
    bytes.text(sli.specRev);
    const taken = bytes.taken();
    this.#sliBytes.set(sli, taken);
    return taken;
  }
}

/** Little-endian values one after another. */
class GrowingBytes {
  #bytes = Buffer.from(new ArrayBuffer(BYTES_FIRST));
  #view = new DataView(this.#bytes.buffer);
  length = 0;

  taken(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes.subarray(0, this.length));
  }

  append(bytes: Uint8Array): void {
    const start = this.#room(bytes.length);
    this.#bytes.set(bytes, start);
  }

  text(text: string): void {
    const byteCount = Buffer.byteLength(text);
    this.varint(byteCount);
    const start = this.#room(byteCount);
    this.#bytes.write(text, start, 'utf8');
  }

  varint(value: number): void {
    const start = this.#room(varintBytes(value));
    writeVarint(this.#bytes, start, value);
  }

  /** Or of an Int16: the same two bytes. */
  uint16(value: number): void {
    const start = this.#room(2);
    this.#view.setUint16(start, value, true);
  }

  uint32(value: number): void {
    const start = this.#room(4);
    this.#view.setUint32(start, value, true);
  }

  /** An integer that a double holds, signed or not, without a BigInt for each. */
  int64(value: number): void {
    const high = Math.floor(value / UINT32_RANGE);
    const start = this.#room(8);
    this.#view.setUint32(start, value - high * UINT32_RANGE, true);
    this.#view.setInt32(start + 4, high, true);
  }

  /** An integer that a double holds as 128 bits. */
  int128(value: number): void {
    this.int64(value);
    const start = this.#room(8);
    this.#view.setInt32(start, value < 0 ? -1 : 0, true);
    this.#view.setInt32(start + 4, value < 0 ? -1 : 0, true);
  }

  /** Any integer of 128 bits. */
  bigInt128(value: bigint): void {
    const start = this.#room(16);
    this.#view.setBigUint64(start, BigInt.asUintN(64, value), true);
    this.#view.setBigInt64(start + 8, BigInt.asIntN(64, value >> 64n), true);
  }

  /** An unsigned number in decimal digits. */
  uint64(digits: string): void {
    const start = this.#room(8);
    this.#view.setBigUint64(start, BigInt(digits), true);
  }

  /** Makes room for so many bytes and gives where they begin. The view may be another one afterwards. */
  #room(byteCount: number): number {
    const start = this.length;
    this.length += byteCount;
    if (this.length > this.#bytes.length) {
      const { buffer } = grownBytes(this.#bytes, { usedBytes: start, neededBytes: this.length });
      this.#bytes = Buffer.from(buffer);
      this.#view = new DataView(buffer);
    }
    return start;
  }
}
