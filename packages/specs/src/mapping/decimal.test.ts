import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalToInteger, decimalToNumber } from './decimal.ts';

const refuse = (shift: number) => ({ shift, remainder: 'refuse' as const });

describe('decimalToNumber', () => {
  test('a change of unit moves the decimal point of the text and rounds once', () => {
    expect(decimalToNumber('0.5575600349999945', 3)).toBe(557.5600349999945);
    // A multiplication rounds a second time: 1.005 * 1000 is 1004.9999999999999.
    expect(decimalToNumber('1.005', 3)).toBe(1005);
    expect(1.005 * 1000).not.toBe(1005);
    expect(decimalToNumber('-2.5e-3', 3)).toBe(-2.5);
    expect(decimalToNumber('.5', 0)).toBe(0.5);
    expect(decimalToNumber('5.', 0)).toBe(5);
  });

  test('what is no plain decimal number is refused', () => {
    for (const text of [
      '',
      ' 1',
      '1 ',
      '.',
      '-',
      'NaN',
      'Infinity',
      '0x10',
      '1,5',
      '1_000',
      '1e',
      '1e9999',
      '1e999',
    ]) {
      expect(() => decimalToNumber(text, 0), text).toThrow(/not a decimal number|too large/);
    }
  });
});

describe('decimalToInteger', () => {
  test('dollars become whole nano-USD, whatever their notation', () => {
    const nanoUsd = (text: string) => decimalToInteger(text, { shift: 9, remainder: 'round' });
    expect(nanoUsd('0.000374')).toBe(374_000);
    expect(nanoUsd('5.2e-05')).toBe(52_000);
    expect(nanoUsd('6.199999999999999e-05')).toBe(62_000);
    expect(nanoUsd('0.0004019999999999')).toBe(402_000);
    expect(nanoUsd('0.0000000005')).toBe(1);
    expect(nanoUsd('0.00000000049')).toBe(0);
    expect(nanoUsd('-0.0000000005')).toBe(-1);
  });

  test('floor cuts downwards, and refuse takes whole numbers only', () => {
    expect(decimalToInteger('1703136016.1234567', { shift: 6, remainder: 'floor' })).toBe(
      1_703_136_016_123_456,
    );
    expect(decimalToInteger('-1.5', { shift: 0, remainder: 'floor' })).toBe(-2);
    expect(decimalToInteger('12.0', refuse(0))).toBe(12);
    expect(decimalToInteger('1.5', refuse(3))).toBe(1500);
    expect(() => decimalToInteger('12.5', refuse(0))).toThrow('not a whole number');
    expect(() => decimalToInteger('9007199254740993', refuse(0))).toThrow('too large');
  });

  test('an integer written with its point anywhere comes back (1000 random numbers)', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) }),
        fc.nat(15),
        (value, places) => {
          const digits = value.toString().padStart(places + 1, '0');
          const cut = digits.length - places;
          const text = `${digits.slice(0, cut)}.${digits.slice(cut)}`;
          expect(decimalToInteger(text, refuse(places))).toBe(Number(value));
        },
      ),
      { seed: 20231116, numRuns: 1000 },
    );
  });
});
