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
 * Work on bodies, in turns: one turn, then whatever else the process has to do, then the next. A long body has a turn for
 * itself and then waits for the others; short ones share a turn, or a flood of them would wait for all else once for each. So
 * a long body holds up neither the rest of the process nor a short body behind it.
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
      this.#takeTurn(performance.now() + TURN_MS);
      this.#schedule();
    });
  }

  #takeTurn(endMs: number): void {
    do {
      const job = this.#jobs.shift();
      if (job === undefined) return;
      if (!work(job, endMs)) this.#jobs.push(job);
    } while (performance.now() < endMs);
  }
}

/** True once the job has ended, either way; false where the time was over before. */
function work({ step, signal, resolve, reject }: Job, endMs: number): boolean {
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
