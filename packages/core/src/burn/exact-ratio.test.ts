import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareProducts,
  compareRatios,
  formatPercent,
  formatRatio,
  multiplyRatios,
  parseExactRatio,
  parseLongRatio,
  ratioText,
  ratioToNumber,
  reduceRatio,
} from './exact-ratio.ts';

const positive = fc.maxSafeNat().map((value) => Math.max(1, value));
const ratio = fc.record({ numerator: fc.maxSafeNat(), denominator: positive });

describe('parseExactRatio', () => {
  it.each([
    ['0.999', 999, 1000],
    ['99.9%', 999, 1000],
    ['100%', 1, 1],
    ['0', 0, 1],
    ['14.4', 72, 5],
    ['0.50', 1, 2],
    ['12.5%', 1, 8],
    ['0.999999999999999', 999999999999999, 1000000000000000],
    ['0.99950000000000000000', 1999, 2000],
  ])('reads %s as %d/%d', (text, numerator, denominator) => {
    expect(parseExactRatio(text)).toEqual({ numerator, denominator });
  });

  it.each(['', '1e-3', '-0.5', '+1', '.5', '1.', '0,999', ' 0.9', '99.9 %', 'NaN', '0x10', '1_000', '٠.٩'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseExactRatio(text)).toThrow(expect.objectContaining({ code: 'RATIO_INVALID' }));
    },
  );

  it('refuses what safe integers cannot hold instead of rounding it', () => {
    for (const text of ['0.99999999999999999', '9007199254740993', '1'.repeat(200)]) {
      expect(() => parseExactRatio(text)).toThrow(expect.objectContaining({ code: 'RATIO_INVALID' }));
    }
  });

  it('means the same as the digits divided by a power of ten', () => {
    fc.assert(
      fc.property(
        fc.nat(999_999),
        fc.integer({ min: 0, max: 8 }),
        fc.boolean(),
        (digits, places, isPercent) => {
          const padded = String(digits).padStart(places + 1, '0');
          const cut = padded.length - places;
          const text = places === 0 ? padded : `${padded.slice(0, cut)}.${padded.slice(cut)}`;
          const { numerator, denominator } = parseExactRatio(text + (isPercent ? '%' : ''));
          const scale = 10n ** BigInt(places) * (isPercent ? 100n : 1n);
          expect(BigInt(numerator) * scale).toBe(BigInt(digits) * BigInt(denominator));
        },
      ),
    );
  });
});

