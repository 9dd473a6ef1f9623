import type { PartitionBounds, PartitionId } from '../event-log.ts';
import { closedError, logError } from '../log-errors.ts';
import { decodeFetchAnswer, type FetchAnswer } from './fetch-answer.ts';
import { CONNECTING, errorOfCode, isPassing, isTimeout, KAFKA_CODE, translated } from './kafka-errors.ts';
import { connectionOptions } from './connection-options.ts';
import type { KafkaSettings } from './kafka-options.ts';
import {
  Cluster,
  Encoder,
  fetchRequest,
  listOffsetsRequest,
  listOffsetsResponse,
  metadataResponse,
  produceResponse,
  type ClusterMetadata,
  type KafkajsBroker,
  type KafkajsCluster,
  type KafkajsRequest,
  type ProduceAnswer,
} from './kafkajs-internals.ts';

const EARLIEST = '-2';
const LATEST = '-1';
const GROUP_COORDINATOR = 0;
/** Within it the broker gives up waiting for replicas. */
const PRODUCE_TIMEOUT_MS = 10_000;
/** For requests under way; then the connections are cut. */
const CLOSE_MS_MAX = 2_000;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 1_000;
/** How often a topic is looked for before it is called unknown: brokers learn of a new one some moments apart. */
const TOPIC_LOOKS = 3;

export interface FetchFrom extends PartitionId {
  readonly offset: number;
  readonly bytesMax: number;
}

export interface RecordsToAppend extends PartitionId {
  readonly batch: Buffer;
}

/**
 * A set of connections to the brokers, and the few requests that the adapter sends over them. Answers with errors come back
 * as they are, partition by partition.
 *
 * A broker works on one request of a connection at a time, so what may be kept waiting (joining a group) gets a set of its
 * own; fetches have their own connection within a set.
 */
