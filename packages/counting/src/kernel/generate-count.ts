import { isGoodSum, type HistogramPlan, type SliPlan } from '@burnline/core';
import { NO_BUCKET } from '../counting/odd-buckets.ts';
import { addExtraMissing, addExtraSum, carrySum, extraOf } from '../counting/pane-row.ts';
import { categoryReader } from './category-reader.ts';
import { referenceColumn, type Column, type ColumnTable } from './columns.ts';
import { PANES_AT_HAND, type CountedEvent, type FindRow } from './counted-event.ts';
import type { GroupSources } from './group-columns.ts';
import type { Tally } from './tally.ts';
import { addToBucket, addToExtraBucket, bucketOf } from '../counting/value-buckets.ts';

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

/** Adds what event `i`, once counted, stands for beyond itself (thousandths) to the rows of the same SLIs. */
export type CountExtra = (
  event: CountedEvent,
  held: Uint8Array,
  numbers: Float64Array,
  ids: Int32Array,
  thousandths: number,
) => void;

export interface CountingCode {
  /** Several functions in turn: the engine optimises none beyond a size. */
  readonly countEvent: readonly CountEvent[];
  readonly countExtra: readonly CountExtra[];
}

/** SLIs of one function: at 100 to 300 bytes of bytecode each well below the 60 KB above which none is optimised. */
const SLIS_PER_FUNCTION = 128;

/** Compiles the counting of a set of SLIs. Only numbers become code, and the tables are handed in. */
export function compileCounting(
  slis: readonly PlacedSli[],
  columns: ColumnTable,
  found: { readonly findRow: FindRow; readonly tally: Tally; readonly groups: GroupSources },
): CountingCode {
  const functions: CountingFunctions[] = [];
  for (let start = 0; start < slis.length; start += SLIS_PER_FUNCTION) {
    const part = new CountingPart(columns, found.groups, found.tally);
    const bodies = slis.slice(start, start + SLIS_PER_FUNCTION).map((sli, index) => ({
      event: part.sliCode(sli, start + index),
      extra: part.extraCode(sli, start + index),
    }));
    functions.push(part.build(bodies, found.findRow));
  }
  return {
    countEvent: functions.map((one) => one.countEvent),
    countExtra: functions.map((one) => one.countExtra),
  };
}

interface CountingFunctions {
  readonly countEvent: CountEvent;
  readonly countExtra: CountExtra;
}

