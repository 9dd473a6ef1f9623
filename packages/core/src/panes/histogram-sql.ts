import { BUCKET_INDEX_MAX, BUCKET_INDEX_MIN, bucketIndex, checkScale } from './histogram-buckets.ts';

const MANTISSA_STEPS = 2 ** 52;
/** Smallest normal double; below it the exponent's bits say nothing, so such values are scaled up first. */
const NORMAL_MIN = '2.2250738585072014e-308';
const SUBNORMAL_SHIFT = 64;

/**
 * The mantissas (as integers, 52 bits) of the largest doubles in [1, 2) that are not above 2^(k / 2^scale), for each k of
 * the octave. Found by the exact rule itself.
 */
function thresholdsOf(scale: number): readonly number[] {
  return Array.from({ length: 2 ** scale }, (_, bound) => {
    let [low, high] = [0, MANTISSA_STEPS - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (bucketIndex(1 + middle / MANTISSA_STEPS, scale) < bound) low = middle;
      else high = middle - 1;
    }
    return low;
  });
}

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
