import { hash, randomFillSync } from 'node:crypto';
import { AppError } from '@burnline/core';
import { describe } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { UUID_BYTES } from './avro-writer.ts';

/** Every way that a UUID is commonly written; case does not matter. */
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HYPHEN = 0x2d;
const CODE_OF_0 = 0x30;
const CODE_OF_9 = 0x39;
const CODE_OF_A = 0x61;
/** The bit by which a letter is a small one. */
const LOWER_CASE = 0x20;
const VERSION_4 = 0x40;
/** Version 8 (RFC 9562, section 5.8): a UUID whose content the application defines, here a SHA-256. */
const VERSION_8 = 0x80;
const VARIANT_RFC = 0x80;
/** Random bytes of ids to come: asking for 16 at a time takes longer than all else that an id needs. */
const POOL = new Uint8Array(256 * UUID_BYTES);
let poolAt = POOL.length;

/** 16 bytes of a UUID in its usual text form. Throws CONTRACT_UUID_INVALID. */
export function uuidToBytes(text: string): Uint8Array {
  if (!UUID_TEXT.test(text)) throw uuidInvalid(text);
  const bytes = new Uint8Array(UUID_BYTES);
  let at = 0;
  for (let index = 0; index < UUID_BYTES; index += 1) {
    if (text.charCodeAt(at) === HYPHEN) at += 1;
    bytes[index] = (digitAt(text, at) << 4) | digitAt(text, at + 1);
    at += 2;
  }
  return bytes;
}

/** The value of a hexadecimal digit of either case. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code <= CODE_OF_9 ? code - CODE_OF_0 : (code | LOWER_CASE) - CODE_OF_A + 10;
}

/** A new id, of version 4: 122 random bits. */
export function newUuid(): Uint8Array {
  if (poolAt === POOL.length) {
    randomFillSync(POOL);
    poolAt = 0;
  }
  const bytes = POOL.slice(poolAt, poolAt + UUID_BYTES);
  poolAt += UUID_BYTES;
  return stamped(bytes, VERSION_4);
}

/** The usual text form, lower case, of 16 bytes. Throws CONTRACT_UUID_INVALID. */
export function uuidFromBytes(bytes: Uint8Array): string {
  if (bytes.length !== UUID_BYTES) throw uuidInvalid(bytes);
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, UUID_BYTES).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The same parts give the same id, everywhere and for ever: for events whose source has an identity but no UUID.
 * Parts are joined by length, so that ('ab', 'c') and ('a', 'bc') differ. A UUID version 8 over SHA-256.
 */
export function uuidFromContent(...parts: readonly string[]): Uint8Array {
  let content = '';
  for (const part of parts) content += `${Buffer.byteLength(part)}:${part}`;
  return stamped(new Uint8Array(hash('sha256', content, 'buffer').subarray(0, UUID_BYTES)), VERSION_8);
}

function stamped(bytes: Uint8Array, version: number): Uint8Array {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | version;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | VARIANT_RFC;
  return bytes;
}

/** 64 bits as two unsigned 32-bit halves: JavaScript's numbers do not hold 64 bits, and BigInt is slow. */
export interface EventIdHash {
  readonly hi: number;
  readonly lo: number;
}

/**
 * A 64-bit hash of all 16 bytes, for the suppression of repeats. All of them, because clients send ids that differ in a
 * few bytes only (counters, UUIDs of version 7 within one millisecond). The two halves are MurmurHash3 (32 bit, without
 * length) from two seeds. Never change it: positions stored by one version are compared by the next.
 */
export function hashEventId(eventId: Uint8Array): EventIdHash {
  const words = wordsOf(eventId);
  return { hi: mixWords(SEED_HI, words), lo: mixWords(SEED_LO, words) };
}

/** 32 bits that are independent of hashEventId's, for the choice of a partition. */
export function placeEventId(eventId: Uint8Array): number {
  return mixWords(SEED_PLACE, wordsOf(eventId));
}

/** Unrelated odd constants (fractional digits of the square roots of 2, 3 and 5). */
export const SEED_HI = 0x6a09e667;
export const SEED_LO = 0xbb67ae85;
export const SEED_PLACE = 0x3c6ef372;

type Words = readonly [number, number, number, number];

function wordsOf(eventId: Uint8Array): Words {
  if (eventId.length !== UUID_BYTES) throw uuidInvalid(eventId);
  return [wordAt(eventId, 0), wordAt(eventId, 4), wordAt(eventId, 8), wordAt(eventId, 12)];
}

function wordAt(bytes: Uint8Array, index: number): number {
  return (
    ((bytes[index] ?? 0) << 24) |
    ((bytes[index + 1] ?? 0) << 16) |
    ((bytes[index + 2] ?? 0) << 8) |
    (bytes[index + 3] ?? 0)
  );
}

/** MurmurHash3_x86_32's rounds over four words and its finalizer (Appleby, public domain). */
function mixWords(seed: number, words: Words): number {
  let hash = seed;
  for (const word of words) {
    let mixed = Math.imul(word, 0xcc9e2d51);
    mixed = (mixed << 15) | (mixed >>> 17);
    hash ^= Math.imul(mixed, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function uuidInvalid(found: unknown): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_UUID_INVALID', `Expected a UUID (16 bytes), found ${describe(found)}.`, {
    outcome: 'dead-letter',
    remedy: 'Send the id as a UUID, like 0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f.',
  });
}
