import { intakeError } from './intake-error.ts';

/** Half of what publishers wait for an answer: who waits for longer sends again, and makes it worse. */
const BACKLOG_MS_MAX = 5_000;

/**
 * Requests whose bodies are there and whose answers are not. While the oldest has waited for too long, new ones are refused
 * before their bodies are read: an intake that is asked for more than it can do answers what it has taken, and tells the
 * others to come again.
 */
export class Backlog {
  readonly #nowMs: () => number;
  /** When each began to wait, oldest first; as many as there are connections and calls at most. */
  readonly #sinceMs = new Map<symbol, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Throws COLLECTOR_BUSY (retry). */
  check(): void {
    const [oldestMs] = this.#sinceMs.values();
    if (oldestMs === undefined || this.#nowMs() - oldestMs < BACKLOG_MS_MAX) return;
    throw intakeError('COLLECTOR_BUSY', 'More is sent than is written: requests wait for seconds', {
      remedy:
        'Send the request again after the time that Retry-After names. Where that goes on, run another collector, sample events, or look at the log.',
    });
  }

  /** Does the work on a whole body. Rejects as it does. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const request = Symbol();
    this.#sinceMs.set(request, this.#nowMs());
    try {
      return await work();
    } finally {
      this.#sinceMs.delete(request);
    }
  }
}
