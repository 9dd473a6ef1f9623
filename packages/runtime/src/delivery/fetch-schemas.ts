import { schemaIdOf, type SchemaSource } from '@burnline/contracts';
import { isAppError } from '@burnline/core';
import type { LogMessage } from '../event-log/event-log.ts';

/**
 * Brings in the schemas that messages name and that are not known yet. One that cannot be had is left to whoever reads the
 * message, and halts there. Rejects as the registry does: with outcome `retry` while it cannot be asked.
 */
export async function fetchSchemas(schemas: SchemaSource, messages: readonly LogMessage[]): Promise<void> {
  if (schemas.fetch === undefined) return;
  const asked = new Set<number>();
  for (const message of messages) {
    const id = framedId(message.value);
    if (id === null || asked.has(id) || schemas.schemaOf(id) !== null) continue;
    asked.add(id);
    await schemas.fetch(id);
  }
}

/** Null for a message without framing: its reader sets it aside. */
function framedId(value: Uint8Array): number | null {
  try {
    return schemaIdOf(value);
  } catch (error) {
    if (isAppError(error) && error.outcome === 'dead-letter') return null;
    throw error;
  }
}
