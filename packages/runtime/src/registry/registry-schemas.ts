import { readMessageSchema, type SchemaSource, type StoredSchema } from '@burnline/contracts';
import { invariant, type StreamRecordKind } from '@burnline/core';
import { systemClock } from '../lifecycle/clock.ts';
import type { RegistryClient } from './registry-client.ts';
import { registryError, type RegistryError } from './registry-errors.ts';
import { streamSchemas } from './stream-subjects.ts';

/** Schemas by the ids that messages in the log have. */
export interface LogSchemas extends SchemaSource {
  /** The log's id of a schema of the checked-in table, by whose ids publishers frame what they send to a collector. */
  logIdOf(tableId: number): number;
}

/** Ids never change their meaning, so what is known is kept; no stream has so many versions of four records. */
const SCHEMAS_MAX = 1_000;
/** A registry's replicas learn of a schema some moments after its writer does. */
const LOOKS_MAX = 4;
const LOOK_AGAIN_MS = 250;

/**
 * Schemas of a stream by the ids of a registry: those of this version are looked up now, others by `fetch` when a message
 * brings their id. Null if one of this version's is not registered: `burnline migrate` does that.
 *
 * Rejects as the client does; `fetch` also with CONTRACT_SCHEMA_UNKNOWN (halt) for a schema that is none of ours.
 */
export async function loadRegistrySchemas(
  client: RegistryClient,
  stream: string,
): Promise<LogSchemas | null> {
  const stored = new Map<number, StoredSchema>();
  const logIds = new Map<number, number>();
  const written = new Map<StreamRecordKind, number>();
  for (const { subject, text, tableId, kind } of streamSchemas(stream)) {
    const id = await client.idOf(subject, text);
    if (id === null) return null;
    // Read from our own text: a registry may give it back in another form.
    stored.set(id, readMessageSchema(id, text));
    logIds.set(tableId, id);
    written.set(kind, id);
  }
  return {
    schemaOf: (id) => stored.get(id) ?? null,
    idOf: (kind) => written.get(kind) ?? 0,
    logIdOf(tableId) {
      const id = logIds.get(tableId);
      invariant(id !== undefined, `schema ${tableId} of the table was looked up`);
      return id;
    },
    async fetch(id) {
      const text = await look(client, id);
      if (text === null || stored.has(id)) return;
      if (stored.size >= SCHEMAS_MAX) throw tooMany(client.url);
      stored.set(id, readMessageSchema(id, text));
    },
  };
}

async function look(client: RegistryClient, id: number): Promise<string | null> {
  for (let looks = 1; ; looks += 1) {
    const text = await client.schemaById(id);
    if (text !== null || looks >= LOOKS_MAX) return text;
    await systemClock.sleep(LOOK_AGAIN_MS);
  }
}

function tooMany(url: string): RegistryError {
  return registryError('REGISTRY_SCHEMAS_TOO_MANY', `Messages name more than ${SCHEMAS_MAX} schemas.`, {
    remedy: 'Look who registers so many at the registry; a restart forgets them.',
    details: { url },
  });
}
