import type { InferenceEvent } from '@burnline/core';
import { USUAL, inferenceEvents, writeMessage, type Manner } from '@burnline/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBatchDecoder } from '../batch-decoder.ts';
import { MESSAGE_BYTES_MAX } from '../batch-format.ts';
import { loadPackageSchemas } from '../schema-source.ts';
import { addCost } from './add-cost.ts';
import { CostEditor } from './cost-editor.ts';
import {
  COMPUTED_COST_MEASURE,
  COST_NUMBERS,
  COST_TEXTS,
  type CostAddition,
  type CostFacts,
} from './cost-fields.ts';
import { compileCostWalk } from './cost-walk.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const editor = new CostEditor({ schemas, decoder });
/** Every schema of events that a publisher may have. */
const SCHEMA_IDS = [1, 6, 7];

/** The first schemas have no null for numbers that later ones may lack. */
const WITHOUT_NULL = [
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'duration_ms',
  'tool_calls',
  'tool_errors',
];

function encode(schemaId: number, events: readonly InferenceEvent[], manner: Manner): Uint8Array {
  const { schema } = schemas.schemaOf(schemaId)!;
  const zeros = WITHOUT_NULL.filter(
    (name) => !Array.isArray(schema.fields?.find((field) => field.name === name)?.type),
  );
  const plain = events.map((event) => ({
    ...event,
    ...Object.fromEntries(zeros.map((name) => [name, event[name as keyof InferenceEvent] ?? 0])),
    attributes: Object.entries(event.attributes),
    measures: Object.entries(event.measures),
    verdicts: event.verdicts,
  }));
  return writeMessage(schemaId, schema, plain, manner);
}

function decode(message: Uint8Array): readonly InferenceEvent[] {
  const batch = decoder.decodeBatch(message);
  return batch.kind === 'inference' ? batch.records : [];
}

const factsOf = (event: InferenceEvent): CostFacts =>
  Object.fromEntries(
    [
      ...COST_NUMBERS,
      ...COST_TEXTS,
      'response_cache_hit' as const,
      'cost_source' as const,
      'trust' as const,
    ].map((name) => [name, event[name]]),
  ) as unknown as CostFacts;

const additions = fc.option(
  fc.oneof(
    fc.record({
      kind: fc.constant('cost' as const),
      nanoUsd: fc.oneof(fc.nat({ max: 200 }), fc.nat({ max: 9_000_000_000_000_000 })),
      version: fc.oneof(fc.constant('book 1'), fc.string({ unit: 'binary', minLength: 1, maxLength: 80 })),
    }),
    fc.record({ kind: fc.constant('beside' as const), nanoUsd: fc.nat({ max: 9_000_000_000_000_000 }) }),
  ),
);
/** One in four has the measure already, or no room for it. */
const events = fc.tuple(inferenceEvents, fc.nat({ max: 7 })).map(([event, how]): InferenceEvent => {
  if (how === 0) return { ...event, measures: { ...event.measures, [COMPUTED_COST_MEASURE]: 1.5, z: 2 } };
  if (how > 1) return event;
  return {
    ...event,
    measures: Object.fromEntries(Array.from({ length: 32 }, (_, index) => [`m${index}`, index])),
  };
});
const manners = fc.record({
  blocks: fc.constantFrom<Manner['blocks']>('one', 'one', 'several', 'inner', 'sized'),
  hasLongVarints: fc.boolean(),
});

describe('costs in a message', () => {
  it('are added to the events that they are for, and nothing else changes; facts are those that decoding gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(events, additions), { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...SCHEMA_IDS),
        manners,
        (pairs, schemaId, manner) => {
          const message = encode(
            schemaId,
            pairs.map(([event]) => event),
            manner,
          );
          const before = Buffer.from(message);
          const stored = decode(message);
          const asked: CostFacts[] = [];
          const edited = editor.edit(message, (facts) => {
            asked.push(facts);
            return pairs[asked.length - 1]![1];
          });
          expect(asked.map((facts) => factsOf(facts as InferenceEvent))).toEqual(stored.map(factsOf));
          const wanted = stored.map((event, index) => {
            const addition = pairs[index]![1];
            return addition === null ? event : addCost(event, addition);
          });
          expect(edited.flatMap(decode)).toEqual(wanted);
          expect(Buffer.from(message).equals(before)).toBe(true);
          for (const one of edited) expect(() => decoder.walkBatch(one)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leave a message as it is, the same bytes in the same place, where nothing is added', () => {
    const [event] = fc.sample(inferenceEvents, { numRuns: 1, seed: 5 });
    for (const schemaId of SCHEMA_IDS) {
      for (const blocks of ['one', 'several'] as const) {
        const message = encode(schemaId, [event!, event!], { ...USUAL, blocks });
        const [only, ...others] = editor.edit(message, () => null);
        expect(only).toBe(message);
        expect(others).toEqual([]);
      }
    }
  });

  it('make two messages of one that would become too large, in order', () => {
    const [event] = fc.sample(inferenceEvents, { numRuns: 1, seed: 6 });
    const large = { ...event!, request_id: 'r'.repeat(9_900), attributes: {}, measures: {}, verdicts: [] };
    const full = Array.from({ length: 100 }, (_, step) => ({ ...large, step }));
    const spare = MESSAGE_BYTES_MAX - encode(7, full, USUAL).length;
    const filled = full.map((one) => ({
      ...one,
      request_id: 'r'.repeat(9_900 + Math.floor(spare / 100) - 4),
    }));
    const message = encode(7, filled, USUAL);
    expect(message.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    const addition: CostAddition = { kind: 'cost', nanoUsd: 12_345_678_901, version: 'v'.repeat(60) };
    const edited = editor.edit(message, () => addition);
    expect(edited).toHaveLength(2);
    for (const one of edited) expect(one.length).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
    expect(edited.flatMap(decode)).toEqual(decode(message).map((one) => addCost(one, addition)));
  });

  it.each(SCHEMA_IDS)(
    'are found by the walk in messages of schema %i: the other way is for others',
    (schemaId) => {
      expect(() => compileCostWalk(schemas.schemaOf(schemaId)!.schema)).not.toThrow();
    },
  );
});
