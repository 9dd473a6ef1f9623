import { repeat, systemClock, tellRetries, type ServiceHost } from '@burnline/runtime';
import type { Receiver } from '../receivers/receiver.ts';
import { checkPolicies } from './policy-notices.ts';
import { checkRoutes } from './route-around.ts';
import { changeHearers, tellChanges } from './tell-changes.ts';

/** Gateways ask about as often; errors of minutes are counted. */
const ROUTES_PAUSE_MS = 10_000;
/** Budgets move slower, and their whole history is walked. */
const POLICIES_PAUSE_MS = 30_000;
const CHANGES_PAUSE_MS = 60_000;

/**
 * Does what policies say beside the gate, for one stream. One process of all does it; where two do for a moment, both write the same.
 * The topic of decisions must be there.
 */
export function startActing(
  host: Pick<ServiceHost, 'store' | 'log' | 'supervision' | 'logger'>,
  { stream, receivers }: { readonly stream: string; readonly receivers: readonly Receiver[] },
): void {
  const act = (
    name: string,
    pauseMs: number,
    check: (at: LookAt, signal: AbortSignal) => Promise<void>,
  ): void => {
    host.supervision.start(name, (signal) => {
      const look = async (): Promise<boolean> => {
        await check({ stream, nowMs: systemClock.nowMs() }, signal);
        return false;
      };
      return repeat(look, { clock: systemClock, signal, pauseMs, onRetry: tellRetries(host.logger, name) });
    });
  };
  act('acting', ROUTES_PAUSE_MS, (at) => checkRoutes(host, at));
  act('policies', POLICIES_PAUSE_MS, (at) => checkPolicies(host, at));
  const hearers = changeHearers(receivers);
  if (hearers.length === 0) return;
  let isFirst = true;
  act('changes', CHANGES_PAUSE_MS, async (at, signal) => {
    await tellChanges(host, hearers, { ...at, isFirst, signal });
    isFirst = false;
  });
}

interface LookAt {
  readonly stream: string;
  readonly nowMs: number;
}
