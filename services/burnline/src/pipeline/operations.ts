import { endAlert, silenceActions } from '@burnline/alerter';
import { addAdjustment, revokeAdjustment, type AdjustmentRequest } from '@burnline/judging';
import {
  orStop,
  sendHeartbeats,
  serveOperations,
  stopAll,
  systemClock,
  type MetricsEndpoint,
  type OperationsServer,
  type ReadyCheck,
} from '@burnline/runtime';
import { eraseSubject } from '../erasing/erase-subject.ts';
import { askGate } from '../governing/gate.ts';
import { addOverride, endOverride } from '../governing/overrides.ts';
import { makeReport } from '../reporting/make-report.ts';
import { actOnIncident } from '../incidents/act-on-incident.ts';
import { openAnalystStore } from './analyst-store.ts';
import type { Pipeline } from './pipeline.ts';

export interface PipelineOperations {
  readonly host: string;
  /** 0 takes a free one; `usual` does where the usual one is taken: a second pipeline must not fail for what nobody asked for. */
  readonly port: number | 'usual';
  /** What may ask for changes: known to whoever may read the connection file. */
  readonly token: string;
  /** Of everything that runs in this process. */
  readonly metrics: MetricsEndpoint;
  /** Receiver that is to hear that judging goes on; none if absent. */
  readonly heartbeat?: { readonly url: string; readonly intervalMs: number };
}

const USUAL_PORT = 9464;

/** Serves a pipeline's `/live`, `/ready` and `/metrics`, takes what an operator asks for, and sends its heartbeats. */
export async function startOperations(
  pipeline: Pipeline,
  options: PipelineOperations,
): Promise<OperationsServer> {
  const { log, store, logger, supervision, watch } = pipeline;
  const reader = openAnalystStore(pipeline);
  const { metrics } = options;
  metrics.watched(watch);
  const { heartbeat } = options;
  if (heartbeat !== undefined)
    supervision.start('heartbeat', (signal) =>
      sendHeartbeats({ ...heartbeat, isWell: () => watch.check() }, { clock: systemClock, logger, signal }),
    );
  const silences = silenceActions(store, systemClock);
  const served = {
    host: options.host,
    checks: readyChecks(pipeline),
    metrics: () => metrics.text(),
    actions: {
      token: options.token,
      questions: silences.questions,
      handlers: new Map<string, (body: AdjustmentRequest) => Promise<object>>([
        ['/alerts/end', (body) => endAlert({ log, store, clock: systemClock }, body)],
        ...silences.handlers,
        ['/adjustments/add', (body) => addAdjustment(store, body, systemClock.nowMs())],
        ['/adjustments/revoke', (body) => revokeAdjustment(store, body)],
        ['/overrides/add', (body) => addOverride(store, body, systemClock.nowMs())],
        ['/overrides/end', (body) => endOverride(store, body, systemClock.nowMs())],
        ['/erasures/add', (body) => eraseSubject(store, body, systemClock.nowMs())],
        ['/report', (body) => makeReport({ reader, writer: store }, body, systemClock.nowMs())],
        ['/incidents/act', (body) => actOnIncident(store, body, systemClock.nowMs())],
        ['/gate', (body) => askGate(store, body, systemClock.nowMs())],
      ]),
    },
  };
  const serve = (port: number): Promise<OperationsServer> => serveOperations({ ...served, port });
  const server = await orStop(
    () => (options.port === 'usual' ? serve(USUAL_PORT).catch(() => serve(0)) : serve(options.port)),
    () => reader.close(),
  );
  return {
    url: server.url,
    close: () =>
      stopAll(
        () => server.close(),
        () => reader.close(),
      ),
  };
}

function readyChecks({ log, store, watch }: Pipeline): ReadonlyMap<string, ReadyCheck> {
  return new Map<string, ReadyCheck>([
    [
      'log',
      async () => {
        await log.bounds([]);
      },
    ],
    [
      'database',
      async () => {
        await store.query('SELECT 1');
      },
    ],
    ['judging', () => watch.check()],
  ]);
}
