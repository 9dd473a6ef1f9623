import { bucketIndex } from '@burnline/core';
import { addExtraBucket, type PaneExtra, type PaneRow } from '../counting/pane-row.ts';

/** Beyond the indexes of buckets, which are 16 bits: zeros are counted apart, and what has no bucket is not counted. */
const ZERO_BUCKET = 65_536;
export const NO_BUCKET = 65_537;

export function bucketOf(value: number, scale: number): number {
  if (!(value >= 0) || value === Infinity) return NO_BUCKET;
  return value === 0 ? ZERO_BUCKET : bucketIndex(value, scale);
}

export function addToBucket(row: PaneRow, bucket: number): void {
  if (bucket === ZERO_BUCKET) row.zeroCount += 1;
  else row.histogram?.set(bucket, (row.histogram.get(bucket) ?? 0) + 1);
}

export function addToExtraBucket(extra: PaneExtra, bucket: number, thousandths: number): void {
  if (bucket === ZERO_BUCKET) extra.zeroCount += thousandths;
  else addExtraBucket(extra, bucket, thousandths);
}
