import { streamTopicNames, topicsOf, type StreamTopics } from '@burnline/contracts';
import {
  MIGRATIONS_DIRECTORY,
  MIGRATION_RETRY,
  connectStore,
  countedTopics,
  latestEpoch,
  pendingMigrations,
  planRegistry,
  planTopics,
  readMigrations,
  retrying,
  systemClock,
  type CLICKHOUSE_VARIABLES,
  type Config,
  type KAFKA_VARIABLES,
  type KafkaEventLog,
  type Migration,
  type RegistryClient,
  type RegistryPlan,
  type Store,
  type StreamName,
  type TopicPlan,
  type TopicSpec,
} from '@burnline/runtime';
import type { MIGRATE_VARIABLES } from './migrate-variables.ts';

export type MigrateConfig = Config<
  typeof KAFKA_VARIABLES & typeof CLICKHOUSE_VARIABLES & typeof MIGRATE_VARIABLES
>;

export interface MigrateParts {
  readonly config: MigrateConfig;
  readonly log: KafkaEventLog;
  /** The stream's database. */
  readonly store: Store;
  /** Null without one. */
  readonly registry: RegistryClient | null;
  readonly signal: AbortSignal;
}

/** What is missing or differs; nothing was changed to find out. */
export interface MigrationPlan {
  readonly stream: StreamName;
  readonly isDatabaseMissing: boolean;
  readonly pending: readonly Migration[];
  readonly topics: TopicPlan;
  /** Topics that no epoch has begun on. */
  readonly epochsMissing: readonly string[];
  readonly schemas: RegistryPlan | null;
}

/** Repeats what fails for a passing reason; all steps may be done again. */
export function patiently<T>({ signal }: Pick<MigrateParts, 'signal'>, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return retrying(work, MIGRATION_RETRY, { clock: systemClock, signal });
}

/** Rejects as log, database and registry do; with the registry's refusals before anything was written. */
export async function planMigration(parts: MigrateParts): Promise<MigrationPlan> {
  const isDatabaseMissing = await patiently(parts, () => isMissing(parts.config));
  const migrations = await readMigrations(MIGRATIONS_DIRECTORY);
  const pending = isDatabaseMissing
    ? migrations.all
    : await patiently(parts, () => pendingMigrations(parts.store, migrations));
  const stream = await streamOf(parts);
  const isReadable = !isDatabaseMissing && !pending.some(({ version }) => version === 1);
  const epochsMissing: string[] = [];
  for (const topic of countedTopics(stream)) {
    const epoch = isReadable ? await patiently(parts, () => latestEpoch(parts.store, topic)) : null;
    if (epoch === null) epochsMissing.push(topic.topic);
  }
  const topics = await planStreamTopics(parts, stream, epochsMissing);
  return {
    stream,
    isDatabaseMissing,
    pending,
    topics,
    epochsMissing,
    schemas: await planSchemas(parts, stream, topics),
  };
}

/** A stream's topics have one number of partitions: that of those which are there. */
async function streamOf({ config, log }: MigrateParts): Promise<StreamName> {
  const { inference, verdicts, reports } = streamTopicNames(config.BURNLINE_STREAM);
  const [found] = await log.describeTopics([inference, verdicts, reports]);
  const partitionCount = found?.partitionCount ?? config.BURNLINE_PARTITIONS;
  return { name: config.BURNLINE_STREAM, kind: 'live', partitionCount };
}

/** Topics that are there are compared with what was asked for; the others get as many partitions as those. */
async function planStreamTopics(
  { config, log }: MigrateParts,
  stream: StreamName,
  epochsMissing: readonly string[],
): Promise<TopicPlan> {
  const asked = topicsOf(stream.name, { kind: 'live', partitionCount: config.BURNLINE_PARTITIONS });
  const toMake = specsOf(topicsOf(stream.name, stream));
  const found = await log.describeTopics(toMake.map(({ name }) => name));
  const there = new Set(found.map(({ name }) => name));
  const wanted = [
    ...specsOf(asked).filter(({ name }) => there.has(name)),
    ...toMake.filter(({ name }) => !there.has(name)),
  ];
  const isBegun = epochsMissing.length < countedTopics(stream).length;
  return planTopics(wanted, found, {
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    minInsyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
    hasEpoch: (topic) =>
      isBegun &&
      [asked.inference, asked.verdicts, asked.reports, asked.references].some(({ name }) => name === topic),
  });
}

function specsOf(topics: StreamTopics): readonly TopicSpec[] {
  return Object.values<TopicSpec>({ ...topics });
}

/** Whether anything was ever appended decides which ids the stream's messages have. */
async function planSchemas(
  { registry, log, ...parts }: MigrateParts,
  stream: StreamName,
  topics: TopicPlan,
): Promise<RegistryPlan | null> {
  if (registry === null) return null;
  const missing = new Set(topics.missing.map(({ name }) => name));
  const { inference, verdicts, reports } = topicsOf(stream.name, stream);
  const existing = [inference, verdicts, reports]
    .map(({ name }) => name)
    .filter((name) => !missing.has(name));
  const hasMessages = (await log.bounds(existing)).some(({ endOffset }) => endOffset > 0);
  return patiently(parts, () => planRegistry(registry, stream.name, { hasMessages }));
}

async function isMissing(config: MigrateConfig): Promise<boolean> {
  const server = connectStore(config, 'default');
  try {
    const [found] = await server.query<{ readonly count: number }>(
      'SELECT toUInt32(count()) AS count FROM system.databases WHERE name = {name:String}',
      { name: config.CLICKHOUSE_DATABASE },
    );
    return found?.count !== 1;
  } finally {
    await server.close();
  }
}
