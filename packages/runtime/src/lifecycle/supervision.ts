import { isAppError } from '@burnline/core';
import type { Logger } from '../observability/logger.ts';
import type { Bell } from './bell.ts';
import { STORE_RETRY } from './retry-policies.ts';
import { retrying, type RetryContext } from './retry.ts';

/**
 * Runs the loops of a process together: the first that fails stops all, and its error is the process's.
 * What was not written is not committed, so stopping is always safe.
 */
export class Supervision {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #logger: Logger;
  #failure: { readonly error: unknown } | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts a loop; it must end soon after the signal aborts. */
  start(name: string, loop: (signal: AbortSignal) => Promise<void>): void {
    const running = loop(this.#controller.signal).catch((error: unknown) => {
      const { aborted } = this.#controller.signal;
      if (aborted && error === this.#controller.signal.reason) return;
      if (aborted && (this.#failure !== null || isPassing(error))) {
        // What was not written was not committed: the next start does it again.
        this.#logger.warn({ loop: name, error: String(error) }, 'a loop ended with work left to do again');
        return;
      }
      this.#failure ??= { error };
      this.#logger.error({ loop: name, error: String(error) }, 'a loop failed, stopping');
      this.#controller.abort();
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  /** The error of the loop that failed; null while none has. */
  get failure(): unknown {
    return this.#failure?.error ?? null;
  }

  /** Throws the error of the loop that failed, if one did. */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Makes every loop end, and whoever waits on the signal with this reason. */
  interrupt(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Stops every loop and waits for their ends. Throws what `check` throws. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await Promise.all(this.#running);
    this.check();
  }
}

function isPassing(error: unknown): boolean {
  return isAppError(error) && error.outcome === 'retry';
}

/**
 * Calls `work` until the signal aborts, with a pause after each call that found nothing to do: a fixed one, or what is left
 * after a call that took so long. A bell that has rung since the call began ends the pause, though not before a rest. A call
 * that fails with outcome `retry` (the database restarts) is made again, for as long as writes are; so `work` must be idempotent.
 */
export async function repeat(
  work: () => Promise<boolean>,
  context: RetryContext & {
    readonly signal: AbortSignal;
    readonly pauseMs: number | ((tookMs: number) => number);
    readonly bell?: Bell | undefined;
    readonly restMs?: (tookMs: number) => number;
  },
): Promise<void> {
  const { clock, signal, pauseMs, bell, restMs } = context;
  while (!signal.aborted) {
    const [startMs, ringCount] = [clock.monotonicMs(), bell?.ringCount ?? 0];
    const hadWork = await retrying(work, STORE_RETRY, context);
    if (hadWork) continue;
    const tookMs = clock.monotonicMs() - startMs;
    const wholeMs = typeof pauseMs === 'number' ? pauseMs : pauseMs(tookMs);
    if (bell === undefined) {
      await clock.sleep(wholeMs, signal);
      continue;
    }
    const restedMs = Math.min(wholeMs, restMs?.(tookMs) ?? 0);
    if (restedMs > 0) await clock.sleep(restedMs, signal);
    await bell.wait(ringCount, wholeMs - restedMs, context);
  }
}
