/** One part of a piece of work; true once the whole is done. */
export type Step = () => boolean;

/** How long a turn may hold the event loop: what pages and answers beside it waits no longer than this. */
const TURN_MS = 4;

interface Job {
  readonly step: Step;
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Work on bodies, in turns: one turn of one request at a time, then whatever else the process has to do, then the next
 * request's. A long body thus holds up neither the rest of the process nor a short body behind it.
 */
export class Turns {
  #jobs: Job[] = [];
  #isScheduled = false;

  /** Runs steps until one says that all is done. Rejects with what a step throws, or with the signal's reason. */
  run(step: Step, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ step, signal, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const job = this.#jobs.shift();
      if (job !== undefined && !takeTurn(job)) this.#jobs.push(job);
      this.#schedule();
    });
  }
}

/** True once the job has ended, either way. */
function takeTurn({ step, signal, resolve, reject }: Job): boolean {
  const endMs = performance.now() + TURN_MS;
  try {
    signal.throwIfAborted();
    do {
      if (!step()) continue;
      resolve();
      return true;
    } while (performance.now() < endMs);
    return false;
  } catch (error) {
    reject(error);
    return true;
  }
}
