import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKET_INDEX_MAX,
  BUCKET_INDEX_MIN,
  bucketBounds,
  bucketIndex,
  bucketRepresentative,
  relativeErrorMax,
} from './histogram-buckets.ts';
import { addTo, histogramTotal, makeHistogram, mergeHistograms, quantileFromHistogram } from './histogram.ts';
import type { Histogram } from './histogram.ts';

const scales = fc.integer({ min: 0, max: 8 });
/** Values within the indexes that Int16 holds at every scale: 2^-127 to 2^127. */
const inRange = fc
  .tuple(fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }), fc.integer({ min: -126, max: 126 }))
  .map(([mantissa, exponent]) => mantissa * 2 ** exponent);
const latencies = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.double({ min: 0.001, max: 1e6, noNaN: true }),
);

/** value = numerator / 2^shift, exactly: doubling a double is exact, and any of these becomes an integer in time. */
function asFraction(value: number): { numerator: bigint; shift: bigint } {
  let [scaled, shift] = [value, 0n];
  while (!Number.isInteger(scaled)) [scaled, shift] = [scaled * 2, shift + 1n];
  return { numerator: BigInt(scaled), shift };
}

/** Whether value > 2^(index / 2^scale), as value^(2^scale) x 2^... > ... over integers. */
function exceeds(value: number, index: number, scale: number): boolean {
  const { numerator, shift } = asFraction(value);
  const power = 2n ** BigInt(scale);
  const [left, right] = [numerator ** power, shift * power + BigInt(index)];
  return right < 0n || left > 2n ** right;
}

/** Doubles next to one, in steps of their last place. */
function neighbour(value: number, steps: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(steps));
  return view.getFloat64(0);
}

