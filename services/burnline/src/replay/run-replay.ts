import { DECISIONS_TOPIC } from '@burnline/contracts';
import {
  EPOCH_SETTINGS,
  STORE_RETRY,
  readProgress,
  retrying,
  systemClock,
  type RunningStream,
} from '@burnline/runtime';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { ReplaySource } from './reader/index.ts';
import { writeReplay, type ReplayResult } from './writer/replay-writer.ts';

/** A name for people and the identity of the content: the same file with the same mapping is the same stream. */
function streamNameOf(source: ReplaySource): string {
  const name = (source.label?.name ?? 'events').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${name.slice(0, 27)}-${source.identity.slice(0, 12)}`.replace(/^-+/, '');
}

/** Publishes a history and waits until all that follows from it is in the tables and has been told. */
export async function runReplay(
  pipeline: Pipeline,
  source: ReplaySource,
  options: { readonly onProgress?: (recordCount: number) => void; readonly interrupted: AbortSignal },
): Promise<ReplayResult & { readonly stream: string }> {
  const { supervision } = pipeline;
  const { interrupted, onProgress } = options;
  const interrupt = (): void => {
    supervision.interrupt(interrupted.reason);
  };
  if (interrupted.aborted) interrupt();
  interrupted.addEventListener('abort', interrupt, { once: true });
  const stream = await pipeline.startStream(streamNameOf(source), 'replay');
  const result = await writeReplay(
    source,
    {
      log: pipeline.log,
      schemas: pipeline.schemas,
      decoder: pipeline.decoder,
      inference: stream.topics.inference.name,
      verdicts: stream.topics.verdicts.name,
      partitionCount: stream.partitionCount,
      tickMs: EPOCH_SETTINGS.intervalMs,
    },
    { signal: supervision.signal, ...(onProgress === undefined ? {} : { onProgress }) },
  );
  const { rollout, stage } = stream;
  await waitUntil(pipeline, () => Promise.resolve(rollout.isSettled && stage.judged === rollout.judged));
  await untilSettled(pipeline, stream, result.endMs);
  return { ...result, stream: stream.name };
}

/** How often a waiting command looks whether the pipeline is through. */
const LOOK_MS = 100;

type SettlingPipeline = Pick<Pipeline, 'log' | 'store' | 'supervision'>;

async function waitUntil({ supervision }: SettlingPipeline, isDone: () => Promise<boolean>): Promise<void> {
  while (!(await retrying(isDone, STORE_RETRY, { clock: systemClock, signal: supervision.signal }))) {
    supervision.check();
    supervision.signal.throwIfAborted();
    await systemClock.sleep(LOOK_MS, supervision.signal);
  }
}

/** Resolves once everything up to `endMs` of a stream is counted, kept, judged, decided and notified. */
export async function untilSettled(
  pipeline: SettlingPipeline,
  stream: RunningStream,
  endMs: number,
): Promise<void> {
  const { store } = pipeline;
  const until = (isDone: () => Promise<boolean>): Promise<void> => waitUntil(pipeline, isDone);
  for (const consumer of ['processor', 'sink'] as const) {
    await until(async () => ((await readProgress(store, consumer, stream.epochs)).logTimeMs ?? 0) >= endMs);
  }
  await until(async () => {
    const [row] = await store.query<{ decided: number }>(
      `SELECT toUnixTimestamp(max(decided_through)) AS decided FROM alert_progress WHERE stream = {stream:String}`,
      { stream: stream.name },
    );
    return (row?.decided ?? 0) * 1_000 >= endMs;
  });
  await until(async () => {
    const [bounds] = await pipeline.log.bounds([DECISIONS_TOPIC]);
    const [committed] = await pipeline.log.committed('burnline-notifier', [DECISIONS_TOPIC]);
    return (committed?.offset ?? 0) >= (bounds?.endOffset ?? 0);
  });
}
