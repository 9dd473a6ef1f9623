import { INFERENCE_FIELDS, isAppError } from '@burnline/core';
import { evalVerdicts, writeMessage } from '@burnline/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchCheck, type CheckedBatch } from './batch-check.ts';
import { createBatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder } from './batch-encoder.ts';
import { compileStep } from './datum-walk.ts';
import { uuidFromContent } from './event-id.ts';
import { parseInferenceEvent } from './parse-intake.ts';
import { loadPackageSchemas, readSchemaTable } from './schema-source.ts';
import type { AvroComplexJson, AvroSchemaJson } from './schema-source.ts';
import { compileSureCheck } from './sure-check.ts';
import { BeyondWalk } from '../walk/beyond-walk.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const NOW = 1_763_712_000_000_000;

function checkOf(schemaId: number): BatchCheck {
  const { kind, schema } = schemas.schemaOf(schemaId)!;
  return new BatchCheck({ schemaId, kind, schema, step: compileStep(schema) });
}

function plainly(check: BatchCheck, message: Uint8Array): CheckedBatch | null {
  try {
    return check.plain(message, () => decoder.decodeBatch(message).records);
  } catch (error) {
    if (!isAppError(error) || error.outcome !== 'dead-letter') throw error;
    return null;
  }
}

const right = parseInferenceEvent(
  {
    service: 'chat',
    model_requested: 'm',
    status: 'ok',
    duration_ms: 9,
    input_tokens: 7,
    attributes: { team: 'a', city: 'Zürich' },
    measures: { queue_s: 1.5 },
    verdicts: [{ evaluator: 'judge', dimension: 'quality', passed: true, score: 0.5 }],
  },
  { newEventId: () => uuidFromContent('right'), now: () => NOW },
);

/** Values at the bounds of the rules and beyond, of the types that Avro can carry. */
const TEXTS = [
  '',
  'm',
  'ü',
  'x'.repeat(512),
  'x'.repeat(513),
  'ü'.repeat(300),
  '漢'.repeat(513),
  '😀'.repeat(256),
];
const NUMBERS = [
  0,
  1,
  0.5,
  -1,
  7,
  8,
  99,
  100,
  599,
  600,
  1e6,
  1e6 + 1,
  1e9,
  1e9 + 1,
  31_622_400_000,
  31_622_400_001,
];
const KEYS = ['k', 'ü', '', 'k'.repeat(64), 'k'.repeat(65), '__proto__'];

function valuesOf(name: keyof typeof INFERENCE_FIELDS): fc.Arbitrary<unknown> {
  const field: (typeof INFERENCE_FIELDS)[typeof name] & { readonly isNullable?: true } =
    INFERENCE_FIELDS[name];
  const orNull = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    field.isNullable === true ? fc.option(values) : values;
  const whole = fc.constantFrom(...NUMBERS.filter((one) => Number.isInteger(one)));
  const entries = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.array(fc.tuple(fc.constantFrom(...KEYS), value), { maxLength: 34 });
  switch (field.kind) {
    case 'text':
      return orNull(fc.constantFrom(...TEXTS));
    case 'word':
      return fc.constantFrom(...field.word.symbols);
    case 'flag':
      return orNull(fc.boolean());
    case 'time':
      return fc.constantFrom(NOW, 1, NOW * 10);
    case 'texts':
      return entries(fc.constantFrom('', 'ü', 'v'.repeat(256), 'v'.repeat(257)));
    case 'numbers':
      return entries(fc.constantFrom(0, -1.5, Infinity, NaN));
    case 'id':
      return fc.constant(uuidFromContent('another'));
    case 'verdicts':
      return fc.array(
        fc.record({
          evaluator: fc.constantFrom('judge', ''),
          evaluator_version: fc.constantFrom(...TEXTS),
          kind: fc.constantFrom('online_judge', 'guardrail'),
          dimension: fc.constantFrom('quality', ''),
          passed: fc.boolean(),
          score: fc.constantFrom(null, 0.5, NaN),
        }),
        { maxLength: 33 },
      );
    case 'durationMs':
    case 'share':
    case 'weight':
      return orNull(fc.constantFrom(...NUMBERS));
    case 'count':
    case 'tokens':
    case 'nanoUsd':
    case 'httpStatus':
      return orNull(whole);
  }
}

