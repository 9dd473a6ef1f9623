import { AppError, type StreamRecordKind } from '@burnline/core';
import avsc from 'avsc';
import { compileStep } from './datum-walk.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { avroType, readSchemaTable, type AvroComplexJson, type StoredSchema } from './schema-source.ts';

/**
 * The schema of a whole message, in JSON: an array of records. This is what a registry holds, so that any reader of
 * Confluent's framing can decode a message.
 */
export function messageSchemaText(schema: AvroComplexJson): string {
  return JSON.stringify({ type: 'array', items: schema });
}

/**
 * Reads the schema of a message, as a registry gave it for an id. Throws CONTRACT_SCHEMA_UNKNOWN (halt) for one that is no
 * array of one of the records that this version knows by name.
 */
export function readMessageSchema(id: number, text: string): StoredSchema {
  const { type, items } = parseMessageSchema(id, text);
  const name = type.name ?? '';
  const kind = kindOf(name);
  if (kind !== undefined) return { id, kind, schema: items };
  throw schemaForeign(id, `is of records ${name}, which this version does not know`);
}

/** Whether messages of one schema can be read by another, both as JSON; false too for what is no Avro schema. */
export function canRead({ reader, writer }: { readonly reader: string; readonly writer: string }): boolean {
  try {
    avroType(JSON.parse(reader) as AvroComplexJson).createResolver(
      avroType(JSON.parse(writer) as AvroComplexJson),
    );
    return true;
  } catch {
    return false;
  }
}

function parseMessageSchema(id: number, text: string): { type: avsc.Type; items: AvroComplexJson } {
  let schema: AvroComplexJson;
  let type: avsc.Type;
  try {
    schema = JSON.parse(text) as AvroComplexJson;
    // Every name is checked by avsc; what is made of the schema later builds on that.
    type = avroType(schema);
  } catch (cause) {
    throw schemaForeign(id, 'is no Avro schema', cause);
  }
  const items = schema.items as AvroComplexJson | undefined;
  if (!(type instanceof avsc.types.ArrayType) || items === undefined)
    throw schemaForeign(id, 'is not of an array of records');
  try {
    compileStep(items);
  } catch (cause) {
    throw schemaForeign(id, 'cannot be walked', cause);
  }
  return { type: type.itemsType, items };
}

function kindOf(recordName: string): StreamRecordKind | undefined {
  return readSchemaTable().find(({ subject }) => subject === recordName)?.kind;
}

function schemaForeign(id: number, problem: string, cause?: unknown): AppError<EventContractErrorCode> {
  return new AppError('CONTRACT_SCHEMA_UNKNOWN', `Schema ${id} of the registry ${problem}.`, {
    outcome: 'halt',
    remedy:
      'Find out who writes messages of this schema to the topic; upgrade this service if it is a newer Burnline.',
    details: { id },
    cause,
  });
}
