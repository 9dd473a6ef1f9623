import type { Clock } from '@burnline/runtime';

interface Alarm {
  atMs: number;
  readonly order: number;
  readonly ring: () => void;
}

const START_MS = Date.UTC(2026, 0, 1);

/** Time that passes only when told to. Whatever waits is woken in the order of its time, so a run follows from its seed. */
export class VirtualTime {
  #nowMs = START_MS;
  #order = 0;
  #alarms: Alarm[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls `ring` after `waitMs`, unless the function returned is called first. */
  startTimer = (waitMs: number, ring: () => void): (() => void) => {
    const alarm = { atMs: this.#nowMs + Math.max(0, waitMs), order: (this.#order += 1), ring };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  };

  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.startTimer(waitMs, resolve);
    });
  }

  /** The port that the workers get. */
  readonly clock: Clock = {
    nowMs: () => this.#nowMs,
    monotonicMs: () => this.#nowMs,
    sleep: (delayMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const wake = (): void => {
          cancel();
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const cancel = this.startTimer(delayMs, wake);
        signal?.addEventListener('abort', wake);
      }),
  };

  /** Everything sleeps for `spanMs`, as on a machine that is suspended: clocks go on, and nothing becomes due meanwhile. */
  leap(spanMs: number): void {
    this.#nowMs += spanMs;
    this.#alarms = this.#alarms.map((alarm) => Object.assign(alarm, { atMs: alarm.atMs + spanMs }));
  }

  /** Lets `spanMs` pass; everything that becomes due in it runs to its next wait. */
  async pass(spanMs: number): Promise<void> {
    const endMs = this.#nowMs + spanMs;
    await settle();
    for (;;) {
      const next = this.#alarms.reduce<Alarm | null>(
        (first, one) =>
          first === null || one.atMs < first.atMs || (one.atMs === first.atMs && one.order < first.order)
            ? one
            : first,
        null,
      );
      if (next === null || next.atMs > endMs) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#nowMs = next.atMs;
      next.ring();
      await settle();
    }
    this.#nowMs = endMs;
  }
}

/** Runs every promise to its next wait: nothing of a model waits for anything but promises and virtual time. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
