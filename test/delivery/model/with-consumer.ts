import type { EventLog, LogConsumer } from '@burnline/runtime';

/** The log with some of its consumers' methods replaced. */
export function withConsumer(
  log: EventLog,
  change: (consumer: LogConsumer) => Partial<LogConsumer>,
): EventLog {
  return {
    ensureTopics: (topics) => log.ensureTopics(topics),
    append: (batches) => log.append(batches),
    read: (from) => log.read(from),
    bounds: (topics) => log.bounds(topics),
    committed: (group, topics) => log.committed(group, topics),
    close: () => log.close(),
    consume: async (options) => {
      const inner = await log.consume(options);
      return {
        next: (waitMsMax) => inner.next(waitMsMax),
        commit: (positions) => inner.commit(positions),
        pause: (partitions) => inner.pause(partitions),
        resume: (partitions) => inner.resume(partitions),
        close: () => inner.close(),
        ...change(inner),
      };
    },
  };
}
