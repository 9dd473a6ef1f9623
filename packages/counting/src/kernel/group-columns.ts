import { sourcesOf } from '@burnline/core';
import { referenceColumn, type Column, type ColumnTable } from './columns.ts';
import { PairIds, type IdTable } from './small-ids.ts';

/** How the groups of a list of dimensions are numbered: ids of the columns, paired one after another. */
export interface GroupSource {
  readonly columns: readonly Column[];
  /** One fewer than columns. */
  readonly pairs: readonly PairIds[];
}

/** Groups by their lists of dimensions, each numbered once, whoever counts: rows are kept at hand by these numbers. */
export class GroupSources {
  readonly #columns: ColumnTable;
  readonly #byDimensions = new Map<string, GroupSource>();

  constructor(columns: ColumnTable) {
    this.#columns = columns;
  }

  get idTables(): readonly IdTable[] {
    return [...this.#byDimensions.values()].flatMap(({ pairs }) => pairs);
  }

  /** A derived dimension has more groups here than labels; the chunk gives those of one label the same row. */
  sourceOf(dimensions: readonly string[]): GroupSource {
    const name = JSON.stringify(dimensions);
    const known = this.#byDimensions.get(name);
    if (known !== undefined) return known;
    const columns = dimensions
      .flatMap(sourcesOf)
      .map((dimension) => referenceColumn(this.#columns, dimension));
    const source = { columns, pairs: columns.slice(1).map(() => new PairIds()) };
    this.#byDimensions.set(name, source);
    return source;
  }
}

/** Writes the group's number of each listed event to `to`. */
export function numberGroups(
  { columns, pairs }: GroupSource,
  { numbers, ids }: { readonly numbers: Float64Array; readonly ids: Int32Array },
  { listed, count }: { readonly listed: Uint8Array; readonly count: number },
  to: Int32Array,
): void {
  for (let place = 0; place < count; place += 1) {
    const index = listed[place] ?? 0;
    let group = 0;
    for (const [position, { numberIds, offset, isNullable }] of columns.entries()) {
      const id = ids[offset + index] ?? 0;
      const isAbsent = isNullable && id === 0;
      const own = numberIds === null ? id : isAbsent ? 0 : numberIds.idOf(numbers[offset + index] ?? 0);
      group = position === 0 ? own : (pairs[position - 1]?.idOf(group, own) ?? 0);
    }
    to[index] = group;
  }
}
