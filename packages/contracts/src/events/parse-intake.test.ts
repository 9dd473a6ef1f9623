import { AppError } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferenceEvents } from '@burnline/testing';
import { createBatchEncoder } from './batch-encoder.ts';
import { uuidFromBytes } from './event-id.ts';
import type { IntakeIssue } from './intake-issues.ts';
import { parseEvalVerdict, parseInferenceEvent } from './parse-intake.ts';
import { loadPackageSchemas } from './schema-source.ts';

const NEW_ID = Uint8Array.from({ length: 16 }, (_, index) => index);
const NOW = 1_763_712_000_000_000;
const options = { newEventId: () => NEW_ID, now: () => NOW };
const least = { service: 'chat', model_requested: 'gpt-4o', status: 'ok', duration_ms: 12.5 };

function issuesOf(action: () => unknown): readonly IntakeIssue[] {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError && error.code === 'CONTRACT_EVENT_INVALID') {
      return error.details['issues'] as readonly IntakeIssue[];
    }
    throw error;
  }
  return [];
}

const inferenceIssues = (given: object): readonly IntakeIssue[] =>
  issuesOf(() =>
    parseInferenceEvent(Object.fromEntries([...Object.entries(least), ...Object.entries(given)]), options),
  );

describe('an inference event from JSON', () => {
  it('has the fields of the interface in their order: the encoder sees one shape of object', () => {
    const event = fc.sample(inferenceEvents, 1)[0]!;
    expect(Object.keys(parseInferenceEvent(least, options))).toEqual(Object.keys(event));
  });

  it('needs little; what is not stated stays unstated, and the result can be encoded', () => {
    const event = parseInferenceEvent(least, options);
    expect(event).toMatchObject({
      event_id: NEW_ID,
      occurred_at: NOW,
      status: 'ok',
      is_final: true,
      attempt: 0,
      model_served: '',
      ttft_ms: null,
      cost_nano_usd: null,
      cost_source: 'unknown',
      sample_weight: 1,
      verdicts: [],
    });
    const encoder = createBatchEncoder({ kind: 'inference', schemas: loadPackageSchemas() });
    expect(encoder.append(event)).toBe(true);
  });

  it('keeps what it is given', () => {
    const given = {
      event_id: '0190B4E2-7c3a-7d1e-9f54-3b1c2a4d5e6f',
      occurred_at: '2025-11-21T08:00:00.123456Z',
      status: 'rate_limited',
      cost_usd: '0.0001234567891',
      attributes: { team: 'growth' },
      measures: { feature_age_ms: 12.25 },
      verdicts: [{ evaluator: 'judge', dimension: 'quality', passed: false, score: null }],
    };
    const event = parseInferenceEvent(
      Object.fromEntries([...Object.entries(least), ...Object.entries(given)]),
      options,
    );
    expect(uuidFromBytes(event.event_id)).toBe('0190b4e2-7c3a-7d1e-9f54-3b1c2a4d5e6f');
    expect(event).toMatchObject({
      occurred_at: 1_763_712_000_123_456,
      status: 'rate_limited',
      cost_nano_usd: 123_457,
      cost_source: 'reported',
      attributes: { team: 'growth' },
      measures: { feature_age_ms: 12.25 },
    });
    expect(event.verdicts).toEqual([
      {
        evaluator: 'judge',
        evaluator_version: '',
        kind: 'online_judge',
        dimension: 'quality',
        passed: false,
        score: null,
      },
    ]);
    expect(Object.keys(event)).not.toContain('cost_usd');
  });

  it('takes a null for an absent field', () => {
    expect(
      parseInferenceEvent({ ...least, region: null, is_final: null, occurred_at: null }, options),
    ).toEqual(parseInferenceEvent(least, options));
  });

  it('reports every fault at once, with path, expectation and finding', () => {
    const issues = issuesOf(() =>
      parseInferenceEvent(
        {
          service: '',
          status: 'fine',
          occurred_at: 1_763_712_000_000,
          durationMs: 5,
          output_tokens: -1,
          verdicts: [{ evaluator: 'judge', dimension: 'quality', passed: 'yes' }],
          cost_usd: 1,
          cost_nano_usd: 1,
        },
        options,
      ),
    );
    const byPath = Object.fromEntries(
      issues.map(({ path, expected, found }) => [path, `${expected} / ${found}`]),
    );
    expect(byPath).toEqual({
      service: 'text of 1 to 512 characters / ""',
      status: 'one of ok, error, timeout, rate_limited, content_filtered, malformed, cancelled / "fine"',
      occurred_at: 'epoch microseconds; this looks like milliseconds / 1763712000000',
      durationMs: 'no such field; did you mean duration_ms? / an unknown field',
      output_tokens: 'an integer from 0 to 1000000000 / -1',
      'verdicts[0].passed': 'true or false / "yes"',
      model_requested: 'model_requested or model_served / neither',
      cost_usd: 'either cost_usd or cost_nano_usd / both',
    });
  });

  it.each<[string, string, object]>([
    ['a duration that is not a number', 'duration_ms', { duration_ms: Number.NaN }],
    ['an endless duration', 'duration_ms', { duration_ms: Number.POSITIVE_INFINITY }],
    ['a negative duration', 'duration_ms', { duration_ms: -1 }],
    ['a number as text', 'duration_ms', { duration_ms: '12' }],
    ['broken tokens', 'input_tokens', { input_tokens: 1.5 }],
    ['too many tokens', 'input_tokens', { input_tokens: 1e9 + 1 }],
    ['an unknown status', 'status', { status: 'okay' }],
    ['a long name', 'service', { service: 'x'.repeat(513) }],
    ['no UUID', 'event_id', { event_id: 'abc' }],
    [
      'too many attributes',
      'attributes',
      { attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`k${i}`, 'v'])) },
    ],
    ['a long attribute', 'attributes.team', { attributes: { team: 'x'.repeat(257) } }],
    ['a long key', `attributes.${'k'.repeat(65)}`, { attributes: { ['k'.repeat(65)]: 'v' } }],
    ['a measure that is no number', 'measures.share', { measures: { share: 'half' } }],
    ['a confidence of percent', 'confidence', { confidence: 95 }],
    ['no weight', 'sample_weight', { sample_weight: 0 }],
    ['a negative cost', 'cost_usd', { cost_usd: -0.1 }],
    ['an unknown field', 'prompt', { prompt: 'Tell me' }],
    [
      'too many verdicts',
      'verdicts',
      { verdicts: Array.from({ length: 33 }, () => ({ evaluator: 'a', dimension: 'b', passed: true })) },
    ],
  ])('with %s is refused', (_, path, given) => {
    expect(inferenceIssues(given).map((issue) => issue.path)).toEqual([path]);
  });

  it('tells of faults as the fields stand in the table, whatever order a sender has', () => {
    const wrong = { duration_ms: -1, attributes: { a: 1 }, event_id: 'none', status: 'fine', service: '' };
    const faultsIn = (entries: readonly [string, unknown][]): readonly string[] =>
      issuesOf(() => parseInferenceEvent(Object.fromEntries(entries), options)).map(({ path }) => path);
    const told = faultsIn(Object.entries(wrong));
    expect(told.slice(0, 5)).toEqual(['event_id', 'service', 'status', 'duration_ms', 'attributes.a']);
    expect(faultsIn(Object.entries(wrong).reverse())).toEqual(told);
  });

  it('cannot be given a prototype', () => {
    const attributes = JSON.parse('{"__proto__":"v","team":"growth"}') as object;
    expect(inferenceIssues({ attributes }).map(({ path }) => path)).toEqual(['attributes.__proto__']);
    expect(inferenceIssues(JSON.parse('{"__proto__":{"status":"error"}}') as object)).toHaveLength(1);
  });

  it.each([null, [], 'text', 7])('is an object, not %j', (json) => {
    expect(issuesOf(() => parseInferenceEvent(json, options))).toHaveLength(1);
  });

  it('answers an absurd record with a bounded list', () => {
    const absurd = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`field_${index}`, index]));
    expect(inferenceIssues(absurd)).toHaveLength(32);
  });

  it.each([
    ['tennant', 'tenant'],
    ['outputTokens', 'output_tokens'],
    ['Cost-USD', 'cost_usd'],
    ['model', 'model_requested'],
    ['satus', 'status'],
  ])('names the field that %s probably means', (misspelt, meant) => {
    const [issue] = inferenceIssues({ [misspelt]: 'x' });
    expect(issue?.expected).toBe(`no such field; did you mean ${meant}?`);
  });
});

describe('a verdict from JSON', () => {
  const verdict = {
    inference_at: '2025-11-21T08:00:00Z',
    evaluator: 'judge',
    dimension: 'quality',
    passed: true,
    service: 'chat',
  };

  it('needs little', () => {
    expect(parseEvalVerdict(verdict, options)).toMatchObject({
      event_id: NEW_ID,
      judged_at: NOW,
      inference_at: NOW,
      kind: 'online_judge',
      score: null,
      request_id: null,
    });
  });

  it('must say when the judged inference was: the verdict counts there', () => {
    const without = { ...verdict, inference_at: undefined };
    expect(issuesOf(() => parseEvalVerdict(without, options)).map((issue) => issue.path)).toEqual([
      'inference_at',
    ]);
  });
});
