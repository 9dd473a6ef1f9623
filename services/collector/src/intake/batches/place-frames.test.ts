import {
  createBatchDecoder,
  createBatchEncoder,
  loadPackageSchemas,
  partitionOf,
  type BatchFrame,
} from '@burnline/contracts';
import type { EvalVerdict } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeFrame } from './place-frames.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);

const verdictOf = (event_id: Uint8Array): EvalVerdict => ({
  event_id,
  judged_at: 1_763_712_000_000_002,
  inference_at: 1_763_712_000_000_001,
  request_id: null,
  evaluator: 'judge',
  evaluator_version: '',
  kind: 'online_judge',
  dimension: 'quality',
  passed: true,
  score: null,
  tenant: '',
  environment: 'test',
  service: 'chat',
  endpoint: '',
  provider: '',
  model_requested: '',
  model_served: '',
  deployment: '',
  region: '',
  prompt_name: '',
  prompt_version: '',
  variant: null,
  attributes: {},
});

function encode(ids: readonly Uint8Array[]): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'verdict', schemas });
  for (const id of ids) encoder.append(verdictOf(id));
  return encoder.finish();
}

const idsIn = (frame: BatchFrame): readonly string[] => {
  const batch = decoder.decodeBatch(frame.value);
  return batch.kind === 'verdict'
    ? batch.records.map(({ event_id }) => Buffer.from(event_id).toString('hex'))
    : [];
};

const ids = fc.uniqueArray(fc.uint8Array({ minLength: 16, maxLength: 16 }), {
  minLength: 1,
  maxLength: 100,
  selector: (id) => id.join(),
});

describe('a frame', () => {
  it('goes where its ids belong, whatever number its publisher knew; nothing is lost, added or changed', () => {
    fc.assert(
      fc.property(
        ids,
        fc.integer({ min: 1, max: 40 }),
        fc.nat({ max: 0x7fffffff }),
        (given, count, partition) => {
          const place = (frame: BatchFrame): readonly BatchFrame[] =>
            placeFrame(frame, decoder.checkBatch(frame.value), count);
          const frames = place({ topic: 'v', partition, value: encode(given) });
          const arrived = frames.flatMap((one) => idsIn(one).map((id) => ({ id, at: one.partition })));
          const right = given.map((id) => ({
            id: Buffer.from(id).toString('hex'),
            at: partitionOf(id, count),
          }));
          const byId = (one: { id: string }, other: { id: string }): number => one.id.localeCompare(other.id);
          expect(arrived.toSorted(byId)).toEqual(right.toSorted(byId));
          expect(frames.map((one) => one.partition)).toEqual([
            ...new Set(frames.map((one) => one.partition)),
          ]);
          // Sent again from another cut, a record comes to the same place.
          const again = given.flatMap((id) => place({ topic: 'v', partition: 0, value: encode([id]) }));
          expect(again.map((one) => one.partition)).toEqual(right.map(({ at }) => at));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that was cut for the right number passes as it is', () => {
    const all = fc.sample(ids, { numRuns: 5, seed: 3 }).flat();
    for (const partition of [0, 1]) {
      const value = encode(all.filter((id) => partitionOf(id, 2) === partition).slice(0, 100));
      const frames = placeFrame({ topic: 'v', partition: 0, value }, decoder.checkBatch(value), 2);
      expect(frames).toEqual([{ topic: 'v', partition, value }]);
      expect(frames[0]!.value).toBe(value);
    }
  });
});
