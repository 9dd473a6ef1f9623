import { invariant } from '../errors/app-error.ts';

/** Of one slot: both words of the hash, and when it was seen last. Together, so that a look costs one line of cache. */
const WORDS = 3;
const SLOT_COUNT_FIRST = 1 << 12;
/** Above this share of used slots the probes get long: the table is made anew. */
const LOAD_RATIO_MAX = 0.8;
/** Of the window's own ids in a table made anew. What has left the window and is not swept yet takes an eighth at most. */
const LOAD_RATIO_NEW = 0.65;
/** With fewer the table is made anew, smaller: what a burst took is given back. */
const LOAD_RATIO_MIN = 0.1;
/** Slots looked at for each occurrence: a round over the table takes an eighth of it in occurrences. */
const SWEEP_SLOTS = 8;
const SEEN_MAX = 0xffff_fffe;
const TWO_TO_32 = 2 ** 32;

/**
 * The ids seen in the last W messages of one partition, every occurrence remembered, repeats too.
 *
 * Whether an occurrence is a repeat follows from positions alone: the same id stood at another position among the W
 * messages before (or earlier in the same message). So any reader that has walked the last W messages decides alike.
 *
 * An open-addressing table in one typed array: 12 bytes a slot, no object per id. Ids are 64-bit hashes. Each occurrence
 * sweeps a few slots of what has left the window, so a table that is large enough stays as it is; it grows only while the
 * window itself holds more ids. 15 to 18.5 bytes an id: 30 MB at most for 16,384 messages of 100 ids.
 */
export class RepeatWindow {
  readonly #windowMessages: number;
  /** By slot: high word, low word, offset of the last occurrence relative to `#base` plus one (zero: an empty slot). */
  #table = new Uint32Array(SLOT_COUNT_FIRST * WORDS);
  #slotCount = SLOT_COUNT_FIRST;
  #usedCount = 0;
  #sweepSlot = 0;
  #base: number | null = null;

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
    this.#base ??= offset;
    if (this.#usedCount >= this.#slotCount * LOAD_RATIO_MAX || offset - this.#base >= SEEN_MAX)
      this.#rebuild(offset);
    const relative = offset - this.#base + 1;
    this.#sweep(relative - this.#windowMessages);
    const [highWord, lowWord, table] = [high >>> 0, low >>> 0, this.#table];
    const end = table.length;
    let at = this.#homeOf(highWord, lowWord);
    for (;;) {
      const seen = table[at + 2] ?? 0;
      if (seen === 0) {
        table[at] = highWord;
        table[at + 1] = lowWord;
        table[at + 2] = relative;
        this.#usedCount += 1;
        return false;
      }
      if (table[at + 1] === lowWord && table[at] === highWord) {
        table[at + 2] = relative;
        return relative - seen <= this.#windowMessages;
      }
      at += WORDS;
      if (at === end) at = 0;
    }
  }

  /** Where the probes for an id begin, in words. Any size of table will do, so that it need not be twice too large. */
  #homeOf(high: number, low: number): number {
    const mixed = (low ^ Math.imul(high, 0x9e37_79b1)) >>> 0;
    return Math.floor((mixed * this.#slotCount) / TWO_TO_32) * WORDS;
  }

  /** Looks at the next few slots, and empties those last seen before `oldest`. */
  #sweep(oldest: number): void {
    const table = this.#table;
    for (let count = 0; count < SWEEP_SLOTS; count += 1) {
      const at = this.#sweepSlot * WORDS;
      const seen = table[at + 2] ?? 0;
      if (seen !== 0 && seen < oldest) this.#remove(at);
      else this.#sweepSlot += 1;
      if (this.#sweepSlot < this.#slotCount) continue;
      this.#sweepSlot = 0;
      const isMostlyEmpty = this.#usedCount < this.#slotCount * LOAD_RATIO_MIN;
      if (isMostlyEmpty && this.#slotCount > SLOT_COUNT_FIRST) this.#copy(oldest, 0);
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

  #rebuild(offset: number): void {
    const before = this.#base ?? offset;
    const base = Math.max(before, offset - this.#windowMessages);
    this.#base = base;
    this.#copy(base - before + 1, base - before);
  }

  /** Into a table as large as the window asks for: what was seen at `oldest` or after, seen `shift` earlier by the new base. */
  #copy(oldest: number, shift: number): void {
    const old = this.#table;
    let liveCount = 0;
    for (let at = 2; at < old.length; at += WORDS) if ((old[at] ?? 0) >= Math.max(1, oldest)) liveCount += 1;
    this.#slotCount = Math.max(SLOT_COUNT_FIRST, Math.ceil(liveCount / LOAD_RATIO_NEW));
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
