import { addToSum, type PaneRow } from '../../counting/pane-row.ts';
import { NO_BUCKET } from '../../counting/odd-buckets.ts';
import { addToBucket } from '../../counting/value-buckets.ts';
import type { Buckets, NumberColumns, PlanedSli, Summed } from './counting-plan.ts';

/** Adds what an event has to the sums and the histogram of a row in which it counts. */
export function addValues(
  { summed, buckets }: PlanedSli,
  row: PaneRow,
  columns: NumberColumns,
  { index, isGood }: { readonly index: number; readonly isGood: boolean },
): void {
  let field = 0;
  for (const one of summed) {
    if (isGood || !one.isOfGood) addToRowSum(row, field, one, columns, index);
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
  summed: Summed,
  columns: NumberColumns,
  { listed, count }: { readonly listed: Uint8Array; readonly count: number },
): void {
  let [sum, missingCount] = [row.sums[field] ?? 0, 0];
  for (let place = 0; place < count; place += 1) {
    const value = valueOf(summed, columns, listed[place] ?? 0);
    if (value === NO_VALUE) {
      missingCount += 1;
      continue;
    }
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
  summed: Summed,
  columns: NumberColumns,
  index: number,
): void {
  const value = valueOf(summed, columns, index);
  if (value === NO_VALUE) row.missing[field] = (row.missing[field] ?? 0) + 1;
  else addToSum(row, field, value);
}

/** What no event's value is: those that are summed are whole numbers. */
const NO_VALUE = -Infinity;

function valueOf({ offset, isNullable }: Summed, { numbers, ids }: NumberColumns, index: number): number {
  if (offset === null || (isNullable && ids[offset + index] === 0)) return NO_VALUE;
  return numbers[offset + index] ?? 0;
}

/** For the first `count` events. */
export function fillBuckets({ bucketAt, ofEvents }: Buckets, columns: NumberColumns, count: number): void {
  for (let index = 0; index < count; index += 1)
    ofEvents[index] = bucketAt(index, columns.numbers, columns.ids);
}
