import { AppError, invariant } from '@burnline/core';
import type { EvalVerdict, InferenceEvent, Mark, SourceReport, StreamRecordKind } from '@burnline/core';
import type avsc from 'avsc';
import { BatchCheck } from './batch-check.ts';
import type { CheckedBatch } from './batch-check.ts';
import type { RecordByKind } from './batch-format.ts';
import { schemaIdOf, schemaUnknown, walkMessage } from './batch-layout.ts';
import type { BatchLayout } from './batch-layout.ts';
import { compileStep } from './datum-walk.ts';
import type { Step } from './datum-walk.ts';
import { decodeFailed } from './event-contract-error.ts';
import type { EventContractErrorCode } from './event-contract-error.ts';
import { avroType } from './schema-source.ts';
import type { AvroComplexJson, SchemaSource } from './schema-source.ts';

export type DecodedBatch =
  | { readonly kind: 'inference'; readonly schemaId: number; readonly records: readonly InferenceEvent[] }
  | { readonly kind: 'verdict'; readonly schemaId: number; readonly records: readonly EvalVerdict[] }
  | { readonly kind: 'report'; readonly schemaId: number; readonly records: readonly SourceReport[] }
  | { readonly kind: 'mark'; readonly schemaId: number; readonly records: readonly Mark[] };

export interface ProjectedBatch<Projected> extends BatchLayout {
  readonly records: readonly Projected[];
}

/**
 * Decodes messages; keeps a compiled reader per writer's schema, so make one and keep it.
 *
 * Every call throws CONTRACT_DECODE_FAILED (dead-letter) for bytes that are no batch and CONTRACT_SCHEMA_UNKNOWN (halt)
 * for a schema id that the source does not know. What decodes was walked to its last byte first. Values of a corrupted
 * message may differ from what was written; the log's checksums guard against that, not the codec.
 */
export interface BatchDecoder {
  /** Whole records in this build's own schemas. */
  decodeBatch(message: Uint8Array): DecodedBatch;
  /** Where the datums lie, without decoding them: for passing them on. */
  walkBatch(message: Uint8Array): BatchLayout;
  /**
   * `walkBatch` for what comes from outside: its records hold to the rules of events and verdicts, its texts are UTF-8 and
   * its maps have each key once. Throws CONTRACT_EVENT_INVALID for a batch in which any record does not.
   */
  checkBatch(message: Uint8Array): CheckedBatch;
  /** A decoder for messages of one kind whose records have these fields only (a batch of another kind is refused). */
  createProjectedDecoder<Kind extends StreamRecordKind, Field extends keyof RecordByKind[Kind] & string>(
    kind: Kind,
    fields: readonly Field[],
  ): (message: Uint8Array) => ProjectedBatch<Pick<RecordByKind[Kind], Field>>;
}

/** What reading one writer's schema takes. */
interface WriterPlan {
  readonly schemaId: number;
  readonly kind: StreamRecordKind;
  readonly schema: AvroComplexJson;
  readonly step: Step;
  readonly type: avsc.Type;
}
/** Reads the datum at a position that was walked before. */
type ReadDatum = (message: Buffer, position: number) => unknown;

export function createBatchDecoder(schemas: SchemaSource): BatchDecoder {
  // The maps are bounded by the number of schema ids that the source knows.
  const plans = new Map<number, WriterPlan>();
  const readers = new Map<number, ReadDatum>();
  const checks = new Map<number, BatchCheck>();

  const planOf = (message: Uint8Array): WriterPlan => {
    const schemaId = schemaIdOf(message);
    const known = plans.get(schemaId);
    if (known !== undefined) return known;
    const stored = schemas.schemaOf(schemaId);
    if (stored === null) throw schemaUnknown(schemaId);
    const { kind, schema } = stored;
    const plan = { schemaId, kind, schema, step: compileStep(schema), type: avroType(schema) };
    plans.set(schemaId, plan);
    return plan;
  };
  const recordsOf = (message: Uint8Array, plan: WriterPlan, layout: BatchLayout): unknown[] => {
    const read = cached(readers, plan.schemaId, () => datumReader(plan, ownSchema(schemas, plan.kind)));
    return readAll(message, layout, read);
  };
  return {
    walkBatch: (message) => walkMessage(message, planOf(message)),
    decodeBatch: (message) => {
      const plan = planOf(message);
      const layout = walkMessage(message, plan);
      const { kind, schemaId } = plan;
      return { kind, schemaId, records: recordsOf(message, plan, layout) } as DecodedBatch;
    },
    checkBatch: (message) => {
      const plan = planOf(message);
      const check = cached(checks, plan.schemaId, () => new BatchCheck(plan));
      return check.sure(message) ?? check.plain(message, (layout) => recordsOf(message, plan, layout));
    },
    createProjectedDecoder: (kind, fields) => createProjection({ kind, fields, schemas, planOf }),
  };
}

