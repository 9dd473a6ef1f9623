/** A place that calls pass, and where the one that is waited for stops, so that its process can be killed in mid-call. */
export class Hold {
  #awaited: { readonly name: RegExp; left: number; readonly onArrival: () => void } | null = null;
  #release: (() => void) | null = null;

  /** Resolves when another call that fits has come, after `skipCount` of them; it stays until `release`. */
  next(name: RegExp, skipCount: number): Promise<void> {
    return new Promise((onArrival) => {
      this.#awaited = { name, left: skipCount, onArrival };
    });
  }

  /** Nothing is waited for any more; what was held goes on. */
  release(): void {
    this.#awaited = null;
    this.#release?.();
    this.#release = null;
  }

  /** To be awaited by a call before it takes effect. */
  async pass(name: string): Promise<void> {
    const awaited = this.#awaited;
    if (awaited === null || this.#release !== null || !awaited.name.test(name)) return;
    awaited.left -= 1;
    if (awaited.left >= 0) return;
    await new Promise<void>((resolve) => {
      this.#release = resolve;
      awaited.onArrival();
    });
  }
}
