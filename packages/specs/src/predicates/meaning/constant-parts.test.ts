import { evaluatePredicate } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferenceFields } from '../event-fields.ts';
import { parsePredicate } from '../parse-predicate.ts';
import { decidedByAbsence } from './absent-values.ts';
import { ConditionReader } from './condition.ts';
import { constancy, constantParts } from './constant-parts.ts';
import { predicateText } from './predicate-text.ts';
import { randomEvent, randomPredicate, someFields } from './testing/random-predicates.ts';
import { referenceName } from './terms.ts';

const nodeOf = (text: string) => {
  const result = parsePredicate(text, inferenceFields);
  if (!result.ok) throw new Error(result.issues[0]?.message);
  return result.node;
};
const partsOf = (text: string, ...context: readonly string[]) => {
  const reader = new ConditionReader(inferenceFields);
  const before = context.map((one) => reader.read(nodeOf(one)));
  return constantParts(reader, nodeOf(text), before).map(
    ({ part, holds }) => `${holds ? 'always' : 'never'} ${predicateText(part)}`,
  );
};

describe('what is called constant', () => {
  it('is, of every event, in every context', () => {
    const reader = new ConditionReader(someFields);
    let [constantCount, count] = [0, 0];
    fc.assert(
      fc.property(
        randomPredicate,
        randomPredicate,
        fc.array(randomEvent, { minLength: 20, maxLength: 20 }),
        (scope, predicate, events) => {
          const context = reader.read(scope);
          count += 1;
          for (const { part, holds } of constantParts(reader, predicate, [context])) {
            constantCount += 1;
            for (const event of events.filter((one) => evaluatePredicate(scope, one))) {
              expect(evaluatePredicate(part, event)).toBe(holds);
            }
          }
        },
      ),
      { numRuns: 1_000 },
    );
    // The property says something: random predicates are constant often enough.
    expect(constantCount).toBeGreaterThan(count / 20);
  });

  it('is found where a search over events finds no counterexample', () => {
    const reader = new ConditionReader(someFields);
    let [found, missed] = [0, 0];
    fc.assert(
      fc.property(
        randomPredicate,
        fc.array(randomEvent, { minLength: 400, maxLength: 400 }),
        (predicate, events) => {
          const results = new Set(events.map((event) => evaluatePredicate(predicate, event)));
          const holds = constancy(reader, predicate, []);
          if (holds !== null) found += 1;
          else if (results.size === 1) missed += 1;
        },
      ),
      { numRuns: 100 },
    );
    // Some are rare and not constant; most of what seems constant must be seen to be.
    expect(missed).toBeLessThan(found);
  });

  it('and what absence is said to decide, it does', () => {
    const reader = new ConditionReader(someFields);
    let decidedCount = 0;
    fc.assert(
      fc.property(
        randomPredicate,
        randomPredicate,
        fc.array(randomEvent, { minLength: 20, maxLength: 20 }),
        (scope, predicate, events) => {
          for (const reference of decidedByAbsence(reader, predicate, [reader.read(scope)])) {
            decidedCount += 1;
            const has = { kind: 'has', operand: reference } as const;
            const without = events.filter(
              (one) => evaluatePredicate(scope, one) && !evaluatePredicate(has, one),
            );
            for (const event of without) expect(evaluatePredicate(predicate, event)).toBe(false);
          }
        },
      ),
      { numRuns: 1_000 },
    );
    expect(decidedCount).toBeGreaterThan(50);
  });
});

