import { varintBytes, writeVarint, zigzag } from '@burnline/core';
import { BeyondWalk } from '../../walk/beyond-walk.ts';
import { FRAME_BYTES } from '../batch-format.ts';
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
 * A message with these additions to its records (null: none), every other byte as it was and in its place; null where there is nothing to
 * add. A record whose measures are full keeps them as they are.
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
  const target = new Uint8Array(message.length + growthMax);
  const view = new DataView(target.buffer);
  let taken = 0;
  let position = 0;
  const copyTo = (end: number): void => {
    target.set(message.subarray(taken, end), position);
    position += end - taken;
    taken = end;
  };
  copyTo(Math.max(FRAME_BYTES, columns.starts[0] ?? FRAME_BYTES));
  additions.forEach((addition, index) => {
    if (addition === null) return;
    if (addition.kind === 'cost') {
      copyTo(columns.costStarts[index] ?? 0);
      const version = encoded(versions, addition.version);
      target[position++] = form.costIndex;
      position = writeVarint(target, position, zigzag(addition.nanoUsd));
      target[position++] = form.computedIndex;
      target[position++] = form.versionIndex;
      position = writeVarint(target, position, zigzag(version.length));
      target.set(version, position);
      position += version.length;
      taken = columns.costEnds[index] ?? 0;
      return;
    }
    const count = columns.measureCounts[index] ?? 0;
    const computedAt = columns.computedAt[index] ?? 0;
    if (computedAt > 0) {
      copyTo(computedAt);
      view.setFloat64(position, addition.nanoUsd, true);
      position += DOUBLE_BYTES;
      taken += DOUBLE_BYTES;
      return;
    }
    if (count >= MAP_ENTRIES_MAX) return;
    copyTo(columns.measureStarts[index] ?? 0);
    position = writeVarint(target, position, zigzag(count + 1));
    if (count > 0) {
      taken = columns.entryStarts[index] ?? 0;
      copyTo(columns.entryEnds[index] ?? 0);
    }
    position = writeVarint(target, position, zigzag(MEASURE_NAME.length));
    target.set(MEASURE_NAME, position);
    position += MEASURE_NAME.length;
    view.setFloat64(position, addition.nanoUsd, true);
    position += DOUBLE_BYTES;
    // The end of the map: the zero of an empty one, or the one behind its entries, is copied with what follows.
  });
  copyTo(message.length);
  return target.subarray(0, position);
}

function encoded(versions: Map<string, Uint8Array>, version: string): Uint8Array {
  const known = versions.get(version);
  if (known !== undefined) return known;
  const bytes = Buffer.from(version);
  versions.set(version, bytes);
  return bytes;
}
