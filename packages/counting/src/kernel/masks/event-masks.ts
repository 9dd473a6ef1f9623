import { COLUMN_LENGTH } from '../columns.ts';

/**
 * Sets of events of one message, as bits: event `i` is bit `i % 32` of word `i / 32`. A plane is such a set, MASK_WORDS words of a
 * shared array. Bits beyond the message's events may hold anything; only LIVE and panes have none there.
 */
export const BITS_PER_WORD = 32;
export const MASK_WORDS = Math.ceil(COLUMN_LENGTH / BITS_PER_WORD);

/** How many bits are set. */
export function bitCount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** Writes the events of a word to `to` from `length` on, in their order; the new length. */
export function listEvents(word: number, wordIndex: number, to: Uint8Array, length: number): number {
  const last = wordIndex * BITS_PER_WORD + BITS_PER_WORD - 1;
  let next = length;
  for (let rest = word; rest !== 0; rest &= rest - 1) {
    to[next] = last - Math.clz32(rest & -rest);
    next += 1;
  }
  return next;
}
