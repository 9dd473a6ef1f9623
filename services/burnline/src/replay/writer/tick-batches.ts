import {
  createBatchEncoder,
  encodeMark,
  partitionOf,
  type BatchEncoder,
  type SchemaSource,
} from '@burnline/contracts';
import type { EvalVerdict, InferenceEvent, Mark } from '@burnline/core';
import type { EventLog, NewMessage, PartitionAppend } from '@burnline/runtime';
import type { ReplayRecord } from '../reader/index.ts';

interface ReplayTopics {
  readonly inference: string;
  readonly verdicts: string;
  readonly partitionCount: number;
}

/** Messages held before they are appended: bounds memory, whatever a tick holds, and spares a flush to disk per tick. */
const PENDING_MESSAGES_MAX = 1_000;

interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly messages: NewMessage[];
}

/**
 * Cuts the records of a replay into messages: by tick, partition, bytes and count, and by nothing that depends on speed.
 * All messages of a tick carry the tick's last millisecond, so no event is after its message. In each partition a tick's
 * messages come before the mark that ends it.
 */
export class TickBatches {
  readonly #log: EventLog;
  readonly #schemas: SchemaSource;
  readonly #topics: ReplayTopics;
  readonly #events: readonly { readonly lane: Lane; readonly encoder: BatchEncoder<'inference'> }[];
  readonly #verdicts: readonly { readonly lane: Lane; readonly encoder: BatchEncoder<'verdict'> }[];
  #pendingCount = 0;

  constructor(parts: { readonly log: EventLog; readonly schemas: SchemaSource }, topics: ReplayTopics) {
    this.#log = parts.log;
    this.#schemas = parts.schemas;
    this.#topics = topics;
    const partitions = Array.from({ length: topics.partitionCount }, (_, partition) => partition);
    const laneOf = (topic: string, partition: number): Lane => ({ topic, partition, messages: [] });
    this.#events = partitions.map((partition) => ({
      lane: laneOf(topics.inference, partition),
      encoder: createBatchEncoder({ kind: 'inference', schemas: this.#schemas }),
    }));
    this.#verdicts = partitions.map((partition) => ({
      lane: laneOf(topics.verdicts, partition),
      encoder: createBatchEncoder({ kind: 'verdict', schemas: this.#schemas }),
    }));
  }

  async add(record: ReplayRecord, timestampMs: number): Promise<void> {
    if ('event' in record) this.#addEvent(record.event, timestampMs);
    else this.#addVerdict(record.verdict, timestampMs);
    if (this.#pendingCount >= PENDING_MESSAGES_MAX) await this.append();
  }

  /** Ends a tick whose messages carry `timestampMs`. */
  finishTick(timestampMs: number): void {
    for (const { lane, encoder } of [...this.#events, ...this.#verdicts]) {
      if (encoder.count > 0) this.#finish(lane, encoder, timestampMs);
    }
  }

  /** Puts a mark behind everything that is there, in every partition. */
  mark(kind: Exclude<Mark['kind'], 'idle' | 'specs'>, atMs: number): void {
    const value = encodeMark({ kind, marked_at: atMs * 1_000 }, this.#schemas);
    for (const { lane } of [...this.#events, ...this.#verdicts]) {
      lane.messages.push({ value, timestampMs: atMs });
      this.#pendingCount += 1;
    }
  }

  /** Everything so far is in the log, acknowledged, when it resolves. */
  async append(): Promise<void> {
    const lanes = [...this.#events, ...this.#verdicts].map(({ lane }) => lane);
    const appends: PartitionAppend[] = lanes
      .filter((lane) => lane.messages.length > 0)
      .map((lane) => ({ topic: lane.topic, partition: lane.partition, messages: lane.messages.splice(0) }));
    this.#pendingCount = 0;
    if (appends.length > 0) await this.#log.append(appends);
  }

  #addEvent(event: InferenceEvent, timestampMs: number): void {
    const target = this.#events[partitionOf(event.event_id, this.#topics.partitionCount)];
    if (target === undefined || target.encoder.append(event)) return;
    this.#finish(target.lane, target.encoder, timestampMs);
    target.encoder.append(event);
  }

  #addVerdict(verdict: EvalVerdict, timestampMs: number): void {
    const target = this.#verdicts[partitionOf(verdict.event_id, this.#topics.partitionCount)];
    if (target === undefined || target.encoder.append(verdict)) return;
    this.#finish(target.lane, target.encoder, timestampMs);
    target.encoder.append(verdict);
  }

  #finish(lane: Lane, encoder: { finish(): Uint8Array }, timestampMs: number): void {
    lane.messages.push({ value: encoder.finish(), timestampMs });
    this.#pendingCount += 1;
  }
}
