import { AppError, isAppError } from '@burnline/core';
import type { SchemaSource } from '@burnline/contracts';
import type { Store } from '../clickhouse/store.ts';
import type {
  AssignedPartition,
  CommittedPosition,
  Delivery,
  EventLog,
  LogConsumer,
  LogMessage,
  PartitionId,
} from '../event-log/event-log.ts';
import { partitionKey } from '../event-log/partitions.ts';
import type { Clock } from '../lifecycle/clock.ts';
import { STOP_RETRY, STORE_RETRY, type RetryPolicy } from '../lifecycle/retry-policies.ts';
import { isDiskFull, retrying, type RetryContext } from '../lifecycle/retry.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServiceMetrics } from '../operations/metrics.ts';
import { commitMetadata } from './commit-metadata.ts';
import { GuardedWork } from './guarded-work.ts';
import { IdleMarks } from './idle-marks.ts';
import {
  checkFingerprint,
  ensureEpoch,
  type EpochSettings,
  type StreamEpoch,
  type StreamTopic,
} from './stream-epochs.ts';
import { fetchSchemas } from './fetch-schemas.ts';
import { logGap } from './read-known.ts';
import type { PartitionWork, Snapshot, StreamWork } from './stream-work.ts';
import { UNREADABLE_LIMITS, type UnreadableLimits } from './unreadable-share.ts';
import { readWarmUp } from './warm-up.ts';
import { writeWatermarks } from './watermarks.ts';

export interface WorkerParts {
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly schemas: SchemaSource;
  readonly metrics?: WorkerMetrics;
}

/** What a worker tells of itself; see ServiceMetrics. */
type WorkerMetrics = Pick<ServiceMetrics, 'applied' | 'flushed'>;

export interface WorkerOptions {
  readonly group: string;
  readonly topics: readonly StreamTopic[];
  readonly settings: EpochSettings;
  /** Rows are written so often while messages come, */
  readonly flushIntervalMs: number;
  /** or, where writing them takes more than a quarter of that time, at least so often; the same by default. */
  readonly flushIntervalMsMax?: number;
  /** Called when rows and the watermarks that speak of them are written. */
  readonly onWritten?: () => void;
  /** When a partition counts as mostly unreadable, and the worker halts. */
  readonly unreadable?: Partial<UnreadableLimits>;
}

/** How long one look at the log may wait: also how precisely flushes and marks are timed. */
const POLL_MS_MAX = 100;
/** A flush that took so long is followed by the next after so many times that, within what the options allow. */
const FLUSH_RESTS = 4;

/**
 * Drives a service over one stream: decode, durable write, commit, in this order and nowhere else.
 *
 * A flush writes while reading goes on, one flush at a time. Halts (rejects) on a gap, an expired start, a log that is not
 * the one the rows came from, a partition that is mostly unreadable, or a write that fails for good; nothing that was not
 * written is ever committed.
 */
export class StreamWorker<S extends Snapshot> {
  readonly #work: StreamWork<S>;
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions;
  readonly #marks: IdleMarks;
  readonly #partitions = new Map<string, PartitionWork<S>>();
  readonly #epochs = new Map<string, StreamEpoch>();
  #flushedAtMs: number;
  #flushTookMs = 0;
  #flushing: Promise<void> = Promise.resolve();
  #isFlushing = false;
  /** A flush that failed for good: its rows are in no table, so nothing may be committed any more. */
  #failure: { readonly error: unknown } | null = null;

  constructor(work: StreamWork<S>, parts: WorkerParts, options: WorkerOptions) {
    this.#work = work;
    this.#parts = parts;
    this.#options = options;
    this.#marks = new IdleMarks(parts);
    this.#flushedAtMs = parts.clock.monotonicMs();
  }

