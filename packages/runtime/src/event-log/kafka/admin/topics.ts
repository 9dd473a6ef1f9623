import type { TopicSpec } from '../event-log.ts';
import { logError } from '../log-errors.ts';
import { checkTopics, knownTopic, type TopicSource } from '../local/checks.ts';
import { noLeader, type Brokers } from './brokers.ts';
import { rootOf } from './kafka-errors.ts';
import type { KafkaSettings } from './kafka-options.ts';
import type { ConfigEntry } from './kafkajs-internals.ts';
import { BATCH_BYTES_EXTRA } from './record-batches.ts';
import { setTopicConfigs } from './topic-configs.ts';

/** What a topic is at the broker, for a report of how it differs from what it should be. */
export interface TopicDescription {
  readonly name: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** By Kafka's names (`retention.ms`), the broker's defaults included. */
  readonly config: Readonly<Record<string, string | null>>;
}

const TOPIC_RESOURCE = 2;
const REQUEST_TIMEOUT_MS = 10_000;
/** Another process may change a topic's limits; an append heeds it within this time. */
const SPEC_AGE_MS_MAX = 60_000;

/** The topics as the broker has them: created, changed and looked up here. */
export class Topics implements TopicSource {
  readonly #brokers: Brokers;
  readonly #settings: KafkaSettings;
  readonly #specs = new Map<string, { readonly spec: TopicSpec; readonly readAtMs: number }>();
  /** One change at a time, so that of two in this process the later stands. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(brokers: Brokers, settings: KafkaSettings) {
    this.#brokers = brokers;
    this.#settings = settings;
  }

  /** As last looked up by `load`. */
  topic(name: string): TopicSpec | undefined {
    return this.#specs.get(name)?.spec;
  }

  isLoaded(name: string): boolean {
    const known = this.#specs.get(name);
    return known !== undefined && performance.now() - known.readAtMs < SPEC_AGE_MS_MAX;
  }

  forget(name: string): void {
    this.#specs.delete(name);
    this.#brokers.forget(name);
  }

