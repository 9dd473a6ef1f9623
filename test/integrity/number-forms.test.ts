import { bucketIndex, bucketIndexSql, sumReader, sumValueSql } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../delivery/model/random.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/** Goal: what the stream makes of a number, SQL makes of it too, to the last bit. BURNLINE_SEED draws other numbers. */
const random = new Random(Number(process.env['BURNLINE_SEED'] ?? 1));

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString();
}

function anyDouble(): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.below(2 ** 32));
  view.setUint32(4, random.below(2 ** 32));
  return view.getFloat64(0);
}

let database: TestDatabase;

describe('numbers in SQL', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it.each([0, 5, 8])('finds the bucket of every double, bounds included, at scale %i', async (scale) => {
    const bounds = Array.from({ length: 2_000 }, () => 2 ** ((random.below(4_000) - 2_000) / 2 ** scale));
    const near = bounds.flatMap((bound) => [bound, bound * (1 + 2 ** -52), bound * (1 - 2 ** -53)]);
    const bits = Array.from({ length: 4_000 }, () => Math.abs(anyDouble()));
    const values = [...near, ...bits, 5e-324, 2 ** -1022, Number.MAX_VALUE, 1].filter(
      (value) => value > 0 && value < Infinity,
    );
    const rows = values.map(bitsOf);
    const found = await database.store.query<{ index: number[] }>(
      `SELECT groupArray(${bucketIndexSql('v', scale)}) AS index
       FROM (SELECT reinterpretAsFloat64(arrayJoin([${rows.join(', ')}]::Array(UInt64))) AS v)`,
    );
    expect(found[0]!.index).toEqual(values.map((value) => bucketIndex(value, scale)));
  });

  it.each(['a @0', 'a @6', 'a @9 !', 'a - b @3', 'a - b @4 ^2', 'a - b @4 ^2 !'])(
    'adds what the stream adds of every double: %s',
    async (name) => {
      const numbers = Array.from({ length: 3_000 }, (_, index) => {
        // Near halves of a unit, of all sizes, and what is no number.
        const near = (random.below(2_000_001) - 1_000_000) / 2 / 10 ** random.below(10);
        return index % 3 === 0 ? anyDouble() : index % 3 === 1 ? near : near * 10 ** random.below(8);
      });
      const pairs = numbers.map((a, index) => ({ a, b: numbers[(index * 7 + 1) % numbers.length] ?? 0 }));
      const rows = pairs.map(({ a, b }) => `(toUInt64(${bitsOf(a)}), toUInt64(${bitsOf(b)}))`);
      const found = await database.store.query<{ text: string }>(
        `SELECT ifNull(toString(${sumValueSql(name, (column) => column)}), 'null') AS text
         FROM (SELECT pair.1 AS n, reinterpretAsFloat64(pair.2.1) AS a, reinterpretAsFloat64(pair.2.2) AS b
               FROM (SELECT arrayJoin(arrayZip(range(${rows.length}), [${rows.join(', ')}])) AS pair)) ORDER BY n`,
      );
      const read = sumReader(name);
      expect(found.map(({ text }) => text)).toEqual(
        pairs.map((pair) => {
          const value = read(pair);
          return typeof value === 'number' ? `${value + 0}` : 'null';
        }),
      );
    },
  );
});
