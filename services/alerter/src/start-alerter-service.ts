import { EVALUATORS_TOPIC } from '@burnline/contracts';
import { formatIssues, loadSpecs, type SpecFile } from '@burnline/specs';
import { AppError, type SloPlan } from '@burnline/core';
import { SpecCatalog } from '@burnline/counting';
import { checkSpecsFound, JudgedSpecs, readGivenSpecs, readSpecFiles, watchSpecs } from '@burnline/judging';
import {
  ProgressWatch,
  STORE_RETRY,
  holdShards,
  openStreamService,
  repeat,
  retrying,
  sendHeartbeats,
  systemClock,
  untilTopic,
  type ServiceContext,
  type StreamService,
  type Supervision,
} from '@burnline/runtime';
import type { ALERTER_VARIABLES } from './alerter-variables.ts';
import { endAlert } from './deciding/end-alert.ts';
import { receiversOf } from './receivers/receiver-table.ts';
import { silenceActions } from './silencing/silence-actions.ts';
import { startNotifier } from './start-alerter.ts';
import { checkStream } from './stream-check.ts';
import { startTerm, type Proposal } from './start-term.ts';

/** How often an alerter looks which revisions the rollout, here or elsewhere, has made the active ones. */
const ACTIVE_LOOK_MS = 1_000;

/**
 * Starts an alerter among several: each judges the SLOs of the shards that it holds, the holder of the first one seals and
 * rolls out specs too, and one of them tells the receivers.
 */
export async function startAlerterService(context: ServiceContext<typeof ALERTER_VARIABLES>): Promise<void> {
  const { config, logger, supervision, metrics } = context;
  const receivers = receiversOf(config);
  const paths = config.BURNLINE_SPECS;
  // Mistakes in files are told before anything is waited for.
  if (paths !== undefined) plansOf(await readSpecFiles(paths));
  const watch = new ProgressWatch(systemClock);
  const service = { ...(await openStreamService(context)), watch };
  const { log, store, stream } = service;
  startWatching(context, service);
  const read = (): Promise<readonly SpecFile[]> =>
    paths === undefined ? readGivenSpecs(store, stream.name) : readSpecFiles(paths);
  const first = await retrying(read, STORE_RETRY, { clock: systemClock, signal: supervision.signal });
  const plans = first.length === 0 ? [] : plansOf(first);
  if (paths === undefined)
    logger.warn(
      { slos: plans.length },
      'no specs are named: the stream goes on with those that it was given',
    );
  await untilTopic(log, EVALUATORS_TOPIC, { logger, signal: supervision.signal });
  const catalog = new SpecCatalog(store);
  const judged = new JudgedSpecs({ store, catalog }, stream.name);
  judged.want(plans);
  const filesOf = (files: readonly SpecFile[]): Proposal['files'] => (paths === undefined ? null : files);
  const proposal: Proposal = { plans, files: filesOf(first), changed: () => Promise.resolve() };
  supervision.start('specs', (signal) =>
    watchSpecs(read, {
      first,
      onPlans: async (changed, files) => {
        judged.want(changed);
        proposal.plans = changed;
        proposal.files = filesOf(files);
        await proposal.changed(changed);
      },
      logger,
      clock: systemClock,
      signal,
    }),
  );
  followActive(supervision, judged);
  startNotifier(service, receivers);
  supervision.start('evaluator', (signal) =>
    holdShards(
      service,
      {
        group: `burnline-evaluators.${stream.name}`,
        topic: EVALUATORS_TOPIC,
        begin: (share) => startTerm({ ...service, catalog }, { judged, proposal, share, receivers }),
        onShare: ({ held }) => {
          metrics.shardsHeld(held.length);
        },
      },
      signal,
    ),
  );
}

/** Another alerter's rollout may have made other revisions the active ones. */
function followActive(supervision: Supervision, judged: JudgedSpecs): void {
  const refresh = async (): Promise<boolean> => {
    await judged.refresh();
    return false;
  };
  supervision.start('active specs', (signal) =>
    repeat(refresh, { clock: systemClock, signal, pauseMs: ACTIVE_LOOK_MS }),
  );
}

/** Compares the progress of judging with the clock: for `/ready`, the metrics, the log and an outside receiver. */
function startWatching(
  { config, logger, supervision, metrics, checks, actions }: ServiceContext<typeof ALERTER_VARIABLES>,
  { log, store, stream, watch }: StreamService & { readonly watch: ProgressWatch },
): void {
  metrics.watched(watch);
  checks.set('judging', () => watch.check());
  supervision.start('watch', (signal) => watch.run(logger, signal));
  const token = config.BURNLINE_OPERATIONS_PASSWORD;
  if (token !== undefined) actions.token = token;
  actions.handlers.set('/alerts/end', (body) => endAlert({ log, store, clock: systemClock }, body));
  const silences = silenceActions(store, systemClock);
  for (const [path, handle] of silences.handlers) actions.handlers.set(path, handle);
  for (const [path, ask] of silences.questions) actions.questions.set(path, ask);
  const url = config.BURNLINE_HEARTBEAT_URL;
  if (url === undefined) return;
  const isWell = (): Promise<void> => checkStream(store, { stream: stream.name, nowMs: systemClock.nowMs() });
  const heartbeat = { url, intervalMs: config.BURNLINE_HEARTBEAT_INTERVAL_MS, isWell };
  supervision.start('heartbeat', (signal) =>
    sendHeartbeats(heartbeat, { clock: systemClock, logger, signal }),
  );
}

function plansOf(files: Awaited<ReturnType<typeof readSpecFiles>>): readonly SloPlan[] {
  const loaded = loadSpecs(files, { mode: 'tolerant' });
  checkSpecsFound(files, loaded);
  if (loaded.issues.length === 0) return loaded.plans;
  throw new AppError('SPECS_INVALID', `The specs are wrong:\n${formatIssues(loaded.issues)}`, {
    remedy: 'Correct them; `burnline validate` checks files before they are mounted.',
  });
}