class CountingPart {
  readonly #columns: ColumnTable;
  readonly #sources: GroupSources;
  readonly #scope: Record<string, unknown> = {
    addExtraMissing,
    addExtraSum,
    addToBucket,
    addToExtraBucket,
    bucketOf,
    carrySum,
    extraOf,
  };
  readonly #prologue: string[] = [];
  readonly #groups = new Map<string, string>();
  readonly #buckets = new Map<string, string>();

  readonly #tally: Tally;

  constructor(columns: ColumnTable, sources: GroupSources, tally: Tally) {
    this.#columns = columns;
    this.#tally = tally;
    this.#sources = sources;
  }

  build(
    bodies: readonly { readonly event: string; readonly extra: string }[],
    findRow: FindRow,
  ): CountingFunctions {
    const prologue = this.#prologue.join('\n');
    const source = `'use strict';
function countEvent(event, held, numbers, ids, counts, sums) {
const { i, pane, chunk, nextOffset, rows } = event;
const place = pane & ${PANES_AT_HAND - 1};
const countsAt = place * ${this.#tally.countsStride};
const sumsAt = place * ${this.#tally.sumsStride};
let row;
let sum = 0;
${prologue}
${bodies.map(({ event }) => event).join('\n')}
}
function countExtra(event, held, numbers, ids, thousandths) {
const { i, pane, rows } = event;
const place = pane & ${PANES_AT_HAND - 1};
let row;
let extra;
${prologue}
${bodies.map(({ extra }) => extra).join('\n')}
}
return { countEvent, countExtra };`;
    const scope = { ...this.#scope, findRow, seedSums: this.#tally.seedSums };
    const make = Reflect.construct(Function, [...Object.keys(scope), source]) as (
      ...values: readonly unknown[]
    ) => CountingFunctions;
    return make(...Object.values(scope));
  }

  sliCode(placed: PlacedSli, sliIndex: number): string {
    const talliedIndex = this.#tally.slis.findIndex((tallied) => tallied.sliIndex === sliIndex);
    const code =
      talliedIndex < 0 ? this.#rowCode(placed, sliIndex) : this.#tallyCode(placed, sliIndex, talliedIndex);
    return scopedCode(placed, code);
  }

  /** Rare as weights are, it goes by rows, grouped or not; that they change is noted when the event itself is counted. */
  extraCode(placed: PlacedSli, sliIndex: number): string {
    const { sli } = placed;
    const counted = [
      'extra.total += thousandths;',
      `extra.good += ${goodCode(placed)} * thousandths;`,
      ...sli.sums.map((sum, index) => {
        const { value, presence } = this.#numberCode(sum);
        const add = `addExtraSum(extra, ${index}, ${value}, thousandths);`;
        const miss = `addExtraMissing(extra, ${index}, thousandths);`;
        return ofGoodCode(placed, sum, presence === null ? add : `if (${presence}) ${add}\nelse ${miss}`);
      }),
      this.#histogramCode(sli, (bucket) => `addToExtraBucket(extra, ${bucket}, thousandths);`),
    ].join('\n');
    return scopedCode(
      placed,
      `${rowCode(sliIndex, this.#groupCode(sli.groupBy.dimensions))}
extra = extraOf(row);
${excludingCode(placed, counted, 'extra.excluded += thousandths;')}`,
    );
  }

  #tallyCode(placed: PlacedSli, sliIndex: number, talliedIndex: number): string {
    const { sli } = placed;
    const tallied = this.#tally.slis[talliedIndex];
    const at = `countsAt + ${tallied?.countsAt ?? 0}`;
    const histogram = this.#histogramCode(sli, addToRowBucket);
    const counted = [
      sli.sums.length === 0 ? '' : `if (counts[${at}] === 0) seedSums(${talliedIndex}, event);`,
      `counts[${at}] += 1;`,
      `counts[${at} + 1] += ${goodCode(placed)};`,
      ...sli.sums.map((_, index) => {
        const sumAt = (tallied?.sumsAt ?? 0) + index;
        return this.#sumCode(placed, index, {
          sum: `sums[sumsAt + ${sumAt}]`,
          missing: `sums[sumsAt + ${sumAt + sli.sums.length}]`,
          row: `findRow(${sliIndex}, 0, event)`,
        });
      }),
      histogram === '' ? '' : `${rowCode(sliIndex, '0')}\n${histogram}`,
    ].join('\n');
    return excludingCode(placed, counted, `counts[${at} + 2] += 1;`);
  }

  #rowCode(placed: PlacedSli, sliIndex: number): string {
    const { sli } = placed;
    const counted = [
      'row.total += 1;',
      `row.good += ${goodCode(placed)};`,
      ...sli.sums.map((_, index) =>
        this.#sumCode(placed, index, {
          sum: `row.sums[${index}]`,
          missing: `row.missing[${index}]`,
          row: 'row',
        }),
      ),
      this.#histogramCode(sli, addToRowBucket),
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
    const source = this.#sources.sourceOf(dimensions);
    const [first = '0', ...others] = source.columns.map((column) => this.#idCode(column));
    const code = others.reduce((left, right, index) => {
      const pairName = `${local}Pairs${index}`;
      this.#scope[pairName] = source.pairs[index];
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

  /** As SliCounter adds: what would be rounded is set aside. Inline, for a call would box both. */
  #sumCode(
    placed: PlacedSli,
    index: number,
    places: { readonly sum: string; readonly missing: string; readonly row: string },
  ): string {
    const name = placed.sli.sums[index] ?? '';
    const { value, presence } = this.#numberCode(name);
    const { sum, missing, row } = places;
    const add = `sum = ${sum} + ${value};
if (sum > ${Number.MAX_SAFE_INTEGER} || sum < ${Number.MIN_SAFE_INTEGER}) { carrySum(${row}, ${index}, ${sum}); sum = ${value}; }
${sum} = sum;`;
    return ofGoodCode(
      placed,
      name,
      presence === null ? add : `if (${presence}) {\n${add}\n} else ${missing} += 1;`,
    );
  }

  /** A number of the event, and the test of whether it has one; null: it always has. */
  #numberCode(sum: string): { readonly value: string; readonly presence: string | null } {
    const column = this.#columns.summedColumn(sum);
    if (column === null) return { value: '0', presence: 'false' };
    const { offset, isNullable } = column;
    return {
      value: `numbers[${offset} + i]`,
      presence: isNullable ? `ids[${offset} + i] !== 0` : null,
    };
  }

  #histogramCode({ histogram }: SliPlan, add: (bucket: string) => string): string {
    const bucket = histogram === null ? null : this.#bucketLocal(histogram);
    return bucket === null ? '' : `if (${bucket} !== ${NO_BUCKET}) ${add(bucket)}`;
  }

  /** A local that holds the bucket of an event, for all histograms that are kept alike; null: it never has one. */
  #bucketLocal(histogram: HistogramPlan): string | null {
    const name = JSON.stringify(histogram);
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const local = `b${this.#buckets.size}`;
    const code = this.#bucketCode(histogram, local);
    if (code === null) return null;
    this.#buckets.set(name, local);
    this.#prologue.push(`const ${local} = ${code};`);
    return local;
  }

  #bucketCode(histogram: HistogramPlan, local: string): string | null {
    if ('categoryOf' in histogram) {
      this.#scope[`${local}Of`] = categoryReader(this.#columns, histogram);
      return `${local}Of(i, numbers, ids)`;
    }
    const { field, scale } = histogram;
    if (!this.#columns.isNumeric(field)) return null;
    const column = referenceColumn(this.#columns, field);
    const bucket = `bucketOf(numbers[${column.offset} + i], ${scale})`;
    return column.isNullable ? `ids[${column.offset} + i] === 0 ? ${NO_BUCKET} : ${bucket}` : bucket;
  }
}

const addToRowBucket = (bucket: string): string => `addToBucket(row, ${bucket});`;

const scopedCode = ({ scope }: PlacedSli, code: string): string =>
  scope === null ? `{\n${code}\n}` : `if (held[${scope}] !== 0) {\n${code}\n}`;

const goodCode = ({ sli, verdict }: PlacedSli): string =>
  sli.verdict.kind === 'good' ? `held[${verdict}]` : `(1 - held[${verdict}])`;

const ofGoodCode = (placed: PlacedSli, sum: string, code: string): string =>
  isGoodSum(sum) ? `if (${goodCode(placed)} === 1) {\n${code}\n}` : code;

const excludingCode = ({ total }: PlacedSli, counted: string, excluded: string): string =>
  total === null ? counted : `if (held[${total}] === 0) ${excluded}\nelse {\n${counted}\n}`;

function rowCode(sliIndex: number, group: string): string {
  return `row = rows[${sliIndex}][${group} * ${PANES_AT_HAND} + place];
if (row === undefined || row.pane !== pane) row = findRow(${sliIndex}, ${group}, event);`;
}
