import { intakeError } from './intake-error.ts';

/** Half of what publishers wait for an answer: who waits for longer sends again, and makes it worse. */
const BACKLOG_MS_MAX = 5_000;
/** So few may wait for a partition of the log that nobody leads, which is nobody else's trouble. */
const WAITING_COUNT_MIN = 8;
/** While any request is answered in good time, this often, it is not the intake that is behind. */
const ANSWERED_WITHIN_MS = 1_000;

/**
 * Requests whose bodies are there and whose answers are not. While several wait, the oldest for too long, and none is answered in good
 * time, new ones are refused before their bodies are read: an intake that is asked for more than it can do answers what it has taken,
 * and tells the others to come again. Requests that wait for one partition alone keep no others from theirs.
 */
export class Backlog {
  readonly #nowMs: () => number;
  /** When each began to wait, oldest first; as many as there are connections and calls at most. */
  readonly #sinceMs = new Map<symbol, number>();
  /** When a request was last answered in good time. */
  #answeredMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Throws COLLECTOR_BUSY (retry). */
  check(): void {
    const nowMs = this.#nowMs();
    const [oldestMs] = this.#sinceMs.values();
    if (oldestMs === undefined || nowMs - oldestMs < BACKLOG_MS_MAX) return;
    if (this.#sinceMs.size < WAITING_COUNT_MIN || nowMs - this.#answeredMs < ANSWERED_WITHIN_MS) return;
    throw intakeError('COLLECTOR_BUSY', 'More is sent than is written: requests wait for seconds', {
      remedy:
        'Send the request again after the time that Retry-After names. Where that goes on, run another collector, sample events, or look at the log.',
    });
  }

  /** Does the work on a whole body. Rejects as it does. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const request = Symbol();
    const sinceMs = this.#nowMs();
    this.#sinceMs.set(request, sinceMs);
    try {
      const done = await work();
      const nowMs = this.#nowMs();
      if (nowMs - sinceMs < BACKLOG_MS_MAX) this.#answeredMs = nowMs;
      return done;
    } finally {
      this.#sinceMs.delete(request);
    }
  }
}
