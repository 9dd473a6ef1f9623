import { expect, it } from 'vitest';
import { wilsonInterval } from './wilson-interval.ts';

/** Figures of Newcombe, Statistics in Medicine 17 (1998), table I, method 3. */
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
])('bounds %d of %d as they were published', (part, total, lower, upper) => {
  const found = wilsonInterval(part, total);
  expect(found.lower).toBeCloseTo(lower, 4);
  expect(found.upper).toBeCloseTo(upper, 4);
});

it('is a part of 0 to 1, and mirrors', () => {
  const [one, other] = [wilsonInterval(3, 10), wilsonInterval(7, 10)];
  expect(one.lower).toBeCloseTo(1 - other.upper, 12);
  expect(wilsonInterval(10, 10).upper).toBeCloseTo(1, 12);
});
