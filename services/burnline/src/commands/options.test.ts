import { expect, it } from 'vitest';
import { parseInstant } from './options.ts';

it.each([
  ['2023-11-16', Date.UTC(2023, 10, 16)],
  ['2023-11-16 18:31', Date.UTC(2023, 10, 16, 18, 31)],
  ['2023-11-16T18:31:00+01:00', Date.UTC(2023, 10, 16, 17, 31)],
  ['1970-01-01', 0],
  ['2106-02-07T06:28:15Z', (2 ** 32 - 1) * 1_000],
])('%s is an instant', (text, atMs) => {
  expect(parseInstant(text)).toBe(atMs);
});

it.each(['1969', '1969-12-31T23:59:59Z', '2150-01-01', '2106-02-07T06:28:16Z'])(
  '%s is none that the tables can hold',
  (text) => {
    expect(() => parseInstant(text)).toThrow('Expected a time from 1970 to 2106-02-07T06:28:15');
  },
);

it('yesterday-ish is none', () => {
  expect(() => parseInstant('yesterday-ish')).toThrow('Expected a time such as');
});
