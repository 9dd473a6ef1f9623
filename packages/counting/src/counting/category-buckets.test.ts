import { createHash } from 'node:crypto';
import { DERIVED_FIELDS, INFERENCE_FIELDS, VERDICT_FIELDS, type EventFields } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CategoryBuckets, CATEGORY_BUCKET_COUNT } from './category-buckets.ts';
import { NO_BUCKET } from './odd-buckets.ts';

const hashed = (): CategoryBuckets => new CategoryBuckets({ categoryOf: 'model', categories: null });

describe('categories', () => {
  it('are places in a list, with one behind it for all others', () => {
    const buckets = new CategoryBuckets({ categoryOf: 'model', categories: ['b', '', 'a', 'true'] });
    expect(['a', 'b', '', 'c', true, false, null, undefined, 3].map((one) => buckets.bucketOf(one))).toEqual([
      2,
      0,
      1,
      4,
      3,
      4,
      NO_BUCKET,
      NO_BUCKET,
      NO_BUCKET,
    ]);
  });

  it('without a list are the first three digits of the hash in hexadecimal', () => {
    const buckets = hashed();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const digits = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 3);
        expect(buckets.bucketOf(text)).toBe(parseInt(digits, 16));
        expect(buckets.bucketOf(text)).toBe(parseInt(digits, 16));
      }),
    );
  });

  it('of more texts than are kept are what they were', () => {
    const [buckets, texts] = [hashed(), Array.from({ length: 10_000 }, (_, index) => `m${index}`)];
    const first = texts.map((text) => buckets.bucketOf(text));
    expect(texts.map((text) => buckets.bucketOf(text))).toEqual(first);
    expect(Math.max(...first)).toBeLessThan(CATEGORY_BUCKET_COUNT);
    // Of 10,000 texts in 4,096 buckets, 8.7 of 100 buckets are empty.
    expect(new Set(first).size / CATEGORY_BUCKET_COUNT).toBeCloseTo(1 - Math.exp(-10_000 / 4_096), 1);
  });

  it('of a field with a closed set of words share no bucket', () => {
    const buckets = hashed();
    const sets = [
      ...[INFERENCE_FIELDS, VERDICT_FIELDS]
        .flatMap((fields: EventFields) => Object.values(fields))
        .map(({ word }) => word?.symbols ?? []),
      ...DERIVED_FIELDS.map(({ symbols = [] }) => symbols),
      ['true', 'false'],
    ];
    for (const symbols of sets)
      expect(new Set(symbols.map((symbol) => buckets.bucketOf(symbol))).size).toBe(symbols.length);
  });
});
