import { backoffMs, isAppError } from '@burnline/core';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import { partitionKey } from '../../partitions.ts';
import { beyondEndError, expiredError, topicUnknownError as topicUnknown } from '../../shared/checks.ts';
import type { Brokers } from '../brokers.ts';
import { isPassing, translated, typeOf } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { noLeader } from '../log-faults.ts';
import { CORRUPT_LOOKS } from '../records/batch-fault.ts';
import { splitRecordSet } from '../records/decode-batches.ts';
import { sleep } from '../waiting.ts';
import { errorOfCode, type FetchedPartition, type KafkaWire } from '../wire/index.ts';
import type { FetchedQueue } from './fetched-queue.ts';

/** A broker gathers so much or waits so long before it answers: fewer answers under load, and no wait worth a name. */
const WAIT_MS_MAX = 100;
const FETCH_BYTES_MIN = 64 * 1024;
/** Of one partition and of one answer, as compressed. */
const PARTITION_BYTES_MAX = 1024 * 1024;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Waiting for the caller, over all partitions, as fetched: what one consumer holds in memory, plus one answer. */
const QUEUED_BYTES_MAX = 64 * 1024 * 1024;
/** Of one partition, so that a few busy ones do not make the others wait for memory. */
const PARTITION_QUEUED_BYTES_MAX = 4 * 1024 * 1024;
/** A new leader may not know the end yet for a moment; a position that stays beyond it is an error. */
const BEYOND_END_LOOKS = 5;

/** What is asked of the brokers. */
interface FetchingBrokers extends Pick<Brokers, 'bounds' | 'retrying'> {
  readonly wire: Pick<KafkaWire, 'fetch' | 'forget' | 'isClosed' | 'leaderOf' | 'refresh' | 'topic'>;
}

/**
 * Fetches ahead for a consumer's partitions, one request at a time to each leader, for every partition with room in its
 * queue: the caller's pace bounds memory, and a partition that is not taken from does not hold up the others.
 */
export class Fetcher {
  readonly #brokers: FetchingBrokers;
  readonly #settings: Pick<KafkaSettings, 'logger' | 'metrics'>;
  readonly #queues: () => readonly FetchedQueue[];
  readonly #onFetched: () => void;
  readonly #busyLeaders = new Set<number>();

  /** `queues` lists the partitions that are the consumer's now; an answer for another is dropped. */
  constructor(
    parts: {
      readonly brokers: FetchingBrokers;
      readonly settings: Pick<KafkaSettings, 'logger' | 'metrics'>;
    },
    queues: () => readonly FetchedQueue[],
    onFetched: () => void,
  ) {
    this.#brokers = parts.brokers;
    this.#settings = parts.settings;
    this.#queues = queues;
    this.#onFetched = onFetched;
  }

