import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AppError } from '@burnline/core';
import type { StreamRecordKind } from '@burnline/core';
import avsc from 'avsc';
import type { EventContractErrorCode } from './event-contract-error.ts';

/** A schema as Avro writes it in JSON. */
export type AvroSchemaJson = string | readonly AvroSchemaJson[] | AvroComplexJson;
export interface AvroComplexJson {
  readonly type: AvroSchemaJson;
  readonly name?: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly logicalType?: string;
  readonly symbols?: readonly string[];
  readonly default?: unknown;
  readonly size?: number;
  readonly items?: AvroSchemaJson;
  readonly values?: AvroSchemaJson;
  readonly fields?: readonly AvroFieldJson[];
}
export interface AvroFieldJson {
  readonly name: string;
  readonly doc?: string;
  readonly type: AvroSchemaJson;
  readonly default?: unknown;
}

export function isUnion(schema: AvroSchemaJson): schema is readonly AvroSchemaJson[] {
  return Array.isArray(schema);
}

export interface StoredSchema {
  /** From 1, the id in a message's framing. */
  readonly id: number;
  readonly kind: StreamRecordKind;
  /** The schema of one record. The message is an array of it. */
  readonly schema: AvroComplexJson;
}

/**
 * Where schemas come from. Calls are synchronous, as the codecs are: a source that asks a registry loads its schemas
 * before it hands itself out, and others by `fetch`. A given id gives the same object every time (compiled forms are cached
 * by it).
 */
export interface SchemaSource {
  /** `null`: not known here. */
  schemaOf(id: number): StoredSchema | null;
  /** The id that this build writes, whose schema is also what it reads into. */
  idOf(kind: StreamRecordKind): number;
  /**
   * Brings in a schema that is not known yet, so that `schemaOf` gives it; nothing happens where there is none of this id.
   * Absent where every schema is known from the start.
   */
  fetch?(id: number): Promise<void>;
}

/** An entry of schemas/schema-table.json. Entries are never changed or removed; a new version gets a new id. */
export interface SchemaTableEntry {
  readonly id: number;
  readonly kind: StreamRecordKind;
  /** Name for a Confluent registry. */
  readonly subject: string;
  readonly file: string;
  /** SHA-256 of the Parsing Canonical Form, hexadecimal: what decides how bytes are laid out. */
  readonly fingerprint: string;
  /** SHA-256 of the minified file, hexadecimal: defaults and docs included, which the canonical form leaves out. */
  readonly contentSha256: string;
}

export function readSchemaTable(): readonly SchemaTableEntry[] {
  return JSON.parse(readPackageFile('schema-table.json')) as readonly SchemaTableEntry[];
}

export function readSchemaFile(file: string): AvroComplexJson {
  return JSON.parse(readPackageFile(file)) as AvroComplexJson;
}

/** What the table's two hashes must be for a schema. */
export function schemaHashes(
  schema: AvroComplexJson,
): Pick<SchemaTableEntry, 'fingerprint' | 'contentSha256'> {
  return {
    fingerprint: avroType(schema).fingerprint('sha256').toString('hex'),
    contentSha256: createHash('sha256').update(JSON.stringify(schema)).digest('hex'),
  };
}

export function avroType(schema: AvroComplexJson): avsc.Type {
  return avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: false, omitRecordMethods: true });
}

/**
 * The package's own schemas, read from its `schemas` folder. The newest id of a kind is the one written.
 * Throws CONTRACT_SCHEMA_CORRUPT if a file is not the one that the table names.
 */
export function loadPackageSchemas(): SchemaSource {
  const stored = new Map<number, StoredSchema>();
  const ids = new Map<StreamRecordKind, number>();
  for (const entry of readSchemaTable()) {
    const schema = readSchemaFile(entry.file);
    if (schemaHashes(schema).contentSha256 !== entry.contentSha256) throw schemaChanged(entry);
    stored.set(entry.id, { id: entry.id, kind: entry.kind, schema });
    ids.set(entry.kind, Math.max(entry.id, ids.get(entry.kind) ?? 0));
  }
  return {
    schemaOf: (id) => stored.get(id) ?? null,
    idOf: (kind) => ids.get(kind) ?? 0,
  };
}

/** `src/events` and `dist/events` lie equally deep, so one path serves both. */
function readPackageFile(file: string): string {
  return readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8');
}

function schemaChanged(entry: SchemaTableEntry): AppError<EventContractErrorCode> {
  return new AppError(
    'CONTRACT_SCHEMA_CORRUPT',
    `${entry.file} is not the schema that id ${entry.id} names.`,
    {
      remedy: 'Restore the file; a changed schema is a new file with a new id.',
      details: { id: entry.id, file: entry.file },
    },
  );
}
