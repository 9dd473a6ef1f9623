import { invariant } from '../errors/app-error.ts';

/** Of one slot: both words of the hash, and when it was seen last. Together, so that a look costs one line of cache. */
const WORDS = 3;
const SLOT_COUNT_FIRST = 1 << 12;
/** Above this share of used slots the probes get long: the table is made anew. */
const LOAD_RATIO_MAX = 0.75;
/** Of the window's own ids in a table made anew. What has left the window and is not swept yet takes an eighth at most. */
const LOAD_RATIO_NEW = 0.65;
/** By how much the ids that a table is made for may be more than there are. */
const GROWTH_MAX = 2;
/** With fewer the table is made anew, smaller: what a burst took is given back. */
const LOAD_RATIO_MIN = 0.1;
/** Slots looked at for each occurrence: a round over the table takes an eighth of it in occurrences. */
const SWEEP_SLOTS = 8;
const SEEN_MAX = 0xffff_fffe;
const TWO_TO_32 = 2 ** 32;
const NO_SLOT = -1;

/** 64-bit hashes of the ids of a message, as two words each. */
export interface IdHashes {
  readonly highs: Uint32Array;
  readonly lows: Uint32Array;
  readonly count: number;
}

interface Copying {
  readonly oldest: number;
  readonly shift: number;
  readonly idCount: number;
  /** How much of the window has passed, above 0 and up to 1. */
  readonly filled: number;
}

/**
 * The ids seen in the last W messages of one partition, every occurrence remembered, repeats too.
 *
 * Whether an occurrence is a repeat follows from positions alone: the same id stood at another position among the W
 * messages before (or earlier in the same message). So any reader that has walked the last W messages decides alike.
 *
 * An open-addressing table in one typed array: 12 bytes a slot, no object per id. Ids are 64-bit hashes. Each occurrence
 * sweeps a few slots of what has left the window, so a table that is large enough stays as it is; it grows only while the
 * window itself holds more ids. 16 to 18.5 bytes an id: 30 MB at most for 16,384 messages of 100 ids.
 */
export class RepeatWindow {
  readonly #windowMessages: number;
  /** By slot: high word, low word, offset of the last occurrence relative to `#base` plus one (zero: an empty slot). */
  #table = new Uint32Array(SLOT_COUNT_FIRST * WORDS);
  #slotCount = SLOT_COUNT_FIRST;
  #usedCount = 0;
  #sweepSlot = 0;
  #base: number | null = null;
  /** The first offset of all. */
  #firstOffset: number | null = null;
  /** Kept so that the engine does not leave out reads whose values nobody asks for. */
  readonly #touched = new Uint32Array(1);

  constructor(windowMessages: number) {
    invariant(windowMessages > 0, 'the repeat window holds at least one message');
    this.#windowMessages = windowMessages;
  }

  /** Slots in use, for tests and metrics. */
  get usedCount(): number {
    return this.#usedCount;
  }

  get memoryBytes(): number {
    return this.#table.byteLength;
  }

  /**
   * Remembers an occurrence and tells whether it is a repeat.
   * `high` and `low` are the id's 64-bit hash; offsets never decrease.
   */
  observe(high: number, low: number, offset: number): boolean {
    const relative = this.#makeRoom(1, offset);
    return this.#remember(high, low, relative);
  }

  /** Remembers the ids of one message in their order: `repeated[i]` becomes 1 where id `i` is a repeat, else 0. */
  observeAll({ highs, lows, count }: IdHashes, offset: number, repeated: Uint8Array): void {
    const relative = this.#makeRoom(count, offset);
    this.#touchHomes(highs, lows, count);
    for (let index = 0; index < count; index += 1) {
      repeated[index] = this.#remember(highs[index] ?? 0, lows[index] ?? 0, relative) ? 1 : 0;
    }
  }

  /** For so many occurrences at an offset; the offset relative to the base, plus one. */
  #makeRoom(count: number, offset: number): number {
    this.#firstOffset ??= offset;
    this.#base ??= offset;
    const isFull = this.#usedCount + count > this.#slotCount * LOAD_RATIO_MAX;
    if (isFull || offset - this.#base >= SEEN_MAX) this.#rebuild(offset, count);
    const relative = offset - this.#base + 1;
    this.#sweep(relative - this.#windowMessages, count);
    return relative;
  }

  /**
   * Reads where the ids' probes begin, and does nothing with it: the table is far larger than the processor's caches, and
   * reads that do not wait for one another miss them together.
   */
  #touchHomes(highs: Uint32Array, lows: Uint32Array, count: number): void {
    const table = this.#table;
    let touched = 0;
    for (let index = 0; index < count; index += 1) {
      touched ^= table[this.#homeOf(highs[index] ?? 0, lows[index] ?? 0)] ?? 0;
    }
    this.#touched[0] = touched;
  }

