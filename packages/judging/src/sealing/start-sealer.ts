import { repeat, systemClock, type ServiceHost } from '@burnline/runtime';
import { createSealer } from './create-sealer.ts';

/**
 * How often a sealer looks for hours that are over. An hour of the log ends once an hour, and readers sum its chunk rows until
 * then: a minute later is soon enough for a few small queries per epoch.
 */
const SEAL_PAUSE_MS = 60_000;
/** The first look waits until the start's own work (tables, warm-up, recounting) is done. */
const SEAL_START_DELAY_MS = 10_000;

/** Starts one sealer for all epochs of the database, those of streams that no longer run too. */
export function startSealer(host: Pick<ServiceHost, 'store' | 'supervision' | 'logger'>): void {
  const { store, supervision, logger } = host;
  const sealer = createSealer({ store, logger, clock: systemClock });
  supervision.start('sealer', async (signal) => {
    await systemClock.sleep(SEAL_START_DELAY_MS, signal);
    await repeat(() => sealer.step(), { clock: systemClock, signal, pauseMs: SEAL_PAUSE_MS });
  });
}
