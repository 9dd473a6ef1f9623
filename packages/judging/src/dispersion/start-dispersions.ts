import { HOUR_MS, type SloPlan } from '@burnline/core';
import { repeat, systemClock, tellRetries, type ServiceHost } from '@burnline/runtime';
import { measureDispersions } from './measure-dispersions.ts';

/** The first look waits until the start's own work is done. */
const START_DELAY_MS = 30_000;

/** Measures, once an hour, how much the events of a live stream's SLOs come in bursts, of those that ask for evidence. */
export function startDispersions(
  host: Pick<ServiceHost, 'store' | 'supervision' | 'logger'>,
  stream: string,
  judged: () => readonly SloPlan[],
): void {
  const { store, supervision, logger } = host;
  const name = `dispersions ${stream}`;
  supervision.start(name, async (signal) => {
    await systemClock.sleep(START_DELAY_MS, signal);
    const measure = async (): Promise<boolean> => {
      await measureDispersions(store, stream, judged());
      return false;
    };
    await repeat(measure, {
      clock: systemClock,
      signal,
      pauseMs: HOUR_MS,
      onRetry: tellRetries(logger, name),
    });
  });
}
