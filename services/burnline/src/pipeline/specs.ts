import type { SchemaSource } from '@burnline/contracts';
import type { SloPlan } from '@burnline/core';
import { SpecRollout, runBackfill, type SpecCatalog } from '@burnline/processor';
import {
  STORE_RETRY,
  retrying,
  systemClock,
  type EventLog,
  type Logger,
  type Store,
} from '@burnline/runtime';
import type { StreamSlos } from './judged-slos.ts';
import { EPOCH_SETTINGS, ROLLOUT_PAUSE_MS } from './settings.ts';
import type { RunningStream } from './stream.ts';
import { repeat, type Supervision } from './supervision.ts';

/** What the rollout of specs needs of the process that runs it. */
export interface SpecHost {
  readonly log: EventLog;
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly catalog: SpecCatalog;
  readonly slos: StreamSlos;
  readonly supervision: Supervision;
  readonly options: { readonly logger: Logger };
}

/**
 * Announces the SLOs in the stream's log, before anything else is appended to a new one, and goes on with their rollout
 * beside the other loops.
 */
export async function startRollout(
  host: SpecHost,
  stream: RunningStream,
  plans: readonly SloPlan[],
): Promise<SpecRollout> {
  const { log, store, schemas, catalog, supervision, options } = host;
  const rollout = new SpecRollout(
    {
      log,
      store,
      schemas,
      catalog,
      clock: systemClock,
      logger: options.logger,
      backfill: async ({ stream: { name, epochs }, plan, begins }, signal) => {
        const beginsOf = epochs.map((epoch) => ({
          epoch,
          beginOffsets: epoch.startOffsets.map(
            (start, partition) =>
              begins.find((one) => one.streamEpoch === epoch.epoch && one.partition === partition)?.offset ??
              start,
          ),
        }));
        const job = { stream: name, plan: plan.sli, epochs: beginsOf, paneMs: EPOCH_SETTINGS.paneMs };
        await runBackfill({ store, logger: options.logger }, job, { signal });
      },
    },
    stream,
  );
  const context = { clock: systemClock, signal: supervision.signal };
  await retrying(() => rollout.announce(plans), STORE_RETRY, context);
  host.slos.add(stream.name, () => rollout.judged);
  supervision.start(`specs ${stream.name}`, (signal) =>
    repeat(() => rollout.advance(signal), { clock: systemClock, signal, pauseMs: ROLLOUT_PAUSE_MS }),
  );
  return rollout;
}