  #remember(high: number, low: number, relative: number): boolean {
    const [highWord, lowWord, table] = [high >>> 0, low >>> 0, this.#table];
    const oldest = relative - this.#windowMessages;
    const end = table.length;
    /** The first slot on the way whose id has left the window: it is taken before an empty one is. */
    let left = NO_SLOT;
    let at = this.#homeOf(highWord, lowWord);
    for (;;) {
      const seen = table[at + 2] ?? 0;
      if (seen === 0) break;
      if (table[at + 1] === lowWord && table[at] === highWord) {
        table[at + 2] = relative;
        return seen >= oldest;
      }
      if (seen < oldest && left === NO_SLOT) left = at;
      at += WORDS;
      if (at === end) at = 0;
    }
    if (left === NO_SLOT) this.#usedCount += 1;
    else at = left;
    table[at] = highWord;
    table[at + 1] = lowWord;
    table[at + 2] = relative;
    return false;
  }

  /** Where the probes for an id begin, in words. Any size of table will do, so that it need not be twice too large. */
  #homeOf(high: number, low: number): number {
    const mixed = (low ^ Math.imul(high, 0x9e37_79b1)) >>> 0;
    return Math.floor((mixed * this.#slotCount) / TWO_TO_32) * WORDS;
  }

  /** Looks at a few slots for each id that is to come, and empties those last seen before `oldest`. */
  #sweep(oldest: number, idCount: number): void {
    for (let slotsLeft = idCount * SWEEP_SLOTS; slotsLeft > 0; slotsLeft -= 1) {
      const at = this.#sweepSlot * WORDS;
      const seen = this.#table[at + 2] ?? 0;
      if (seen !== 0 && seen < oldest) this.#remove(at);
      else this.#sweepSlot += 1;
      if (this.#sweepSlot < this.#slotCount) continue;
      this.#sweepSlot = 0;
      const isMostlyEmpty = this.#usedCount < this.#slotCount * LOAD_RATIO_MIN;
      if (isMostlyEmpty && this.#slotCount > SLOT_COUNT_FIRST)
        this.#copy({ oldest, shift: 0, idCount, filled: 1 });
      return;
    }
  }

  /** Empties a slot and moves up what was pushed behind it, so that no probe ends too early. */
  #remove(slotAt: number): void {
    const table = this.#table;
    const end = table.length;
    let hole = slotAt;
    let at = hole;
    for (;;) {
      at += WORDS;
      if (at === end) at = 0;
      if (table[at + 2] === 0) break;
      const home = this.#homeOf(table[at] ?? 0, table[at + 1] ?? 0);
      if (distance(home, at, end) < distance(hole, at, end)) continue;
      table[hole] = table[at] ?? 0;
      table[hole + 1] = table[at + 1] ?? 0;
      table[hole + 2] = table[at + 2] ?? 0;
      hole = at;
    }
    table[hole + 2] = 0;
    this.#usedCount -= 1;
  }

  #rebuild(offset: number, idCount: number): void {
    const before = this.#base ?? offset;
    const base = Math.max(before, offset - this.#windowMessages);
    this.#base = base;
    this.#copy({
      oldest: base - before + 1,
      shift: base - before,
      idCount,
      filled: this.#filledRatio(offset),
    });
  }

  /** How much of a window has passed since the first offset. */
  #filledRatio(offset: number): number {
    return Math.min(1, (offset - (this.#firstOffset ?? offset) + 1) / this.#windowMessages);
  }

  /**
   * Into a table as large as the window and the ids to come ask for: what was seen at `oldest` or after, seen `shift`
   * earlier by the new base. Before the window is full it will hold more: as many as so far for each part of it, and a
   * table is made for those at once, but for twice the ids at most.
   */
  #copy({ oldest, shift, idCount, filled }: Copying): void {
    const old = this.#table;
    let liveCount = 0;
    for (let at = 2; at < old.length; at += WORDS) if ((old[at] ?? 0) >= Math.max(1, oldest)) liveCount += 1;
    const expectedCount = Math.max(liveCount + idCount, Math.min(liveCount / filled, GROWTH_MAX * liveCount));
    this.#slotCount = Math.max(SLOT_COUNT_FIRST, Math.ceil(expectedCount / LOAD_RATIO_NEW));
    const table = new Uint32Array(this.#slotCount * WORDS);
    this.#table = table;
    this.#usedCount = liveCount;
    this.#sweepSlot = 0;
    for (let from = 0; from < old.length; from += WORDS) {
      const seen = old[from + 2] ?? 0;
      if (seen === 0 || seen < oldest) continue;
      let at = this.#homeOf(old[from] ?? 0, old[from + 1] ?? 0);
      while (table[at + 2] !== 0) at = at + WORDS === table.length ? 0 : at + WORDS;
      table[at] = old[from] ?? 0;
      table[at + 1] = old[from + 1] ?? 0;
      table[at + 2] = seen - shift;
    }
  }
}

/** From one place of a ring to another, going up. */
function distance(from: number, to: number, size: number): number {
  return to >= from ? to - from : to - from + size;
}
