import { RowContainer, uuidFromBytes, type AvroComplexJson, type AvroFieldJson } from '@burnline/contracts';
import type { BytesInsert, StreamEpoch } from '@burnline/runtime';
import type { PendingMessage } from './pending-message.ts';

export type RawMessage = Extract<PendingMessage, { kind: 'inference' | 'verdict' }>;

/** Which table a kind of record goes to, and which of its fields the reader's decision replaces. */
const TABLES = {
  inference: { table: 'inference_events', timeField: 'occurred_at' },
  verdict: { table: 'eval_verdicts', timeField: 'inference_at' },
} as const;

const MICROS = { type: 'long', logicalType: 'timestamp-micros' };
const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };

function prefixFields(timeField: string): readonly AvroFieldJson[] {
  return [
    { name: 'stream', type: 'string' },
    { name: 'stream_epoch', type: 'string' },
    { name: 'partition', type: 'int' },
    { name: 'offset', type: 'long' },
    { name: 'event_index', type: 'int' },
    { name: 'is_repeat', type: 'boolean' },
    { name: 'log_time', type: MILLIS },
    { name: 'kept_since', type: 'long' },
    { name: 'event_id', type: 'string' },
    { name: timeField, type: MICROS },
  ];
}

/** Finds the schema that a message was written with. */
export type WriterSchemaOf = (schemaId: number) => AvroComplexJson;

/** Builds the inserts of raw rows: the events' own bytes behind their position, without an object per event. */
export class RawRows {
  readonly #schemaOf: WriterSchemaOf;
  readonly #containers = new Map<number, RowContainer<Record<string, unknown>>>();

  constructor(schemaOf: WriterSchemaOf) {
    this.#schemaOf = schemaOf;
  }

  /** One insert per writer schema; all messages must be of one kind and partition. */
  inserts(
    messages: readonly RawMessage[],
    where: { partition: number; epoch: StreamEpoch },
  ): readonly BytesInsert[] {
    const schemaIds = [...new Set(messages.map((one) => one.schemaId))];
    return schemaIds.map((schemaId) => {
      const written = messages.filter((one) => one.schemaId === schemaId);
      return this.#insert(schemaId, written, where);
    });
  }

  #insert(
    schemaId: number,
    messages: readonly RawMessage[],
    where: { partition: number; epoch: StreamEpoch },
  ): BytesInsert {
    const { table, timeField } = TABLES[messages[0]?.kind ?? 'inference'];
    const container = this.#containerOf(schemaId, timeField);
    for (const one of messages) addMessage(container, one, where, timeField);
    const { columns, rowCount } = container;
    return { table, columns, format: 'Avro', body: container.finish(), rowCount };
  }

  #containerOf(schemaId: number, timeField: string): RowContainer<Record<string, unknown>> {
    const known = this.#containers.get(schemaId);
    if (known !== undefined) return known;
    const container = new RowContainer<Record<string, unknown>>({
      writerSchema: this.#schemaOf(schemaId),
      prefix: prefixFields(timeField),
      replaced: ['event_id', timeField],
    });
    this.#containers.set(schemaId, container);
    return container;
  }
}

function addMessage(
  container: RowContainer<Record<string, unknown>>,
  pending: RawMessage,
  where: { partition: number; epoch: StreamEpoch },
  timeField: string,
): void {
  const { message } = pending;
  const position = {
    stream: where.epoch.stream,
    stream_epoch: where.epoch.epoch,
    partition: where.partition,
    offset: message.offset,
    log_time: message.timestampMs,
    kept_since: keptSinceS(message.timestampMs, where.epoch),
  };
  pending.datums.forEach((datum, index) => {
    const row = {
      ...position,
      event_index: index,
      is_repeat: datum.isRepeat,
      event_id: uuidFromBytes(datum.eventId),
      [timeField]: datum.timeMicros,
    };
    container.add(row, message.value, datum);
  });
}

/** Start of a row's life, epoch seconds: its log time, or in a replay the start of the epoch, whatever the data's age. */
export function keptSinceS(timestampMs: number, epoch: StreamEpoch): number {
  return Math.floor((epoch.clock === 'live' ? timestampMs : epoch.createdAtMs) / 1_000);
}
