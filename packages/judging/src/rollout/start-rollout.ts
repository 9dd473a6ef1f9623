import type { SloPlan } from '@burnline/core';
import {
  EPOCH_SETTINGS,
  STORE_RETRY,
  repeat,
  retrying,
  systemClock,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { runBackfill } from '../backfill/run-backfill.ts';
import type { SpecCatalog } from '@burnline/counting';
import { endedEpochs } from './ended-epochs.ts';
import { SpecRollout } from './spec-rollout.ts';

/** How often a rollout of specs looks whether processors and sink have come as far as it waits for. */
const ROLLOUT_PAUSE_MS = 250;

/**
 * Announces the SLOs in the stream's log, before anything else is appended to a new one, and goes on with their rollout
 * beside the other loops.
 */
export async function startRollout(
  host: Omit<ServiceHost, 'decoder'> & { readonly catalog: SpecCatalog },
  stream: RunningStream,
  plans: readonly SloPlan[],
): Promise<SpecRollout> {
  const { log, store, schemas, catalog, supervision, logger } = host;
  const rollout = new SpecRollout(
    {
      log,
      store,
      schemas,
      catalog,
      clock: systemClock,
      logger,
      backfill: async ({ stream: { name, epochs }, plan, begins }, signal) => {
        const ended = await endedEpochs(store, epochs);
        const beginsOf = epochs.map((epoch) => ({
          epoch,
          beginOffsets: epoch.startOffsets.map(
            (start, partition) =>
              begins.find((one) => one.streamEpoch === epoch.epoch && one.partition === partition)?.offset ??
              start,
          ),
        }));
        const job = {
          stream: name,
          plan: plan.sli,
          epochs: [...ended, ...beginsOf],
          paneMs: EPOCH_SETTINGS.paneMs,
        };
        await runBackfill({ store, logger }, job, { signal });
      },
    },
    stream,
  );
  const context = { clock: systemClock, signal: supervision.signal };
  await retrying(() => rollout.announce(plans), STORE_RETRY, context);
  supervision.start(`specs ${stream.name}`, (signal) =>
    repeat(() => rollout.advance(signal), { clock: systemClock, signal, pauseMs: ROLLOUT_PAUSE_MS }),
  );
  return rollout;
}
