import type { PartitionId } from '../event-log.ts';
import { logError } from '../log-errors.ts';
import { noLeader, partitionKey, sleep, type Brokers } from './brokers.ts';
import { errorOfCode, isPassing, translated, typeOf } from './kafka-errors.ts';
import type { KafkaSettings } from './kafka-options.ts';
import { encodeRecordBatch, recordBytesMax, type RecordInput } from './record-batches.ts';

/** Messages of a partition per request: enough to fill a request, few enough that encoding never holds the loop long. */
const BATCH_MESSAGES_MAX = 500;
/** Of a partition, before compression: sent without waiting for more. */
const BATCH_BYTES_FULL = 256 * 1024;
/** Of a partition per request, as far as the topic allows. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** Waiting and in flight, over all partitions: some seconds of a fast writer's. Above it an append is refused. */
const PENDING_BYTES_MAX = 64 * 1024 * 1024;
const RETRY_MS_FIRST = 50;
const RETRY_MS_MAX = 1_000;

/** What is asked of the brokers. */
type AppendingBrokers = Pick<Brokers, 'leaderOf' | 'produce' | 'refresh'>;

/** The messages of one call for one partition. */
interface Parcel {
  readonly records: readonly RecordInput[];
  /** Given to the records so far; the sum is in their order. */
  readonly offsets: number[];
  cutCount: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What waits for one partition, first in first out. */
interface Lane extends PartitionId {
  parcels: Parcel[];
  waitingBytes: number;
  /** The topic's limit for a batch, as last seen. */
  batchBytesMax: number;
  /** One batch at a time, so that order holds over retries. */
  isInFlight: boolean;
}

interface Batch {
  readonly lane: Lane;
  readonly parts: readonly { readonly parcel: Parcel; readonly count: number }[];
  readonly records: readonly RecordInput[];
}

interface EncodedBatch extends Batch {
  readonly bytes: Buffer;
}

interface Patience {
  readonly deadlineMs: number;
  readonly delayMs: number;
}

/**
 * Appends with a linger of its own: calls that come close together share a request to each broker.
 *
 * A batch stays with its partition until that partition's leader has acknowledged it with an offset, whatever the other
 * partitions of the request are answered; only what was not acknowledged is sent again. kafkajs's own `send` may resolve
 * with messages lost when one of several brokers fails, and keeps the answers of a leader that was voted out.
 */
export class Appender {
  readonly #brokers: AppendingBrokers;
  readonly #settings: KafkaSettings;
  readonly #lanes = new Map<string, Lane>();
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(brokers: AppendingBrokers, settings: KafkaSettings) {
    this.#brokers = brokers;
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
    this.#send(sent, { deadlineMs: performance.now() + patienceMs, delayMs: RETRY_MS_FIRST });
  }

  /** To each leader its own; none waits for another. */
  #send(batches: readonly EncodedBatch[], patience: Patience): void {
    const byLeader = new Map<number | null, EncodedBatch[]>();
    for (const batch of batches) {
      const leader = this.#brokers.leaderOf(batch.lane);
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
    await sleep(patience.delayMs);
    await this.#brokers.refresh();
    this.#send(again, { ...patience, delayMs: Math.min(2 * patience.delayMs, RETRY_MS_MAX) });
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
      const answers = new Map(
        (await this.#brokers.produce(leader, appends)).flatMap(({ topicName, partitions }) =>
          partitions.map((answer) => [
            partitionKey({ topic: topicName, partition: answer.partition }),
            answer,
          ]),
        ),
      );
      for (const batch of batches) {
        const answer = answers.get(partitionKey(batch.lane));
        const error = answer === undefined ? unanswered(batch.lane) : errorOfCode(answer.errorCode);
        outcomes.set(batch, error);
        if (answer !== undefined && error === null)
          this.#settle(batch, () => {
            acknowledge(batch, Number(answer.baseOffset));
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

/** The next messages of a partition, taken off it; null if there are none or others are in flight. */
function cutBatch(lane: Lane): Batch | null {
  if (lane.isInFlight) return null;
  const parts: { parcel: Parcel; count: number }[] = [];
  const records: RecordInput[] = [];
  let bytes = 0;
  const bytesMax = Math.min(lane.batchBytesMax, BATCH_BYTES_MAX);
  for (const parcel of lane.parcels) {
    const start = parcel.cutCount;
    for (; parcel.cutCount < parcel.records.length; parcel.cutCount += 1) {
      const record = parcel.records[parcel.cutCount];
      if (record === undefined) break;
      const recordBytes = recordBytesMax(record.value.length);
      if (records.length > 0 && (records.length === BATCH_MESSAGES_MAX || bytes + recordBytes > bytesMax))
        break;
      records.push(record);
      bytes += recordBytes;
    }
    if (parcel.cutCount > start) parts.push({ parcel, count: parcel.cutCount - start });
    if (parcel.cutCount < parcel.records.length) break;
  }
  if (records.length === 0) return null;
  lane.parcels = lane.parcels.filter(({ cutCount, records: all }) => cutCount < all.length);
  lane.waitingBytes -= bytes;
  lane.isInFlight = true;
  return { lane, parts, records };
}

function acknowledge({ parts }: Batch, baseOffset: number): void {
  let offset = baseOffset;
  for (const { parcel, count } of parts) {
    for (let index = 0; index < count; index += 1) parcel.offsets.push(offset++);
    if (parcel.offsets.length === parcel.records.length) parcel.resolve();
  }
}

/** The rest of the same calls is not sent: what stands of a call is a prefix. */
function rejectBatch({ lane, parts }: Batch, error: unknown): void {
  const rejection =
    typeOf(error) === 'MESSAGE_TOO_LARGE' ? tooLarge(lane, error) : translated(error, 'an append');
  for (const { parcel } of parts) {
    for (const { value } of parcel.records.slice(parcel.cutCount))
      lane.waitingBytes -= recordBytesMax(value.length);
    parcel.reject(rejection);
  }
  const rejected = new Set(parts.map(({ parcel }) => parcel));
  lane.parcels = lane.parcels.filter((parcel) => !rejected.has(parcel));
}

function tooLarge({ topic, partition }: PartitionId, cause: unknown) {
  return logError('LOG_MESSAGE_TOO_LARGE', `The broker refused a batch for "${topic}" as too large.`, {
    outcome: 'dead-letter',
    remedy: 'Send smaller batches, or raise messageBytesMax of the topic (and the broker’s own limit).',
    details: { topic, partition },
    cause,
  });
}

function notEncoded({ topic, partition }: PartitionId, cause: unknown) {
  return logError(
    'LOG_WRITE_FAILED',
    `Messages for "${topic}" ${partition} cannot be encoded: ${String(cause)}.`,
    {
      remedy: 'Look at the timestamps and sizes of the messages; what follows in the partition is sent.',
      details: { topic, partition },
      cause,
    },
  );
}

function unanswered({ topic, partition }: PartitionId) {
  return logError('LOG_UNREACHABLE', `The broker's answer leaves out "${topic}" ${partition}.`, {
    outcome: 'retry',
    remedy: 'Send again.',
    details: { topic, partition },
  });
}
