import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  sumReader,
  sumReferencesOf,
  sumSourceFieldsOf,
  sumTermName,
  sumTermOf,
  type SumTerm,
} from './sum-term.ts';

const terms: fc.Arbitrary<SumTerm> = fc.record({
  field: fc.constantFrom('ttft_ms', 'measures.a', 'measures.b.c'),
  minus: fc.option(fc.constantFrom('duration_ms', 'measures.expected')),
  decimals: fc.nat({ max: 9 }),
  isSquared: fc.boolean(),
  countsCut: fc.boolean(),
});
const binned: fc.Arbitrary<SumTerm> = fc
  .tuple(terms, fc.nat({ max: 19 }), fc.integer({ min: 2, max: 20 }))
  .map(([term, place, count]) => ({ ...term, bin: { place, count } }));
const read = (name: string, a: unknown, b?: unknown): unknown => sumReader(name)({ measures: { a, b } });

/** A double times a power of ten, exactly, as a ratio. */
function scaled(
  value: number,
  decimals: number,
): { readonly numerator: bigint; readonly denominator: bigint } {
  let [whole, denominator] = [value, 1n];
  while (!Number.isInteger(whole)) [whole, denominator] = [whole * 2, denominator * 2n];
  return { numerator: BigInt(whole) * 10n ** BigInt(decimals), denominator };
}

describe('a sum in fixed point', () => {
  it('is named by what it adds up', () => {
    fc.assert(
      fc.property(fc.oneof(terms, binned), (term) => {
        expect(sumTermOf(sumTermName(term))).toEqual(term);
        expect(sumReferencesOf(sumTermName(term))).toEqual(
          [term.field, term.minus].filter((one) => one !== null),
        );
      }),
    );
    expect(sumTermOf('output_tokens')).toBeNull();
    expect(sumSourceFieldsOf('measures.a - ttft_ms @2')).toEqual(['measures', 'ttft_ms']);
    expect(() => sumTermOf('measures.a @x')).toThrow(expect.objectContaining({ code: 'SUM_UNKNOWN' }));
  });

  it('is within half a unit of the number, and a little for the double of the product', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat({ max: 6 }), (value, decimals) => {
        const units = read(`measures.a @${decimals}`, value) as number;
        expect(Number.isSafeInteger(units)).toBe(true);
        const { numerator, denominator } = scaled(value, decimals);
        const distance = 1_000n * (BigInt(units) * denominator - numerator);
        expect(distance <= 501n * denominator && distance >= -501n * denominator).toBe(true);
      }),
    );
  });

  it.each([
    ['measures.a @2', 1.005, undefined, 100],
    ['measures.a @2', -1.5, undefined, -150],
    ['measures.a @0', 2.5, undefined, 3],
    ['measures.a @0', -2.5, undefined, -2],
    ['measures.a @0', -0.25, undefined, 0],
    ['measures.a - measures.b @1', 1, 3.5, -25],
    ['measures.a - measures.b @1 ^2', 1, 3.5, 625],
    ['measures.a @9', 1e300, undefined, 2 ** 52 - 1],
    ['measures.a - measures.b @9', -1e300, 1e300, 2 - 2 ** 53],
    ['measures.a @4 ^2', 1e6, undefined, 94_906_265 ** 2],
    ['measures.a @4 ^2 !', 1e6, undefined, 1],
    ['measures.a @4 ^2 !', 9_490.6265, undefined, 0],
    ['measures.a @4 !', 1e6, undefined, 0],
    ['measures.a @9 !', 1e7, undefined, 1],
    ['measures.a - measures.b @9 !', 0, -1e7, 1],
    ['measures.a @2', NaN, undefined, null],
    ['measures.a @2', Infinity, undefined, null],
    ['measures.a @2', undefined, undefined, null],
    ['measures.a @2', 'a', undefined, null],
    ['measures.a - measures.b @2 !', 1, undefined, null],
  ])('%s of %s and %s adds %s', (name, a, b, expected) => {
    expect(read(name, a, b)).toBe(expected);
  });

  it('of a bin is what is stated there, less what came true, an edge with the lower bin', () => {
    const shares = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.1, 0.3, 0.7, 1));
    const sizes = fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(shares, fc.boolean(), sizes, (share, isTrue, [count, decimals]) => {
        const units = read(`measures.a @${decimals}`, share) as number;
        const one = 10n ** BigInt(decimals);
        Array.from({ length: count }, (_, place) => {
          const edges = [BigInt(place), BigInt(place + 1)].map((edge) => edge * one);
          const own = BigInt(units) * BigInt(count);
          const isIn = (own > edges[0]! || place === 0) && own <= edges[1]!;
          const name = `measures.a - measures.b @${decimals} [${place}/${count}]`;
          expect(read(name, share, isTrue)).toBe(isIn ? units - (isTrue ? Number(one) : 0) : 0);
        });
      }),
    );
    for (const [share, isTrue] of [
      [-0.1, true],
      [1.1, true],
      [NaN, true],
      [0.5, 1],
      [0.5, undefined],
    ] as const)
      expect(read('measures.a - measures.b @6 [0/10]', share, isTrue)).toBeNull();
  });

  it('squares what is safe to add', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.nat({ max: 9 }), (a, b, decimals) => {
        const value = read(`measures.a - measures.b @${decimals} ^2`, a, b);
        if (value === null) return;
        expect(Number.isSafeInteger(value)).toBe(true);
        expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
