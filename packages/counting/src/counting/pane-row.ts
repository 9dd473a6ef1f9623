import type { SliPlan } from '@burnline/core';
import type { SeriesIdentity } from './series-key.ts';

/** The aggregate of one chunk for one SLI, series and pane. */
export interface PaneRow {
  readonly sli: SliPlan;
  readonly identity: SeriesIdentity;
  /** Number of the pane since the epoch. */
  readonly pane: number;
  /** Events seen; what they stand for beyond that is in `extra`. */
  good: number;
  total: number;
  excluded: number;
  /** By field of the SLI's sums. What does not fit a double's integers any more is in `carried`. */
  readonly sums: number[];
  /** null while nothing is. */
  carried: bigint[] | null;
  /** Events that count and have no value, by field of the SLI's sums. */
  readonly missing: number[];
  readonly histogram: Map<number, number> | null;
  zeroCount: number;
  /** null while every event stands for itself alone. */
  extra: PaneExtra | null;
  /** Offset after the last message that changed the row. */
  version: number;
  isDirty: boolean;
}

/**
 * What the events of a row stand for beyond themselves, thousandths: whole numbers, so that it does not matter in which
 * order they are added up. A chunk's events are bounded, and so are weights: counts stay far below 2^53.
 */
export interface PaneExtra {
  good: number;
  total: number;
  excluded: number;
  readonly sums: bigint[];
  readonly missing: number[];
  readonly histogram: Map<number, number>;
  zeroCount: number;
}

export function createRow(sli: SliPlan, identity: SeriesIdentity, pane: number): PaneRow {
  return {
    sli,
    identity,
    pane,
    good: 0,
    total: 0,
    excluded: 0,
    sums: sli.sums.map(() => 0),
    carried: null,
    missing: sli.sums.map(() => 0),
    histogram: sli.histogram === null ? null : new Map(),
    zeroCount: 0,
    extra: null,
    version: 0,
    isDirty: false,
  };
}

export function copyRow(row: PaneRow): PaneRow {
  const { carried, extra, histogram } = row;
  return {
    ...row,
    sums: [...row.sums],
    carried: carried === null ? null : [...carried],
    missing: [...row.missing],
    histogram: histogram === null ? null : new Map(histogram),
    extra:
      extra === null
        ? null
        : {
            ...extra,
            sums: [...extra.sums],
            missing: [...extra.missing],
            histogram: new Map(extra.histogram),
          },
  };
}

/** The extra of a row that is about to get some. */
export function extraOf(row: PaneRow): PaneExtra {
  row.extra ??= {
    good: 0,
    total: 0,
    excluded: 0,
    sums: row.sli.sums.map(() => 0n),
    missing: row.sli.sums.map(() => 0),
    histogram: new Map(),
    zeroCount: 0,
  };
  return row.extra;
}

/** Sets aside what a sum holds: added to, it would be rounded. */
export function carrySum(row: PaneRow, index: number, sum: number): void {
  row.carried ??= row.sums.map(() => 0n);
  row.carried[index] = (row.carried[index] ?? 0n) + BigInt(sum);
}

/** A sum in full. */
export function sumOf(row: PaneRow, index: number): bigint {
  return BigInt(row.sums[index] ?? 0) + (row.carried?.[index] ?? 0n);
}

/** Adds an integer to a sum; exact, whatever comes together. */
export function addToSum(row: PaneRow, index: number, value: number): void {
  const held = row.sums[index] ?? 0;
  const sum = held + value;
  if (sum <= Number.MAX_SAFE_INTEGER && sum >= Number.MIN_SAFE_INTEGER) row.sums[index] = sum;
  else {
    carrySum(row, index, held);
    row.sums[index] = value;
  }
}

/** Adds a value that stands for so many thousandths beyond itself. */
export function addExtraSum(extra: PaneExtra, index: number, value: number, thousandths: number): void {
  extra.sums[index] = (extra.sums[index] ?? 0n) + BigInt(value) * BigInt(thousandths);
}

export function addExtraMissing(extra: PaneExtra, index: number, thousandths: number): void {
  extra.missing[index] = (extra.missing[index] ?? 0) + thousandths;
}

export function addExtraBucket(extra: PaneExtra, bucket: number, thousandths: number): void {
  extra.histogram.set(bucket, (extra.histogram.get(bucket) ?? 0) + thousandths);
}
