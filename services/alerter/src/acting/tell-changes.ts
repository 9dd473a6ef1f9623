import { DAY_MS, MINUTE_MS } from '@burnline/core';
import { readUntoldChanges, recordServiceChanges, type UntoldChange } from '@burnline/queries';
import { dateTime64OfMs, type ServiceHost } from '@burnline/runtime';
import { post } from '../notifying/delivery.ts';
import type { ChangeHearer, Receiver } from '../receivers/receiver.ts';

type Host = Pick<ServiceHost, 'store' | 'logger'>;

const TIMEOUT_MS = 10_000;
/** So long before a change is given up the last look at it is made. */
const LAST_LOOK_MS = 5 * MINUTE_MS;

interface Hearer {
  readonly name: string;
  readonly verdictOf: Receiver['verdictOf'];
  readonly changes: ChangeHearer;
}

/** Those of some receivers that hear of changes. */
export const changeHearers = (receivers: readonly Receiver[]): readonly Hearer[] =>
  receivers.flatMap(({ name, verdictOf, changes }) =>
    changes === undefined ? [] : [{ name, verdictOf, changes }],
  );

/**
 * Looks once at what changed in the services of a stream, and tells each receiver that asks for changes what it was not told. What it took
 * is a row before anything else is told, so a restart tells nothing again; only a crash between the two does. What it does not take is
 * tried again at every look, for a day.
 */
export async function tellChanges(
  { store, logger }: Host,
  hearers: readonly Hearer[],
  {
    stream,
    nowMs,
    isFirst,
    signal,
  }: {
    readonly stream: string;
    readonly nowMs: number;
    readonly isFirst: boolean;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const beyond = await recordServiceChanges(store, { stream, nowMs, isFirst });
  for (const { service, what } of beyond)
    logger.warn({ service, what }, 'a field has too many new values to be changes: not all are told');
  await Promise.all(
    hearers.map(async (hearer) => {
      const { name, changes } = hearer;
      const asked = { stream, receiver: name, services: changes.services, nowMs };
      for (const change of await readUntoldChanges(store, asked))
        if (!(await tellOne({ store, logger }, hearer, { change, stream, nowMs, signal }))) return;
    }),
  );
}

/** @returns whether the next one may be told: a receiver that is away is asked once at each look */
async function tellOne(
  { store, logger }: Host,
  { name, verdictOf, changes }: Hearer,
  {
    change,
    stream,
    nowMs,
    signal,
  }: {
    readonly change: UntoldChange;
    readonly stream: string;
    readonly nowMs: number;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const { statusCode, error } = await post(changes.requestFor({ ...change, stream }), {
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  const verdict = verdictOf(statusCode);
  const isOver = nowMs - change.recordedMs >= DAY_MS - LAST_LOOK_MS;
  const outcome = verdict === 'taken' ? 'delivered' : isOver ? 'failed' : 'waiting';
  if (verdict !== 'taken')
    logger.warn({ receiver: name, change: change.key, error }, 'a change is not taken; it is tried again');
  await store.insertRows('alert_notifications', [
    {
      ...{ decision_key: change.key, receiver: name, outcome, status_code: statusCode },
      attempts: Math.min(change.attempts + 1, 65_535),
      error: outcome === 'delivered' ? '' : error,
      finished_at: dateTime64OfMs(Date.now()),
    },
  ]);
  return verdict !== 'again';
}
