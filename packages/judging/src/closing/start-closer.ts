import { HOUR_MS, type SloPlan } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  repeat,
  systemClock,
  tellRetries,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { PeriodCloser } from './period-closer.ts';

/** Periods end at most once a day, and what is late or adjusted after that is nobody's page. */
const CLOSE_PAUSE_MS = HOUR_MS;
/** The first look waits until the start's own work is done. */
const CLOSE_START_DELAY_MS = 60_000;

/** Closes the calendar periods of a live stream's SLOs, and looks once an hour for what changed them since. */
export function startPeriodCloser(
  { store, supervision, logger }: Pick<ServiceHost, 'store' | 'supervision' | 'logger'>,
  { name, epochs }: RunningStream,
  specs: { readonly judged: readonly SloPlan[] },
): void {
  const closer = new PeriodCloser(store, {
    ...{ stream: name, epochs, judged: () => specs.judged, paneMs: EPOCH_SETTINGS.paneMs },
  });
  supervision.start(`period closer ${name}`, async (signal) => {
    await systemClock.sleep(CLOSE_START_DELAY_MS, signal);
    await repeat(
      async () => {
        await closer.step();
        return false;
      },
      {
        ...{ clock: systemClock, signal, pauseMs: CLOSE_PAUSE_MS },
        onRetry: tellRetries(logger, `period closer ${name}`),
      },
    );
  });
}
