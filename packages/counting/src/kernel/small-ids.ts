import { ODD_MESSAGE } from '@burnline/contracts';

/**
 * Small dense numbers for values, so that they can index arrays. Tables fill up and are then all cleared together,
 * between two messages (see IdTable): ids mean nothing beyond that.
 */
export interface IdTable {
  /** Holds as much as it should: clear it, and every table and cache that uses its ids, before the next message. */
  readonly isFull: boolean;
  clear(): void;
}

/** Values after which a table is full. A message adds one for each of its 100 events at most. */
const COUNT_FULL = 4_096;
/** Ids stay below it in any case: only a map that repeats a key in one event can add more values than there are events. */
const ID_COUNT_MAX = 8_192;
const ID_BITS = 13;
/** Twice the ids or more, a power of two: probes stay short. */
const SLOT_COUNT = 16_384;
/** Bytes of text after which a dictionary is full. A message may add its own size, a megabyte, once. */
const TEXT_BYTES_FULL = 262_144;
const ARENA_BYTES_FIRST = 4_096;
const RECENT_COUNT = 256;

/** Numbers texts by their UTF-8 bytes, in place: a text is decoded once, when it is new. */
export class TextIds implements IdTable {
  /** The text of each id; null for 0, the id of an absent value. */
  readonly texts: (string | null)[] = [null];
  #arena = new Uint8Array(ARENA_BYTES_FIRST);
  #arenaUsed = 0;
  readonly #starts = new Int32Array(ID_COUNT_MAX);
  readonly #lengths = new Int32Array(ID_COUNT_MAX);
  readonly #slots = new Int32Array(SLOT_COUNT);
  /** The last id for a cheap hash: a few bytes decide it, and the comparison that follows makes sure. */
  readonly #recent = new Int32Array(RECENT_COUNT);

  get isFull(): boolean {
    return this.texts.length > COUNT_FULL || this.#arenaUsed > TEXT_BYTES_FULL;
  }

  clear(): void {
    this.texts.length = 1;
    this.#arenaUsed = 0;
    this.#slots.fill(0);
    this.#recent.fill(0);
  }

  /** The id of the text at `start`; the bytes must be there. */
  idOf(bytes: Uint8Array, start: number, length: number): number {
    const last = bytes[start + length - 1] ?? 0;
    const middle = bytes[start + (length >> 1)] ?? 0;
    const place = (last ^ (middle << 4) ^ (length << 2)) & (RECENT_COUNT - 1);
    const recent = this.#recent[place] ?? 0;
    if (recent !== 0 && this.#lengths[recent] === length && this.#isTextAt(bytes, start, recent))
      return recent;
    const id = this.#findOrAdd(bytes, start, length);
    this.#recent[place] = id;
    return id;
  }

  idOfText(text: string): number {
    const bytes = Buffer.from(text);
    return this.idOf(bytes, 0, bytes.length);
  }

  #isTextAt(bytes: Uint8Array, start: number, id: number): boolean {
    const arena = this.#arena;
    const length = this.#lengths[id] ?? 0;
    const from = this.#starts[id] ?? 0;
    for (let index = 0; index < length; index += 1) {
      if (arena[from + index] !== bytes[start + index]) return false;
    }
    return true;
  }

  #findOrAdd(bytes: Uint8Array, start: number, length: number): number {
    // FNV-1a over all bytes.
    let hash = 0x811c9dc5;
    for (let index = 0; index < length; index += 1) {
      hash = Math.imul(hash ^ (bytes[start + index] ?? 0), 0x01000193);
    }
    let slot = (hash ^ (hash >>> 15)) & (SLOT_COUNT - 1);
    for (;;) {
      const id = this.#slots[slot] ?? 0;
      if (id === 0) break;
      if (this.#lengths[id] === length && this.#isTextAt(bytes, start, id)) return id;
      slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    const added = this.#add(bytes.subarray(start, start + length));
    this.#slots[slot] = added;
    return added;
  }

  #add(text: Uint8Array): number {
    const id = this.texts.length;
    if (id >= ID_COUNT_MAX) throw ODD_MESSAGE;
    this.#reserve(text.length);
    this.#arena.set(text, this.#arenaUsed);
    this.#starts[id] = this.#arenaUsed;
    this.#lengths[id] = text.length;
    this.#arenaUsed += text.length;
    this.texts.push(internalized(Buffer.from(text.buffer, text.byteOffset, text.length).toString('utf8')));
    return id;
  }

  #reserve(bytesCount: number): void {
    let size = this.#arena.length;
    while (size < this.#arenaUsed + bytesCount) size *= 2;
    if (size === this.#arena.length) return;
    const grown = new Uint8Array(size);
    grown.set(this.#arena.subarray(0, this.#arenaUsed));
    this.#arena = grown;
  }
}

/** The engine's own copy of a text, as property names have it: equal copies are one object, and compare as pointers. */
export function internalized(text: string): string {
  return Object.keys({ [text]: 0 })[0] ?? text;
}

/** Numbers numbers; 0 and -0 are one, as they are in a label. */
export class NumberIds implements IdTable {
  readonly #ids = new Map<number, number>();

  get isFull(): boolean {
    return this.#ids.size >= COUNT_FULL;
  }

  clear(): void {
    this.#ids.clear();
  }

  idOf(value: number): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#ids.set(value, id);
    return id;
  }
}

/** Numbers pairs of ids: groups over several dimensions, one pair after another. */
export class PairIds implements IdTable {
  /** Key plus one; zero is an empty slot. */
  readonly #keys = new Int32Array(SLOT_COUNT);
  readonly #ids = new Int32Array(SLOT_COUNT);
  #count = 0;

  get isFull(): boolean {
    return this.#count >= COUNT_FULL;
  }

  clear(): void {
    this.#keys.fill(0);
    this.#count = 0;
  }

  idOf(left: number, right: number): number {
    const key = ((left << ID_BITS) | right) + 1;
    let slot = (Math.imul(key, 0x9e37_79b1) >>> 16) & (SLOT_COUNT - 1);
    for (;;) {
      const found = this.#keys[slot] ?? 0;
      if (found === key) return this.#ids[slot] ?? 0;
      if (found === 0) break;
      slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    this.#count += 1;
    this.#keys[slot] = key;
    this.#ids[slot] = this.#count;
    return this.#count;
  }
}
