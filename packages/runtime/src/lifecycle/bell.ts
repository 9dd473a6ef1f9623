import type { Clock } from './clock.ts';

/**
 * What one loop of a process rings for another: there may be something new. It is heard in its own process alone and says
 * nothing of what is new, so whoever waits looks by itself now and then too.
 */
export class Bell {
  #ringCount = 0;
  readonly #waiting = new Set<() => void>();

  /** How often it has rung. Read before looking, it tells whether it rang since. */
  get ringCount(): number {
    return this.#ringCount;
  }

  ring(): void {
    this.#ringCount += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves once it has rung more than `ringCount` times, after `delayMs`, or when the signal aborts; never rejects. */
  async wait(
    ringCount: number,
    delayMs: number,
    { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  ): Promise<void> {
    if (this.#ringCount > ringCount || signal.aborted) return;
    const nap = new AbortController();
    const wake = (): void => {
      nap.abort();
    };
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await clock.sleep(delayMs, nap.signal);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
  }
}

/** What the loops of one process ring for each other. */
export interface ProcessBells {
  /** Panes were written, and the watermarks that say so. */
  readonly panesWritten: Bell;
  /** Something was evaluated that is to be decided on. */
  readonly evaluated: Bell;
}

export function createBells(): ProcessBells {
  return { panesWritten: new Bell(), evaluated: new Bell() };
}
