import kafkajs from 'kafkajs';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import type { PartitionId } from '../../event-log.ts';
import { closedError } from '../../log-errors.ts';
import { clientConfig } from '../client/client-config.ts';
import { isTimeout } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { settlesWithin, sleep } from '../waiting.ts';
import { CoordinatorRequests } from './coordinator.ts';
import { errorOfCode, KAFKA_CODE } from './error-codes.ts';
import {
  Cluster,
  type ClusterMetadata,
  type KafkajsBroker,
  type KafkajsCluster,
  type KafkajsRequest,
} from './kafkajs-internals.ts';
import { patchKafkajs } from './kafkajs-patches.ts';
import { fetchingRequest, metadataRequest, offsetsRequest, produceRequest } from './partition-requests.ts';
import { setTopicConfigsRequest } from './set-topic-configs.ts';
import type {
  AppendAnswer,
  BatchToAppend,
  FetchedPartition,
  FetchFrom,
  GroupRequests,
  KafkaWire,
  OffsetAnswer,
  TopicMetadata,
} from './wire.ts';

const GROUP_COORDINATOR = 0;
const METADATA_AGE_MS_MAX = 60_000;
/** For requests under way; then the connections are cut. */
const CLOSE_MS_MAX = 2_000;
/** How often a topic is looked for before it is called unknown: brokers learn of a new one some moments apart. */
const TOPIC_LOOKS = 3;

/** Throws LOG_UNSUPPORTED for a kafkajs that nobody has read, LOG_REFUSED if a TLS file cannot be read. */
export function createWire(settings: KafkaSettings): KafkaWire {
  patchKafkajs();
  return new KafkajsWire(settings);
}

