import { derivedField, sourcesOf, type CategoryHistogram } from '@burnline/core';
import { CategoryBuckets } from '../counting/category-buckets.ts';
import { referenceColumn, valueAt, type ColumnTable } from './columns.ts';

/** The bucket of an event; NO_BUCKET where it has none. */
export type ReadBucket = (index: number, numbers: Float64Array, ids: Int32Array) => number;

/** The bucket of an event's category, from the columns that it is read from. */
export function categoryReader(columns: ColumnTable, histogram: CategoryHistogram): ReadBucket {
  const buckets = new CategoryBuckets(histogram);
  const { categoryOf } = histogram;
  const derived = derivedField(categoryOf);
  if (derived === undefined) {
    const column = referenceColumn(columns, categoryOf);
    return (index, numbers, ids) => buckets.bucketOf(valueAt(column, { numbers, ids }, index));
  }
  const sources = sourcesOf(categoryOf).map((name) => [name, columns.columnOf(name, null)] as const);
  return (index, numbers, ids) => {
    const record = Object.fromEntries(
      sources.map(([name, column]) => [name, valueAt(column, { numbers, ids }, index)]),
    );
    return buckets.bucketOf(derived.read(record));
  };
}
