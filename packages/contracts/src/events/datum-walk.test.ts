import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileStep, readLong } from './datum-walk.ts';
import type { AvroSchemaJson } from './schema-source.ts';

const LONG = avsc.Type.forSchema('long');
const refused = expect.objectContaining({ code: 'CONTRACT_DECODE_FAILED', outcome: 'dead-letter' }) as Error;

/** How many bytes a step walks over. */
function walk(schema: AvroSchemaJson, bytes: Uint8Array): number {
  const cursor = { bytes, position: 0 };
  compileStep(schema)(cursor);
  return cursor.position;
}

/** Any int64 as a varint, by BigInt. */
function varint(value: bigint): Uint8Array {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  return Uint8Array.from([...bytes, Number(zigzag)]);
}

describe('a walked integer', () => {
  it('is what was written, wherever a double holds it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 52n) + 1n, max: 2n ** 53n - 2n }), (value) => {
        expect(BigInt(readLong({ bytes: varint(value), position: 0 }))).toBe(value);
      }),
    );
  });

  it('is refused beyond 2^53, never rounded', () => {
    const beyond = fc.oneof(
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    );
    fc.assert(
      fc.property(beyond, (value) => {
        expect(() => readLong({ bytes: varint(value), position: 0 })).toThrow(refused);
      }),
    );
  });
});

describe('a walk', () => {
  const suit: AvroSchemaJson = { type: 'enum', name: 'Suit', symbols: ['a', 'b'] };
  it.each<[string, AvroSchemaJson, readonly number[]]>([
    ['an enum symbol beyond the last', suit, [4]],
    ['a negative enum symbol', suit, [1]],
    ['a union branch beyond the last', ['null', 'string'], [4]],
    ['a negative union branch', ['null', 'string'], [1]],
    ['a boolean of 2', 'boolean', [2]],
    ['a missing boolean', 'boolean', []],
    ['a text longer than the bytes', 'string', [8, 65, 65]],
    ['a text of negative length', 'string', [1]],
    ['half a double', 'double', [0, 0, 0, 0]],
    ['half a fixed', { type: 'fixed', name: 'Id', size: 16 }, [1, 2, 3]],
    ['an array that does not end', { type: 'array', items: 'long' }, [2, 0]],
  ])('refuses %s', (_, schema, bytes) => {
    expect(() => walk(schema, Uint8Array.from(bytes))).toThrow(refused);
  });

  it('refuses a count beyond the bytes at once, even of items that take none', () => {
    const bytes = LONG.toBuffer(2 ** 40);
    expect(() => walk({ type: 'array', items: 'null' }, bytes)).toThrow(refused);
  });

  it('takes every type, and a named type again by its name', () => {
    const schema: AvroSchemaJson = {
      type: 'record',
      name: 'Whole',
      namespace: 'test',
      fields: [
        { name: 'suit', type: suit },
        { name: 'again', type: 'test.Suit' },
        { name: 'raw', type: 'bytes' },
        { name: 'small', type: 'float' },
        { name: 'number', type: 'int' },
        { name: 'nothing', type: 'null' },
        { name: 'map', type: { type: 'map', values: ['null', 'double'] } },
      ],
    };
    const type = avsc.Type.forSchema(schema as avsc.Schema);
    const bytes = type.toBuffer({
      suit: 'a',
      again: 'b',
      raw: Buffer.from([1, 2]),
      small: 1.5,
      number: -7,
      nothing: null,
      map: { share: 0.5, none: null },
    });
    expect(walk(schema, bytes)).toBe(bytes.length);
  });

  it('cannot be made for a type that was never defined', () => {
    const corrupt = expect.objectContaining({ code: 'CONTRACT_SCHEMA_CORRUPT' }) as Error;
    expect(() => compileStep('Unheard')).toThrow(corrupt);
  });
});