  /** Sends what can be sent; to be called whenever a partition comes or gets room. */
  run(): void {
    if (this.#brokers.wire.isClosed) return;
    const queues = this.#queues();
    let queuedBytes = 0;
    for (const queue of queues) queuedBytes += queue.queuedBytes;
    const byLeader = new Map<number, FetchedQueue[]>();
    for (const queue of queues) {
      // A partition with an empty queue may always fetch: the rest may be paused and hold all the memory for long.
      const hasRoom =
        queue.isEmpty || (queue.queuedBytes < PARTITION_QUEUED_BYTES_MAX && queuedBytes < QUEUED_BYTES_MAX);
      if (queue.error !== null || queue.isBusy || !hasRoom) continue;
      const leader = this.#brokers.wire.leaderOf(queue);
      if (leader === null) {
        void this.#examine(queue, () => this.#ifGone(queue));
        continue;
      }
      if (this.#busyLeaders.has(leader)) continue;
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), queue]);
    }
    for (const [leader, led] of byLeader) void this.#fetch(leader, led);
  }

  async #fetch(leader: number, queues: readonly FetchedQueue[]): Promise<void> {
    this.#busyLeaders.add(leader);
    for (const queue of queues) queue.isBusy = true;
    let failures = new Map<FetchedQueue, unknown>();
    try {
      const from = shuffled(queues).map(({ topic, partition, fetchOffset }) => ({
        topic,
        partition,
        offset: fetchOffset,
        bytesMax: PARTITION_BYTES_MAX,
      }));
      const answers = await this.#brokers.wire.fetch(leader, from, {
        waitMsMax: WAIT_MS_MAX,
        bytesMin: FETCH_BYTES_MIN,
        bytesMax: ANSWER_BYTES_MAX,
      });
      failures = this.#take(queues, answers);
    } catch (error) {
      failures = new Map(queues.map((queue) => [queue, error]));
    }
    this.#busyLeaders.delete(leader);
    for (const queue of queues) queue.isBusy = false;
    this.#restOrFail(failures);
    this.#onFetched();
    this.run();
  }

  /** Gives back those that got nothing, with the reason; what must be looked into is looked into beside the fetches. */
  #take(queues: readonly FetchedQueue[], answers: readonly FetchedPartition[]): Map<FetchedQueue, unknown> {
    const byKey = new Map(answers.map((answer) => [partitionKey(answer), answer]));
    const failures = new Map<FetchedQueue, unknown>();
    for (const queue of queues) {
      const answer = byKey.get(partitionKey(queue));
      const error = answer === undefined ? noLeader(queue) : errorOfCode(answer.errorCode);
      if (answer !== undefined && error === null) this.#put(queue, answer, failures);
      else failures.set(queue, error);
    }
    return failures;
  }

  #restOrFail(failures: ReadonlyMap<FetchedQueue, unknown>): void {
    const resting: FetchedQueue[] = [];
    let reason: unknown = null;
    for (const [queue, error] of failures) {
      const type = typeOf(error);
      if (type === 'OFFSET_OUT_OF_RANGE') void this.#examine(queue, () => this.#outOfRange(queue));
      else if (type === 'UNKNOWN_TOPIC_OR_PARTITION') void this.#examine(queue, () => this.#topicGone(queue));
      else if (isPassing(error) || this.#isWorthALook(queue, error)) {
        resting.push(queue);
        reason ??= error;
      } else queue.error = translated(error, `a fetch of "${queue.topic}" ${queue.partition}`);
    }
    if (resting.length > 0) void this.#rest(resting, String(reason));
  }

  /** Whether damaged bytes may be right the next time: they are, if it was the way that damaged them. */
  #isWorthALook(queue: FetchedQueue, error: unknown): boolean {
    if (!isAppError(error) || error.code !== 'LOG_CORRUPT') return false;
    this.#settings.logger.warn({ error: String(error) }, 'what was fetched cannot be read');
    queue.corruptCount += 1;
    return queue.corruptCount < CORRUPT_LOOKS;
  }

  /** Whether the trouble of one partition lasts. It rests meanwhile, and the others of its leader are fetched. */
  async #examine(queue: FetchedQueue, lastingError: () => Promise<Error | null>): Promise<void> {
    queue.isBusy = true;
    let reason = 'it may pass';
    try {
      queue.error = await lastingError();
    } catch (error) {
      reason = String(error);
      if (!isPassing(error))
        queue.error = translated(error, `a fetch of "${queue.topic}" ${queue.partition}`);
    }
    if (queue.error === null) await this.#rest([queue], reason);
    else this.#onFetched();
  }

  #put(queue: FetchedQueue, answer: FetchedPartition, failures: Map<FetchedQueue, unknown>): void {
    queue.beyondEndCount = 0;
    queue.endOffset = Math.max(answer.endOffset, queue.fetchOffset);
    try {
      const { topic, partition, fetchOffset: fromOffset } = queue;
      queue.put(splitRecordSet(answer.records, { topic, partition, fromOffset }));
      queue.corruptCount = 0;
      queue.failureCount = 0;
    } catch (error) {
      failures.set(queue, error);
    }
    queue.endOffset = Math.max(queue.endOffset, queue.fetchOffset);
    this.#settings.metrics?.lag(queue.topic, queue.partition, queue.endOffset - queue.position);
  }

  /** Null if the position lies within the log after all. kafkajs would go on at the log's start, and commit that. */
  async #outOfRange(queue: FetchedQueue): Promise<Error | null> {
    const [bounds] = await this.#brokers.bounds([queue]).catch(() => []);
    if (bounds === undefined) return null;
    const { topic, partition, fetchOffset: fromOffset } = queue;
    if (fromOffset < bounds.startOffset)
      return expiredError({ topic, partition, fromOffset }, bounds.startOffset);
    if (fromOffset <= bounds.endOffset) return null;
    queue.beyondEndCount += 1;
    if (queue.beyondEndCount >= BEYOND_END_LOOKS) {
      return beyondEndError({ topic, partition, fromOffset }, bounds.endOffset);
    }
    return null;
  }

  /** A deleted topic, perhaps made again: another log. Null while only this broker does not know it, in an election. */
  #topicGone(queue: FetchedQueue): Promise<Error | null> {
    this.#brokers.wire.forget(queue.topic);
    return this.#ifGone(queue);
  }

  async #ifGone({ topic }: FetchedQueue): Promise<Error | null> {
    const isGone = await this.#brokers.retrying('looking up a topic', async () => {
      return (await this.#brokers.wire.topic(topic)) === null;
    });
    return isGone ? topicUnknown(topic) : null;
  }

  /** These alone; the other leaders' partitions are fetched meanwhile. */
  async #rest(queues: readonly FetchedQueue[], reason: string | null): Promise<void> {
    const resting = queues.filter(({ error }) => error === null);
    if (resting.length === 0) return;
    if (reason !== null) this.#settings.logger.debug({ reason }, 'a fetch failed, trying again');
    for (const queue of resting) {
      queue.isBusy = true;
      queue.failureCount += 1;
    }
    await sleep(backoffMs(BROKER_BACKOFF, Math.max(...resting.map(({ failureCount }) => failureCount))));
    await this.#brokers.wire.refresh();
    for (const queue of resting) queue.isBusy = false;
    this.run();
  }
}

/** A broker fills its answer in the order asked: a fixed order would starve the last partitions. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