export class Brokers {
  readonly #cluster: KafkajsCluster;
  readonly #settings: KafkaSettings;
  readonly #topics = new Set<string>();
  readonly #coordinators = new Map<string, number>();
  #isClosed = false;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#cluster = new Cluster({
      ...connectionOptions(settings),
      metadataMaxAge: 60_000,
      // The retries are here (`retrying`), where what failed is known; these are for connecting alone.
      retry: { retries: 1, initialRetryTime: RETRY_MS_FIRST, maxRetryTime: RETRY_MS_MAX },
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: 0,
    });
    this.#askForKnownTopicsOnly();
  }

  /** Rejects with LOG_UNREACHABLE or LOG_REFUSED. */
  async connect(): Promise<void> {
    await this.retrying(CONNECTING, async () => {
      await this.#cluster.connect();
      await this.#cluster.refreshMetadata();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { brokers, seedBroker } = this.#cluster.brokerPool;
    const opened = [...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])];
    await settlesWithin(this.#cluster.disconnect(), CLOSE_MS_MAX);
    for (const broker of opened) cutConnections(broker, 'closed');
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Repeats what failed for a passing reason, with the brokers' roles looked up anew. Rejects with LOG_UNREACHABLE when
   * patience runs out, at once with what will not pass.
   */
  async retrying<T>(doing: string, work: () => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + this.#settings.patienceMs;
    for (let delayMs = RETRY_MS_FIRST; ; delayMs = Math.min(2 * delayMs, RETRY_MS_MAX)) {
      if (this.#isClosed) throw closedError();
      try {
        return await work();
      } catch (error) {
        if (!isPassing(error) || performance.now() > deadlineMs) throw translated(error, doing);
        this.#settings.logger.debug({ doing, error: String(error) }, 'Kafka is busy, trying again');
      }
      await sleep(delayMs);
      await this.refresh();
    }
  }

  /** Looks up who leads what. A failure shows in the next request. */
  async refresh(): Promise<void> {
    // A look that begins after the end would open a connection that nobody closes, and keep the process alive.
    if (this.#isClosed) return;
    this.#coordinators.clear();
    await this.#cluster.refreshMetadata().catch((error: unknown) => {
      this.#settings.logger.debug({ error: String(error) }, 'no broker told who leads what');
    });
  }

  /** Partitions with their leaders; null if there is no such topic. */
  async topic(name: string): Promise<ClusterMetadata['topicMetadata'][number] | null> {
    for (let look = 1; ; look += 1) {
      const known = this.#metadataOf(name);
      if (known?.topicErrorCode === KAFKA_CODE.none) return known;
      if (known?.topicErrorCode === KAFKA_CODE.unknownTopic && look > TOPIC_LOOKS) {
        this.#topics.delete(name);
        return null;
      }
      const error = look > TOPIC_LOOKS ? errorOfCode(known?.topicErrorCode ?? KAFKA_CODE.unknownTopic) : null;
      if (error !== null) throw error;
      if (look > 1) await sleep(RETRY_MS_FIRST);
      if (this.#isClosed) throw closedError();
      this.#topics.add(name);
      await this.#cluster.refreshMetadata();
    }
  }

  /** Forgets what is known of a topic, so that it is asked for again. */
  forget(name: string): void {
    const { metadata } = this.#cluster.brokerPool;
    if (metadata === null) return;
    const topicMetadata = metadata.topicMetadata.filter(({ topic }) => topic !== name);
    this.#cluster.brokerPool.metadata = { ...metadata, topicMetadata };
  }

  /** The id of the broker that leads, as far as is known; null during an election or before the topic was looked up. */
  leaderOf({ topic, partition }: PartitionId): number | null {
    const known = this.#metadataOf(topic)?.partitionMetadata.find(
      ({ partitionId }) => partitionId === partition,
    );
    return known === undefined || known.leader < 0 ? null : known.leader;
  }

  broker(nodeId: number): Promise<KafkajsBroker> {
    return this.#cluster.findBroker({ nodeId });
  }

  controller(): Promise<KafkajsBroker> {
    return this.#cluster.findControllerBroker();
  }

  /**
   * As looked up once, until something fails. Asked for here, because kafkajs takes every refusal for a coordinator that is
   * not there yet, and looks again for ever.
   */
  async coordinator(groupId: string): Promise<KafkajsBroker> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return this.broker(known);
    const asked = await this.controller();
    const { coordinator } = await this.onBroker(asked, () =>
      asked.findGroupCoordinator({ groupId, coordinatorType: GROUP_COORDINATOR }),
    );
    const broker = await this.broker(coordinator.nodeId);
    this.#coordinators.set(groupId, broker.nodeId);
    return broker;
  }

  /** Appends one batch to each partition, on all replicas in sync. */
  async produce(nodeId: number, appends: readonly RecordsToAppend[]): Promise<ProduceAnswer['topics']> {
    const encode = () => {
      const topics = [...groupedByTopic(appends)].map(([topic, partitions]) =>
        new Encoder()
          .writeString(topic)
          .writeArray(
            partitions.map(({ partition, batch }) => new Encoder().writeInt32(partition).writeBytes(batch)),
          ),
      );
      const head = new Encoder().writeString(null).writeInt16(-1).writeInt32(PRODUCE_TIMEOUT_MS);
      return Promise.resolve(head.writeArray(topics));
    };
    const answer = await this.#send(nodeId, {
      request: { apiKey: 0, apiVersion: 7, apiName: 'Produce', encode },
      response: { decode: produceResponse.decode, parse: asIs },
    });
    return answer.topics;
  }

  /** Whole batches, at least one where there is one. */
  async fetch(
    nodeId: number,
    from: readonly FetchFrom[],
    wait: { readonly waitMsMax: number; readonly bytesMin: number; readonly bytesMax: number },
  ): Promise<FetchAnswer['partitions']> {
    const topics = [...groupedByTopic(from)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition, offset, bytesMax }) => ({
        partition,
        fetchOffset: String(offset),
        maxBytes: bytesMax,
      })),
    }));
    const request = fetchRequest({
      replicaId: -1,
      isolationLevel: 0,
      maxWaitTime: wait.waitMsMax,
      minBytes: wait.bytesMin,
      maxBytes: wait.bytesMax,
      topics,
    });
    const answer = await this.#send(nodeId, {
      request,
      response: { decode: (raw) => Promise.resolve(decodeFetchAnswer(raw)), parse: asIs },
    });
    const error = errorOfCode(answer.errorCode);
    if (error !== null) throw error;
    return answer.partitions;
  }

  /** In the order asked for. Rejects as `retrying` does. */
  async bounds(partitions: readonly PartitionId[]): Promise<PartitionBounds[]> {
    return this.retrying('looking up offsets', async () => {
      for (const topic of groupedByTopic(partitions).keys()) await this.topic(topic);
      const [starts, ends] = [
        await this.#offsets(partitions, EARLIEST),
        await this.#offsets(partitions, LATEST),
      ];
      return partitions.map(({ topic, partition }) => {
        const key = partitionKey({ topic, partition });
        return { topic, partition, startOffset: starts.get(key) ?? 0, endOffset: ends.get(key) ?? 0 };
      });
    });
  }

  async #offsets(partitions: readonly PartitionId[], timestamp: string): Promise<Map<string, number>> {
    const byLeader = new Map<number, PartitionId[]>();
    for (const partition of partitions) {
      const leader = this.leaderOf(partition);
      if (leader === null) throw noLeader(partition);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition]);
    }
    const offsets = new Map<string, number>();
    for (const [nodeId, led] of byLeader) {
      const topics = [...groupedByTopic(led)].map(([topic, asked]) => ({
        topic,
        partitions: asked.map(({ partition }) => ({ partition, timestamp })),
      }));
      const answer = await this.#send(nodeId, {
        request: listOffsetsRequest({ replicaId: -1, isolationLevel: 0, topics }),
        response: { decode: listOffsetsResponse.decode, parse: asIs },
      });
      for (const { topic, partitions: answered } of answer.responses) {
        for (const { partition, errorCode, offset } of answered) {
          const error = errorOfCode(errorCode);
          if (error !== null) throw error;
          offsets.set(partitionKey({ topic, partition }), Number(offset));
        }
      }
    }
    return offsets;
  }

  async #send<T>(nodeId: number, request: KafkajsRequest<T>): Promise<T> {
    const broker = await this.broker(nodeId);
    return this.#onConnection(broker, () => broker.connectionPool.send(request));
  }

  /** Runs a request; a connection that does not answer is cut, or every later request would wait on it as long. */
  async onBroker<T>(broker: KafkajsBroker, work: (broker: KafkajsBroker) => Promise<T>): Promise<T> {
    return this.#onConnection(broker, () => work(broker));
  }

  async #onConnection<T>(broker: KafkajsBroker, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isTimeout(error)) {
        cutConnections(broker, 'a request timed out');
      }
      throw error;
    }
  }

  #metadataOf(name: string): ClusterMetadata['topicMetadata'][number] | undefined {
    return this.#cluster.brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === name);
  }

  /** kafkajs asks for every topic of the cluster when it has no list, and fails if any of them has no leader just then. */
  #askForKnownTopicsOnly(): void {
    const pool = this.#cluster.brokerPool;
    const { createBroker } = pool;
    pool.createBroker = (options) => {
      const broker = createBroker(options);
      broker.metadata = () =>
        this.#onConnection(broker, () =>
          broker.connectionPool.send({
            request: {
              apiKey: 3,
              apiVersion: 6,
              apiName: 'Metadata',
              encode: () => Promise.resolve(new Encoder().writeArray([...this.#topics]).writeBoolean(false)),
            },
            response: { decode: metadataResponse.decode, parse: asIs },
          }),
        );
      return broker;
    };
  }
}

export function partitionKey({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}

export function noLeader({ topic, partition }: PartitionId): Error {
  return logError('LOG_UNREACHABLE', `"${topic}" ${partition} has no leader.`, {
    outcome: 'retry',
    remedy: 'Wait for the brokers to elect one, or start the broker that holds the partition.',
    details: { topic, partition },
  });
}

export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}

/** Whether the promise is settled by then; a rejection counts. */
export async function settlesWithin(promise: Promise<unknown>, waitMsMax: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => {
      resolve(false);
    }, waitMsMax);
  });
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, late]);
  clearTimeout(timer);
  return isSettled;
}

export function groupedByTopic<T extends PartitionId>(items: readonly T[]): Map<string, T[]> {
  const byTopic = new Map<string, T[]>();
  for (const item of items) {
    const ofTopic = byTopic.get(item.topic);
    if (ofTopic === undefined) byTopic.set(item.topic, [item]);
    else ofTopic.push(item);
  }
  return byTopic;
}

function cutConnections(broker: KafkajsBroker, why: string): void {
  for (const { socket } of broker.connectionPool.pool) socket?.destroy(new Error(why));
}

function asIs<T>(decoded: T): Promise<T> {
  return Promise.resolve(decoded);
}
