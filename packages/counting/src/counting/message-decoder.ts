import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { BatchDecoder } from '@burnline/contracts';
import type { MessageDecoder } from './record.ts';
import type { SliSet } from './sli-set.ts';

/** Decodes only what the specs ask for. Names were checked against the schema when the specs were read. */
export function createMessageDecoder(decoder: BatchDecoder, slis: SliSet): MessageDecoder {
  const readEvents = decoder.createProjectedDecoder(
    'inference',
    slis.inferenceFields as readonly (keyof InferenceEvent)[],
  );
  const readVerdicts = decoder.createProjectedDecoder(
    'verdict',
    slis.verdictFields as readonly (keyof EvalVerdict)[],
  );
  return (value) => {
    const { kind } = decoder.walkBatch(value);
    switch (kind) {
      case 'inference':
        return { kind, records: readEvents(value).records };
      case 'verdict':
        return { kind, records: readVerdicts(value).records };
      case 'report':
      case 'mark':
        return { kind, records: [] };
    }
  };
}
