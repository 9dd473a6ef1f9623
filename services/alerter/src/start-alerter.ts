import { repeat, systemClock, tellRetries, type ServiceHost } from '@burnline/runtime';
import { Decider, type DeciderParts } from './deciding/decider.ts';
import { Notifier } from './notifying/notifier.ts';
import type { Receiver } from './receivers/receiver.ts';

/**
 * How long the decider waits before it looks by itself whether anything was evaluated: it is told of what this process
 * evaluates, and what raw rows of a history it still waits for comes without a word.
 */
const IDLE_PAUSE_MS = 500;

type AlerterHost = Pick<
  ServiceHost,
  'log' | 'store' | 'supervision' | 'logger' | 'metrics' | 'watch' | 'bells'
>;

/** Decides over the streams of the database. The topic of decisions must be there. */
export function startDecider(
  { log, store, supervision, logger, metrics, watch, bells }: AlerterHost,
  parts: Pick<DeciderParts, 'slos' | 'shards'>,
): void {
  const decider = new Decider({
    log,
    store,
    logger,
    watch,
    ...(metrics !== undefined && { metrics }),
    ...parts,
  });
  supervision.start('decider', (signal) =>
    repeat(async () => (await decider.run()) > 0, {
      clock: systemClock,
      signal,
      pauseMs: IDLE_PAUSE_MS,
      bell: bells?.evaluated,
      onRetry: tellRetries(logger, 'decider'),
    }),
  );
}

/** Tells the receivers what was decided; one of several notifiers does. The topic of decisions must be there. */
export function startNotifier(
  { log, store, supervision, logger, metrics }: AlerterHost,
  receivers: readonly Receiver[],
): void {
  const told = metrics === undefined ? {} : { metrics };
  const notifier = new Notifier({ log, store, clock: systemClock, logger, receivers, ...told });
  supervision.start('notifier', (signal) => notifier.run(signal));
}