describe('exact arithmetic', () => {
  it('compares products as BigInt does, on both sides of 2^53', () => {
    const near = fc.integer({ min: 94_906_260, max: 94_906_270 });
    const factor = fc.oneof(fc.maxSafeNat(), fc.nat(1000), near);
    fc.assert(
      fc.property(fc.array(factor, { maxLength: 4 }), fc.array(factor, { maxLength: 4 }), (left, right) => {
        const big = (factors: readonly number[]) => factors.reduce((all, one) => all * BigInt(one), 1n);
        const difference = big(left) - big(right);
        expect(compareProducts(left, right)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it('tells products apart that are equal as doubles', () => {
    expect(2 ** 27 * 2 ** 27 === 2 ** 27 * 2 ** 27 + 1).toBe(true);
    expect(compareProducts([94906267, 94906267], [94906266, 94906268])).toBe(1);
    expect(compareProducts([9007199254740991, 3], [9007199254740990, 3])).toBe(1);
    expect(compareProducts([9007199254740991, 9007199254740991, 0], [0])).toBe(0);
  });

  it('compares ratios by value, whatever their terms', () => {
    fc.assert(
      fc.property(ratio, ratio, (left, right) => {
        const [a, b] = [left, right].map(({ numerator, denominator }) => [
          BigInt(numerator),
          BigInt(denominator),
        ]);
        const difference = a![0]! * b![1]! - b![0]! * a![1]!;
        expect(compareRatios(left, right)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it('multiplies exactly and in lowest terms', () => {
    const small = fc.record({ numerator: fc.nat(90_000), denominator: fc.integer({ min: 1, max: 90_000 }) });
    fc.assert(
      fc.property(small, small, (left, right) => {
        const result = multiplyRatios(left, right);
        expect(result.numerator * left.denominator * right.denominator).toBe(
          left.numerator * right.numerator * result.denominator,
        );
        const isCommonDivisor = (d: number) => result.numerator % d === 0 && result.denominator % d === 0;
        expect([2, 3, 5, 7, 11, 13].some((d) => result.numerator > 0 && isCommonDivisor(d))).toBe(false);
      }),
      { numRuns: 200 },
    );
    expect(ratioToNumber(multiplyRatios(parseExactRatio('0.1'), parseExactRatio('0.2')))).toBe(0.02);
  });

  it('refuses a denominator of zero and a negative numerator', () => {
    expect(() => reduceRatio(1n, 0n)).toThrow(expect.objectContaining({ code: 'RATIO_INVALID' }));
    expect(() => reduceRatio(-1n, 2n)).toThrow(expect.objectContaining({ code: 'RATIO_INVALID' }));
  });
});

describe('formatting', () => {
  it.each([
    ['0.999', '0.999', '99.9%'],
    ['0.9995', '0.9995', '99.95%'],
    ['14.4', '14.4', '1440%'],
    ['1', '1', '100%'],
    ['0', '0', '0%'],
    ['0.05', '0.05', '5%'],
  ])('writes %s as %s and %s', (text, plain, percent) => {
    expect(formatRatio(parseExactRatio(text))).toBe(plain);
    expect(formatPercent(parseExactRatio(text))).toBe(percent);
  });

  it('writes a decimal that never ends as a fraction in lowest terms', () => {
    expect(formatRatio({ numerator: 200, denominator: 14 })).toBe('100/7');
    expect(formatRatio({ numerator: 3, denominator: 6 })).toBe('0.5');
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.nat(1e9), fc.integer({ min: 0, max: 6 }), (digits, places) => {
        const written = reduceRatio(BigInt(digits), 10n ** BigInt(places));
        expect(parseExactRatio(formatRatio(written))).toEqual(written);
        expect(parseExactRatio(formatPercent(written))).toEqual(written);
      }),
    );
  });
});

describe('decimals of any length', () => {
  it.each(['0.9333333333333333', '5.6000000000000005', '13.440000000000001', '1.4000000000000001'])(
    'reads %s to the double that was written, and writes it again',
    (text) => {
      const ratio = parseLongRatio(text);
      expect(ratioToNumber(ratio)).toBe(Number(text));
      expect(ratioText(ratio)).toBe(text);
      // Closer than any count of events could tell: the literal's own ratio lies within 2^-96.
      const [whole = '', fraction = ''] = text.split('.');
      const [n, d] = [BigInt(whole + fraction), 10n ** BigInt(fraction.length)];
      const difference = n * BigInt(ratio.denominator) - d * BigInt(ratio.numerator);
      const magnitude = difference < 0n ? -difference : difference;
      expect(magnitude * 2n ** 96n < d * BigInt(ratio.denominator)).toBe(true);
    },
  );

  it('keeps what fits exactly, and is never off by more than a double is', () => {
    const digits = fc.tuple(fc.bigInt(1n, 10n ** 15n), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(digits, ([value, places]) => {
        const padded = String(value).padStart(places + 1, '0');
        const written = `${padded.slice(0, -places)}.${padded.slice(-places)}`;
        const ratio = attempt(() => parseLongRatio(written));
        // What safe integers come nowhere near is refused.
        if (ratio === null) {
          expect(Number(written)).toBeLessThan(1e-6);
          return;
        }
        expect(Number.isSafeInteger(ratio.numerator) && Number.isSafeInteger(ratio.denominator)).toBe(true);
        expect(ratioToNumber(ratio) / Number(written)).toBeCloseTo(1, 14);
        const exact = attempt(() => parseExactRatio(written));
        if (exact !== null) expect(ratio).toEqual(exact);
      }),
    );
  });

  it('refuses what is no plain decimal', () => {
    for (const text of ['1e-3', '-1', '', '0x10', '1.']) {
      expect(() => parseLongRatio(text)).toThrow(expect.objectContaining({ code: 'RATIO_INVALID' }));
    }
  });
});

const attempt = <T>(work: () => T): T | null => {
  try {
    return work();
  } catch {
    return null;
  }
};
