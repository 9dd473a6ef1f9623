import type { RecordSpan } from './record-splitter.ts';

/**
 * Records of a file that is not in time order, which are sorted in memory: 29 bytes each, in arrays that double, so 61 MB at most. Longer
 * files must be in time order, and then need no index.
 */
export const INDEXED_RECORDS_MAX = 2_000_000;

const FIRST_CAPACITY = 4096;

/** Where a record stands: its row's span, and which of the row's records it is. */
export interface IndexEntry {
  readonly logTimeMicros: number;
  readonly rowNumber: number;
  readonly offset: number;
  readonly length: number;
  readonly part: number;
}

interface Columns {
  readonly times: Float64Array;
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly rows: Uint32Array;
  readonly groups: Uint32Array;
  readonly parts: Uint8Array;
}

function columns(capacity: number): Columns {
  return {
    times: new Float64Array(capacity),
    offsets: new Float64Array(capacity),
    lengths: new Uint32Array(capacity),
    rows: new Uint32Array(capacity),
    groups: new Uint32Array(capacity),
    parts: new Uint8Array(capacity),
  };
}

function grown(old: Columns): Columns {
  const next = columns(old.times.length * 2);
  next.times.set(old.times);
  next.offsets.set(old.offsets);
  next.lengths.set(old.lengths);
  next.rows.set(old.rows);
  next.groups.set(old.groups);
  next.parts.set(old.parts);
  return next;
}

/** Times and places of all records of a file, in typed arrays. */
export class RecordIndex {
  readonly #countMax: number;
  #columns = columns(FIRST_CAPACITY);
  #count = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get count(): number {
    return this.#count;
  }

  /** False, and nothing is kept, where the index is full. */
  add(entry: {
    readonly logTimeMicros: number;
    readonly span: RecordSpan;
    readonly rowNumber: number;
    readonly group: number;
    readonly part: number;
  }): boolean {
    if (this.#count >= this.#countMax) return false;
    if (this.#count >= this.#columns.times.length) this.#columns = grown(this.#columns);
    const at = this.#count;
    this.#columns.times[at] = entry.logTimeMicros;
    this.#columns.offsets[at] = entry.span.offset;
    this.#columns.lengths[at] = entry.span.length;
    this.#columns.rows[at] = entry.rowNumber;
    this.#columns.groups[at] = entry.group;
    this.#columns.parts[at] = entry.part;
    this.#count += 1;
    return true;
  }

  /** Adds to every time what belongs to its group. */
  shift(byGroup: readonly number[]): void {
    const { times, groups } = this.#columns;
    for (let at = 0; at < this.#count; at += 1)
      times[at] = (times[at] ?? 0) + (byGroup[groups[at] ?? 0] ?? 0);
  }

  /** The order of the records by time; equal times stay in the order in which they were added. */
  order(): Uint32Array {
    const { times } = this.#columns;
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index);
    return order.sort((left, right) => (times[left] ?? 0) - (times[right] ?? 0) || left - right);
  }

  entry(at: number): IndexEntry {
    const { times, rows, offsets, lengths, parts } = this.#columns;
    return {
      logTimeMicros: times[at] ?? 0,
      rowNumber: rows[at] ?? 0,
      offset: offsets[at] ?? 0,
      length: lengths[at] ?? 0,
      part: parts[at] ?? 0,
    };
  }
}