/** The wire by kafkajs's connections, requests and view of the cluster. */
class KafkajsWire implements KafkaWire {
  readonly #cluster: KafkajsCluster;
  readonly #settings: KafkaSettings;
  readonly #topics = new Set<string>();
  readonly #coordinators = new Map<string, number>();
  #isClosed = false;

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    const config = clientConfig(settings);
    this.#cluster = new Cluster({
      ...config,
      logger: new kafkajs.Kafka(config).logger(),
      metadataMaxAge: METADATA_AGE_MS_MAX,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: 0,
    });
    this.#askForKnownTopicsOnly();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.refreshMetadata();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { brokers, seedBroker } = this.#cluster.brokerPool;
    const opened = [...Object.values(brokers), ...(seedBroker === undefined ? [] : [seedBroker])];
    await settlesWithin(this.#cluster.disconnect(), CLOSE_MS_MAX);
    for (const broker of opened) cutConnections(broker, 'closed');
  }

  async refresh(): Promise<void> {
    // A look that begins after the end would open a connection that nobody closes, and keep the process alive.
    if (this.#isClosed) return;
    this.#coordinators.clear();
    await this.#cluster.refreshMetadata().catch((error: unknown) => {
      this.#settings.logger.debug({ error: String(error) }, 'no broker told who leads what');
    });
  }

  async topic(name: string): Promise<TopicMetadata | null> {
    for (let look = 1; ; look += 1) {
      const known = this.#metadataOf(name);
      if (known?.topicErrorCode === KAFKA_CODE.none) return known;
      if (known?.topicErrorCode === KAFKA_CODE.unknownTopic && look > TOPIC_LOOKS) {
        this.#topics.delete(name);
        return null;
      }
      const error = look > TOPIC_LOOKS ? errorOfCode(known?.topicErrorCode ?? KAFKA_CODE.unknownTopic) : null;
      if (error !== null) throw error;
      if (look > 1) await sleep(BROKER_BACKOFF.delayMsFirst);
      if (this.#isClosed) throw closedError();
      this.#topics.add(name);
      await this.#cluster.refreshMetadata();
    }
  }

  forget(name: string): void {
    const { metadata } = this.#cluster.brokerPool;
    if (metadata === null) return;
    const topicMetadata = metadata.topicMetadata.filter(({ topic }) => topic !== name);
    this.#cluster.brokerPool.metadata = { ...metadata, topicMetadata };
  }

  leaderOf({ topic, partition }: PartitionId): number | null {
    const known = this.#metadataOf(topic)?.partitionMetadata.find(
      ({ partitionId }) => partitionId === partition,
    );
    return known === undefined || known.leader < 0 ? null : known.leader;
  }

  produce(leader: number, batches: readonly BatchToAppend[]): Promise<readonly AppendAnswer[]> {
    return this.#send(leader, produceRequest(batches));
  }

  async fetch(
    leader: number,
    from: readonly FetchFrom[],
    wait: { readonly waitMsMax: number; readonly bytesMin: number; readonly bytesMax: number },
  ): Promise<readonly FetchedPartition[]> {
    const answer = await this.#send(leader, fetchingRequest(from, wait));
    const error = errorOfCode(answer.errorCode);
    if (error !== null) throw error;
    return answer.partitions;
  }

  offsets(
    leader: number,
    partitions: readonly PartitionId[],
    of: 'start' | 'end',
  ): Promise<readonly OffsetAnswer[]> {
    return this.#send(leader, offsetsRequest(partitions, of));
  }

  group(groupId: string): GroupRequests {
    return new CoordinatorRequests(groupId, async (id, work) => {
      const broker = await this.#coordinator(id);
      return this.#onConnection(broker, () => work(broker));
    });
  }

  async setTopicConfigs(topic: string, values: ReadonlyMap<string, string>): Promise<void> {
    const controller = await this.#cluster.findControllerBroker();
    const request = setTopicConfigsRequest(topic, values);
    await this.#onConnection(controller, () => controller.connectionPool.send(request));
  }

  /**
   * As looked up once, until something fails. Asked for here, because kafkajs takes every refusal for a coordinator that is
   * not there yet, and looks again for ever: its public `fetchOffsets` and `describeGroups` do so too.
   */
  async #coordinator(groupId: string): Promise<KafkajsBroker> {
    const known = this.#coordinators.get(groupId);
    if (known !== undefined) return this.#broker(known);
    const asked = await this.#cluster.findControllerBroker();
    const { coordinator } = await this.#onConnection(asked, () =>
      asked.findGroupCoordinator({ groupId, coordinatorType: GROUP_COORDINATOR }),
    );
    const broker = await this.#broker(coordinator.nodeId);
    this.#coordinators.set(groupId, broker.nodeId);
    return broker;
  }

  #broker(nodeId: number): Promise<KafkajsBroker> {
    return this.#cluster.findBroker({ nodeId });
  }

  async #send<T>(nodeId: number, request: KafkajsRequest<T>): Promise<T> {
    const broker = await this.#broker(nodeId);
    return this.#onConnection(broker, () => broker.connectionPool.send(request));
  }

  /** Runs a request; a connection that does not answer is cut, or every later request would wait on it as long. */
  async #onConnection<T>(broker: KafkajsBroker, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isTimeout(error)) cutConnections(broker, 'a request timed out');
      throw error;
    }
  }

  #metadataOf(name: string): ClusterMetadata['topicMetadata'][number] | undefined {
    return this.#cluster.brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === name);
  }

  /** kafkajs asks for every topic of the cluster when it has no list, and rejects for any of them that has an error. */
  #askForKnownTopicsOnly(): void {
    const pool = this.#cluster.brokerPool;
    const { createBroker } = pool;
    pool.createBroker = (options) => {
      const broker = createBroker(options);
      broker.metadata = () =>
        this.#onConnection(broker, () => broker.connectionPool.send(metadataRequest([...this.#topics])));
      return broker;
    };
  }
}

function cutConnections(broker: KafkajsBroker, why: string): void {
  for (const { socket } of broker.connectionPool.pool) socket?.destroy(new Error(why));
}
