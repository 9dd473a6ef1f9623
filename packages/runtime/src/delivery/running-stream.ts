import { topicsOf, type BatchDecoder, type SchemaSource, type StreamTopics } from '@burnline/contracts';
import type { Store } from '../clickhouse/store.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { systemClock } from '../lifecycle/clock.ts';
import { STORE_RETRY } from '../lifecycle/retry-policies.ts';
import { retrying } from '../lifecycle/retry.ts';
import type { ProcessBells } from '../lifecycle/bell.ts';
import type { Supervision } from '../lifecycle/supervision.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServiceMetrics } from '../operations/metrics.ts';
import type { ProgressWatch } from '../operations/progress-watch.ts';
import { EPOCH_SETTINGS } from './epoch-settings.ts';
import { ensureEpoch, type StreamEpoch, type StreamTopic } from './stream-epochs.ts';

/** What a service of a stream needs of the process that runs it. */
export interface ServiceHost {
  readonly log: EventLog;
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
  readonly supervision: Supervision;
  readonly logger: Logger;
  /** Above this share of unreadable messages a partition's readers halt; 1: never. By default as UNREADABLE_LIMITS says. */
  readonly unreadableShareMax?: number;
  /** Where the process tells them; a pipeline in one process does not. */
  readonly metrics?: ServiceMetrics;
  /** Who compares the progress of judging with the clock. */
  readonly watch?: ProgressWatch;
  /** What the loops of this process ring for each other; without them each looks at its own pace. */
  readonly bells?: ProcessBells;
}

export interface StreamName {
  readonly name: string;
  readonly kind: 'live' | 'replay';
  readonly partitionCount: number;
}

export interface RunningStream extends StreamName {
  readonly topics: StreamTopics;
  /** Epochs of the topics that carry events and verdicts. */
  readonly epochs: readonly StreamEpoch[];
}

/**
 * Finds the epochs of a stream whose topics are there, and begins them if need be; whoever comes first does, in whatever
 * process. Waits for a database that restarts.
 */
export async function openStream(
  { log, store, supervision }: Pick<ServiceHost, 'log' | 'store' | 'supervision'>,
  stream: StreamName,
): Promise<RunningStream> {
  const topics = topicsOf(stream.name, stream);
  const epochs: StreamEpoch[] = [];
  for (const topic of countedTopics(stream)) {
    const ensure = (): Promise<StreamEpoch> =>
      ensureEpoch({ log, store, nowMs: systemClock.nowMs() }, topic, EPOCH_SETTINGS);
    epochs.push(await retrying(ensure, STORE_RETRY, { clock: systemClock, signal: supervision.signal }));
  }
  return { ...stream, topics, epochs };
}

/** Topics whose messages become panes. */
export function countedTopics(stream: StreamName): readonly StreamTopic[] {
  const { inference, verdicts } = topicsOf(stream.name, stream);
  return [inference, verdicts].map((topic) => streamTopic(stream, topic.name));
}

/** Topics whose messages become raw rows: what is counted, and a live stream's source reports. */
export function keptTopics(stream: StreamName): readonly StreamTopic[] {
  const reports = streamTopic(stream, topicsOf(stream.name, stream).reports.name);
  return stream.kind === 'live' ? [...countedTopics(stream), reports] : countedTopics(stream);
}

/** The topic of a live stream's verdicts by reference, which are looked up before they are counted. */
export function referencesTopic(stream: StreamName): StreamTopic {
  return streamTopic(stream, topicsOf(stream.name, stream).references.name);
}

function streamTopic({ name, kind, partitionCount }: StreamName, topic: string): StreamTopic {
  return { stream: name, topic, clock: kind, partitionCount };
}
