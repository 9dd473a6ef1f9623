import { bucketIndex, valueReader, type HistogramPlan } from '@burnline/core';
import { CategoryBuckets } from './category-buckets.ts';
import { NO_BUCKET, ZERO_BUCKET } from './odd-buckets.ts';
import { addExtraBucket, type PaneExtra, type PaneRow } from './pane-row.ts';
import type { DecodedRecord } from './record.ts';

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

/** The bucket of a decoded record in an SLI's histogram. */
export function bucketReader(histogram: HistogramPlan): (record: DecodedRecord) => number {
  if ('categoryOf' in histogram) {
    const [read, buckets] = [valueReader(histogram.categoryOf), new CategoryBuckets(histogram)];
    return (record) => buckets.bucketOf(read(record));
  }
  const read = valueReader(histogram.field);
  return (record) => {
    const value = read(record);
    return typeof value === 'number' ? bucketOf(value, histogram.scale) : NO_BUCKET;
  };
}
