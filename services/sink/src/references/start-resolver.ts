import {
  EPOCH_SETTINGS,
  STORE_RETRY,
  StreamWorker,
  referencesTopic,
  retrying,
  systemClock,
  unreadableOption,
  untilTopic,
  type RetryContext,
  type RetryPolicy,
  type RunningStream,
  type ServiceHost,
} from '@burnline/runtime';
import { createReferenceWork } from './resolve-references.ts';

/** How often events are looked for: a verdict may wait for its own. */
const LOOK_INTERVAL_MS = 1_000;
/** The sink of the same process writes its rows while events cannot be looked for, so this never ends it: references wait in the log. */
const AGAIN: RetryPolicy = { ...STORE_RETRY, attemptsMax: Infinity };

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
    const run = (): Promise<void> => {
      const work = createReferenceWork({ ...host, clock: systemClock, stream, stopping: signal });
      const worker = new StreamWorker(
        work,
        { ...host, clock: systemClock },
        {
          group: resolverGroupOf(stream.name),
          topics: [topic],
          // Repeats are found in the table of verdicts.
          settings: { ...EPOCH_SETTINGS, repeatWindowMessages: 0 },
          flushIntervalMs: LOOK_INTERVAL_MS,
          ...unreadableOption(host),
        },
      );
      return worker.run(signal);
    };
    const onRetry: RetryContext['onRetry'] = ({ code, message, remedy }, attempt) => {
      logger.error({ code, attempt, reason: message, remedy }, 'the resolver of verdicts begins again');
    };
    await retrying(run, AGAIN, { clock: systemClock, signal, onRetry });
  });
}
