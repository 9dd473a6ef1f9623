import { InProcessLog, type InProcessEventLog } from '../in-process/in-process-log.ts';
import type { StartTimer } from '../in-process/log-storage.ts';
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts';
import { MemoryStorage } from './memory-storage.ts';

export interface MemoryLogOptions {
  /** The append clock in epoch milliseconds; it may step back or leap. */
  readonly nowMs: () => number;
  /** Opens over what an earlier log left behind. A new, empty disk by default. */
  readonly disk?: MemoryDisk;
  /**
   * How a consumer's wait passes. By default it is over at once, with nothing else happening in between: a model has no
   * timers. Loops over `next` in a test with real input or output need a real timer, or they never let anything else run.
   */
  readonly startTimer?: StartTimer;
}

/**
 * An event log in memory: the same contract as the others, deterministic, for models and tests. Nothing expires unless
 * `expire` is called.
 */
export function openMemoryLog(options: MemoryLogOptions): InProcessEventLog {
  const storage = new MemoryStorage(options.disk ?? createMemoryDisk(), options.nowMs);
  return new InProcessLog({ storage, startTimer: options.startTimer ?? overAtOnce });
}

const overAtOnce: StartTimer = (_waitMs, done) => {
  let isCancelled = false;
  queueMicrotask(() => {
    if (!isCancelled) done();
  });
  return () => {
    isCancelled = true;
  };
};
