import type { BatchDecoder } from '@burnline/contracts';

/**
 * A decoder whose projections are made once for each list of fields: a history starts many processes, all of which would
 * compile the same ones. A projection holds nothing but what it compiled.
 */
export function sharingProjections(decoder: BatchDecoder): BatchDecoder {
  const made = new Map<string, unknown>();
  const create: BatchDecoder['createProjectedDecoder'] = (kind, fields) => {
    const key = [kind, ...fields].join();
    const known = made.get(key) as
      ReturnType<typeof decoder.createProjectedDecoder<typeof kind, (typeof fields)[number]>> | undefined;
    if (known !== undefined) return known;
    const projection = decoder.createProjectedDecoder(kind, fields);
    made.set(key, projection);
    return projection;
  };
  return { ...decoder, createProjectedDecoder: create };
}
