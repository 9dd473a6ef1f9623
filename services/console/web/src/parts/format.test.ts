import { describe, expect, test } from 'vitest';
import {
  formatAgo,
  formatBurnRate,
  formatCount,
  formatDuration,
  formatInstant,
  formatLatency,
  formatPercent,
  formatTarget,
  formatUsd,
} from './format.ts';

test('no figure is a dash, never a zero', () => {
  for (const format of [formatCount, formatPercent, formatBurnRate, formatDuration, formatUsd, formatLatency])
    expect(format(null)).toBe('-');
});

test('what is not all is not written as all', () => {
  expect(formatPercent(0.99999)).toBe('99.999 %');
  expect(formatPercent(1)).toBe('100.00 %');
  expect(formatPercent(0.0000001)).not.toBe('0.00 %');
  expect(formatBurnRate(5.9999)).not.toBe('6.00x');
});

test('targets have all of their digits', () => {
  expect(formatTarget(0.999)).toBe('99.9 %');
  expect(formatTarget(0.95)).toBe('95.0 %');
  expect(formatTarget(0.07)).toBe('7.0 %');
});

describe('lengths of time', () => {
  test.each([
    [340, '340 ms'],
    [5_000, '5 s'],
    [300_000, '5 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [28 * 86_400_000, '28 d'],
    [3 * 86_400_000 + 4 * 3_600_000, '3 d 4 h'],
    [-5_400_000, '-1 h 30 min'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('ago', () => {
    expect(formatAgo(0, 400)).toBe('now');
    expect(formatAgo(0, 120_000)).toBe('2 min ago');
  });
});

test('instants are UTC', () => {
  expect(formatInstant(Date.UTC(2023, 10, 16, 18, 31))).toBe('2023-11-16 18:31:00');
});

test('small sums keep the digits that count', () => {
  expect(formatUsd(0.0000042)).toBe('$0.0000042');
  expect(formatUsd(1234.5)).toBe('$1,234.50');
  expect(formatLatency(1_240)).toBe('1.24 s');
});
