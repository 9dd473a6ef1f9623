/**
 * The parts of a generated walk that are rare or long: varints of several bytes, and the hash of an id where it lies.
 *
 * A walk accepts only what `walkBatch` accepts. It may refuse more (blocks with sizes, several
 * blocks, indexes written longer than need be): what it refuses, by ODD_MESSAGE or by the RangeError of a DataView, is
 * read by the plain path, which then gives the values or the error.
 */

/** Thrown for its effect alone; it never leaves the caller of a walk, so its stack does not matter and is made once. */
export const ODD_MESSAGE = new RangeError('a message that the plain path has to read');

function refuse(): never {
  throw ODD_MESSAGE;
}

/** What a read leaves beside its value. */
export interface Position {
  /** After the value. */
  next: number;
}

/** An int64 takes at most ten bytes of seven bits. */
const VARINT_BYTES_MAX = 10;
/** 2^53, and the zigzag form of 2^53 - 2: beyond them avsc and `walkBatch` refuse. */
const EXACT_MAX = 9_007_199_254_740_992;
const ZIGZAG_MAX = 18_014_398_509_481_980;

/** A zigzag varint at `start`, of any length. */
function readLong(bytes: Uint8Array, start: number, position: Position): number {
  const first = bytes[start];
  if (first === undefined) throw ODD_MESSAGE;
  let zigzag = first & 0x7f;
  if (first < 0x80) {
    position.next = start + 1;
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }
  let scale = 128;
  for (let index = 1; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) throw ODD_MESSAGE;
    zigzag += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      position.next = start + index + 1;
      const isNegative = (first & 1) === 1;
      if (zigzag > (isNegative ? EXACT_MAX : ZIGZAG_MAX)) throw ODD_MESSAGE;
      return isNegative ? -(zigzag + 1) / 2 : zigzag / 2;
    }
  }
  throw ODD_MESSAGE;
}

/** Bytes of a varint that cannot be beyond 2^53: seven times seven bits. */
const SURE_BYTES_MAX = 7;

/** The position after a varint of several bytes. */
function skipLong(bytes: Uint8Array, start: number, position: Position): number {
  for (let index = 1; index < SURE_BYTES_MAX; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) throw ODD_MESSAGE;
    if (byte < 0x80) return start + index + 1;
  }
  readLong(bytes, start, position);
  return position.next;
}

/** A length or a count: not negative, and not beyond the message, since each thing takes a byte. */
function readCount(bytes: Uint8Array, start: number, position: Position): number {
  const count = readLong(bytes, start, position);
  if (count < 0 || count > bytes.length - position.next) throw ODD_MESSAGE;
  return count;
}

/** The position after a text whose length takes several bytes. */
function skipText(bytes: Uint8Array, start: number, position: Position): number {
  const length = readCount(bytes, start, position);
  return position.next + length;
}

/** Whether the bytes at `start` are these. */
function hasBytes(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}

/**
 * Of the 16 bytes at `start`: by SEED_HI and SEED_LO a half of `hashEventId`, by SEED_PLACE `placeEventId`; a test holds
 * them equal.
 */
export function hashIdAt(view: DataView, start: number, seed: number): number {
  let hash = mixWord(seed, view.getInt32(start));
  hash = mixWord(hash, view.getInt32(start + 4));
  hash = mixWord(hash, view.getInt32(start + 8));
  hash = mixWord(hash, view.getInt32(start + 12));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixWord(hash: number, word: number): number {
  let mixed = Math.imul(word, 0xcc9e2d51);
  mixed = (mixed << 15) | (mixed >>> 17);
  const joined = hash ^ Math.imul(mixed, 0x1b873593);
  return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6546b64) | 0;
}

/** What generated code calls, under the names that it uses. */
export const WALK_FUNCTIONS = {
  hasBytes,
  hashIdAt,
  readCount,
  readLong,
  refuse,
  skipLong,
  skipText,
} as const;