describe('bucketIndex', () => {
  it('holds value within its bounds, by exact arithmetic', () => {
    fc.assert(
      fc.property(inRange, scales, (value, scale) => {
        const index = bucketIndex(value, scale);
        expect(exceeds(value, index, scale)).toBe(true);
        expect(exceeds(value, index + 1, scale)).toBe(false);
      }),
    );
  });

  it('is not off by one at any bound: on it, one place below and above', () => {
    fc.assert(
      fc.property(
        scales,
        fc.integer({ min: -60, max: 60 }),
        fc.nat(255),
        fc.integer({ min: -3, max: 3 }),
        (scale, octave, within, steps) => {
          const bound = octave * 2 ** scale + (within % 2 ** scale);
          const value = neighbour(2 ** (bound / 2 ** scale), steps);
          const index = bucketIndex(value, scale);
          expect(exceeds(value, index, scale)).toBe(true);
          expect(exceeds(value, index + 1, scale)).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('puts every power of two at the upper bound of its bucket, at every scale', () => {
    for (let scale = 0; scale <= 8; scale += 1) {
      for (let exponent = -127; exponent <= 127; exponent += 1) {
        const value = 2 ** exponent;
        const bound = exponent * 2 ** scale;
        expect(bucketIndex(value, scale)).toBe(bound - 1);
        expect(bucketIndex(neighbour(value, 1), scale)).toBe(bound);
        expect(bucketIndex(neighbour(value, -1), scale)).toBe(bound - 1);
      }
    }
  });

  it.each([
    [1, 0, -1],
    [1.5, 0, 0],
    [2, 0, 0],
    [4, 0, 1],
    [4.1, 0, 2],
    [1000, 5, 318],
    [1024, 5, 319],
    [0.001, 5, -319],
  ])('puts %d at scale %d into bucket %d', (value, scale, index) => {
    expect(bucketIndex(value, scale)).toBe(index);
  });

  it('never falls as values rise', () => {
    fc.assert(
      fc.property(inRange, inRange, scales, (left, right, scale) => {
        const [low, high] = [Math.min(left, right), Math.max(left, right)];
        expect(bucketIndex(low, scale)).toBeLessThanOrEqual(bucketIndex(high, scale));
      }),
    );
  });

  it('clamps to Int16', () => {
    expect(bucketIndex(Number.MIN_VALUE, 5)).toBe(BUCKET_INDEX_MIN);
    expect(bucketIndex(Number.MAX_VALUE, 5)).toBe(BUCKET_INDEX_MAX);
    expect(bucketIndex(2 ** 128, 8)).toBe(BUCKET_INDEX_MAX);
    expect(bucketIndex(2 ** 129, 8)).toBe(BUCKET_INDEX_MAX);
    expect(bucketIndex(2 ** -130, 8)).toBe(BUCKET_INDEX_MIN);
    expect(bucketIndex(Number.MIN_VALUE, 0)).toBe(-1075);
  });

  it.each([0, -1, -0, NaN, Infinity, -Infinity])('refuses %d', (value) => {
    expect(() => bucketIndex(value, 5)).toThrow(
      expect.objectContaining({ code: 'HISTOGRAM_VALUE_INVALID', outcome: 'dead-letter' }),
    );
  });

  it.each([-1, 9, 4.5, NaN])('refuses scale %d', (scale) => {
    for (const call of [
      () => bucketIndex(1, scale),
      () => bucketBounds(1, scale),
      () => relativeErrorMax(scale),
      () => makeHistogram(scale),
    ]) {
      expect(call).toThrow(expect.objectContaining({ code: 'HISTOGRAM_SCALE_INVALID' }));
    }
  });
});

describe('bounds and representatives', () => {
  it('doubles over one octave, exactly at powers of two', () => {
    for (let scale = 0; scale <= 8; scale += 1) {
      for (const octave of [-10, -1, 0, 1, 10]) {
        expect(bucketBounds(octave * 2 ** scale, scale).lower).toBe(2 ** octave);
        expect(bucketBounds(octave * 2 ** scale - 1, scale).upper).toBe(2 ** octave);
      }
    }
    expect(bucketBounds(BUCKET_INDEX_MAX, 5).upper).toBe(Number.MAX_VALUE);
  });

  it('contains the value, up to the rounding of the bounds themselves', () => {
    fc.assert(
      fc.property(inRange, scales, (value, scale) => {
        const { lower, upper } = bucketBounds(bucketIndex(value, scale), scale);
        expect(value).toBeGreaterThanOrEqual(lower * (1 - 1e-15));
        expect(value).toBeLessThanOrEqual(upper * (1 + 1e-15));
      }),
    );
  });

  it('represents every value within the stated error', () => {
    fc.assert(
      fc.property(inRange, scales, (value, scale) => {
        const representative = bucketRepresentative(bucketIndex(value, scale), scale);
        expect(Math.abs(representative - value) / value).toBeLessThanOrEqual(relativeErrorMax(scale) + 1e-14);
      }),
    );
  });

  it('states the error as a formula: 1.083 % at scale 5, 2.166 % at scale 4, a third at scale 0', () => {
    expect(relativeErrorMax(5)).toBeCloseTo(0.01083, 5);
    expect(relativeErrorMax(4)).toBeCloseTo(0.02166, 5);
    expect(relativeErrorMax(0)).toBeCloseTo(1 / 3, 15);
  });
});

const histogramOf = (values: readonly number[], scale = 5): Histogram => {
  const histogram = makeHistogram(scale);
  for (const value of values) addTo(histogram, value);
  return histogram;
};
const plain = ({ scale, zeroCount, counts }: Histogram) => ({
  scale,
  zeroCount,
  counts: [...counts].sort(([a], [b]) => a - b),
});

describe('addTo', () => {
  it('counts zeros apart', () => {
    expect(plain(histogramOf([0, -0, 1, 1, 3], 0))).toEqual({
      scale: 0,
      zeroCount: 2,
      counts: [
        [-1, 2],
        [1, 1],
      ],
    });
  });

  it('counts a value several times at once', () => {
    const histogram = histogramOf([]);
    addTo(histogram, 7, 3);
    addTo(histogram, 0, 2);
    expect(plain(histogram)).toEqual(plain(histogramOf([7, 7, 7, 0, 0])));
  });

  it.each([-1, -1e-300, NaN, Infinity])('refuses %d and counts nothing', (value) => {
    const histogram = histogramOf([1]);
    expect(() => addTo(histogram, value)).toThrow(
      expect.objectContaining({ code: 'HISTOGRAM_VALUE_INVALID' }),
    );
    expect(plain(histogram)).toEqual(plain(histogramOf([1])));
  });

  it.each([0, -1, 0.5, NaN])('refuses a count of %d', (count) => {
    expect(() => addTo(makeHistogram(5), 1, count)).toThrow(
      expect.objectContaining({ code: 'HISTOGRAM_COUNT_INVALID' }),
    );
  });
});

describe('mergeHistograms', () => {
  const values = fc.array(fc.oneof(latencies, fc.constant(0)), { maxLength: 50 });

  it('is the histogram of all values, however they were split', () => {
    fc.assert(
      fc.property(values, values, values, (a, b, c) => {
        const [x, y, z] = [a, b, c].map((list) => histogramOf(list));
        const whole = plain(histogramOf([...a, ...b, ...c]));
        expect(plain(mergeHistograms(mergeHistograms(x!, y!), z!))).toEqual(whole);
        expect(plain(mergeHistograms(x!, mergeHistograms(y!, z!)))).toEqual(whole);
        expect(plain(mergeHistograms(mergeHistograms(z!, x!), y!))).toEqual(whole);
        expect(plain(mergeHistograms(x!, makeHistogram(5)))).toEqual(plain(x!));
        expect(plain(x!)).toEqual(plain(histogramOf(a)));
      }),
    );
  });

  it('refuses different scales', () => {
    expect(() => mergeHistograms(makeHistogram(4), makeHistogram(5))).toThrow(
      expect.objectContaining({ code: 'HISTOGRAM_SCALES_DIFFER' }),
    );
  });
});

describe('quantileFromHistogram', () => {
  it('is within the stated error of the sorted values', () => {
    const list = fc.array(fc.oneof(latencies, fc.constant(0)), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 1000 }), scales, (values, perMille, scale) => {
        const sorted = [...values].sort((a, b) => a - b);
        const rank = Math.max(1, Math.ceil((perMille * values.length) / 1000));
        const expected = sorted[rank - 1]!;
        const actual = quantileFromHistogram(histogramOf(values, scale), perMille / 1000)!;
        if (expected === 0) expect(actual).toBe(0);
        else
          expect(Math.abs(actual - expected) / expected).toBeLessThanOrEqual(relativeErrorMax(scale) + 1e-14);
      }),
    );
  });

  it('takes ranks by the decimal that was meant, not by its double', () => {
    expect(0.07 * 100).toBeGreaterThan(7);
    const hundred = histogramOf(
      Array.from({ length: 100 }, (_, index) => 2 ** index),
      0,
    );
    const representative = (rank: number) => bucketRepresentative(rank - 2, 0);
    expect(quantileFromHistogram(hundred, 0.07)).toBe(representative(7));
    expect(quantileFromHistogram(hundred, 0)).toBe(representative(1));
    expect(quantileFromHistogram(hundred, 1)).toBe(representative(100));
    expect(quantileFromHistogram(hundred, 1 / 3)).toBe(representative(34));
  });

  it('has no answer without values, and refuses what is no quantile', () => {
    expect(quantileFromHistogram(makeHistogram(5), 0.5)).toBeNull();
    expect(histogramTotal(makeHistogram(5))).toBe(0);
    for (const p of [-0.1, 1.1, NaN]) {
      expect(() => quantileFromHistogram(histogramOf([1]), p)).toThrow(
        expect.objectContaining({ code: 'HISTOGRAM_QUANTILE_INVALID' }),
      );
    }
  });
});
