import { openKafkaLog, type EventLog, type KafkaLogOptions, type PartitionId } from '@burnline/runtime';
import kafkajs from 'kafkajs';

/** Sessions as short as a broker allows by default. */
export const QUICK = {
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 10_000,
  heartbeatIntervalMs: 200,
} as const;

/** Names that no other test has, on a broker that may be anybody's: nothing else of it is touched. */
export interface OwnNames {
  readonly name: (short: string) => string;
  /** Deletes what bears a name of these. */
  remove(): Promise<void>;
}

let nameCount = 0;

export function ownNames(brokers: readonly string[]): OwnNames {
  nameCount += 1;
  const prefix = `burnline-test-${process.pid}-${Math.floor(performance.timeOrigin)}-${nameCount}.`;
  return {
    name: (short) => prefix + short,
    remove: () =>
      withAdmin(brokers, async (admin) => {
        const { groups } = await admin.listGroups();
        const groupIds = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(prefix));
        if (groupIds.length > 0) await admin.deleteGroups(groupIds);
        const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
        if (topics.length > 0) await admin.deleteTopics({ topics });
      }),
  };
}

/** kafkajs's own client, for what the port does not do. */
export function client(brokers: readonly string[]): kafkajs.Kafka {
  return new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
}

export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: kafkajs.Admin) => Promise<T>,
): Promise<T> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Runs with a log and removes what was made, whatever happens. */
export async function withKafkaLog(
  options: KafkaLogOptions,
  run: (log: EventLog, names: OwnNames) => Promise<void>,
): Promise<void> {
  const names = ownNames(options.brokers);
  const log = await openKafkaLog({ ...QUICK, ...options });
  try {
    await run(log, names);
  } finally {
    await log.close();
    await names.remove();
  }
}

/** The same log, but every topic and group that its caller names is one of `names`, and so is told back. */
export function renamed(log: EventLog, { name }: OwnNames): EventLog {
  const outside = <T extends PartitionId>(item: T): T => ({ ...item, topic: name(item.topic) });
  const inside = <T extends PartitionId>(item: T): T => ({
    ...item,
    topic: item.topic.slice(name('').length),
  });
  return {
    ensureTopics: (topics) => log.ensureTopics(topics.map((topic) => ({ ...topic, name: name(topic.name) }))),
    append: (batches) => log.append(batches.map(outside)),
    read: (from) => log.read(outside(from)),
    bounds: async (topics) => (await log.bounds(topics.map(name))).map(inside),
    committed: async (group, topics) => (await log.committed(name(group), topics.map(name))).map(inside),
    close: () => log.close(),
    consume: async (options) => {
      const consumer = await log.consume({
        ...options,
        group: name(options.group),
        topics: options.topics.map(name),
      });
      return {
        commit: (positions) => consumer.commit(positions.map(outside)),
        pause: (partitions) => consumer.pause(partitions.map(outside)),
        resume: (partitions) => consumer.resume(partitions.map(outside)),
        close: () => consumer.close(),
        next: async (waitMsMax) => {
          const delivery = await consumer.next(waitMsMax);
          if (delivery.kind === 'idle') return delivery;
          if (delivery.kind === 'messages') return inside(delivery);
          if (delivery.kind === 'revoked')
            return { ...delivery, partitions: delivery.partitions.map(inside) };
          return { ...delivery, partitions: delivery.partitions.map(inside) };
        },
      };
    },
  };
}
