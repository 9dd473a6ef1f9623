import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inferenceEvents } from '@burnline/testing';
import { createBatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder } from './batch-encoder.ts';
import { MAX_EVENTS_PER_MESSAGE } from './batch-format.ts';
import { pickRecords } from './pick-records.ts';
import { loadPackageSchemas } from './schema-source.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const samples = fc.sample(inferenceEvents, { numRuns: MAX_EVENTS_PER_MESSAGE, seed: 11 });

it('picked records are those records, in the order asked for, and the rest is as the encoder writes it', () => {
  const indexes = fc.uniqueArray(fc.nat({ max: samples.length - 1 }), {
    minLength: 1,
    maxLength: MAX_EVENTS_PER_MESSAGE,
  });
  const encode = (records: typeof samples): Uint8Array => {
    const encoder = createBatchEncoder({ kind: 'inference', schemas });
    for (const record of records) encoder.append(record);
    return encoder.finish();
  };
  const message = encode(samples);
  const layout = decoder.walkBatch(message);
  fc.assert(
    fc.property(indexes, (wanted) => {
      const picked = pickRecords(message, layout, wanted);
      expect(picked).toEqual(encode(wanted.map((index) => samples[index]!)));
    }),
    { numRuns: 300 },
  );
});
