import { FRAME_BYTES, MAX_EVENTS_PER_MESSAGE } from '../events/batch-format.ts';
import { WALK_FUNCTIONS, type Position } from './byte-reading.ts';

/**
 * Walks a whole message to its last byte and leaves what it read in `to`; the number of records. Throws ODD_MESSAGE or
 * another RangeError, and leaves nothing that counts, for a message that is broken or unusual.
 */
export type MessageWalk<To> = (bytes: Uint8Array, view: DataView, to: To, position: Position) => number;

/** The number of records; null for a message that the plain path has to read. */
export function walkOrNull<To>(
  walk: MessageWalk<To>,
  bytes: Uint8Array,
  to: To,
  position: Position,
): number | null {
  try {
    return walk(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), to, position);
  } catch (error) {
    // ODD_MESSAGE, or a DataView's word for the end of the bytes.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Statements of a walk. `pos` is where the next byte is read, `i` the record's number; `byte`, `length`, `value` are free. */
export interface WalkParts {
  /** Once per message, before its records. */
  readonly before: string;
  /** Once per record. */
  readonly record: string;
  /** Once per message, when all its bytes are known to be right. */
  readonly after: string;
  /** What the statements name besides WALK_FUNCTIONS. */
  readonly scope: Readonly<Record<string, unknown>>;
}

export function buildMessageWalk<To>({ before, record, after, scope }: WalkParts): MessageWalk<To> {
  const source = `'use strict';
return function walkMessage(bytes, view, to, position) {
const end = bytes.length;
let byte = 0;
let length = 0;
let value = 0;
const count = readCount(bytes, ${FRAME_BYTES}, position);
let pos = position.next;
if (count === 0 || count > ${MAX_EVENTS_PER_MESSAGE}) refuse();
${before}
for (let i = 0; i < count; i += 1) {
${record}
}
if (bytes[pos] !== 0 || pos + 1 !== end) refuse();
${after}
return count;
};`;
  const named = { ...WALK_FUNCTIONS, ...scope };
  const make = Reflect.construct(Function, [...Object.keys(named), source]) as (
    ...values: readonly unknown[]
  ) => MessageWalk<To>;
  return make(...Object.values(named));
}
