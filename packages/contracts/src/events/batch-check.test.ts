import { isAppError } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeMessage, evalVerdicts, inferenceEvents } from '@burnline/testing';
import { createBatchDecoder } from './batch-decoder.ts';
import { createBatchEncoder } from './batch-encoder.ts';
import { inferenceFaults, verdictFaults } from './check-records.ts';
import type { IntakeIssue } from './intake-issues.ts';
import { parseInferenceEvent } from './parse-intake.ts';
import { loadPackageSchemas } from './schema-source.ts';

const schemas = loadPackageSchemas();
const decoder = createBatchDecoder(schemas);
const NOW = 1_763_712_000_000_000;
const right = parseInferenceEvent(
  { service: 'chat', model_requested: 'm', status: 'ok', duration_ms: 1 },
  { newEventId: () => new Uint8Array(16), now: () => NOW },
);
const MANNERS = (['one', 'several', 'sized'] as const).flatMap((blocks) =>
  [false, true].map((hasLongVarints) => ({ blocks, hasLongVarints })),
);

/** Paths of what a batch is refused for; null: it is taken. */
function refusalOf(message: Uint8Array): readonly string[] | null {
  try {
    decoder.checkBatch(message);
    return null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect([error.code, error.outcome]).toEqual(['CONTRACT_EVENT_INVALID', 'dead-letter']);
    return (error.details['issues'] as readonly IntakeIssue[]).map((issue) => issue.path);
  }
}

/** As any writer may write it: texts as bytes, maps as lists of entries. */
function rawBatch(records: readonly object[], schemaId: number, manner = MANNERS[0]!): Uint8Array {
  const { schema } = schemas.schemaOf(schemaId)!;
  const plain = records.map((over) => ({ ...right, attributes: [], measures: [], ...over }));
  return writeMessage(schemaId, schema, plain, manner);
}

/** What stands for an unknown count in version 1, which has none. */
const KNOWN = {
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  tool_calls: 0,
  tool_errors: 0,
};

describe('a batch from outside', () => {
  it.each(MANNERS)('may be written in any manner, in either version: %j', (manner) => {
    expect(refusalOf(rawBatch([{}, { attributes: [['team', 'a']] }], 6, manner))).toBeNull();
    expect(refusalOf(rawBatch([KNOWN, KNOWN], 1, manner))).toBeNull();
  });

  it.each(MANNERS)('has UTF-8 and each key once: %j', (manner) => {
    const odd = new Uint8Array([0x61, 0xff]);
    const cases: readonly (readonly [object, string])[] = [
      [{ region: odd }, '[1].region'],
      [{ variant: odd }, '[1].variant'],
      [{ attributes: [['team', odd]] }, '[1].attributes'],
      [{ attributes: [[odd, 'x']] }, '[1].attributes'],
      [
        {
          attributes: [
            ['team', 'a'],
            ['other', 'b'],
            ['team', 'a'],
          ],
        },
        '[1].attributes.team',
      ],
      [
        {
          measures: [
            ['m', 1],
            ['m', 2],
          ],
        },
        '[1].measures.m',
      ],
      [{ attributes: [['__proto__', 'a']] }, '[1].attributes.__proto__'],
      [{ verdicts: [{ ...judgement, dimension: odd }] }, '[1].verdicts.dimension'],
    ];
    for (const [over, path] of cases) expect(refusalOf(rawBatch([{}, over], 6, manner))).toEqual([path]);
  });

  it('is refused for what the rules refuse, each record by its number', () => {
    const message = rawBatch([{ ttft_ms: 2 }, {}, { sample_weight: 0.5, http_status: 700 }], 6);
    expect(refusalOf(message)).toEqual(['[0].ttft_ms', '[2].http_status', '[2].sample_weight']);
    expect(refusalOf(rawBatch([{ ...KNOWN, cached_input_tokens: 5 }], 1))).toEqual([
      '[0].cached_input_tokens',
    ]);
  });

  it('of random events or verdicts is refused exactly for what a check of the records finds', () => {
    fc.assert(
      fc.property(fc.array(inferenceEvents, { minLength: 1, maxLength: 5 }), (events) => {
        const encoder = createBatchEncoder({ kind: 'inference', schemas });
        for (const event of events) encoder.append(event);
        const found = events.flatMap((event, index) =>
          inferenceFaults(event).map((issue) => `[${index}].${issue.path}`),
        );
        expect(refusalOf(encoder.finish())).toEqual(found.length === 0 ? null : found.slice(0, 32));
      }),
    );
    fc.assert(
      fc.property(evalVerdicts, (verdict) => {
        const encoder = createBatchEncoder({ kind: 'verdict', schemas });
        encoder.append(verdict);
        const found = verdictFaults(verdict).map((issue) => `[0].${issue.path}`);
        expect(refusalOf(encoder.finish())).toEqual(found.length === 0 ? null : found);
      }),
    );
  });
});

const judgement = {
  evaluator: 'judge',
  evaluator_version: '',
  kind: 'guardrail',
  dimension: 'safety',
  passed: true,
  score: null,
};
