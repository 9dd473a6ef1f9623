import { OTHER_LABEL, AppError, extraOfWeight, isGoodSum, sumReader, type SliPlan } from '@burnline/core';
import type { SpecSet } from '../specs/spec-set.ts';
import {
  addExtraMissing,
  addExtraSum,
  addToSum,
  createRow,
  extraOf,
  type PaneExtra,
  type PaneRow,
} from './pane-row.ts';
import { NO_BUCKET } from './odd-buckets.ts';
import type { DecodedRecord } from './record.ts';
import { UNGROUPED, createGroupReader, seriesIdentityOf, type SeriesIdentity } from './series-key.ts';
import { addToBucket, addToExtraBucket, bucketReader } from './value-buckets.ts';

/** Series a chunk may hold over all SLIs; the specs' own caps are far below. It bounds the row keys to safe integers. */
const SLOT_COUNT_MAX = 2 ** 20;
const PANE_NUMBER_MAX = 2 ** 32;

type CountingErrorCode = 'COUNTING_SERIES_TOO_MANY';

interface Slot {
  readonly index: number;
  readonly identity: SeriesIdentity;
}

interface SliGroups {
  /** Groups that were admitted, at most the spec's `seriesMax`. */
  readonly byValues: Map<string, Slot>;
  /** The same slots and that of the rest, by series number. */
  readonly bySeries: Map<string, Slot>;
}

/** Where a chunk starts and what it is counted with. */
export interface ChunkStart {
  readonly firstOffset: number;
  /** Running maximum of log time before the chunk, epoch ms; -1 before the first message. */
  readonly runningMaxBeforeMs: number;
  readonly intervalNumber: number;
  /** Revisions that were counted before the chunk; its first message may change them, no other one does. */
  readonly specSetBefore: SpecSet;
}

/**
 * One stretch of one partition, named by its first offset: what its messages add to the panes.
 *
 * Group values are admitted in log order, the first N per chunk; so a row is a pure function of the log.
 */
export class Chunk {
  readonly start: ChunkStart;
  /** Events so far, repeats included. */
  eventCount = 0;
  readonly #rows = new Map<number, PaneRow>();
  readonly #groups = new Map<SliPlan, SliGroups>();
  #slotCount = 0;
  #dirty: PaneRow[] = [];

  constructor(start: ChunkStart) {
    this.start = start;
  }

  get rowCount(): number {
    return this.#rows.size;
  }

  /** Rows changed since they were last taken. */
  get dirtyCount(): number {
    return this.#dirty.length;
  }

  /** How many rows each revision has, for those that have any; in the order of their names, as rows come in any order. */
  rowCounts(): Readonly<Record<string, number>> {
    const counts = new Map<string, number>();
    for (const { sli } of this.#rows.values()) counts.set(sli.specRev, (counts.get(sli.specRev) ?? 0) + 1);
    return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The row that an event of this SLI, these group values and this pane adds to. */
  rowFor(counter: SliCounter, record: DecodedRecord, pane: number): PaneRow {
    const slot = this.#slotFor(counter, record);
    const key = slot.index * PANE_NUMBER_MAX + pane;
    const existing = this.#rows.get(key);
    if (existing !== undefined) return existing;
    const row = createRow(counter.sli, slot.identity, pane);
    this.#rows.set(key, row);
    return row;
  }

  touch(row: PaneRow, nextOffset: number): void {
    row.version = nextOffset;
    if (row.isDirty) return;
    row.isDirty = true;
    this.#dirty.push(row);
  }

  /** Rows changed since the last call. */
  takeDirty(): readonly PaneRow[] {
    const rows = this.#dirty;
    this.#dirty = [];
    for (const row of rows) row.isDirty = false;
    return rows;
  }

  #slotFor(counter: SliCounter, record: DecodedRecord): Slot {
    let groups = this.#groups.get(counter.sli);
    if (groups === undefined) {
      groups = { byValues: new Map(), bySeries: new Map() };
      this.#groups.set(counter.sli, groups);
    }
    const values = counter.readGroup(record);
    // JSON keeps the values apart, whatever bytes are in them.
    const groupKey = JSON.stringify(values);
    const known = groups.byValues.get(groupKey);
    if (known !== undefined) return known;
    const { dimensions, seriesCountMax } = counter.sli.groupBy;
    if (dimensions.length === 0) return this.#admit(groups, groupKey, UNGROUPED);
    const isFull = groups.byValues.size >= seriesCountMax;
    if (!isFull) return this.#admit(groups, groupKey, seriesIdentityOf(dimensions, values));
    const others = dimensions.map(() => OTHER_LABEL);
    return this.#slotOf(groups, seriesIdentityOf(dimensions, others));
  }

  #admit(groups: SliGroups, groupKey: string, identity: SeriesIdentity): Slot {
    const slot = this.#slotOf(groups, identity);
    groups.byValues.set(groupKey, slot);
    return slot;
  }

