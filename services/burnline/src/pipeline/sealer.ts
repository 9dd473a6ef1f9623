import { createSealer } from '@burnline/processor';
import { systemClock, type Logger, type Store } from '@burnline/runtime';
import { SEAL_PAUSE_MS, SEAL_START_DELAY_MS } from './settings.ts';
import { repeat, type Supervision } from './supervision.ts';

/** What the sealer needs of the process that runs it. */
interface SealerHost {
  readonly store: Store;
  readonly supervision: Supervision;
  readonly options: { readonly logger: Logger };
}

/** Starts one sealer for all epochs of the database, those of streams that no longer run too. */
export function startSealer(host: SealerHost): void {
  const { store, supervision, options } = host;
  const sealer = createSealer({ store, logger: options.logger, clock: systemClock });
  supervision.start('sealer', async (signal) => {
    await systemClock.sleep(SEAL_START_DELAY_MS, signal);
    await repeat(() => sealer.step(), { clock: systemClock, signal, pauseMs: SEAL_PAUSE_MS });
  });
}
