import type { StreamSlos } from '@burnline/alerter';
import { topicsOf } from '@burnline/contracts';
import type { SloPlan } from '@burnline/core';
import type { SpecCatalog } from '@burnline/counting';
import {
  type BurnStage,
  type SpecRollout,
  startBurnStage,
  startPeriodCloser,
  startRollout,
} from '@burnline/judging';
import { startProcessor } from '@burnline/processor';
import { openStream, type RunningStream, type ServiceHost, type StoreOptions } from '@burnline/runtime';
import { startSink, startSinkThread } from '@burnline/sink';

/** Partitions of an embedded stream: one per core of a small machine; events per message fall as partitions grow. */
export const EMBEDDED_PARTITION_COUNT = 2;

/** A stream with everything that runs on it. */
export interface StartedStream extends RunningStream {
  readonly rollout: SpecRollout;
  readonly stage: BurnStage;
}

/** Makes a stream's topics in the embedded log if need be, and finds or begins its epochs. */
export async function openEmbeddedStream(
  host: Pick<ServiceHost, 'log' | 'store' | 'supervision'>,
  name: string,
  kind: 'live' | 'replay',
): Promise<RunningStream> {
  const stream = { name, kind, partitionCount: EMBEDDED_PARTITION_COUNT };
  const { inference, verdicts, reports, references, deadLetters } = topicsOf(name, stream);
  const own = kind === 'live' ? [references] : [];
  await host.log.ensureTopics([inference, verdicts, reports, deadLetters, ...own]);
  return openStream(host, stream);
}

/**
 * Starts one stream under the pipeline's supervision: its specs are announced, then come processor, sink and burn stage.
 */
export async function startStream(
  host: ServiceHost & {
    readonly catalog: SpecCatalog;
    readonly slos: StreamSlos;
    /** The database for threads beside this one; null: everything is done in this one. */
    readonly threadDatabase: StoreOptions | null;
  },
  given: { readonly name: string; readonly kind: 'live' | 'replay'; readonly plans: readonly SloPlan[] },
): Promise<StartedStream> {
  const stream = await openEmbeddedStream(host, given.name, given.kind);
  const rollout = await startRollout(host, stream, given.plans);
  host.slos.add(stream.name, () => rollout.judged);
  startProcessor(host, stream);
  // A history is written once, by whoever has time; a live stream's raw rows take as long as all the rest.
  if (stream.kind === 'live' && host.threadDatabase !== null)
    startSinkThread(host, stream, host.threadDatabase);
  else startSink(host, stream);
  const stage = startBurnStage(host, stream, rollout);
  if (stream.kind === 'live') startPeriodCloser(host, stream, rollout);
  return { ...stream, rollout, stage };
}
