import { EVALUATORS_TOPIC, formatIssues, loadSpecs } from '@burnline/contracts';
import { AppError, type SloPlan } from '@burnline/core';
import { JudgedSpecs, SpecCatalog, checkSpecsFound, readSpecFiles, watchSpecs } from '@burnline/processor';
import {
  holdShards,
  openStreamService,
  repeat,
  systemClock,
  untilTopic,
  type Config,
  type ServiceContext,
} from '@burnline/runtime';
import type { ALERTER_VARIABLES } from './alerter-variables.ts';
import { alertmanagerReceiver, type WebhookReceiver } from './notifying/webhook.ts';
import { startNotifier } from './start-alerter.ts';
import { startTerm, type Proposal } from './start-term.ts';

/** How often an alerter looks which revisions the rollout, here or elsewhere, has made the active ones. */
const ACTIVE_LOOK_MS = 1_000;

/**
 * Starts an alerter among several: each judges the SLOs of the shards that it holds, the holder of the first one seals and
 * rolls out specs too, and one of them tells the receivers.
 */
export async function startAlerterService(context: ServiceContext<typeof ALERTER_VARIABLES>): Promise<void> {
  const { config, logger, supervision, metrics } = context;
  const read = () => readSpecFiles(config.BURNLINE_SPECS);
  const first = await read();
  const plans = plansOf(first);
  const service = await openStreamService(context);
  const { log, store, stream } = service;
  await untilTopic(log, EVALUATORS_TOPIC, { logger, signal: supervision.signal });
  const catalog = new SpecCatalog(store);
  const judged = new JudgedSpecs({ store, catalog }, stream.name);
  judged.want(plans);
  const proposal: Proposal = { plans, changed: () => undefined };
  supervision.start('specs', (signal) =>
    watchSpecs(read, {
      first,
      onPlans: (changed) => {
        judged.want(changed);
        proposal.plans = changed;
        proposal.changed(changed);
      },
      logger,
      clock: systemClock,
      signal,
    }),
  );
  supervision.start('active specs', (signal) =>
    repeat(
      async () => {
        await judged.refresh();
        return false;
      },
      { clock: systemClock, signal, pauseMs: ACTIVE_LOOK_MS },
    ),
  );
  startNotifier(service, receiversOf(config));
  supervision.start('evaluator', (signal) =>
    holdShards(
      service,
      {
        group: `burnline-evaluators.${stream.name}`,
        topic: EVALUATORS_TOPIC,
        begin: (share) => startTerm({ ...service, catalog }, { judged, proposal, share }),
        onShare: ({ held }) => {
          metrics.shardsHeld(held.length);
        },
      },
      signal,
    ),
  );
}

function receiversOf(config: Config<typeof ALERTER_VARIABLES>): readonly WebhookReceiver[] {
  const { BURNLINE_WEBHOOK_URL: webhook, BURNLINE_ALERTMANAGER_URL: alertmanager } = config;
  return [
    ...(webhook === undefined ? [] : [{ name: 'webhook', url: webhook }]),
    ...(alertmanager === undefined ? [] : [alertmanagerReceiver(alertmanager)]),
  ];
}

function plansOf(files: Awaited<ReturnType<typeof readSpecFiles>>): readonly SloPlan[] {
  const loaded = loadSpecs(files, { mode: 'tolerant' });
  checkSpecsFound(files, loaded);
  if (loaded.issues.length === 0) return loaded.plans;
  throw new AppError('SPECS_INVALID', `The specs are wrong:\n${formatIssues(loaded.issues)}`, {
    remedy: 'Correct them; `burnline validate` checks files before they are mounted.',
  });
}
