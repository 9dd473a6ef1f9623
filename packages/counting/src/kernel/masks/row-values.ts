import { addToSum, type PaneRow } from '../../counting/pane-row.ts';
import { NO_BUCKET, addToBucket, bucketOf } from '../value-buckets.ts';
import type { Buckets, NumberColumns, PlanedSli, Summed } from './counting-plan.ts';

/** Adds what an event has to the sums and the histogram of a row in which it counts. */
export function addValues(
  { summed, buckets }: PlanedSli,
  row: PaneRow,
  columns: NumberColumns,
  index: number,
): void {
  let field = 0;
  for (const one of summed) {
    addToRowSum(row, field, one, columns, index);
    field += 1;
  }
  if (buckets !== null) addToRowBucket(row, buckets, index);
}

export function addToRowBucket(row: PaneRow, { ofEvents }: Buckets, index: number): void {
  const bucket = ofEvents[index] ?? NO_BUCKET;
  if (bucket !== NO_BUCKET) addToBucket(row, bucket);
}

/** Adds listed events, in their order, to one sum; it is put back into the row where it does not fit, and at the end. */
export function addToRowSums(
  { row, field }: { readonly row: PaneRow; readonly field: number },
  { offset, isNullable }: Summed,
  { numbers, ids }: NumberColumns,
  { listed, count }: { readonly listed: Uint8Array; readonly count: number },
): void {
  let [sum, missingCount] = [row.sums[field] ?? 0, 0];
  for (let place = 0; place < count; place += 1) {
    const index = listed[place] ?? 0;
    if (offset === null || (isNullable && ids[offset + index] === 0)) {
      missingCount += 1;
      continue;
    }
    const value = numbers[offset + index] ?? 0;
    const next = sum + value;
    if (next <= Number.MAX_SAFE_INTEGER && next >= Number.MIN_SAFE_INTEGER) sum = next;
    else {
      row.sums[field] = sum;
      addToSum(row, field, value);
      sum = row.sums[field] ?? 0;
    }
  }
  row.sums[field] = sum;
  row.missing[field] = (row.missing[field] ?? 0) + missingCount;
}

/** As SliCounter adds: what would be rounded is set aside. */
function addToRowSum(
  row: PaneRow,
  field: number,
  { offset, isNullable }: Summed,
  { numbers, ids }: NumberColumns,
  index: number,
): void {
  if (offset === null || (isNullable && ids[offset + index] === 0)) {
    row.missing[field] = (row.missing[field] ?? 0) + 1;
    return;
  }
  addToSum(row, field, numbers[offset + index] ?? 0);
}

/** For the first `count` events. */
export function fillBuckets(
  { offset, isNullable, scale, ofEvents }: Buckets,
  columns: NumberColumns,
  count: number,
): void {
  for (let index = 0; index < count; index += 1) {
    const isAbsent = isNullable && columns.ids[offset + index] === 0;
    ofEvents[index] = isAbsent ? NO_BUCKET : bucketOf(columns.numbers[offset + index] ?? 0, scale);
  }
}
