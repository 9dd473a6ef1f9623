import { bucketIndex, type SliPlan } from '@burnline/core';
import type { PaneRow } from '../counting/chunk.ts';
import { dimensionColumn, type Column, type ColumnTable } from './columns.ts';
import { PANES_AT_HAND, type CountedEvent, type FindRow } from './counted-event.ts';
import { PairIds, type IdTable } from './small-ids.ts';
import type { Tally } from './tally.ts';

/** Where an SLI's predicates stand in the verdicts of the compiled set; null: holds for all. */
export interface PlacedSli {
  readonly sli: SliPlan;
  readonly scope: number | null;
  readonly total: number | null;
  readonly verdict: number;
}

/** Adds event `i` to every SLI that it is in the scope of: to the tally, or to rows where the SLI has groups. */
export type CountEvent = (
  event: CountedEvent,
  held: Uint8Array,
  numbers: Float64Array,
  ids: Int32Array,
  counts: Int32Array,
  sums: Float64Array,
) => void;

export interface CountingCode {
  /** Several functions in turn: the engine optimises none beyond a size. */
  readonly countEvent: readonly CountEvent[];
  readonly idTables: readonly IdTable[];
}

/** SLIs of one function: at 100 to 300 bytes of bytecode each well below the 60 KB above which none is optimised. */
const SLIS_PER_FUNCTION = 128;

/** Compiles the counting of a set of SLIs. Only numbers become code, and the tables are handed in. */
export function compileCounting(
  slis: readonly PlacedSli[],
  columns: ColumnTable,
  found: { readonly findRow: FindRow; readonly tally: Tally },
): CountingCode {
  const idTables: IdTable[] = [];
  const functions: CountEvent[] = [];
  for (let start = 0; start < slis.length; start += SLIS_PER_FUNCTION) {
    const part = new CountingPart(columns, idTables, found.tally);
    const bodies = slis
      .slice(start, start + SLIS_PER_FUNCTION)
      .map((sli, index) => part.sliCode(sli, start + index));
    functions.push(part.build(bodies, found.findRow));
  }
  return { countEvent: functions, idTables };
}

class CountingPart {
  readonly #columns: ColumnTable;
  readonly #idTables: IdTable[];
  readonly #scope: Record<string, unknown> = { addToBucket, bucketIndex };
  readonly #prologue: string[] = [];
  readonly #groups = new Map<string, string>();
  readonly #buckets = new Map<string, string>();

  readonly #tally: Tally;

  constructor(columns: ColumnTable, idTables: IdTable[], tally: Tally) {
    this.#columns = columns;
    this.#tally = tally;
    this.#idTables = idTables;
  }

  build(bodies: readonly string[], findRow: FindRow): CountEvent {
    const source = `'use strict';
return function countEvent(event, held, numbers, ids, counts, sums) {
const { i, pane, chunk, nextOffset, rows } = event;
const place = pane & ${PANES_AT_HAND - 1};
const countsAt = place * ${this.#tally.countsStride};
const sumsAt = place * ${this.#tally.sumsStride};
let row;
let sum = 0;
${this.#prologue.join('\n')}
${bodies.join('\n')}
};`;
    const scope = { ...this.#scope, findRow, seedSums: this.#tally.seedSums };
    const make = Reflect.construct(Function, [...Object.keys(scope), source]) as (
      ...values: readonly unknown[]
    ) => CountEvent;
    return make(...Object.values(scope));
  }

  sliCode(placed: PlacedSli, sliIndex: number): string {
    const talliedIndex = this.#tally.slis.findIndex((tallied) => tallied.sliIndex === sliIndex);
    const code =
      talliedIndex < 0 ? this.#rowCode(placed, sliIndex) : this.#tallyCode(placed, sliIndex, talliedIndex);
    return placed.scope === null ? `{\n${code}\n}` : `if (held[${placed.scope}] !== 0) {\n${code}\n}`;
  }

  #tallyCode(placed: PlacedSli, sliIndex: number, talliedIndex: number): string {
    const { sli } = placed;
    const tallied = this.#tally.slis[talliedIndex];
    const at = `countsAt + ${tallied?.countsAt ?? 0}`;
    const histogram = this.#histogramCode(sli);
    const counted = [
      sli.sums.length === 0 ? '' : `if (counts[${at}] === 0) seedSums(${talliedIndex}, event);`,
      `counts[${at}] += 1;`,
      `counts[${at} + 1] += ${goodCode(placed)};`,
      ...sli.sums.map((field, index) =>
        this.#sumCode(field, `sums[sumsAt + ${(tallied?.sumsAt ?? 0) + index}]`),
      ),
      histogram === '' ? '' : `${rowCode(sliIndex, '0')}\n${histogram}`,
    ].join('\n');
    return excludingCode(placed, counted, `counts[${at} + 2] += 1;`);
  }

