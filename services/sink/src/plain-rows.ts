import {
  RowContainer,
  uuidFromBytes,
  type AvroComplexJson,
  type AvroFieldJson,
  type BatchDecoder,
  type SchemaSource,
} from '@burnline/contracts';
import { invariant } from '@burnline/core';
import type { BytesInsert } from '@burnline/runtime';
import { RAW_INSERT_SETTINGS, RAW_TABLES, type RawTable } from './native/raw-columns.ts';
import { keptSinceS, type RawItem, type RawMessage } from './raw-item.ts';

const MICROS = { type: 'long', logicalType: 'timestamp-micros' };
const MILLIS = { type: 'long', logicalType: 'timestamp-millis' };

function positionFields(timeField: string): readonly AvroFieldJson[] {
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

type Row = Record<string, unknown>;

interface Container {
  readonly rows: RowContainer<Row>;
  /** Values of the columns that the writer does not fill. */
  readonly defaults: Row;
}

/**
 * The plain way of raw rows: the events' own bytes behind their position in an Avro container, which the database decodes.
 * It says what the rows are, writes what the generated way leaves aside, and costs the database several times as much.
 */
export class PlainRows {
  readonly #schemas: SchemaSource;
  readonly #decoder: BatchDecoder;
  readonly #readIds: Record<RawMessage['kind'], (value: Uint8Array) => readonly Uint8Array[]>;
  /** Bounded by the schema ids that the source knows. */
  readonly #containers = new Map<number, Container>();

  constructor(schemas: SchemaSource, decoder: BatchDecoder) {
    this.#schemas = schemas;
    this.#decoder = decoder;
    const readEvents = decoder.createProjectedDecoder('inference', ['event_id']);
    const readVerdicts = decoder.createProjectedDecoder('verdict', ['event_id']);
    this.#readIds = {
      inference: (value) => readEvents(value).records.map((one) => one.event_id),
      verdict: (value) => readVerdicts(value).records.map((one) => one.event_id),
    };
  }

  /** One insert per writer schema; all messages must be of one kind. */
  inserts(items: readonly RawItem[]): readonly BytesInsert[] {
    const schemaIds = new Set(items.map(({ pending }) => pending.schemaId));
    return [...schemaIds].map((schemaId) =>
      this.#insert(
        schemaId,
        items.filter(({ pending }) => pending.schemaId === schemaId),
      ),
    );
  }

  #insert(schemaId: number, items: readonly RawItem[]): BytesInsert {
    const table = RAW_TABLES[items[0]?.pending.kind ?? 'inference'];
    const container = this.#containerOf(schemaId, table);
    for (const item of items) this.#add(container, item, table.timeField);
    const { columns, rowCount } = container.rows;
    const body = container.rows.finish();
    return { table: table.table, columns, format: 'Avro', body, rowCount, settings: RAW_INSERT_SETTINGS };
  }

  #add({ rows, defaults }: Container, { pending, where }: RawItem, timeField: string): void {
    const { message, timesMicros, repeats } = pending;
    const { starts, ends } = this.#decoder.walkBatch(message.value);
    const position = {
      ...defaults,
      stream: where.epoch.stream,
      stream_epoch: where.epoch.epoch,
      partition: where.partition,
      offset: message.offset,
      log_time: message.timestampMs,
      kept_since: keptSinceS(message.timestampMs, where.epoch),
    };
    this.#readIds[pending.kind](message.value).forEach((eventId, index) => {
      const row = {
        ...position,
        event_index: index,
        is_repeat: repeats[index] === 1,
        event_id: uuidFromBytes(eventId),
        [timeField]: timesMicros[index] ?? 0,
      };
      rows.add(row, message.value, { start: starts[index] ?? 0, end: ends[index] ?? 0 });
    });
  }

  #containerOf(schemaId: number, table: RawTable): Container {
    const known = this.#containers.get(schemaId);
    if (known !== undefined) return known;
    const stored = this.#schemas.schemaOf(schemaId);
    invariant(stored !== null, `schema ${schemaId} was read, so it is known`);
    const own = this.#schemas.schemaOf(this.#schemas.idOf(stored.kind));
    const absent = absentFields(stored.schema, own?.schema ?? stored.schema, table);
    const names = new Set(table.columns.map(({ name }) => name));
    const strange = (stored.schema.fields ?? []).map(({ name }) => name).filter((name) => !names.has(name));
    const container = {
      rows: new RowContainer<Row>({
        writerSchema: stored.schema,
        prefix: [...positionFields(table.timeField), ...absent.map(({ name, type }) => ({ name, type }))],
        replaced: ['event_id', ...strange],
      }),
      defaults: Object.fromEntries(absent.map(({ name, value }) => [name, value])),
    };
    this.#containers.set(schemaId, container);
    return container;
  }
}

const PRIMITIVES = { string: 'string', number: 'double', boolean: 'boolean' } as const;

/** Columns of fields that the writer does not have and whose default is not the column's own (NULL or empty). */
function absentFields(
  writer: AvroComplexJson,
  reader: AvroComplexJson,
  table: RawTable,
): readonly { readonly name: string; readonly type: string; readonly value: unknown }[] {
  const written = new Set((writer.fields ?? []).map(({ name }) => name));
  return (reader.fields ?? []).flatMap(({ name, default: value }) => {
    const isAbsent = !written.has(name) && table.columns.some((column) => column.name === name);
    if (!isAbsent || name === 'event_id') return [];
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
    return [{ name, type: PRIMITIVES[typeof value as keyof typeof PRIMITIVES], value }];
  });
}