describe('constant parts', () => {
  it.each([
    ['ttft_ms < 0', 'never ttft_ms < 0'],
    ['-1 >= ttft_ms', 'never -1 >= ttft_ms'],
    ['confidence > 1', 'never confidence > 1'],
    ['http_status >= 1000', 'never http_status >= 1000'],
    ['attempt >= 0', 'always attempt >= 0'],
    ['input_tokens + output_tokens < 0', 'never (input_tokens + output_tokens) < 0'],
    ['has(status)', 'always has(status)'],
    ['has(region) && region == ""', 'always has(region)'],
    ["status == 'ok' && status == 'error'", "never status == 'ok' && status == 'error'"],
    ["status != 'ok' || status != 'error'", "always status != 'ok' || status != 'error'"],
    ['ttft_ms > 800 && ttft_ms < 100', 'never ttft_ms > 800 && ttft_ms < 100'],
    ['attempt > 1 && attempt < 2', 'never attempt > 1 && attempt < 2'],
    ['ttft_ms > 800 || !(ttft_ms > 800)', 'always ttft_ms > 800 || !(ttft_ms > 800)'],
    ['is_final || !is_final', 'always is_final || !is_final'],
    ['status in []', 'never status in []'],
    [
      "region.startsWith('eu') && region.startsWith('us')",
      "never region.startsWith('eu') && region.startsWith('us')",
    ],
    ["region == 'eu-1' && !region.startsWith('eu')", "never region == 'eu-1' && !region.startsWith('eu')"],
    ['!has(ttft_ms) && ttft_ms <= 800', 'never !has(ttft_ms) && ttft_ms <= 800'],
    [
      'ttft_ms > duration_ms && ttft_ms < duration_ms',
      'never ttft_ms > duration_ms && ttft_ms < duration_ms',
    ],
    ['http_status == http_status', 'always http_status == http_status'],
    ['1 < 2 && is_final', 'always 1 < 2'],
    ['size(region) < 0', 'never size(region) < 0'],
    [
      "status in ['ok', 'error', 'timeout', 'rate_limited', 'content_filtered', 'malformed', 'cancelled']",
      expect.stringMatching(/^always status in \['ok', .*\.\.\.$/),
    ],
  ])('of %s', (text, part) => {
    expect(partsOf(text)).toEqual([part]);
  });

  it.each([
    'ttft_ms <= 800',
    'ttft_ms > 800 || !has(ttft_ms)',
    "status != 'ok' && status != 'error'",
    "attributes.plan == 'pro' || attributes.plan == 'free'",
    'has(ttft_ms) && ttft_ms <= 800',
    'is_final == false',
    'schema_valid || !schema_valid || true == is_final',
    'measures.score < 0.0',
  ])('are none in %s', (text) => {
    expect(partsOf(text).filter((part) => !part.includes('schema_valid'))).toEqual([]);
  });

  it('are seen in what scope and total leave', () => {
    expect(partsOf("status == 'ok' && is_final", "status == 'ok'")).toEqual(["always status == 'ok'"]);
    expect(partsOf('has(ttft_ms)', 'ttft_ms > 0.0')).toEqual(['always has(ttft_ms)']);
    expect(partsOf('ttft_ms <= 800', 'streaming', 'ttft_ms > 1000')).toEqual(['never ttft_ms <= 800']);
  });
});

describe('absence', () => {
  const decided = (text: string, context: string) => {
    const reader = new ConditionReader(inferenceFields);
    return decidedByAbsence(reader, nodeOf(text), [reader.read(nodeOf(context))]).map(referenceName);
  };

  it.each([
    ['ttft_ms <= 800', "status == 'ok'", ['ttft_ms']],
    ['ttft_ms <= 800', 'has(ttft_ms)', []],
    ['ttft_ms <= 800', 'ttft_ms > 0.0', []],
    ['has(ttft_ms) && ttft_ms <= 800', "status == 'ok'", []],
    ['!(ttft_ms > 800)', "status == 'ok'", []],
    ["status == 'ok' && ttft_ms <= 800", "status != 'ok' || has(ttft_ms)", []],
    ["finish_reason != 'length'", 'is_final', ['finish_reason']],
    ['schema_valid && confidence >= 0.5', 'is_final', ['schema_valid', 'confidence']],
    ["attributes.plan == 'pro' || ttft_ms <= 800", 'is_final', []],
    ['duration_ms <= 800', 'is_final', ['duration_ms']],
    ['http_status <= 299', 'is_final', []],
  ])('decides %s, of %s', (text, context, names) => {
    expect(decided(text, context)).toEqual(names);
  });
});
