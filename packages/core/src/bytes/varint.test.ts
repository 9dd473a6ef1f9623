import fc from 'fast-check';
import { expect, it } from 'vitest';
import { VARINT_BYTES_MAX, varintBytes, writeVarint, zigzag } from './varint.ts';

/** By BigInt, from the definition. */
function byBigInt(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const EDGES = [0, 127, 128, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53];

it('writes every whole number as its definition says, where it is told to, and in as many bytes as it says', () => {
  const numbers = fc.oneof(fc.constantFrom(...EDGES), fc.maxSafeNat(), fc.nat());
  fc.assert(
    fc.property(numbers, fc.nat(20), (value, start) => {
      const target = new Uint8Array(start + VARINT_BYTES_MAX);
      const end = writeVarint(target, start, value);
      expect([...target.subarray(start, end)]).toEqual(byBigInt(BigInt(value)));
      expect(varintBytes(value)).toBe(end - start);
      expect(target.subarray(0, start).every((byte) => byte === 0)).toBe(true);
    }),
    { seed: 20_261_121 },
  );
});

it('folds signed numbers as (n << 1) ^ (n >> 63) does', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
      const folded = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
      expect(BigInt(zigzag(value))).toBe(folded);
    }),
    { seed: 20_261_121 },
  );
});