  /** One slot per series number: two rows of one key would replace each other, and counts would be lost. */
  #slotOf(groups: SliGroups, identity: SeriesIdentity): Slot {
    const known = groups.bySeries.get(identity.series);
    if (known !== undefined) return known;
    if (this.#slotCount >= SLOT_COUNT_MAX) {
      throw new AppError<CountingErrorCode>(
        'COUNTING_SERIES_TOO_MANY',
        `The specs ask for more than ${SLOT_COUNT_MAX} series in one chunk`,
        { remedy: 'Lower seriesMax of the SLOs with the most groups.' },
      );
    }
    const slot: Slot = { index: this.#slotCount, identity };
    this.#slotCount += 1;
    groups.bySeries.set(identity.series, slot);
    return slot;
  }
}

/** How one SLI counts a record: where its predicates stand in the verdicts of the compiled set, and what it reads. */
export class SliCounter {
  readonly sli: SliPlan;
  readonly readGroup: (record: DecodedRecord) => readonly string[];
  readonly #readBucket: ((record: DecodedRecord) => number) | null;
  readonly #summed: readonly Summed[];
  readonly #scopeIndex: number | null;
  readonly #totalIndex: number | null;
  readonly #verdictIndex: number;

  constructor(sli: SliPlan, indexes: { scope: number | null; total: number | null; verdict: number }) {
    this.sli = sli;
    this.readGroup = createGroupReader(sli.groupBy.dimensions);
    this.#readBucket = sli.histogram === null ? null : bucketReader(sli.histogram);
    this.#summed = sli.sums.map(summedOf);
    this.#scopeIndex = indexes.scope;
    this.#totalIndex = indexes.total;
    this.#verdictIndex = indexes.verdict;
  }

  /** Adds one record to the chunk. `held` has 1 where a predicate of the set holds. */
  count(
    target: { chunk: Chunk; pane: number; nextOffset: number },
    record: DecodedRecord,
    held: Uint8Array,
  ): void {
    if (this.#scopeIndex !== null && held[this.#scopeIndex] === 0) return;
    const row = target.chunk.rowFor(this, record, target.pane);
    target.chunk.touch(row, target.nextOffset);
    const thousandths = extraOfWeight(record['sample_weight']);
    const extra = thousandths === 0 ? null : extraOf(row);
    if (this.#totalIndex !== null && held[this.#totalIndex] === 0) {
      row.excluded += 1;
      if (extra !== null) extra.excluded += thousandths;
      return;
    }
    const isGood = (held[this.#verdictIndex] === 1) === (this.sli.verdict.kind === 'good');
    row.total += 1;
    if (isGood) row.good += 1;
    if (extra !== null) {
      extra.total += thousandths;
      if (isGood) extra.good += thousandths;
    }
    this.#addToSums({ row, extra, thousandths }, record, isGood);
    this.#addToHistogram({ row, extra, thousandths }, record);
  }

  #addToSums({ row, extra, thousandths }: Target, record: DecodedRecord, isGood: boolean): void {
    this.#summed.forEach(({ isOfGood, read }, index) => {
      if (isOfGood && !isGood) return;
      const value = read(record);
      if (typeof value === 'number') {
        addToSum(row, index, value);
        if (extra !== null) addExtraSum(extra, index, value, thousandths);
        return;
      }
      row.missing[index] = (row.missing[index] ?? 0) + 1;
      if (extra !== null) addExtraMissing(extra, index, thousandths);
    });
  }

  #addToHistogram({ row, extra, thousandths }: Target, record: DecodedRecord): void {
    const bucket = this.#readBucket?.(record) ?? NO_BUCKET;
    if (bucket === NO_BUCKET) return;
    addToBucket(row, bucket);
    if (extra !== null) addToExtraBucket(extra, bucket, thousandths);
  }
}

/** The row that a record adds to, and what the record stands for beyond itself; `extra` is null where that is nothing. */
interface Target {
  readonly row: PaneRow;
  readonly extra: PaneExtra | null;
  readonly thousandths: number;
}

/** How an SLI's sum takes its value of a record: anything but a number is none. */
interface Summed {
  readonly isOfGood: boolean;
  readonly read: (record: DecodedRecord) => unknown;
}

const summedOf = (sum: string): Summed => ({ isOfGood: isGoodSum(sum), read: sumReader(sum) });
