import type { StreamRecordKind } from '@burnline/core';
import { FRAME_BYTES, MAX_EVENTS_PER_MESSAGE } from './batch-format.ts';
import { schemaIdOf, schemaUnknown } from './batch-layout.ts';
import { checkBlockEnd, compileStep, readBlock } from './datum-walk.ts';
import { decodeFailed } from './event-contract-error.ts';
import { avroType, type SchemaSource } from './schema-source.ts';

/** How far a message can be read, for people who look at one that cannot. */
export interface BatchInspection {
  /** Null: no framing. */
  readonly schemaId: number | null;
  /** Null: a schema that is not known here. */
  readonly kind: StreamRecordKind | null;
  /** The records before the fault, in the writer's schema. */
  readonly records: readonly unknown[];
  /** Bytes before the fault: of the framing, the records and their counts. */
  readonly readBytes: number;
  /** Null: the message is whole. */
  readonly fault: string | null;
}

/** Reads a message up to its fault, whatever that is; throws nothing. Compiles its reader anew: not for many messages. */
export function inspectBatch(message: Uint8Array, schemas: SchemaSource): BatchInspection {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const cursor = { bytes: message, position: 0 };
  const records: unknown[] = [];
  let [schemaId, kind]: [number | null, StreamRecordKind | null] = [null, null];
  let readBytes = 0;
  try {
    schemaId = schemaIdOf(message);
    cursor.position = readBytes = FRAME_BYTES;
    const stored = schemas.schemaOf(schemaId);
    if (stored === null) throw schemaUnknown(schemaId);
    kind = stored.kind;
    const [step, type] = [compileStep(stored.schema), avroType(stored.schema)];
    for (;;) {
      const block = readBlock(cursor);
      readBytes = cursor.position;
      if (block.count === 0) break;
      for (let index = 0; index < block.count; index += 1) {
        if (records.length === MAX_EVENTS_PER_MESSAGE) {
          throw decodeFailed(`A message holds more than ${MAX_EVENTS_PER_MESSAGE} records.`);
        }
        step(cursor);
        records.push(type.decode(bytes, readBytes).value);
        readBytes = cursor.position;
      }
      checkBlockEnd(cursor, block);
    }
    if (readBytes !== message.length) {
      throw decodeFailed(`${message.length - readBytes} bytes follow the batch.`);
    }
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { schemaId, kind, records, readBytes, fault };
  }
  return { schemaId, kind, records, readBytes, fault: null };
}
