import { isUtf8 } from 'node:buffer';
import { LOST_KEY, MAP_ENTRIES_MAX } from './field-rules.ts';

/** Of four bytes at once: the bit that no ASCII character has. */
const NOT_ASCII = 0x80808080;

/** Whether the bytes are UTF-8 of at most so many characters (UTF-16 units). */
export function isText(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  length: number,
  charsMax: number,
): boolean {
  const end = start + length;
  let bits = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) bits |= view.getInt32(at);
  for (; at < end; at += 1) bits |= bytes[at] ?? 0;
  if ((bits & NOT_ASCII) === 0) return length <= charsMax;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
  return isUtf8(text) && (length <= charsMax || text.toString().length <= charsMax);
}

/** Where the keys of a map lie that were read before. */
export interface KeysAtHand {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
}

export function keysAtHand(): KeysAtHand {
  return { starts: new Int32Array(MAP_ENTRIES_MAX), lengths: new Int32Array(MAP_ENTRIES_MAX) };
}

const LOST = Buffer.from(LOST_KEY);

/** Whether a key is none of the `count` before it and none that readers lose; it is put behind them. */
export function isNewKey(
  bytes: Uint8Array,
  start: number,
  length: number,
  { starts, lengths }: KeysAtHand,
  count: number,
): boolean {
  if (length === LOST.length && areEqual(bytes, start, LOST, 0, length)) return false;
  for (let index = 0; index < count; index += 1)
    if (lengths[index] === length && areEqual(bytes, start, bytes, starts[index] ?? 0, length)) return false;
  starts[count] = start;
  lengths[count] = length;
  return true;
}

function areEqual(
  bytes: Uint8Array,
  start: number,
  others: Uint8Array,
  otherStart: number,
  length: number,
): boolean {
  for (let index = 0; index < length; index += 1)
    if (bytes[start + index] !== others[otherStart + index]) return false;
  return true;
}
