/** When a partition counts as mostly unreadable. */
export interface UnreadableLimits {
  /** The last so many messages are looked at, marks apart. */
  readonly windowMessages: number;
  /** More than this share of them unreadable; 1 switches the limit off. */
  readonly shareMax: number;
  /** And at least so many: a few bad messages at a stream's start are a few bad messages. */
  readonly countMin: number;
}

/**
 * Half of the last 200 messages, and 100 at least: far more than bad writers among good ones make, and few enough that a
 * topic whose writers or schemas went wrong as a whole is not taken to pieces letter by letter.
 */
export const UNREADABLE_LIMITS: UnreadableLimits = { windowMessages: 200, shareMax: 0.5, countMin: 100 };

/** The worker's option for a host that may have been given a share. */
export function unreadableOption(host: { readonly unreadableShareMax?: number }): {
  readonly unreadable?: Partial<UnreadableLimits>;
} {
  const { unreadableShareMax: shareMax } = host;
  return shareMax === undefined ? {} : { unreadable: { shareMax } };
}

/**
 * How many of a partition's last messages could not be read. It follows from the log before a position alone, wherever
 * reading began: what it heeds lies within the messages that a start reads to warm up.
 */
export class UnreadableShare {
  readonly #limits: UnreadableLimits;
  readonly #reachOffsets: number;
  /** A ring: the oldest entry stands at `#first`. */
  readonly #offsets: Float64Array;
  readonly #bad: Uint8Array;
  #first = 0;
  #count = 0;
  #badCount = 0;

  /** `reachOffsets`: messages so far back are forgotten, however few have come since (marks alone, on a quiet partition). */
  constructor(limits: UnreadableLimits, reachOffsets: number) {
    this.#limits = limits;
    this.#reachOffsets = reachOffsets;
    this.#offsets = new Float64Array(limits.windowMessages);
    this.#bad = new Uint8Array(limits.windowMessages);
  }

  get count(): number {
    return this.#count;
  }

  get badCount(): number {
    return this.#badCount;
  }

  get isBeyondLimits(): boolean {
    const { countMin, shareMax } = this.#limits;
    return this.#badCount >= countMin && this.#badCount > shareMax * this.#count;
  }

  add(offset: number, isBad: boolean): void {
    if (this.#count === this.#offsets.length) this.#forgetOldest();
    const index = (this.#first + this.#count) % this.#offsets.length;
    this.#offsets[index] = offset;
    this.#bad[index] = isBad ? 1 : 0;
    this.#count += 1;
    if (isBad) this.#badCount += 1;
    while (this.#count > 0 && (this.#offsets[this.#first] ?? 0) <= offset - this.#reachOffsets)
      this.#forgetOldest();
  }

  #forgetOldest(): void {
    this.#badCount -= this.#bad[this.#first] ?? 0;
    this.#first = (this.#first + 1) % this.#offsets.length;
    this.#count -= 1;
  }
}
