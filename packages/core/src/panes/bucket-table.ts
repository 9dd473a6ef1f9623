import { MANTISSA_STEPS, thresholdsOf } from './bucket-thresholds.ts';

const HIGH_MANTISSA_BITS = 20;
const HIGH_MANTISSA_MASK = 2 ** HIGH_MANTISSA_BITS - 1;
const LOW_WORD = 2 ** 32;
const EXPONENT_BIAS = 1_023;
const NORMAL_MIN = 2 ** -1_022;
const SUBNORMAL_SHIFT = 64;

/**
 * Buckets of one scale by table: an octave is cut into cells of equal width, each so narrow that one bound at most lies in
 * it. So a mantissa's first bits give its bucket up to one comparison.
 */
export class BucketTable {
  readonly #bucketCount: number;
  readonly #cellShift: number;
  /** The bucket, within its octave, in which a cell begins; -1 is the last one of the octave before. */
  readonly #firstBuckets: Int32Array;
  /** Largest mantissa of a cell that is still in the bucket in which the cell begins. */
  readonly #lastMantissas: Float64Array;
  readonly #bits = new DataView(new ArrayBuffer(8));

  constructor(scale: number) {
    this.#bucketCount = 2 ** scale;
    // The narrowest bucket takes 0.69 / bucketCount of the octave, a cell 0.5 / bucketCount.
    const cellCount = 2 * this.#bucketCount;
    this.#cellShift = HIGH_MANTISSA_BITS - scale - 1;
    const thresholds = [...thresholdsOf(scale), MANTISSA_STEPS];
    this.#firstBuckets = new Int32Array(cellCount);
    this.#lastMantissas = new Float64Array(cellCount);
    for (let cell = 0; cell < cellCount; cell += 1) {
      const start = (cell * MANTISSA_STEPS) / cellCount;
      const next = thresholds.findIndex((threshold) => threshold >= start);
      this.#firstBuckets[cell] = next - 1;
      this.#lastMantissas[cell] = thresholds[next] ?? MANTISSA_STEPS;
    }
  }

  /** The bucket of a positive, finite number; not clamped. */
  indexOf(value: number): number {
    const isSmall = value < NORMAL_MIN;
    this.#bits.setFloat64(0, isSmall ? value * 2 ** SUBNORMAL_SHIFT : value);
    const high = this.#bits.getUint32(0);
    const exponent = (high >>> HIGH_MANTISSA_BITS) - EXPONENT_BIAS - (isSmall ? SUBNORMAL_SHIFT : 0);
    const mantissa = (high & HIGH_MANTISSA_MASK) * LOW_WORD + this.#bits.getUint32(4);
    const cell = (high & HIGH_MANTISSA_MASK) >>> this.#cellShift;
    const passed = mantissa > (this.#lastMantissas[cell] ?? 0) ? 1 : 0;
    return exponent * this.#bucketCount + (this.#firstBuckets[cell] ?? 0) + passed;
  }
}
