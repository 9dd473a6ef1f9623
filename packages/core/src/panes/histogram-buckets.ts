import { AppError } from '../errors/app-error.ts';
import { BucketTable } from './bucket-table.ts';
import type { HistogramErrorCode } from './histogram-error.ts';

/** 2^5 buckets per power of two: a relative error of at most 1.083 %, and some 130 buckets for 200 latencies. */
export const HISTOGRAM_SCALE_DEFAULT = 5;
export const HISTOGRAM_SCALE_MAX = 8;

/**
 * Indexes are Int16 in the database, and are clamped to it. At scales 0 to 5 that leaves out nothing but numbers below
 * 2^-1024; at scale 8 it spans 2^-128 to 2^128 (3e-39 to 3e38). What lies beyond is counted in the outermost bucket.
 */
export const BUCKET_INDEX_MIN = -32_768;
export const BUCKET_INDEX_MAX = 32_767;

/** By scale; made when a scale is first used. */
const TABLES: (BucketTable | undefined)[] = [];

/** @throws AppError HISTOGRAM_SCALE_INVALID unless it is an integer from 0 to 8. */
export function checkScale(scale: number): void {
  if (Number.isInteger(scale) && scale >= 0 && scale <= HISTOGRAM_SCALE_MAX) return;
  throw new AppError<HistogramErrorCode>(
    'HISTOGRAM_SCALE_INVALID',
    `A histogram scale of ${scale} is not supported.`,
    {
      remedy: `Choose a whole scale from 0 to ${HISTOGRAM_SCALE_MAX}; ${HISTOGRAM_SCALE_DEFAULT} is the default.`,
    },
  );
}

/**
 * The bucket of a positive number: index i holds the values v with 2^(i / 2^scale) < v <= 2^((i + 1) / 2^scale), as in
 * OpenTelemetry's exponential histogram. Exact, bounds included; a power of two is always the upper bound of its bucket.
 *
 * @throws AppError HISTOGRAM_VALUE_INVALID unless value is positive and finite; HISTOGRAM_SCALE_INVALID.
 */
export function bucketIndex(value: number, scale: number): number {
  const table = TABLES[scale] ?? makeTable(scale);
  if (!(value > 0 && value < Infinity)) {
    throw new AppError<HistogramErrorCode>('HISTOGRAM_VALUE_INVALID', `${value} has no bucket.`, {
      outcome: 'dead-letter',
      remedy: 'Give positive, finite numbers; zeros are counted apart.',
    });
  }
  const index = table.indexOf(value);
  return Math.min(BUCKET_INDEX_MAX, Math.max(BUCKET_INDEX_MIN, index));
}

function makeTable(scale: number): BucketTable {
  checkScale(scale);
  const table = new BucketTable(scale);
  TABLES[scale] = table;
  return table;
}

/** 2^(position / 2^scale), exact where it is a power of two, and at most the largest double. */
function boundAt(position: number, scale: number): number {
  const bucketCount = 2 ** scale;
  const exponent = Math.floor(position / bucketCount);
  const withinOctave = 2 ** (position / bucketCount - exponent);
  // 2^1024 overflows even where the product would not matter; the last bound is cut to the largest double.
  return Math.min(withinOctave * 2 ** exponent, Number.MAX_VALUE);
}

export interface BucketBounds {
  /** Excluded. */
  readonly lower: number;
  /** Included. */
  readonly upper: number;
}

/** The bounds of a bucket, rounded to doubles (exact at powers of two). @throws AppError HISTOGRAM_SCALE_INVALID */
export function bucketBounds(index: number, scale: number): BucketBounds {
  checkScale(scale);
  return { lower: boundAt(index, scale), upper: boundAt(index + 1, scale) };
}

/**
 * The largest relative error of a bucket's representative: (b - 1) / (b + 1) with b = 2^(1 / 2^scale), the ratio of a
 * bucket's bounds. 1.083 % at scale 5, 2.166 % at scale 4, a third at scale 0. Doubles' own rounding comes on top, and
 * the bound does not cover values that were clamped.
 */
export function relativeErrorMax(scale: number): number {
  checkScale(scale);
  const base = 2 ** (1 / 2 ** scale);
  return (base - 1) / (base + 1);
}

/**
 * The value that stands for a bucket: 2 x lower x upper / (lower + upper), which is off by the same ratio at both bounds.
 * The geometric middle would be off by up to sqrt(b) - 1, a little more.
 */
export function bucketRepresentative(index: number, scale: number): number {
  const { lower } = bucketBounds(index, scale);
  const base = 2 ** (1 / 2 ** scale);
  return lower * ((2 * base) / (1 + base));
}