const names = Object.keys(INFERENCE_FIELDS) as (keyof typeof INFERENCE_FIELDS)[];
const changes = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .chain((chosen) => fc.record(Object.fromEntries(chosen.map((name) => [name, valuesOf(name)]))));

/** As any writer may write it: maps as lists of entries, keys twice if need be. */
function messageOf(records: readonly object[], schemaId: number): Uint8Array {
  const plain = records.map((over) => ({
    ...right,
    attributes: Object.entries(right.attributes),
    measures: Object.entries(right.measures),
    ...over,
  }));
  const manner = { blocks: 'one', hasLongVarints: false } as const;
  return writeMessage(schemaId, schemas.schemaOf(schemaId)!.schema, plain, manner);
}

describe('the sure check', () => {
  const own = schemas.idOf('inference');

  it('takes what the plain check takes of one-block messages, and nothing else, whatever their fields say', () => {
    const check = checkOf(own);
    let taken = 0;
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), (records) => {
        const message = messageOf(records, own);
        const sure = check.sure(message);
        expect(sure).toEqual(plainly(check, message));
        if (sure !== null) taken += 1;
      }),
      { numRuns: 2_000 },
    );
    // Both answers came often.
    expect(taken).toBeGreaterThan(200);
    expect(taken).toBeLessThan(1_800);
  });

  it('takes the messages of every version of the schemas that was ever released', () => {
    for (const { id, kind } of readSchemaTable()) {
      if (kind !== 'inference') continue;
      const message = messageOf(
        [{ tool_calls: 0, tool_errors: 0, output_tokens: 0, reasoning_tokens: 0, cached_input_tokens: 0 }],
        id,
      );
      expect(checkOf(id).sure(message), String(id)).toEqual(plainly(checkOf(id), message));
      expect(checkOf(id).sure(message), String(id)).not.toBeNull();
    }
  });

  it('leaves a schema with other types than ours to the plain check', () => {
    const { schema } = schemas.schemaOf(own)!;
    const of = (name: string, type: AvroSchemaJson): AvroComplexJson => ({
      ...schema,
      fields: schema.fields!.map((field) => (field.name === name ? { ...field, type } : field)),
    });
    expect(() => compileSureCheck(schema, 'inference')).not.toThrow();
    for (const other of [
      of('attributes', { type: 'map', values: 'long' }),
      of('measures', { type: 'map', values: 'string' }),
      of('tenant', 'bytes'),
      of('attempt', 'double'),
      of('step', 'string'),
    ])
      expect(() => compileSureCheck(other, 'inference')).toThrow(BeyondWalk);
  });

  it('takes no message that the plain check refuses, however it is broken', () => {
    const check = checkOf(own);
    const whole = messageOf([{}, {}], own);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: whole.length - 6 }), fc.nat({ max: 255 })), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.nat({ max: whole.length }),
        fc.boolean(),
        (bytes, length, isCut) => {
          const broken = isCut ? whole.slice(0, Math.max(6, length)) : whole.slice();
          for (const [at, byte] of bytes) if (5 + at < broken.length) broken[5 + at] = byte;
          const sure = check.sure(broken);
          if (sure !== null) expect(sure).toEqual(plainly(check, broken));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('says the same of verdicts', () => {
    const id = schemas.idOf('verdict');
    const check = checkOf(id);
    fc.assert(
      fc.property(evalVerdicts, fc.boolean(), (verdict, isLater) => {
        const encoder = createBatchEncoder({ kind: 'verdict', schemas });
        const judged = { ...verdict, judged_at: verdict.inference_at + (isLater ? 1 : -1) };
        encoder.append({ ...judged, evaluator: 'judge', dimension: 'safety' });
        const message = encoder.finish();
        const plain = plainly(check, message);
        expect(check.sure(message)).toEqual(plain);
        if (!isLater) expect(plain).toBeNull();
      }),
    );
  });
});
