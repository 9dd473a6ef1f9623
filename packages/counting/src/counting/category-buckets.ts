import { createHash } from 'node:crypto';
import { sqlText, type CategoryHistogram } from '@burnline/core';
import { NO_BUCKET } from './odd-buckets.ts';

/** Buckets that categories without a list are spread over: twelve bits of a hash. */
export const CATEGORY_BUCKET_COUNT = 4_096;
/** Texts whose buckets are kept; then they are hashed anew. */
const TEXTS_MAX = 4_096;

/** The buckets of a field's categories: the place in a list, or the first twelve bits that SHA-256 makes of a text. */
export class CategoryBuckets {
  readonly #places: ReadonlyMap<string, number> | null;
  readonly #hashed = new Map<string, number>();

  constructor({ categories }: CategoryHistogram) {
    this.#places = categories === null ? null : new Map(categories.map((text, place) => [text, place]));
  }

  /** NO_BUCKET for what is neither a text nor a boolean. */
  bucketOf(value: unknown): number {
    if (typeof value === 'boolean') return this.#bucketOfText(String(value));
    return typeof value === 'string' ? this.#bucketOfText(value) : NO_BUCKET;
  }

  #bucketOfText(text: string): number {
    const places = this.#places;
    if (places !== null) return places.get(text) ?? places.size;
    const known = this.#hashed.get(text);
    if (known !== undefined) return known;
    const bucket = createHash('sha256').update(text).digest().readUInt16BE(0) >> 4;
    if (this.#hashed.size >= TEXTS_MAX) this.#hashed.clear();
    this.#hashed.set(text, bucket);
    return bucket;
  }
}

/** The same as a ClickHouse expression over a String: Int16. */
export function categoryBucketSql(text: string, { categories }: CategoryHistogram): string {
  if (categories === null)
    return `toInt16(bitShiftRight(reinterpretAsUInt16(reverse(substring(SHA256(${text}), 1, 2))), 4))`;
  const places = `[${categories.map(sqlText).join(', ')}]`;
  return `toInt16(if(has(${places}, ${text}), indexOf(${places}, ${text}) - 1, ${categories.length}))`;
}
