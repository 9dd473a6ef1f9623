import type { Socket } from 'node:net';
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import { clientConfig } from '../client/client-config.ts';
import { isTimeout } from '../client/client-errors.ts';
import { openSocket } from '../client/open-socket.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { settlesWithin } from '../waiting.ts';

const CREATE_TIMEOUT_MS = 10_000;
/** For requests under way; then the connections are cut. */
const CLOSE_MS_MAX = 2_000;

/** By Kafka's names (`retention.ms`), the broker's defaults included. */
export type TopicConfig = Readonly<Record<string, string | null>>;

/**
 * Topics and their settings, by kafkajs's public admin client: one try each, errors as kafkajs has them. Its connections are
 * its own, opened with the first call.
 *
 * It needs the wire's patches; and what it cannot do rightly is the wire's, which says why: setting some of a topic's
 * settings, leaders, offsets of partitions, commits of groups.
 */
export class KafkaAdmin {
  readonly #admin: Admin;
  readonly #sockets = new Set<Socket>();
  #connecting: Promise<void> | null = null;
  #isClosed = false;

  constructor(settings: KafkaSettings) {
    const client = new kafkajs.Kafka({
      ...clientConfig(settings),
      socketFactory: (address) => this.#opened(openSocket(address)),
    });
    this.#admin = client.admin();
  }

  /** Resolves also where all of them were there before; else rejects with the errors of all that were not made. */
  async createTopics(topics: readonly ITopicConfig[]): Promise<void> {
    // Who waits for leaders is `Topics`, with its own patience.
    const request = { topics: [...topics], timeout: CREATE_TIMEOUT_MS, waitForLeaders: false };
    await this.#run((admin) => admin.createTopics(request));
  }

  /** By topic; rejects if one of them does not exist. */
  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicConfig>> {
    if (names.length === 0) return new Map();
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const asked = { resources: names.map((name) => ({ type, name })), includeSynonyms: false };
    const { resources } = await this.#run((admin) => admin.describeConfigs(asked));
    return new Map(
      resources.map(({ resourceName, configEntries }) => [
        resourceName,
        Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await settlesWithin(this.#admin.disconnect(), CLOSE_MS_MAX);
    this.#cut('closed');
  }

  async #run<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    try {
      this.#connecting ??= this.#admin.connect();
      await this.#connecting.catch((error: unknown) => {
        this.#connecting = null;
        throw error;
      });
      return await work(this.#admin);
    } catch (error) {
      // A connection that does not answer is cut, or every later request would wait on it as long.
      if (isTimeout(error)) this.#cut('a request timed out');
      throw error;
    }
  }

  #opened(socket: Socket): Socket {
    // A call that was under way at the end may still connect; nobody would close what it opens.
    if (this.#isClosed) return socket.destroy(new Error('closed'));
    this.#sockets.add(socket);
    return socket.once('close', () => this.#sockets.delete(socket));
  }

  #cut(why: string): void {
    for (const socket of this.#sockets) socket.destroy(new Error(why));
  }
}
