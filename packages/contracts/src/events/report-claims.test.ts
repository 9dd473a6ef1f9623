import type { SourceReport } from '@burnline/core';
import { expect, it } from 'vitest';
import { checkReportClaims, reportTimeIssues } from './report-claims.ts';

const NOW_MICROS = 1_763_712_000_000_000;
const honest: SourceReport = {
  instance: 'i',
  service: 'chat',
  environment: 'prod',
  interval_start: NOW_MICROS - 10_000_000,
  interval_end: NOW_MICROS,
  is_final: false,
  emitted_count: 50_000,
  acknowledged_count: 49_000,
  retried_count: 3,
  dropped_by_reason: { buffer_full: 1_000 },
};
const HOUR_MICROS = 3_600_000_000;

const check = (change: Partial<SourceReport>) => (): void => {
  checkReportClaims([honest, { ...honest, ...change }]);
};

it.each([
  ['an honest one', {}],
  ['a last one of no time', { interval_start: NOW_MICROS, is_final: true }],
  ['one that goes on after an outage', { interval_start: NOW_MICROS - 60 * HOUR_MICROS, emitted_count: 9e9 }],
])('%s is taken', (_, change) => {
  expect(check(change)).not.toThrow();
});

it.each([
  ['dropped_by_reason.buffer_full', { dropped_by_reason: { buffer_full: 9e15 } }],
  ['dropped_by_reason.x', { dropped_by_reason: { x: 10_000_001 } }],
  ['dropped_by_reason.x', { dropped_by_reason: { x: -1 } }],
  ['emitted_count', { emitted_count: 2 ** 53 - 1 }],
  ['acknowledged_count', { acknowledged_count: -5 }],
  ['retried_count', { retried_count: 1e12 }],
  ['interval_end', { interval_start: NOW_MICROS + 1 }],
  ['interval_end', { interval_start: 0 }],
  ['interval_end', { interval_start: NOW_MICROS - 8 * 24 * HOUR_MICROS }],
  [
    'dropped_by_reason',
    { dropped_by_reason: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [i, 1])) },
  ],
  ['instance', { instance: 'x'.repeat(600) }],
])('one whose %s cannot be is refused, with the field named', (path, change) => {
  expect(check(change)).toThrow(
    expect.objectContaining({ code: 'CONTRACT_REPORT_IMPOSSIBLE', outcome: 'dead-letter' }) as Error,
  );
  expect(check(change)).toThrow(path);
});

it('one of the future or of long ago is told from one of a clock that is a little off', () => {
  const at = (endMicros: number) => reportTimeIssues({ ...honest, interval_end: endMicros }, NOW_MICROS);
  expect(at(NOW_MICROS + 60_000_000)).toEqual([]);
  expect(at(NOW_MICROS - 6 * 24 * HOUR_MICROS)).toEqual([]);
  expect(at(NOW_MICROS + HOUR_MICROS)).toHaveLength(1);
  expect(at(NOW_MICROS - 8 * 24 * HOUR_MICROS)).toHaveLength(1);
});
