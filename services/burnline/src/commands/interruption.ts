import { isAppError } from '@burnline/core';
import { Interruption } from '../output/exit-codes.ts';

/**
 * Runs work that ends in order when it is interrupted: the first SIGINT or SIGTERM aborts its signal, with an Interruption
 * as reason, and the work closes what it opened. A second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    const interruption = new Interruption(name === 'SIGTERM' ? 'SIGTERM' : 'SIGINT');
    if (controller.signal.aborted) process.exit(interruption.exitCode);
    controller.abort(interruption);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } catch (error) {
    // Ctrl+C goes to every process of a terminal: an engine that had hardly begun may have gone before it could be asked to.
    const isConsequence = isAppError(error) && error.code === 'ENGINE_START_FAILED';
    throw controller.signal.aborted && isConsequence ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
