import { invariant } from '../errors/app-error.ts';

/**
 * The ids seen in the last W messages of one partition, every occurrence remembered, repeats too.
 *
 * Whether an occurrence is a repeat follows from positions alone: the same id stood at another position among the W
 * messages before (or earlier in the same message). So any reader that has walked the last W messages decides alike.
 *
 * An open-addressing table in typed arrays: 12 bytes a slot, no object per id. Ids are 64-bit hashes. Entries older than
 * the window are dropped when the table is rebuilt; it grows only while the window itself holds more ids, so its size is
 * bounded by W times the events a message may hold.
 */
const SLOT_COUNT_FIRST = 1 << 12;
/** Above this share of used slots the probes get long. */
const LOAD_RATIO_MAX = 0.6;

export class RepeatWindow {
  readonly #windowMessages: number;
  #mask = SLOT_COUNT_FIRST - 1;
  #hashHigh = new Uint32Array(SLOT_COUNT_FIRST);
  #hashLow = new Uint32Array(SLOT_COUNT_FIRST);
  /** Offset of the last occurrence, relative to `#base`, plus one; zero is an empty slot. */
  #seen = new Uint32Array(SLOT_COUNT_FIRST);
  #usedCount = 0;
  #base: number | null = null;
  #newest = 0;

  constructor(windowMessages: number) {
    invariant(windowMessages > 0, 'the repeat window holds at least one message');
    this.#windowMessages = windowMessages;
  }

  /** Slots in use, for tests and metrics. */
  get usedCount(): number {
    return this.#usedCount;
  }

  /**
   * Remembers an occurrence and tells whether it is a repeat.
   * `high` and `low` are the id's 64-bit hash; offsets never decrease.
   */
  observe(high: number, low: number, offset: number): boolean {
    if (this.#base === null) this.#base = offset;
    this.#newest = offset;
    if (this.#usedCount >= this.#seen.length * LOAD_RATIO_MAX || offset - this.#base >= 0xffff_fffe)
      this.#rebuild();
    const relative = offset - this.#base + 1;
    let slot = (low ^ Math.imul(high, 0x9e37_79b1)) & this.#mask;
    for (;;) {
      const seen = this.#seen[slot] ?? 0;
      if (seen === 0) {
        this.#hashHigh[slot] = high;
        this.#hashLow[slot] = low;
        this.#seen[slot] = relative;
        this.#usedCount += 1;
        return false;
      }
      if (this.#hashLow[slot] === low >>> 0 && this.#hashHigh[slot] === high >>> 0) {
        this.#seen[slot] = relative;
        return relative - seen <= this.#windowMessages;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #rebuild(): void {
    const oldBase = this.#base ?? 0;
    const newBase = Math.max(oldBase, this.#newest - this.#windowMessages);
    const shift = newBase - oldBase;
    let liveCount = 0;
    for (const seen of this.#seen) if (seen > shift) liveCount += 1;
    let slotCount = SLOT_COUNT_FIRST;
    while (liveCount >= slotCount * (LOAD_RATIO_MAX / 2)) slotCount *= 2;
    const [oldHigh, oldLow, oldSeen] = [this.#hashHigh, this.#hashLow, this.#seen];
    this.#hashHigh = new Uint32Array(slotCount);
    this.#hashLow = new Uint32Array(slotCount);
    this.#seen = new Uint32Array(slotCount);
    this.#mask = slotCount - 1;
    this.#base = newBase;
    this.#usedCount = liveCount;
    for (let index = 0; index < oldSeen.length; index += 1) {
      const seen = oldSeen[index] ?? 0;
      if (seen <= shift) continue;
      const high = oldHigh[index] ?? 0;
      const low = oldLow[index] ?? 0;
      let slot = (low ^ Math.imul(high, 0x9e37_79b1)) & this.#mask;
      while (this.#seen[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#hashHigh[slot] = high;
      this.#hashLow[slot] = low;
      this.#seen[slot] = seen - shift;
    }
  }
}
