import { expect, it } from 'vitest';
import { QUERY } from './route.ts';

it.each([
  ['1767600000000', 1_767_600_000_000],
  ['2026-01-05T08:00:00Z', 1_767_600_000_000],
  ['2026-01-05T10:00:00.000+02:00', 1_767_600_000_000],
  ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
])('%s is an instant', (text, atMs) => {
  expect(QUERY.asOf.parse(text)).toBe(atMs);
});

it.each([
  '2026-02-30T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-01-05T08:00:00',
  '2026-01-05',
  'now',
  '-1',
  '99999999999999',
])('%s is none', (text) => {
  expect(QUERY.asOf.safeParse(text).success).toBe(false);
});