function createProjection<
  Kind extends StreamRecordKind,
  Field extends keyof RecordByKind[Kind] & string,
>(options: {
  readonly kind: Kind;
  readonly fields: readonly Field[];
  readonly schemas: SchemaSource;
  readonly planOf: (message: Uint8Array) => WriterPlan;
}): (message: Uint8Array) => ProjectedBatch<Pick<RecordByKind[Kind], Field>> {
  const { kind, schemas, planOf } = options;
  const readerSchema = projectedSchema(ownSchema(schemas, kind), options.fields);
  const readers = new Map<number, ReadDatum>();
  return (message) => {
    const plan = planOf(message);
    if (plan.kind !== kind)
      throw decodeFailed(`A batch of ${plan.kind} records lies where ${kind} records belong.`);
    const layout = walkMessage(message, plan);
    const read = cached(readers, plan.schemaId, () => datumReader(plan, readerSchema));
    return { ...layout, records: readAll(message, layout, read) as Pick<RecordByKind[Kind], Field>[] };
  };
}

function cached<Made extends object>(bySchema: Map<number, Made>, schemaId: number, make: () => Made): Made {
  const known = bySchema.get(schemaId);
  if (known !== undefined) return known;
  const made = make();
  bySchema.set(schemaId, made);
  return made;
}

function ownSchema(schemas: SchemaSource, kind: StreamRecordKind): AvroComplexJson {
  const schemaId = schemas.idOf(kind);
  const stored = schemas.schemaOf(schemaId);
  if (stored === null) throw schemaUnknown(schemaId);
  return stored.schema;
}

/** The schema with these fields alone, in its own order. A field that it lacks is a fault of the caller. */
function projectedSchema(schema: AvroComplexJson, fields: readonly string[]): AvroComplexJson {
  const wanted = new Set(fields);
  const kept = (schema.fields ?? []).filter((field) => wanted.delete(field.name));
  invariant(wanted.size === 0, `the schema has no field ${[...wanted].join(', ')}`);
  return { ...schema, fields: kept };
}

function datumReader(plan: WriterPlan, readerSchema: AvroComplexJson): ReadDatum {
  const readerType = avroType(readerSchema);
  if (readerType.equals(plan.type)) {
    return (message, position): unknown => plan.type.decode(message, position).value;
  }
  const resolver = resolverOf(readerType, plan);
  return (message, position): unknown => readerType.decode(message, position, resolver).value;
}

/** A writer's schema that does not resolve was never compatible: the schema is wrong, not the message. */
function resolverOf(readerType: avsc.Type, plan: WriterPlan): ReturnType<avsc.Type['createResolver']> {
  try {
    return readerType.createResolver(plan.type);
  } catch (cause) {
    throw schemaIncompatible(plan, cause);
  }
}

function readAll(message: Uint8Array, layout: BatchLayout, read: ReadDatum): unknown[] {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const records: unknown[] = [];
  try {
    for (const start of layout.starts) records.push(read(bytes, start));
  } catch (cause) {
    throw decodeFailed('A record does not fit the schema.', { index: records.length, cause: String(cause) });
  }
  return records;
}

function schemaIncompatible(plan: WriterPlan, cause: unknown): AppError<EventContractErrorCode> {
  return new AppError(
    'CONTRACT_SCHEMA_UNKNOWN',
    `Schema ${plan.schemaId} cannot be read as a record of kind ${plan.kind}.`,
    {
      outcome: 'halt',
      remedy: 'Register a schema that this version can read, or upgrade this service.',
      details: { schemaId: plan.schemaId, kind: plan.kind },
      cause,
    },
  );
}
