import { isAppError } from '@burnline/core';
import { schemaIdOf, type BatchDecoder, type SchemaSource } from '@burnline/contracts';
import type { SpecChange } from './spec-set.ts';

/** What a message announces; null for all others, which costs no more than a look at their schema. */
export type ReadSpecChange = (value: Uint8Array) => SpecChange | null;

export function createSpecMarkReader(parts: {
  readonly schemas: SchemaSource;
  readonly decoder: BatchDecoder;
}): ReadSpecChange {
  return (value) => {
    try {
      if (parts.schemas.schemaOf(schemaIdOf(value))?.kind !== 'mark') return null;
      const batch = parts.decoder.decodeBatch(value);
      const [mark] = batch.kind === 'mark' ? batch.records : [];
      if (mark?.kind !== 'specs') return null;
      return { begun: mark.begun_specs, ended: mark.ended_specs };
    } catch (error) {
      // Not to be read, here and by every other reader: it announces nothing, and the sink keeps its bytes.
      if (isAppError(error) && error.outcome === 'dead-letter') return null;
      throw error;
    }
  };
}
