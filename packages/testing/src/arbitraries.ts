import { MARK_KINDS } from '@burnline/contracts';
import { COST_SOURCES, FALLBACK_KINDS, STATUSES, VERDICT_KINDS } from '@burnline/core';
import type { EvalVerdict, InferenceEvent, InlineVerdict, Mark, SourceReport } from '@burnline/core';
import fc from 'fast-check';

/** Random records for property tests, nulls and extremes included. Fields stand in the interfaces' order. */

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);
const nullableText = fc.option(text);
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 });
const epochMicros = fc.integer({ min: 1_500_000_000_000_000, max: 2_000_000_000_000_000 });
const countOf = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: Number.MAX_SAFE_INTEGER - 1 }));
const nullableCount = fc.option(countOf);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const nullableFinite = fc.option(finite);
/** A map read from JSON can hold `__proto__`; the readers build maps by assignment, where it would vanish. */
const mapKey = text.filter((key) => key !== '__proto__');
const mapOf = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Record<string, Value>> =>
  fc.array(fc.tuple(mapKey, value), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));

const judgement = {
  evaluator: text,
  evaluator_version: text,
  kind: fc.constantFrom(...VERDICT_KINDS),
  dimension: text,
  passed: fc.boolean(),
  score: nullableFinite,
};
const inlineVerdicts: fc.Arbitrary<readonly InlineVerdict[]> = fc.array(fc.record(judgement), {
  maxLength: 3,
});

/** Plain objects: what a decoder gives has no null prototype. */
const plain = { noNullPrototype: true } as const;

export const inferenceEvents: fc.Arbitrary<InferenceEvent> = fc.record(
  {
    event_id: uuid,
    occurred_at: epochMicros,
    request_id: text,
    trace_id: text,
    span_id: text,
    attempt: countOf,
    is_final: fc.boolean(),
    fallback_depth: countOf,
    fallback_kind: fc.constantFrom(...FALLBACK_KINDS),
    tenant: text,
    environment: text,
    service: text,
    endpoint: text,
    operation: text,
    feature: nullableText,
    provider: text,
    model_requested: text,
    model_served: text,
    deployment: text,
    region: text,
    prompt_name: text,
    prompt_version: text,
    variant: nullableText,
    session_id: text,
    task_id: text,
    agent_id: nullableText,
    step: nullableCount,
    user_hash: nullableText,
    streaming: fc.boolean(),
    status: fc.constantFrom(...STATUSES),
    error_type: text,
    http_status: countOf,
    ttft_ms: nullableFinite,
    duration_ms: nullableFinite,
    request_ttft_ms: nullableFinite,
    request_elapsed_ms: nullableFinite,
    input_tokens: nullableCount,
    cached_input_tokens: nullableCount,
    output_tokens: nullableCount,
    reasoning_tokens: nullableCount,
    response_cache_hit: fc.boolean(),
    cost_nano_usd: nullableCount,
    cost_source: fc.constantFrom(...COST_SOURCES),
    price_version: nullableText,
    finish_reason: nullableText,
    tool_calls: nullableCount,
    tool_errors: nullableCount,
    schema_valid: fc.option(fc.boolean()),
    confidence: nullableFinite,
    verdicts: inlineVerdicts,
    sample_weight: finite,
    attributes: mapOf(text),
    measures: mapOf(finite),
  },
  plain,
);

export const evalVerdicts: fc.Arbitrary<EvalVerdict> = fc.record(
  {
    event_id: uuid,
    judged_at: epochMicros,
    inference_at: epochMicros,
    request_id: nullableText,
    ...judgement,
    tenant: text,
    environment: text,
    service: text,
    endpoint: text,
    provider: text,
    model_requested: text,
    model_served: text,
    deployment: text,
    region: text,
    prompt_name: text,
    prompt_version: text,
    variant: nullableText,
    attributes: mapOf(text),
  },
  plain,
);

export const sourceReports: fc.Arbitrary<SourceReport> = fc.record(
  {
    instance: text,
    service: text,
    environment: text,
    interval_start: epochMicros,
    interval_end: epochMicros,
    is_final: fc.boolean(),
    emitted_count: countOf,
    acknowledged_count: countOf,
    retried_count: countOf,
    dropped_by_reason: mapOf(countOf),
  },
  plain,
);

export const marks: fc.Arbitrary<Mark> = fc.record(
  {
    kind: fc.constantFrom(...MARK_KINDS),
    marked_at: epochMicros,
    begun_specs: fc.array(text, { maxLength: 4 }),
    ended_specs: fc.array(text, { maxLength: 4 }),
  },
  plain,
);
