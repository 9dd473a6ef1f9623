import { topicsOf, type BatchDecoder, type SchemaSource, type StreamTopics } from '@burnline/contracts';
import type { SloPlan } from '@burnline/core';
import {
  BurnStage,
  createLiveClock,
  createPaneWork,
  createReplayClock,
  processorGroupOf,
  type SpecCatalog,
  type SpecRollout,
} from '@burnline/processor';
import {
  STORE_RETRY,
  StreamWorker,
  ensureEpoch,
  retrying,
  systemClock,
  type EventLog,
  type Logger,
  type Store,
  type StreamEpoch,
  type StreamTopic,
  type WorkerParts,
} from '@burnline/runtime';
import { createRawWork } from '@burnline/sink';
import {
  EMBEDDED_PARTITION_COUNT,
  EPOCH_SETTINGS,
  IDLE_PAUSE_MS,
  LIVE_TICK_MS,
  PANE_FLUSH_MS,
  RAW_FLUSH_MS,
} from './settings.ts';
import { startRollout, type SpecHost } from './specs.ts';
import { repeat, type Supervision } from './supervision.ts';

/** What a service of a stream needs of the process that runs it. */
export interface StreamHost {
  readonly log: EventLog;
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly catalog: SpecCatalog;
  readonly supervision: Supervision;
  readonly options: { readonly logger: Logger };
}

export interface RunningStream {
  readonly name: string;
  readonly kind: 'live' | 'replay';
  readonly topics: StreamTopics;
  readonly partitionCount: number;
  /** Epochs of the topics that carry events and verdicts. */
  readonly epochs: readonly StreamEpoch[];
}

/** A stream with everything that runs on it. */
export interface StartedStream extends RunningStream {
  readonly rollout: SpecRollout;
  readonly stage: BurnStage;
}

/**
 * Starts one stream under the pipeline's supervision: its specs are announced, then come processor, sink and burn stage.
 */
export async function startStream(
  pipeline: StreamHost & SpecHost,
  given: { readonly name: string; readonly kind: 'live' | 'replay'; readonly plans: readonly SloPlan[] },
): Promise<StartedStream> {
  const stream = await openStream(pipeline, given.name, given.kind);
  const rollout = await startRollout(pipeline, stream, given.plans);
  startProcessor(pipeline, stream);
  startSink(pipeline, stream);
  const stage = startBurnStage(pipeline, stream, rollout);
  return { ...stream, rollout, stage };
}

/**
 * Finds a stream's topics and epochs, and makes them if need be; whoever comes first does, in whatever process. Waits for a
 * database that restarts.
 */
export async function openStream(
  { log, store, supervision }: Pick<StreamHost, 'log' | 'store' | 'supervision'>,
  name: string,
  kind: 'live' | 'replay',
): Promise<RunningStream> {
  const partitionCount = EMBEDDED_PARTITION_COUNT;
  const topics = topicsOf(name, { partitionCount, kind });
  await log.ensureTopics([topics.inference, topics.verdicts, topics.reports]);
  const epochs: StreamEpoch[] = [];
  for (const topic of countedTopics({ name, kind, topics, partitionCount })) {
    const ensure = (): Promise<StreamEpoch> =>
      ensureEpoch({ log, store, nowMs: systemClock.nowMs() }, topic, EPOCH_SETTINGS);
    epochs.push(await retrying(ensure, STORE_RETRY, { clock: systemClock, signal: supervision.signal }));
  }
  return { name, kind, topics, partitionCount, epochs };
}

/** Counts the stream's events and verdicts into panes. */
export function startProcessor(host: StreamHost, stream: RunningStream): void {
  const { store, schemas, decoder, catalog, supervision } = host;
  const work = createPaneWork({ schemas, store, catalog, decoder, settings: EPOCH_SETTINGS });
  const worker = new StreamWorker(work, workerParts(host), {
    group: processorGroupOf(stream.name),
    topics: countedTopics(stream),
    settings: EPOCH_SETTINGS,
    flushIntervalMs: PANE_FLUSH_MS,
  });
  supervision.start(`processor ${stream.name}`, (signal) => worker.run(signal));
}

/** Keeps the stream's events and verdicts, and a live one's source reports, as raw rows. */
export function startSink(host: StreamHost, stream: RunningStream): void {
  const { store, schemas, decoder, supervision, options } = host;
  const work = createRawWork({
    store,
    logger: options.logger,
    decoder,
    schemas,
    repeatWindowMessages: EPOCH_SETTINGS.repeatWindowMessages,
  });
  const counted = countedTopics(stream);
  const reports = streamTopic(stream, stream.topics.reports.name);
  const worker = new StreamWorker(work, workerParts(host), {
    group: `burnline-sink.${stream.name}`,
    topics: stream.kind === 'live' ? [...counted, reports] : counted,
    settings: EPOCH_SETTINGS,
    flushIntervalMs: RAW_FLUSH_MS,
  });
  supervision.start(`sink ${stream.name}`, (signal) => worker.run(signal));
}

/**
 * Judges the stream's panes: burn rates and budgets, tick by tick. A history waits for a rollout that is under way, so that
 * each instant is judged with all SLOs; a live stream goes on with those that are there.
 */
export function startBurnStage(
  { store, supervision }: Pick<StreamHost, 'store' | 'supervision'>,
  stream: RunningStream,
  rollout: Pick<SpecRollout, 'judged' | 'isSettled'>,
): BurnStage {
  const { epochs, kind, name } = stream;
  const clock =
    kind === 'live'
      ? createLiveClock({ store, clock: systemClock, epochs })
      : createReplayClock({ store, epochs, tickMs: EPOCH_SETTINGS.intervalMs });
  const stage = new BurnStage(store, clock, {
    stream: name,
    kind,
    judged: () => rollout.judged,
    paneMs: EPOCH_SETTINGS.paneMs,
    tickMs: EPOCH_SETTINGS.intervalMs,
  });
  supervision.start(`burn stage ${name}`, (signal) =>
    repeat(
      async () => {
        if (kind === 'replay' && !rollout.isSettled) return false;
        return (await stage.tick()) !== null && kind === 'replay';
      },
      { clock: systemClock, signal, pauseMs: kind === 'live' ? LIVE_TICK_MS : IDLE_PAUSE_MS },
    ),
  );
  return stage;
}

type StreamIdentity = Pick<RunningStream, 'name' | 'kind' | 'topics' | 'partitionCount'>;

/** Topics whose messages become panes. */
function countedTopics(stream: StreamIdentity): readonly StreamTopic[] {
  return [stream.topics.inference, stream.topics.verdicts].map(({ name }) => streamTopic(stream, name));
}

function streamTopic({ name, kind, partitionCount }: StreamIdentity, topic: string): StreamTopic {
  return { stream: name, topic, clock: kind, partitionCount };
}

function workerParts({ log, store, schemas, options }: StreamHost): WorkerParts {
  return { log, store, schemas, clock: systemClock, logger: options.logger };
}