  /** Runs until the signal aborts; then writes and commits what it has. */
  async run(signal: AbortSignal): Promise<void> {
    const { log, store, clock } = this.#parts;
    for (const topic of this.#options.topics) {
      const ensure = (): Promise<StreamEpoch> =>
        ensureEpoch({ store, log, nowMs: clock.nowMs() }, topic, this.#options.settings);
      this.#epochs.set(topic.topic, await retrying(ensure, STORE_RETRY, this.#retryContext(signal)));
    }
    const topics = this.#options.topics.map((topic) => topic.topic);
    const valuesAreLent = this.#work.letsBytesGo ?? false;
    const consumer = await log.consume({ group: this.#options.group, topics, valuesAreLent });
    try {
      while (!signal.aborted) {
        await this.#take(await consumer.next(POLL_MS_MAX), consumer, signal);
        await this.#flushIfDue(consumer, signal);
        this.#haltIfFailed();
        if (this.#work.writesMarks) await this.#marks.write();
      }
      await this.#flushing;
      this.#haltIfFailed();
      await this.#flush(consumer, STOP_RETRY);
    } finally {
      await this.#flushing;
      await consumer.close();
    }
  }

  async #take(delivery: Delivery, consumer: LogConsumer, signal: AbortSignal): Promise<void> {
    switch (delivery.kind) {
      case 'assigned':
        for (const assigned of delivery.partitions) {
          const assign = (): Promise<void> => this.#assign(assigned, consumer);
          await retrying(assign, STORE_RETRY, this.#retryContext(signal));
        }
        return;
      case 'revoked':
        for (const partition of delivery.partitions) {
          this.#partitions.delete(partitionKey(partition));
          this.#marks.remove(partition);
        }
        return;
      case 'messages':
        await this.#apply(delivery, signal);
        return;
      case 'idle':
        return;
    }
  }

  async #apply(delivery: Extract<Delivery, { kind: 'messages' }>, signal: AbortSignal): Promise<void> {
    const work = this.#partitions.get(partitionKey(delivery));
    if (work === undefined) return;
    const prepare = async (): Promise<void> => {
      await fetchSchemas(this.#parts.schemas, delivery.messages);
      await this.#work.prepare?.(delivery.messages);
    };
    await retrying(prepare, STORE_RETRY, this.#retryContext(signal));
    // A snapshot names the last message, and may be taken after the log has used the memory again.
    const lent = this.#work.letsBytesGo === true ? delivery.messages.at(-1) : undefined;
    for (const message of delivery.messages) {
      refuseGap(work, message);
      work.apply(message === lent ? { ...message, value: Buffer.from(message.value) } : message);
    }
    this.#parts.metrics?.applied(delivery.topic, delivery.partition, delivery.messages.length);
    this.#marks.seen({ ...delivery, isReadToEnd: work.position === delivery.endOffset });
  }

  async #assign(assigned: AssignedPartition, consumer: LogConsumer): Promise<void> {
    const epoch = this.#epochOf(assigned.topic);
    const committedOffsetNow = (): Promise<number | null> => this.#committedOffset(assigned);
    await checkFingerprint(this.#parts, {
      ...assigned,
      epoch,
      consumer: this.#work.consumer,
      committedOffset: assigned.committed?.offset ?? null,
      committedOffsetNow,
    });
    const work = this.#guarded(await this.#work.open(assigned, epoch));
    refuseExpiredStart(assigned, work.position);
    // Before any row: a crash after the first rows and before their commit must not look like a log that was replaced.
    const isFirst = assigned.committed === null && (await committedOffsetNow()) === null;
    if (isFirst && !(await commitOwned(consumer, [firstPosition(assigned, work.position)]))) return;
    const warmUp = {
      ...work.partition,
      before: work.position,
      windowMessages: this.#options.settings.repeatWindowMessages,
      epochStart: epoch.startOffsets[assigned.partition] ?? 0,
      logStart: assigned.startOffset,
    };
    await readWarmUp(this.#parts, warmUp, (message) => {
      work.warm(message);
    });
    this.#partitions.set(partitionKey(assigned), work);
    if (epoch.clock === 'live') {
      this.#marks.add({ ...work.partition, isReadToEnd: work.position === assigned.endOffset });
    }
  }

  #guarded(work: PartitionWork<S>): PartitionWork<S> {
    const { settings, unreadable } = this.#options;
    return new GuardedWork(work, {
      schemas: this.#parts.schemas,
      limits: { ...UNREADABLE_LIMITS, ...unreadable },
      warmUpMessages: settings.repeatWindowMessages,
    });
  }

  async #committedOffset({ topic, partition }: PartitionId): Promise<number | null> {
    const all = await this.#parts.log.committed(this.#options.group, [topic]);
    return all.find((one) => one.partition === partition)?.offset ?? null;
  }

