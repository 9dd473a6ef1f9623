import {
  EPOCH_SETTINGS,
  StreamWorker,
  referencesTopic,
  systemClock,
  unreadableOption,
  untilTopic,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { createReferenceWork } from './resolve-references.ts';

/** How often events are looked for: a verdict may wait for its own. */
const LOOK_INTERVAL_MS = 1_000;

/** The consumer group of a stream's resolvers. */
export function resolverGroupOf(stream: string): string {
  return `burnline-resolver.${stream}`;
}

/** Resolves the verdicts of a live stream that name what they judge by an id; several resolvers share them. */
export function startResolver(host: ServiceHost, stream: RunningStream): void {
  const { log, logger, supervision } = host;
  const topic = referencesTopic(stream);
  supervision.start(`resolver ${stream.name}`, async (signal) => {
    await untilTopic(log, topic.topic, { logger, signal });
    const work = createReferenceWork({ ...host, clock: systemClock, stream, stopping: signal });
    const worker = new StreamWorker(
      work,
      { ...host, clock: systemClock },
      {
        group: resolverGroupOf(stream.name),
        topics: [topic],
        // Repeats are found in the table of verdicts, however long ago they came.
        settings: { ...EPOCH_SETTINGS, repeatWindowMessages: 0 },
        flushIntervalMs: LOOK_INTERVAL_MS,
        ...unreadableOption(host),
      },
    );
    await worker.run(signal);
  });
}