  /** Makes `topic` know these; rejects with LOG_TOPIC_UNKNOWN. */
  async load(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.isLoaded(name));
    if (missing.length > 0) await this.#read(missing);
    for (const name of names) knownTopic(this, name);
  }

  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const change = this.#changes.then(() => this.#ensure(specs));
    this.#changes = Promise.allSettled([change]);
    await change;
  }

  /** Those that exist. */
  describe(names: readonly string[]): Promise<readonly TopicDescription[]> {
    return this.#brokers.retrying('describing topics', async () => {
      const found = [];
      for (const name of names) {
        const metadata = await this.#brokers.topic(name);
        if (metadata !== null) found.push(metadata);
      }
      const configs = await this.#configs(found.map(({ topic }) => topic));
      return found.map(({ topic, partitionMetadata }) => ({
        name: topic,
        partitionCount: partitionMetadata.length,
        replicationFactor: partitionMetadata[0]?.replicas.length ?? 0,
        config: Object.fromEntries(
          (configs.get(topic) ?? []).map(({ configName, configValue }) => [configName, configValue]),
        ),
      }));
    });
  }

  async #ensure(specs: readonly TopicSpec[]): Promise<void> {
    const names = specs.map(({ name }) => name);
    for (const name of names) this.forget(name);
    await this.#read(names);
    checkTopics(this, specs);
    const absent = specs.filter(({ name }) => this.topic(name) === undefined);
    for (const { name, messagesKeptMin } of absent) {
      if (messagesKeptMin === 0) continue;
      this.#settings.logger.debug(
        { topic: name, messagesKeptMin },
        'Kafka keeps no number of messages: choose a retention that outlasts every pause',
      );
    }
    await this.#brokers.retrying('creating topics', () => this.#create(absent));
    for (const name of names) this.#brokers.forget(name);
    await this.#brokers.retrying('waiting for leaders', () => this.#checkLeaders(names));
    await this.#takeOver(specs);
    await this.#read(names);
    // Somebody else may have created it meanwhile, in another shape.
    checkTopics(this, specs);
  }

  async #create(specs: readonly TopicSpec[]): Promise<void> {
    if (specs.length === 0) return;
    const topics = specs.map((spec) => ({
      topic: spec.name,
      numPartitions: spec.partitionCount,
      replicationFactor: this.#settings.replicationFactor,
      configEntries: [...configOf(spec, this.#settings)].map(([name, value]) => ({ name, value })),
    }));
    try {
      const controller = await this.#brokers.controller();
      await this.#brokers.onBroker(controller, (broker) =>
        broker.createTopics({ topics, timeout: REQUEST_TIMEOUT_MS }),
      );
    } catch (error) {
      const causes =
        error instanceof Error && 'errors' in error ? (error.errors as readonly unknown[]) : [error];
      for (const cause of causes) {
        const { type, message } = rootOf(cause);
        if (type === 'TOPIC_ALREADY_EXISTS') continue;
        if (type === 'INVALID_REPLICATION_FACTOR' || type === 'INVALID_CONFIG') {
          throw logError('LOG_TOPIC_INVALID', `Kafka does not create the topics: ${message}.`, {
            remedy:
              'Set KAFKA_REPLICATION_FACTOR to at most the number of brokers, and KAFKA_MIN_INSYNC_REPLICAS below it.',
            details: { replicationFactor: this.#settings.replicationFactor },
            cause,
          });
        }
        throw cause;
      }
    }
  }

  async #checkLeaders(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const metadata = await this.#brokers.topic(name);
      if (metadata === null) throw noLeader({ topic: name, partition: 0 });
      const waiting = metadata.partitionMetadata.find(({ leader }) => leader < 0);
      if (waiting !== undefined) throw noLeader({ topic: name, partition: waiting.partitionId });
    }
  }

  /** Retention and message size of topics that were there before. */
  async #takeOver(specs: readonly TopicSpec[]): Promise<void> {
    await this.#brokers.retrying('changing topics', async () => {
      const configs = await this.#configs(specs.map(({ name }) => name));
      for (const spec of specs) {
        const entries = configs.get(spec.name) ?? [];
        const wanted = [...configOf(spec, this.#settings)].filter(([name]) => TAKEN_OVER.has(name));
        const isAsWanted = wanted.every(([name, value]) =>
          entries.some((entry) => entry.configName === name && entry.configValue === value),
        );
        if (isAsWanted) continue;
        const controller = await this.#brokers.controller();
        await this.#brokers.onBroker(controller, (broker) =>
          setTopicConfigs(broker, spec.name, new Map(wanted)),
        );
      }
    });
  }

  async #read(names: readonly string[]): Promise<void> {
    const described = await this.describe(names);
    for (const name of names) this.#specs.delete(name);
    for (const one of described) {
      this.#specs.set(one.name, { spec: specOf(one), readAtMs: performance.now() });
    }
  }

  async #configs(names: readonly string[]): Promise<Map<string, readonly ConfigEntry[]>> {
    if (names.length === 0) return new Map();
    const controller = await this.#brokers.controller();
    const { resources } = await this.#brokers.onBroker(controller, (broker) =>
      broker.describeConfigs({ resources: names.map((name) => ({ type: TOPIC_RESOURCE, name })) }),
    );
    return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
  }
}

/** What `ensureTopics` changes on a topic that exists. */
const TAKEN_OVER = new Set(['retention.ms', 'retention.bytes', 'max.message.bytes']);

function configOf(spec: TopicSpec, { minInsyncReplicas }: KafkaSettings): Map<string, string> {
  return new Map([
    ['cleanup.policy', 'delete'],
    ['compression.type', 'producer'],
    ['retention.ms', String(spec.retentionMs ?? -1)],
    ['retention.bytes', String(spec.retentionBytes ?? -1)],
    // The broker's limit is for a batch; one with a single message of the largest size must pass.
    ['max.message.bytes', String(spec.messageBytesMax + BATCH_BYTES_EXTRA)],
    ['message.timestamp.type', spec.timestamps === 'append' ? 'LogAppendTime' : 'CreateTime'],
    ['min.insync.replicas', String(minInsyncReplicas)],
  ]);
}

function specOf({ name, partitionCount, config }: TopicDescription): TopicSpec {
  const bound = (value: string | null | undefined) => (Number(value ?? -1) < 0 ? null : Number(value));
  return {
    name,
    partitionCount,
    timestamps: config['message.timestamp.type'] === 'LogAppendTime' ? 'append' : 'create',
    retentionMs: bound(config['retention.ms']),
    retentionBytes: bound(config['retention.bytes']),
    messagesKeptMin: 0,
    messageBytesMax: Number(config['max.message.bytes']) - BATCH_BYTES_EXTRA,
  };
}
