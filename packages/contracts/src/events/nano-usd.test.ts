import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NANO_USD_MAX, nanoUsdFromDecimal } from './nano-usd.ts';

describe('nano-USD of a decimal', () => {
  it('is exact for every decimal of nine digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: NANO_USD_MAX }), (nano) => {
        const digits = String(nano).padStart(10, '0');
        const text = `${digits.slice(0, -9)}.${digits.slice(-9)}`;
        expect(nanoUsdFromDecimal(text)).toBe(nano);
      }),
    );
  });

  it('takes an exponent as moving the point', () => {
    fc.assert(
      fc.property(fc.nat({ max: 999_999 }), fc.integer({ min: -9, max: 0 }), (digits, exponent) => {
        expect(nanoUsdFromDecimal(`${digits}e${exponent}`)).toBe(digits * 10 ** (9 + exponent));
      }),
    );
  });

  it.each<[string | number, number]>([
    [0.1, 100_000_000],
    [0.3, 300_000_000],
    [1e-7, 100],
    ['0.00000012345', 123],
    ['0.0000000005', 1],
    ['0.00000000049999', 0],
    ['0.00000000001', 0],
    [0, 0],
    ['9000000', NANO_USD_MAX],
    ['2.5E3', 2_500_000_000_000],
  ])('of %j is %d', (value, nano) => {
    expect(nanoUsdFromDecimal(value)).toBe(nano);
  });

  it.each<[string | number]>([
    [-1],
    ['-0.5'],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    ['9000000.000000001'],
    ['1e99'],
    ['$1'],
    ['1,5'],
    [''],
    ['.5'],
    ['0x10'],
  ])('refuses %j', (value) => {
    expect(nanoUsdFromDecimal(value)).toBeNull();
  });
});
