import { expect, it } from 'vitest';
import { parseRetryAfter } from './retry-after.ts';

/** The example of RFC 9110. */
const DATE = 'Fri, 31 Dec 1999 23:59:59 GMT';
const DATE_MS = Date.UTC(1999, 11, 31, 23, 59, 59);

it.each([
  ['120', 120_000],
  [' 0 ', 0],
  [DATE, 5_000],
  ['soon', null],
  ['-1x', null],
  [null, null],
])('%j is %j ms', (header, ms) => {
  expect(parseRetryAfter(header, DATE_MS - 5_000)).toBe(ms);
});

it('a date that has passed asks for nothing', () => {
  expect(parseRetryAfter(DATE, DATE_MS + 1)).toBe(0);
});