  #flushIntervalMs(): number {
    const { flushIntervalMs, flushIntervalMsMax = flushIntervalMs } = this.#options;
    return Math.min(flushIntervalMsMax, Math.max(flushIntervalMs, FLUSH_RESTS * this.#flushTookMs));
  }

  async #flushIfDue(consumer: LogConsumer, signal: AbortSignal): Promise<void> {
    const held = [...this.#partitions.values()].reduce((sum, work) => sum + work.held, 0);
    const isFull = held > this.#work.heldMax;
    const isDue = this.#parts.clock.monotonicMs() - this.#flushedAtMs >= this.#flushIntervalMs();
    if (!isFull && !isDue) return;
    if (isFull) await this.#flushing;
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#flushedAtMs = this.#parts.clock.monotonicMs();
    this.#flushing = this.#flush(consumer, STORE_RETRY, signal).then(
      () => {
        this.#isFlushing = false;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  /** The order, once: what was decoded is written durably, then its position is committed. */
  async #flush(consumer: LogConsumer, policy: RetryPolicy, signal?: AbortSignal): Promise<void> {
    const taken = [...this.#partitions.values()].flatMap((work) => {
      const snapshot = work.takeSnapshot();
      return snapshot === null ? [] : [{ work, snapshot }];
    });
    if (taken.length === 0) return;
    const snapshots = taken.map(({ snapshot }) => snapshot);
    const context = this.#retryContext(signal);
    const startedAtMs = this.#parts.clock.monotonicMs();
    await retrying(() => this.#write(snapshots), policy, context);
    // A partition that was taken away meanwhile, or taken and given back, goes on from its own commit.
    const owned = taken.filter(({ work }) => this.#partitions.get(partitionKey(work.partition)) === work);
    const positions = owned.map(({ work, snapshot }) => ({ ...work.partition, ...snapshot.commit }));
    await retrying(() => commitEach(consumer, positions), policy, context);
    this.#flushTookMs = this.#parts.clock.monotonicMs() - startedAtMs;
    this.#parts.metrics?.flushed(this.#flushTookMs);
  }

  async #write(snapshots: readonly S[]): Promise<void> {
    const epochOf = (topic: string): StreamEpoch => this.#epochOf(topic);
    await this.#work.write(snapshots, epochOf);
    await writeWatermarks(this.#parts.store, this.#work.consumer, snapshots, epochOf);
    this.#options.onWritten?.();
  }

  #retryContext(signal: AbortSignal | undefined): RetryContext {
    const { clock, logger } = this.#parts;
    return {
      clock,
      ...(signal === undefined ? {} : { signal }),
      onRetry: (error, attempt, delayMs) => {
        logger.warn(
          { code: error.code, attempt, delayMs, ...(isDiskFull(error) && { remedy: error.remedy }) },
          isDiskFull(error)
            ? 'the disk is full: waiting for space'
            : 'the database, the log or the registry is busy, trying again',
        );
      },
    };
  }

  #haltIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #epochOf(topic: string): StreamEpoch {
    const epoch = this.#epochs.get(topic);
    if (epoch === undefined)
      throw new AppError('DELIVERY_TOPIC_UNKNOWN', `${topic} is not a topic of this worker`);
    return epoch;
  }
}

/** False, and nothing committed, if one of the partitions belongs to another by now: a rebalance not heard of yet. */
async function commitOwned(consumer: LogConsumer, positions: readonly CommittedPosition[]): Promise<boolean> {
  try {
    await consumer.commit(positions);
    return true;
  } catch (error) {
    if (isAppError(error) && error.code === 'LOG_NOT_OWNER') return false;
    throw error;
  }
}

/** In one write; where some partitions were lost, their new owners repeat them, and the others are committed alone. */
async function commitEach(consumer: LogConsumer, positions: readonly CommittedPosition[]): Promise<void> {
  if (positions.length === 0 || (await commitOwned(consumer, positions))) return;
  for (const position of positions) await commitOwned(consumer, [position]);
}

function firstPosition(assigned: AssignedPartition, offset: number): CommittedPosition {
  const { topic, partition } = assigned;
  return { topic, partition, offset, metadata: commitMetadata(-1) };
}

function refuseGap(work: PartitionWork<Snapshot>, message: LogMessage): void {
  if (message.offset === work.position) return;
  throw logGap(work.partition, { expectedOffset: work.position, offset: message.offset });
}

function refuseExpiredStart(assigned: AssignedPartition, position: number): void {
  if (position === assigned.position && position >= assigned.startOffset) return;
  throw new AppError(
    'DELIVERY_START_EXPIRED',
    `${assigned.topic}/${assigned.partition}: reading goes on at offset ${position}, the log begins at ${assigned.startOffset}`,
    { outcome: 'halt', remedy: 'Retention was shorter than the outage; see docs/operations.md.' },
  );
}
