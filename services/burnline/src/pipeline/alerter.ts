import { Decider, Notifier, type JudgedSlos, type WebhookReceiver } from '@burnline/alerter';
import { systemClock, type EventLog, type Logger, type Store } from '@burnline/runtime';
import { IDLE_PAUSE_MS } from './settings.ts';
import { repeat, type Supervision } from './supervision.ts';

/** What the alerter needs of the process that runs it. */
export interface AlerterHost {
  readonly log: EventLog;
  readonly store: Store;
  readonly supervision: Supervision;
  readonly slos: JudgedSlos;
  readonly options: {
    readonly receivers: readonly WebhookReceiver[];
    readonly logger: Logger;
  };
}

/** Decides over every stream of the database, and tells the receivers. The topic of decisions must be there. */
export function startAlerter({ log, store, slos, supervision, options }: AlerterHost): void {
  const { receivers, logger } = options;
  const decider = new Decider({ log, store, slos });
  const notifier = new Notifier({ log, store, clock: systemClock, logger, receivers });
  supervision.start('decider', (signal) =>
    repeat(async () => (await decider.run()) > 0, { clock: systemClock, signal, pauseMs: IDLE_PAUSE_MS }),
  );
  supervision.start('notifier', (signal) => notifier.run(signal));
}
