import { grownBytes, VARINT_BYTES_MAX, writeVarint } from '@burnline/core';
import { ODD_MESSAGE } from '@burnline/contracts';

const SLOT_COUNT_FIRST = 1_024;
const WORD_COUNT_FIRST = 256;
const ARENA_BYTES_FIRST = 4_096;
/** More than this is given back when a block is done: a block of odd words must not cost memory for ever. */
const KEPT_SLOT_COUNT_MAX = 65_536;
const KEPT_ARENA_BYTES_MAX = 1_048_576;
/** Probes of one look-up: words that are made to collide are left to the plain path, not searched for ever. */
const PROBE_COUNT_MAX = 512;
const RECENT_COUNT = 256;

/**
 * The distinct texts of one LowCardinality column of one block, numbered by their bytes where they lie in a message.
 * Number 0 is the default of the type: the empty text, or NULL where there are NULLs.
 */
export class WordDictionary {
  readonly #isNullable: boolean;
  /** The texts as Native has them, length first. */
  #arena = new Uint8Array(ARENA_BYTES_FIRST);
  #arenaUsed = 0;
  #starts = new Int32Array(WORD_COUNT_FIRST);
  #lengths = new Int32Array(WORD_COUNT_FIRST);
  /** Number plus one; zero is an empty slot. */
  #slots = new Int32Array(SLOT_COUNT_FIRST);
  /** The last number, plus one, for a cheap hash: a few bytes decide it, and the comparison that follows makes sure. */
  readonly #recent = new Int32Array(RECENT_COUNT);
  #count = 0;

  constructor(isNullable: boolean) {
    this.#isNullable = isNullable;
    this.clear();
  }

  get count(): number {
    return this.#count;
  }

  /** The texts in the order of their numbers; good until the next word. */
  get bytes(): Uint8Array {
    return this.#arena.subarray(0, this.#arenaUsed);
  }

  clear(): void {
    this.#slots =
      this.#slots.length > KEPT_SLOT_COUNT_MAX ? new Int32Array(SLOT_COUNT_FIRST) : this.#slots.fill(0);
    if (this.#starts.length > KEPT_SLOT_COUNT_MAX) {
      this.#starts = new Int32Array(WORD_COUNT_FIRST);
      this.#lengths = new Int32Array(WORD_COUNT_FIRST);
    }
    if (this.#arena.length > KEPT_ARENA_BYTES_MAX) this.#arena = new Uint8Array(ARENA_BYTES_FIRST);
    this.#recent.fill(0);
    this.#arena[0] = 0;
    this.#arenaUsed = 1;
    this.#lengths[0] = 0;
    this.#count = 1;
  }

  /** Throws ODD_MESSAGE for a text that cannot be found within bounds. */
  idOf(bytes: Uint8Array, start: number, length: number): number {
    if (length === 0 && !this.#isNullable) return 0;
    const last = bytes[start + length - 1] ?? 0;
    const middle = bytes[start + (length >> 1)] ?? 0;
    const place = (last ^ (middle << 4) ^ (length << 2)) & (RECENT_COUNT - 1);
    const recent = (this.#recent[place] ?? 0) - 1;
    if (recent >= 0 && this.#isTextAt(bytes, start, length, recent)) return recent;
    const id = this.#findOrAdd(bytes, start, length);
    this.#recent[place] = id + 1;
    return id;
  }

  #isTextAt(bytes: Uint8Array, start: number, length: number, id: number): boolean {
    if (this.#lengths[id] !== length) return false;
    const arena = this.#arena;
    const from = this.#starts[id] ?? 0;
    for (let index = 0; index < length; index += 1) {
      if (arena[from + index] !== bytes[start + index]) return false;
    }
    return true;
  }

  #findOrAdd(bytes: Uint8Array, start: number, length: number): number {
    const mask = this.#slots.length - 1;
    let slot = slotOf(bytes, start, length) & mask;
    for (let probe = 0; probe < PROBE_COUNT_MAX; probe += 1) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id < 0) return this.#add(bytes.subarray(start, start + length), slot);
      // Number 0 stands in no slot: it is no text that was looked up.
      if (this.#isTextAt(bytes, start, length, id)) return id;
      slot = (slot + 1) & mask;
    }
    throw ODD_MESSAGE;
  }

  #add(text: Uint8Array, slot: number): number {
    const id = this.#count;
    this.#reserve(text.length);
    const start = writeVarint(this.#arena, this.#arenaUsed, text.length);
    this.#arena.set(text, start);
    this.#arenaUsed = start + text.length;
    this.#starts[id] = start;
    this.#lengths[id] = text.length;
    this.#slots[slot] = id + 1;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#growSlots();
    return id;
  }

  #reserve(textBytes: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#lengths = doubled(this.#lengths);
    }
    const needed = this.#arenaUsed + textBytes + VARINT_BYTES_MAX;
    if (needed <= this.#arena.length) return;
    this.#arena = grownBytes(this.#arena, { usedBytes: this.#arenaUsed, neededBytes: needed });
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 1; id < this.#count; id += 1) {
      let slot = slotOf(this.#arena, this.#starts[id] ?? 0, this.#lengths[id] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a over all bytes. */
function slotOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < length; index += 1) {
    hash = Math.imul(hash ^ (bytes[start + index] ?? 0), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(array.length * 2);
  grown.set(array);
  return grown;
}
