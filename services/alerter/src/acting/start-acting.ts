import { repeat, systemClock, tellRetries, type ServiceHost } from '@burnline/runtime';
import { checkRoutes } from './route-around.ts';

/** Gateways ask about as often; errors of minutes are counted. */
const PAUSE_MS = 10_000;

/** Does what policies say beside the gate, for one stream. One process of all does it; where two do for a moment, both write the same. */
export function startActing(
  { store, supervision, logger }: Pick<ServiceHost, 'store' | 'supervision' | 'logger'>,
  stream: string,
): void {
  const act = async (): Promise<boolean> => {
    await checkRoutes({ store, logger }, { stream, nowMs: systemClock.nowMs() });
    return false;
  };
  supervision.start('acting', (signal) =>
    repeat(act, { clock: systemClock, signal, pauseMs: PAUSE_MS, onRetry: tellRetries(logger, 'acting') }),
  );
}
