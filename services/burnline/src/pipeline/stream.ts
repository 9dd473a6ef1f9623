import { topicsOf, type BatchDecoder, type SchemaSource, type StreamTopics } from '@burnline/contracts';
import { invariant, type SloPlan } from '@burnline/core';
import { BurnStage, createLiveClock, createPaneWork, createReplayClock } from '@burnline/processor';
import {
  StreamWorker,
  ensureEpoch,
  systemClock,
  type EventLog,
  type Logger,
  type Store,
  type StreamEpoch,
  type StreamTopic,
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
import { repeat, type Supervision } from './supervision.ts';

/** What a stream needs of the pipeline that runs it. */
export interface StreamHost {
  readonly log: EventLog;
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly supervision: Supervision;
  readonly options: { readonly plans: readonly SloPlan[]; readonly logger: Logger };
}

export interface RunningStream {
  readonly name: string;
  readonly kind: 'live' | 'replay';
  readonly topics: StreamTopics;
  readonly partitionCount: number;
  /** Epochs of the topics that carry events and verdicts. */
  readonly epochs: readonly StreamEpoch[];
}

/** Starts the processor, the sink and the burn stage of one stream under the pipeline's supervision. */
export async function startStream(
  pipeline: StreamHost,
  name: string,
  kind: 'live' | 'replay',
): Promise<RunningStream> {
  const { log, store, supervision, decoder, schemas, options } = pipeline;
  const partitionCount = EMBEDDED_PARTITION_COUNT;
  const topics = topicsOf(name, { partitionCount, kind });
  await log.ensureTopics([topics.inference, topics.verdicts, topics.reports]);
  const streamTopic = (topic: string): StreamTopic => ({ stream: name, topic, clock: kind, partitionCount });
  const counted = [topics.inference.name, topics.verdicts.name].map(streamTopic);
  const kept = kind === 'live' ? [...counted, streamTopic(topics.reports.name)] : counted;
  const context = { log, store, nowMs: systemClock.nowMs() };
  const epochs: StreamEpoch[] = [];
  for (const topic of counted) epochs.push(await ensureEpoch(context, topic, EPOCH_SETTINGS));

  const parts = { log, store, clock: systemClock, logger: options.logger, schemas };
  const paneWork = createPaneWork({
    schemas,
    store,
    settings: EPOCH_SETTINGS,
    plans: options.plans.map((plan) => plan.sli),
    decoder,
  });
  const rawWork = createRawWork({
    store,
    logger: options.logger,
    decoder,
    schemaOf: (schemaId) => {
      const schema = schemas.schemaOf(schemaId)?.schema;
      invariant(schema !== undefined, `schema ${schemaId} was decoded, so it is known`);
      return schema;
    },
    repeatWindowMessages: EPOCH_SETTINGS.repeatWindowMessages,
  });
  const processor = new StreamWorker(paneWork, parts, {
    group: `burnline-processor.${name}`,
    topics: counted,
    settings: EPOCH_SETTINGS,
    flushIntervalMs: PANE_FLUSH_MS,
  });
  const sink = new StreamWorker(rawWork, parts, {
    group: `burnline-sink.${name}`,
    topics: kept,
    settings: EPOCH_SETTINGS,
    flushIntervalMs: RAW_FLUSH_MS,
  });
  supervision.start(`processor ${name}`, (signal) => processor.run(signal));
  supervision.start(`sink ${name}`, (signal) => sink.run(signal));
  const stream: RunningStream = { name, kind, topics, partitionCount, epochs };
  startBurnStage(pipeline, stream);
  return stream;
}

function startBurnStage(pipeline: StreamHost, stream: RunningStream): void {
  const { store, supervision, options } = pipeline;
  const { epochs, kind, name } = stream;
  const clock =
    kind === 'live'
      ? createLiveClock({ store, clock: systemClock, epochs })
      : createReplayClock({ store, epochs, tickMs: EPOCH_SETTINGS.intervalMs });
  const stage = new BurnStage(store, clock, {
    stream: name,
    kind,
    plans: options.plans,
    paneMs: EPOCH_SETTINGS.paneMs,
    tickMs: EPOCH_SETTINGS.intervalMs,
  });
  supervision.start(`burn stage ${name}`, (signal) =>
    repeat(async () => (await stage.tick()) !== null && kind === 'replay', {
      clock: systemClock,
      signal,
      pauseMs: kind === 'live' ? LIVE_TICK_MS : IDLE_PAUSE_MS,
    }),
  );
}
