import { backoffMs } from '@burnline/core';
import { BROKER_BACKOFF } from '../../../lifecycle/retry-policies.ts';
import type { PartitionId } from '../../event-log.ts';
import { logError } from '../../log-errors.ts';
import { partitionKey } from '../../partitions.ts';
import { isPassing } from '../client/client-errors.ts';
import type { KafkaSettings } from '../kafka-options.ts';
import { noLeader } from '../log-faults.ts';
import { recordBytesMax } from '../records/batch-format.ts';
import { encodeRecordBatch, type RecordInput } from '../records/encode-batch.ts';
import { sleep } from '../waiting.ts';
import { errorOfCode, type KafkaWire } from '../wire/index.ts';
import { notEncoded, unanswered } from './append-errors.ts';
import { acknowledge, cutBatch, rejectBatch, type Batch, type Lane } from './lane.ts';

/** Of a partition, before compression: sent without waiting for more. */
const BATCH_BYTES_FULL = 256 * 1024;
/** Waiting and in flight, over all partitions: some seconds of a fast writer's. Above it an append is refused. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;

/** What is asked of the brokers. */
type AppendingWire = Pick<KafkaWire, 'leaderOf' | 'produce' | 'refresh'>;

interface EncodedBatch extends Batch {
  readonly bytes: Buffer;
}

interface Patience {
  readonly deadlineMs: number;
  readonly failureCount: number;
}

/**
 * Appends with a linger of its own: calls that come close together share a request to each broker.
 *
 * A batch stays with its partition until that partition's leader has acknowledged it with an offset, whatever the other
 * partitions of the request are answered; only what was not acknowledged is sent again. kafkajs's own `send` may resolve
 * with messages lost when one of several brokers fails, and keeps the answers of a leader that was voted out.
 */
export class Appender {
  readonly #wire: AppendingWire;
  readonly #settings: KafkaSettings;
  readonly #lanes = new Map<string, Lane>();
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(wire: AppendingWire, settings: KafkaSettings) {
    this.#wire = wire;
    this.#settings = settings;
  }

  /** Memory for one call, taken before its bytes are copied; the result gives it back. Throws LOG_BUSY. */
  reserve(bytes: number): () => void {
    // A call that is larger than the bound by itself would never pass.
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes > PENDING_BYTES_MAX) {
      throw logError('LOG_BUSY', `${this.#pendingBytes} bytes wait to be written to Kafka.`, {
        outcome: 'retry',
        remedy: 'Wait and send again; if it lasts, add brokers or partitions.',
        details: { pendingBytes: this.#pendingBytes, pendingBytesMax: PENDING_BYTES_MAX },
      });
    }
    this.#pendingBytes += bytes;
    return () => {
      this.#pendingBytes -= bytes;
    };
  }

  /** The offsets of the records, once all are durable. `batchBytesMax`: what the topic takes as one batch. */
  async append(
    to: PartitionId,
    records: readonly RecordInput[],
    batchBytesMax: number,
  ): Promise<readonly number[]> {
    const lane = this.#laneOf(to);
    lane.batchBytesMax = batchBytesMax;
    const offsets: number[] = [];
    await new Promise<void>((resolve, reject) => {
      lane.parcels.push({ records, offsets, cutCount: 0, resolve, reject });
      for (const { value } of records) lane.waitingBytes += recordBytesMax(value.length);
      if (lane.waitingBytes >= BATCH_BYTES_FULL) this.sendWaiting();
      this.#timer ??= setTimeout(() => {
        this.sendWaiting();
      }, this.#settings.lingerMs);
    });
    return offsets;
  }

  /** Ends the linger. */
  sendWaiting(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const batches = [...this.#lanes.values()].flatMap((lane) => cutBatch(lane) ?? []);
    if (batches.length > 0) void this.#sendFirst(batches);
  }

  #laneOf({ topic, partition }: PartitionId): Lane {
    const key = partitionKey({ topic, partition });
    const lane = this.#lanes.get(key) ?? {
      topic,
      partition,
      parcels: [],
      waitingBytes: 0,
      batchBytesMax: 0,
      isInFlight: false,
    };
    this.#lanes.set(key, lane);
    return lane;
  }

  async #sendFirst(batches: readonly Batch[]): Promise<void> {
    const { compression, patienceMs } = this.#settings;
    const encoded = await Promise.all(
      batches.map(async (batch) => {
        try {
          return [{ ...batch, bytes: await encodeRecordBatch(batch.records, compression) }];
        } catch (error) {
          // A lane that stayed in flight would never send again, and its callers never hear of it.
          this.#settle(batch, () => {
            rejectBatch(batch, notEncoded(batch.lane, error));
          });
          return [];
        }
      }),
    );
    const sent = encoded.flat();
    if (sent.length === 0) return;
    this.#send(sent, { deadlineMs: performance.now() + patienceMs, failureCount: 0 });
  }

  /** To each leader its own; none waits for another. */
  #send(batches: readonly EncodedBatch[], patience: Patience): void {
    const byLeader = new Map<number | null, EncodedBatch[]>();
    for (const batch of batches) {
      const leader = this.#wire.leaderOf(batch.lane);
      byLeader.set(leader, [...(byLeader.get(leader) ?? []), batch]);
    }
    for (const [leader, led] of byLeader) void this.#sendTo(leader, led, patience);
  }

  async #sendTo(leader: number | null, batches: readonly EncodedBatch[], patience: Patience): Promise<void> {
    const errors = await this.#outcomes(leader, batches);
    const isOver = performance.now() > patience.deadlineMs;
    const again: EncodedBatch[] = [];
    for (const [batch, error] of errors) {
      if (error === null) continue;
      if (isPassing(error) && !isOver) again.push(batch);
      else
        this.#settle(batch, () => {
          rejectBatch(batch, error);
        });
    }
    if (again.length === 0) return;
    const [reason] = again.map((batch) => String(errors.get(batch)));
    this.#settings.logger.debug({ partitions: again.length, reason }, 'not acknowledged, sending again');
    const failureCount = patience.failureCount + 1;
    await sleep(backoffMs(BROKER_BACKOFF, failureCount));
    await this.#wire.refresh();
    this.#send(again, { ...patience, failureCount });
  }

  /** Null for what was acknowledged, which is settled at once. */
  async #outcomes(
    leader: number | null,
    batches: readonly EncodedBatch[],
  ): Promise<Map<EncodedBatch, unknown>> {
    const outcomes = new Map<EncodedBatch, unknown>();
    try {
      const [first] = batches;
      if (leader === null) throw noLeader(first?.lane ?? { topic: '', partition: 0 });
      const appends = batches.map(({ lane: { topic, partition }, bytes }) => ({
        topic,
        partition,
        batch: bytes,
      }));
      const answered = await this.#wire.produce(leader, appends);
      const answers = new Map(answered.map((answer) => [partitionKey(answer), answer]));
      for (const batch of batches) {
        const answer = answers.get(partitionKey(batch.lane));
        const error = answer === undefined ? unanswered(batch.lane) : errorOfCode(answer.errorCode);
        outcomes.set(batch, error);
        if (answer !== undefined && error === null)
          this.#settle(batch, () => {
            acknowledge(batch, answer.baseOffset);
          });
      }
    } catch (error) {
      for (const batch of batches) if (!outcomes.has(batch)) outcomes.set(batch, error);
    }
    return outcomes;
  }

  /** Whatever came in while the batch was in flight has waited long enough. */
  #settle(batch: Batch, tell: () => void): void {
    batch.lane.isInFlight = false;
    tell();
    if (batch.lane.parcels.length > 0) this.sendWaiting();
  }
}
