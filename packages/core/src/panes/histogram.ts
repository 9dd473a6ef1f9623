import { compareProducts } from '../burn/exact-ratio.ts';
import { AppError } from '../errors/app-error.ts';
import { bucketIndex, bucketRepresentative, checkScale } from './histogram-buckets.ts';
import type { HistogramErrorCode } from './histogram-error.ts';

/**
 * A base-2 exponential histogram of fixed scale: plain integers, so that sums are exact whatever their order. The number
 * of buckets is bounded by Int16; 200 latencies fill some 130 at scale 5.
 */
export interface Histogram {
  readonly scale: number;
  /** Values of exactly 0. */
  zeroCount: number;
  /** Bucket index to number of values. */
  readonly counts: Map<number, number>;
}

export function makeHistogram(scale: number): Histogram {
  checkScale(scale);
  return { scale, zeroCount: 0, counts: new Map() };
}

/**
 * Counts a value `count` times.
 *
 * @throws AppError HISTOGRAM_VALUE_INVALID when it is negative or not finite, HISTOGRAM_COUNT_INVALID; nothing is counted.
 */
export function addTo(histogram: Histogram, value: number, count = 1): void {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new AppError<HistogramErrorCode>(
      'HISTOGRAM_COUNT_INVALID',
      `A value cannot count ${count} times.`,
      {
        remedy: 'Give a whole count of 1 or more.',
      },
    );
  }
  if (value === 0) {
    histogram.zeroCount += count;
    return;
  }
  const index = bucketIndex(value, histogram.scale);
  histogram.counts.set(index, (histogram.counts.get(index) ?? 0) + count);
}

/** The sum of two histograms, as a new one. @throws AppError HISTOGRAM_SCALES_DIFFER */
export function mergeHistograms(left: Histogram, right: Histogram): Histogram {
  if (left.scale !== right.scale) {
    throw new AppError<HistogramErrorCode>(
      'HISTOGRAM_SCALES_DIFFER',
      `Histograms of scales ${left.scale} and ${right.scale} cannot be added.`,
      { remedy: 'Rows of one spec revision have one scale; read one revision at a time.' },
    );
  }
  const counts = new Map(left.counts);
  for (const [index, count] of right.counts) counts.set(index, (counts.get(index) ?? 0) + count);
  return { scale: left.scale, zeroCount: left.zeroCount + right.zeroCount, counts };
}

export function histogramTotal(histogram: Histogram): number {
  let total = histogram.zeroCount;
  for (const count of histogram.counts.values()) total += count;
  return total;
}

/** Quantiles are taken to so many parts: nine decimals. */
const QUANTILE_PARTS = 1_000_000_000;

/**
 * The nearest-rank quantile: the value of rank ceil(p x n), at least 1, off by at most `relativeErrorMax(scale)` in ratio.
 * `p` is taken to nine decimals (0.07 of 100 values is rank 7, though 0.07 x 100 is more than 7 in doubles). Null
 * without values. For display: a threshold is counted exactly at ingest, never read off a histogram.
 *
 * @throws AppError HISTOGRAM_QUANTILE_INVALID unless 0 <= p <= 1.
 */
export function quantileFromHistogram(histogram: Histogram, p: number): number | null {
  if (!(p >= 0 && p <= 1)) {
    throw new AppError<HistogramErrorCode>('HISTOGRAM_QUANTILE_INVALID', `${p} is not a quantile.`, {
      remedy: 'Give a share from 0 to 1, such as 0.99.',
    });
  }
  const total = histogramTotal(histogram);
  const parts = Math.round(p * QUANTILE_PARTS);
  const isReached = (seen: number): boolean =>
    seen > 0 && compareProducts([seen, QUANTILE_PARTS], [total, parts]) >= 0;
  let seen = histogram.zeroCount;
  if (isReached(seen)) return 0;
  const indexes = [...histogram.counts.keys()].sort((a, b) => a - b);
  for (const index of indexes) {
    seen += histogram.counts.get(index) ?? 0;
    if (isReached(seen)) return bucketRepresentative(index, histogram.scale);
  }
  return null;
}
