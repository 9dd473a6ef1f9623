import type { NotificationOutcome } from '@burnline/core';
import { STORE_RETRY, dateTime64OfMs, retrying, type Clock, type Store } from '@burnline/runtime';
import type { LaneTask } from './lane-queues.ts';

/** Writes what became of some tellings, in one insert. */
export async function writeOutcome(
  parts: { readonly store: Store; readonly clock: Clock; readonly receiver: string },
  result: {
    readonly tasks: readonly LaneTask[];
    readonly outcome: NotificationOutcome;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { store, clock, receiver } = parts;
  const { tasks, outcome, signal } = result;
  const finished_at = dateTime64OfMs(clock.nowMs());
  const rows = tasks.map(({ telling, attempts, statusCode, error }) => ({
    decision_key: telling.key,
    receiver,
    outcome,
    attempts: Math.min(attempts, 65_535),
    status_code: statusCode,
    error: outcome === 'delivered' ? '' : error,
    finished_at,
  }));
  if (rows.length === 0) return;
  await retrying(() => store.insertRows('alert_notifications', rows), STORE_RETRY, { clock, signal });
}
