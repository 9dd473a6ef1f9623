import { MANTISSA_STEPS, thresholdsOf } from './bucket-thresholds.ts';
import { BUCKET_INDEX_MAX, BUCKET_INDEX_MIN, checkScale } from './histogram-buckets.ts';

/** Smallest normal double; below it the exponent's bits say nothing, so such values are scaled up first. */
const NORMAL_MIN = '2.2250738585072014e-308';
const SUBNORMAL_SHIFT = 64;

/**
 * `bucketIndex` as a ClickHouse expression over a positive, finite Float64: Int16, and the same bucket for every double.
 * The logarithm only says where to look; thresholds are compared as integers, so that its last digits decide nothing.
 * `value` stands in it several times: give a column.
 *
 * @throws AppError HISTOGRAM_SCALE_INVALID
 */
export function bucketIndexSql(value: string, scale: number): string {
  checkScale(scale);
  const bucketCount = 2 ** scale;
  const thresholds = `[toInt64(-1), ${thresholdsOf(scale).join(', ')}, ${MANTISSA_STEPS}]`;
  const isSmall = `${value} < ${NORMAL_MIN}`;
  const normal = `if(${isSmall}, ${value} * exp2(${SUBNORMAL_SHIFT}), ${value})`;
  const bits = `reinterpretAsUInt64(toFloat64(${normal}))`;
  const mantissa = `toInt64(bitAnd(${bits}, ${MANTISSA_STEPS - 1}))`;
  const exponent = `(toInt64(bitShiftRight(${bits}, 52)) - 1023 - if(${isSmall}, ${SUBNORMAL_SHIFT}, 0))`;
  const guess = `toInt64(floor(log2(1 + ${mantissa} / ${MANTISSA_STEPS}) * ${bucketCount}))`;
  const passed = (place: number): string => `(${thresholds}[${guess} + ${place}] < ${mantissa})`;
  const index = `${exponent} * ${bucketCount} + ${guess} - 2 + ${passed(1)} + ${passed(2)}`;
  return `toInt16(least(greatest(${index}, ${BUCKET_INDEX_MIN}), ${BUCKET_INDEX_MAX}))`;
}
