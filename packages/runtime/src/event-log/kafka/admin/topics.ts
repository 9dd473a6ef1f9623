import type { TopicSpec } from '../../event-log.ts';
import { logError } from '../../log-errors.ts';
import { checkTopics, knownTopic, type TopicSource } from '../../shared/checks.ts';
import type { Brokers } from '../brokers.ts';
import { rootOf } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { noLeader } from '../log-faults.ts';
import type { KafkaAdmin } from './kafka-admin.ts';
import { configOf, specOf, TAKEN_OVER, type TopicDescription } from './topic-settings.ts';

/** Another process may change a topic's limits; an append heeds it within this time. */
const SPEC_AGE_MS_MAX = 60_000;

/** The topics as the broker has them: created, changed and looked up here. */
export class Topics implements TopicSource {
  readonly #brokers: Brokers;
  readonly #admin: KafkaAdmin;
  readonly #settings: KafkaSettings;
  readonly #specs = new Map<string, { readonly spec: TopicSpec; readonly readAtMs: number }>();
  /** One change at a time, so that of two in this process the later stands. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(parts: { readonly brokers: Brokers; readonly admin: KafkaAdmin }, settings: KafkaSettings) {
    this.#brokers = parts.brokers;
    this.#admin = parts.admin;
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
    this.#brokers.wire.forget(name);
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
        const metadata = await this.#brokers.wire.topic(name);
        if (metadata !== null) found.push(metadata);
      }
      const configs = await this.#admin.describeTopics(found.map(({ topic }) => topic));
      return found.map(({ topic, partitionMetadata }) => ({
        name: topic,
        partitionCount: partitionMetadata.length,
        replicationFactor: partitionMetadata[0]?.replicas.length ?? 0,
        config: configs.get(topic) ?? {},
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
    for (const name of names) this.#brokers.wire.forget(name);
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
      await this.#admin.createTopics(topics);
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
      const metadata = await this.#brokers.wire.topic(name);
      if (metadata === null) throw noLeader({ topic: name, partition: 0 });
      const waiting = metadata.partitionMetadata.find(({ leader }) => leader < 0);
      if (waiting !== undefined) throw noLeader({ topic: name, partition: waiting.partitionId });
    }
  }

  /** Retention and message size of topics that were there before. */
  async #takeOver(specs: readonly TopicSpec[]): Promise<void> {
    await this.#brokers.retrying('changing topics', async () => {
      const configs = await this.#admin.describeTopics(specs.map(({ name }) => name));
      for (const spec of specs) {
        const found = configs.get(spec.name) ?? {};
        const wanted = [...configOf(spec, this.#settings)].filter(([name]) => TAKEN_OVER.has(name));
        if (wanted.every(([name, value]) => found[name] === value)) continue;
        await this.#brokers.wire.setTopicConfigs(spec.name, new Map(wanted));
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
}
