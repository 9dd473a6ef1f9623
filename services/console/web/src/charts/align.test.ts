import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignSeries, loneIndexes, valueRange, type ChartPoint } from './align.ts';

const STEP_MS = 60_000;
const point = (bucket: number, value: number | null, isOpen = false): ChartPoint => ({
  fromMs: bucket * STEP_MS,
  toMs: (bucket + 1) * STEP_MS,
  value,
  isOpen,
});
const over = (first: number, last: number) => ({
  stepMs: STEP_MS,
  range: { fromMs: first * STEP_MS, toMs: (last + 1) * STEP_MS },
});
const line = (points: readonly ChartPoint[]) => ({ points, missing: 'gap' as const, isJoined: true });

describe('columns of a chart', () => {
  test('a gap is no zero: buckets without a point are null for means, and zero for sums alone', () => {
    const points = [point(10, 5), point(13, 7)];
    const { times, series } = alignSeries([line(points), { ...line(points), missing: 'zero' }], over(9, 13));
    expect(times).toEqual([540, 600, 660, 720, 780]);
    expect(series[0]?.closed).toEqual([null, 5, null, null, 7]);
    expect(series[1]?.closed).toEqual([null, 5, 0, 0, 7]);
  });

  test('the open bucket is in a column of its own, to which a line leads and a bar does not', () => {
    const points = [point(1, 3), point(2, 4), point(3, 1, true)];
    const { series } = alignSeries([line(points), { ...line(points), isJoined: false }], over(1, 3));
    expect(series[0]).toEqual({ closed: [3, 4, null], open: [null, 4, 1] });
    expect(series[1]).toEqual({ closed: [3, 4, null], open: [null, null, 1] });
  });

  test('no line leads over a gap to the open bucket', () => {
    const { series } = alignSeries([line([point(1, 3), point(3, 1, true)])], over(1, 3));
    expect(series[0]?.open).toEqual([null, null, 1]);
  });

  test('series of different lengths share one grid', () => {
    const { times, series } = alignSeries(
      [line([point(2, 1)]), line([point(1, 8), point(4, 9)])],
      over(1, 4),
    );
    expect(times).toHaveLength(4);
    expect(series.map(({ closed }) => closed)).toEqual([
      [null, 1, null, null],
      [8, null, null, 9],
    ]);
  });

  test('every value stands at its own time, and nothing else is there', () => {
    const buckets = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(buckets, (starts) => {
        const points = starts.map((start) => point(start, start + 0.5));
        const { times, series } = alignSeries([line(points)], over(0, 500));
        const seen = times.flatMap((second, index) => {
          const value = series[0]?.closed[index] ?? null;
          return value === null ? [] : [[(second * 1_000) / STEP_MS, value]];
        });
        expect(seen).toEqual([...starts].sort((a, b) => a - b).map((start) => [start, start + 0.5]));
      }),
    );
  });

  test('an answer that spans years takes no more than its bound', () => {
    const { times, series } = alignSeries([line([point(0, 1), point(50_000_000, 2)])], over(0, 50_000_000));
    expect(times).toHaveLength(20_000);
    expect(series[0]?.closed.at(-1)).toBe(2);
  });

  test('all charts of a stretch have the same buckets, also where the answer is of a part of it', () => {
    const [few, many] = [[point(5, 1)], [point(3, 1), point(8, 1)]].map((points) =>
      alignSeries([line(points)], over(2, 9)),
    );
    expect(few?.times).toEqual(many?.times);
    expect(few?.times).toHaveLength(8);
  });

  test('nothing in, nothing out', () => {
    expect(alignSeries([line([])], over(0, 1))).toEqual({
      times: [],
      stepMs: STEP_MS,
      series: [{ closed: [], open: [] }],
    });
  });
});

test('a value without neighbours is a dot', () => {
  expect(loneIndexes([1, null, 2, 3, null, undefined, 4])).toEqual([0, 6]);
  expect(loneIndexes([null, 5, null])).toEqual([1]);
  expect(loneIndexes([1, 2])).toEqual([]);
});

describe('the value axis', () => {
  test('begins at zero where it is filled, whatever the values', () => {
    expect(valueRange([40, 50], { isFilled: true, include: [] })[0]).toBe(0);
    expect(valueRange([null, 0], { isFilled: true, include: [] })).toEqual([0, 1]);
  });

  test('goes below zero for what is overspent', () => {
    const [low, high] = valueRange([0.5, -0.5], { isFilled: true, include: [0] });
    expect(low).toBeLessThan(-0.5);
    expect(high).toBeGreaterThan(0.5);
  });

  test('shows every value and every limit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
        fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
        fc.boolean(),
        (values, limit, isFilled) => {
          const [low, high] = valueRange(values, { isFilled, include: [limit] });
          expect(low).toBeLessThan(high);
          for (const value of [...values, limit]) {
            expect(low).toBeLessThanOrEqual(value);
            expect(high).toBeGreaterThanOrEqual(value);
          }
        },
      ),
    );
  });

  test('of lines without fill needs no zero', () => {
    expect(valueRange([0.98, 0.99], { isFilled: false, include: [] })[0]).toBeGreaterThan(0.9);
  });
});
