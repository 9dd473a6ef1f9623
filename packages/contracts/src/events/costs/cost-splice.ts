import { varintBytes, writeVarint, zigzag } from '@burnline/core';
import { BeyondWalk } from '../../walk/beyond-walk.ts';
import { MAP_ENTRIES_MAX } from '../field-rules.ts';
import { isUnion, type AvroComplexJson, type AvroSchemaJson } from '../schema-source.ts';
import { COMPUTED_COST_MEASURE, type CostAddition } from './cost-fields.ts';
import type { CostColumns } from './cost-walk.ts';

/** How one writer's schema says what a computed cost puts in: the bytes of indexes. */
export interface CostForm {
  readonly costIndex: number;
  readonly computedIndex: number;
  readonly versionIndex: number;
}

const MEASURE_NAME = Buffer.from(COMPUTED_COST_MEASURE);
const DOUBLE_BYTES = 8;
const ENTRY_BYTES = varintBytes(zigzag(MEASURE_NAME.length)) + MEASURE_NAME.length + DOUBLE_BYTES;
/** Index and value of the cost, index of the source, index and length of the version. */
const COST_BYTES_MAX = 1 + 8 + 1 + 1 + 2;
/** A count of 32 takes a byte, and so does the end of a map that was empty. */
const MAP_BYTES_MAX = 2;

/** Throws BeyondWalk for a schema that has no place for a computed cost. */
export function costFormOf(writer: AvroComplexJson): CostForm {
  const typeOf = (name: string): AvroSchemaJson => {
    const found = writer.fields?.find((field) => field.name === name)?.type;
    if (found === undefined) throw new BeyondWalk(name);
    return found;
  };
  const source = typeOf('cost_source');
  const symbols = typeof source === 'object' && !isUnion(source) ? (source.symbols ?? []) : [];
  return {
    costIndex: byteOfIndex(branchIndex(typeOf('cost_nano_usd'), 'long')),
    computedIndex: byteOfIndex(symbols.indexOf('computed')),
    versionIndex: byteOfIndex(branchIndex(typeOf('price_version'), 'string')),
  };
}

function branchIndex(type: AvroSchemaJson, name: string): number {
  return isUnion(type) ? type.indexOf(name) : -1;
}

function byteOfIndex(index: number): number {
  if (index < 0 || index > 63) throw new BeyondWalk('costs');
  return zigzag(index);
}

/**
 * A message with these additions to its records (null: none), every other byte as it was and in its place; null where
 * there is nothing to add. A record whose measures are full keeps them as they are.
 */
export function spliceCosts(
  message: Uint8Array,
  columns: CostColumns,
  additions: readonly (CostAddition | null)[],
  form: CostForm,
): Uint8Array | null {
  const versions = new Map<string, Uint8Array>();
  let growthMax = 0;
  for (const addition of additions) {
    if (addition === null) continue;
    if (addition.kind === 'beside') growthMax += ENTRY_BYTES + MAP_BYTES_MAX;
    else growthMax += COST_BYTES_MAX + encoded(versions, addition.version).length;
  }
  if (growthMax === 0) return null;
  const splice = new Splice(message, growthMax);
  additions.forEach((addition, index) => {
    if (addition?.kind === 'cost')
      addCostFields(splice, form, addition.nanoUsd, encoded(versions, addition.version), {
        start: columns.costStarts[index] ?? 0,
        end: columns.costEnds[index] ?? 0,
      });
    else if (addition?.kind === 'beside') addMeasure(splice, columns, index, addition.nanoUsd);
  });
  return splice.finish();
}

function addCostFields(
  splice: Splice,
  form: CostForm,
  nanoUsd: number,
  version: Uint8Array,
  place: { readonly start: number; readonly end: number },
): void {
  splice.copyTo(place.start);
  splice.varint(form.costIndex);
  splice.varint(zigzag(nanoUsd));
  splice.varint(form.computedIndex);
  splice.varint(form.versionIndex);
  splice.text(version);
  splice.skipTo(place.end);
}

function addMeasure(splice: Splice, columns: CostColumns, index: number, nanoUsd: number): void {
  const count = columns.measureCounts[index] ?? 0;
  const computedAt = columns.computedAt[index] ?? 0;
  if (computedAt > 0) {
    splice.copyTo(computedAt);
    splice.double(nanoUsd);
    splice.skipTo(computedAt + DOUBLE_BYTES);
    return;
  }
  if (count >= MAP_ENTRIES_MAX) return;
  splice.copyTo(columns.measureStarts[index] ?? 0);
  splice.varint(zigzag(count + 1));
  if (count > 0) {
    splice.skipTo(columns.entryStarts[index] ?? 0);
    splice.copyTo(columns.entryEnds[index] ?? 0);
  }
  splice.text(MEASURE_NAME);
  splice.double(nanoUsd);
  // The end of the map: the zero of an empty one, or the one behind its entries, is copied with what follows.
}

/** A copy of a message in the making, with bytes put in and left out. */
class Splice {
  readonly #source: Uint8Array;
  readonly #target: Uint8Array;
  readonly #view: DataView;
  #taken = 0;
  #position = 0;

  constructor(source: Uint8Array, growthMax: number) {
    this.#source = source;
    this.#target = new Uint8Array(source.length + growthMax);
    this.#view = new DataView(this.#target.buffer);
  }

  /** Copies what was not taken yet, up to this place of the source. */
  copyTo(end: number): void {
    this.#target.set(this.#source.subarray(this.#taken, end), this.#position);
    this.#position += end - this.#taken;
    this.#taken = end;
  }

  /** Leaves out what lies before this place of the source. */
  skipTo(place: number): void {
    this.#taken = place;
  }

  varint(value: number): void {
    this.#position = writeVarint(this.#target, this.#position, value);
  }

  text(bytes: Uint8Array): void {
    this.varint(zigzag(bytes.length));
    this.#target.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  double(value: number): void {
    this.#view.setFloat64(this.#position, value, true);
    this.#position += DOUBLE_BYTES;
  }

  finish(): Uint8Array {
    this.copyTo(this.#source.length);
    return this.#target.subarray(0, this.#position);
  }
}

function encoded(versions: Map<string, Uint8Array>, version: string): Uint8Array {
  const known = versions.get(version);
  if (known !== undefined) return known;
  const bytes = Buffer.from(version);
  versions.set(version, bytes);
  return bytes;
}
