import { createHash } from 'node:crypto';
import { grownBytes, VARINT_BYTES_MAX, writeVarint, zigzag } from '@burnline/core';
import avsc from 'avsc';
import type { AvroComplexJson, AvroFieldJson } from '../events/schema-source.ts';

/**
 * An Avro object container whose rows are raw event datums behind a prefix of our own columns.
 *
 * An Avro record is its fields' bytes, one after another, without names. So a datum can be put behind other fields, and
 * its own fields may be named anew, by writing another schema over the same bytes: nothing is decoded and no object is
 * built per event. ClickHouse reads the result with FORMAT Avro.
 *
 * Source: Apache Avro 1.11 specification, "Object Container Files" and "Binary Encoding".
 */
export interface RowContainerSpec {
  /** Record schema that the datums were written with. */
  readonly writerSchema: AvroComplexJson;
  /** Columns put before each datum, in order. */
  readonly prefix: readonly AvroFieldJson[];
  /** Fields of the datum that a prefix column replaces: renamed so that no column takes them. */
  readonly replaced: readonly string[];
}

/** Prefix of the names of fields that no column takes. */
const REPLACED_PREFIX = 'replaced_';
const MAGIC = Buffer.from('Obj\u0001', 'latin1');
const SYNC_BYTES = 16;
const BUFFER_BYTES_FIRST = 256 * 1024;

/** Collects rows of one writer schema; `finish` gives the bytes of a whole container and empties it. */
export class RowContainer<Prefix> {
  readonly columns: readonly string[];
  readonly #header: Buffer;
  readonly #sync: Buffer;
  readonly #prefixType: avsc.Type;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES_FIRST);
  #length = 0;
  #rowCount = 0;

  constructor(spec: RowContainerSpec) {
    const fields = spec.writerSchema.fields ?? [];
    const renamed = fields.map((field) => ({
      ...field,
      name: spec.replaced.includes(field.name) ? REPLACED_PREFIX + field.name : field.name,
    }));
    const schema = JSON.stringify({ type: 'record', name: 'Row', fields: [...spec.prefix, ...renamed] });
    this.columns = [
      ...spec.prefix.map((field) => field.name),
      ...fields.map((field) => field.name).filter((name) => !spec.replaced.includes(name)),
    ];
    // A fixed marker per schema: the same rows give the same bytes.
    this.#sync = createHash('sha256').update(schema).digest().subarray(0, SYNC_BYTES);
    this.#header = containerHeader(schema, this.#sync);
    this.#prefixType = avsc.Type.forSchema({
      type: 'record',
      name: 'Prefix',
      fields: spec.prefix.map((field) => ({ ...field })),
    } as avsc.Schema);
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  get byteCount(): number {
    return this.#length;
  }

  /** Adds a row: the prefix's values, then the bytes `[start, end)` of `source`. */
  add(prefix: Prefix, source: Uint8Array, range: { readonly start: number; readonly end: number }): void {
    const datumBytes = range.end - range.start;
    let prefixEnd = this.#prefixType.encode(prefix, this.#buffer, this.#length);
    if (prefixEnd < 0 || prefixEnd + datumBytes > this.#buffer.length) {
      const missing = prefixEnd < 0 ? -prefixEnd : prefixEnd + datumBytes - this.#buffer.length;
      this.#grow(missing + datumBytes);
      prefixEnd = this.#prefixType.encode(prefix, this.#buffer, this.#length);
    }
    this.#buffer.set(source.subarray(range.start, range.end), prefixEnd);
    this.#length = prefixEnd + datumBytes;
    this.#rowCount += 1;
  }

  finish(): Buffer {
    const counts = Buffer.allocUnsafe(2 * VARINT_BYTES_MAX);
    const countsEnd = writeVarint(
      counts,
      writeVarint(counts, 0, zigzag(this.#rowCount)),
      zigzag(this.#length),
    );
    const bytes = Buffer.concat([
      this.#header,
      counts.subarray(0, countsEnd),
      this.#buffer.subarray(0, this.#length),
      this.#sync,
    ]);
    this.#length = 0;
    this.#rowCount = 0;
    return bytes;
  }

  #grow(missingBytes: number): void {
    const neededBytes = this.#buffer.length + missingBytes;
    this.#buffer = Buffer.from(grownBytes(this.#buffer, { usedBytes: this.#length, neededBytes }).buffer);
  }
}

function containerHeader(schema: string, sync: Buffer): Buffer {
  const metadata = avsc.Type.forSchema({ type: 'map', values: 'bytes' });
  return Buffer.concat([
    MAGIC,
    metadata.toBuffer({ 'avro.schema': Buffer.from(schema), 'avro.codec': Buffer.from('null') }),
    sync,
  ]);
}