  #rowCode(placed: PlacedSli, sliIndex: number): string {
    const { sli } = placed;
    const counted = [
      'row.total += 1;',
      `row.good += ${goodCode(placed)};`,
      ...sli.sums.map((field, index) => this.#sumCode(field, `row.sums[${index}]`)),
      this.#histogramCode(sli),
    ].join('\n');
    return `${rowCode(sliIndex, this.#groupCode(sli.groupBy.dimensions))}
if (row.isDirty) row.version = nextOffset;
else chunk.touch(row, nextOffset);
${excludingCode(placed, counted, 'row.excluded += 1;')}`;
  }

  /** A local that holds the group's id: one per list of dimensions, for all SLIs that have it. */
  #groupCode(dimensions: readonly string[]): string {
    const name = JSON.stringify(dimensions);
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const local = `g${this.#groups.size}`;
    const [first = '0', ...others] = dimensions.map((dimension) =>
      this.#idCode(dimensionColumn(this.#columns, dimension)),
    );
    const code = others.reduce((left, right) => {
      const pairs = new PairIds();
      const pairName = `pairs${this.#idTables.push(pairs)}`;
      this.#scope[pairName] = pairs;
      return `${pairName}.idOf(${left}, ${right})`;
    }, first);
    this.#groups.set(name, local);
    this.#prologue.push(`const ${local} = ${code};`);
    return local;
  }

  #idCode(column: Column): string {
    const id = `ids[${column.offset} + i]`;
    if (column.numberIds === null) return id;
    const table = `${column.name}Numbers`;
    this.#scope[table] = column.numberIds;
    const code = `${table}.idOf(numbers[${column.offset} + i])`;
    return column.isNullable ? `(${id} === 0 ? 0 : ${code})` : code;
  }

  /** As SliCounter adds: a sum that reaches the bound of exact integers stays there. Inline, for a call would box both. */
  #sumCode(field: string, sum: string): string {
    if (!this.#columns.isNumeric(field)) return '';
    const { offset, isNullable } = this.#columns.columnOf(field, null);
    const add = `sum = ${sum} + numbers[${offset} + i];
${sum} = sum > ${Number.MAX_SAFE_INTEGER} ? ${Number.MAX_SAFE_INTEGER} : sum < ${Number.MIN_SAFE_INTEGER} ? ${Number.MIN_SAFE_INTEGER} : sum;`;
    return isNullable ? `if (ids[${offset} + i] !== 0) {\n${add}\n}` : add;
  }

  #histogramCode({ histogram }: SliPlan): string {
    if (histogram === null || !this.#columns.isNumeric(histogram.field)) return '';
    const column = this.#columns.columnOf(histogram.field, null);
    const bucket = this.#bucketCode(column, histogram.scale);
    return `if (${bucket} !== null) addToBucket(row, ${bucket});`;
  }

  /**
   * A local that holds the bucket of a value, for all histograms of one field and scale: null for what has none, and a
   * number that no bucket has for zero.
   */
  #bucketCode(column: Column, scale: number): string {
    const name = `${column.offset} ${scale}`;
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const local = `b${this.#buckets.size}`;
    const value = `numbers[${column.offset} + i]`;
    const presence = column.isNullable ? `ids[${column.offset} + i] !== 0 && ` : '';
    this.#buckets.set(name, local);
    this.#prologue.push(
      `const ${local} = ${presence}${value} >= 0 && ${value} !== Infinity ? (${value} === 0 ? ${ZERO_BUCKET} : bucketIndex(${value}, ${scale})) : null;`,
    );
    return local;
  }
}

const goodCode = ({ sli, verdict }: PlacedSli): string =>
  sli.verdict.kind === 'good' ? `held[${verdict}]` : `(1 - held[${verdict}])`;

const excludingCode = ({ total }: PlacedSli, counted: string, excluded: string): string =>
  total === null ? counted : `if (held[${total}] === 0) ${excluded}\nelse {\n${counted}\n}`;

function rowCode(sliIndex: number, group: string): string {
  return `row = rows[${sliIndex}][${group} * ${PANES_AT_HAND} + place];
if (row === undefined || row.pane !== pane) row = findRow(${sliIndex}, ${group}, event);`;
}

/** Beyond the indexes of buckets, which are 16 bits. */
const ZERO_BUCKET = 65_536;

function addToBucket(row: PaneRow, bucket: number): void {
  if (bucket === ZERO_BUCKET) row.zeroCount += 1;
  else row.histogram?.set(bucket, (row.histogram.get(bucket) ?? 0) + 1);
}
