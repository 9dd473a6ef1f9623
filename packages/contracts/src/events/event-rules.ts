import { COST_SOURCES, FALLBACK_KINDS, SAMPLE_WEIGHT_MAX, STATUSES, VERDICT_KINDS } from '@burnline/core';
import type { EvalVerdict, InferenceEvent, InlineVerdict } from '@burnline/core';
import { epochMicrosCode, expectedMicros } from './epoch-micros.ts';
import {
  finite,
  flag,
  listOf,
  nullable,
  numberFrom,
  numbers,
  requiredText,
  rule,
  symbol,
  text,
  texts,
  wholeNumber,
  type RulesOf,
} from './field-rules.ts';
import { NANO_USD_MAX } from './nano-usd.ts';
import { UUID_BYTES } from './record-writers.ts';

/**
 * What the fields of events and verdicts may hold. Publishers, the intake (JSON and Avro) and replays all check by these
 * tables and by contradictions.ts, so that none takes what another refuses.
 */

/** A thousand times the largest context window. */
const TOKENS_MAX = 1_000_000_000;
const COUNT_MAX = 1_000_000;
/** A year: longer durations are mistakes of the unit. */
const DURATION_MS_MAX = 366 * 86_400_000;
const VERDICTS_MAX = 32;
const HTTP_STATUS_MIN = 100;
const HTTP_STATUS_MAX = 599;

const eventId = rule('a UUID', (v) => `${v} instanceof Uint8Array && ${v}.length === ${UUID_BYTES}`);
const time = rule(expectedMicros, epochMicrosCode);
const tokens = nullable(wholeNumber(TOKENS_MAX));
const count = wholeNumber(COUNT_MAX);
export const DURATION_EXPECTED = 'milliseconds from 0 to a year';
const durationMs = numberFrom({ min: 0, max: DURATION_MS_MAX, what: DURATION_EXPECTED });
const nullableText = nullable(text);
const nullableDurationMs = nullable(durationMs);
const httpStatus = rule(
  `an HTTP status from ${HTTP_STATUS_MIN} to ${HTTP_STATUS_MAX}, or 0 when none was seen`,
  (v) =>
    `Number.isInteger(${v}) && (${v} === 0 || (${v} >= ${HTTP_STATUS_MIN} && ${v} <= ${HTTP_STATUS_MAX}))`,
);

const judgement: RulesOf<InlineVerdict> = {
  evaluator: requiredText,
  evaluator_version: text,
  kind: symbol(VERDICT_KINDS),
  dimension: requiredText,
  passed: flag,
  score: nullable(finite),
};

/** Fields of an inline verdict. */
export const INLINE_VERDICT_RULES = judgement;

export const INFERENCE_RULES: RulesOf<InferenceEvent> = {
  event_id: eventId,
  occurred_at: time,
  request_id: text,
  trace_id: text,
  span_id: text,
  attempt: count,
  is_final: flag,
  fallback_depth: count,
  fallback_kind: symbol(FALLBACK_KINDS),
  tenant: text,
  environment: text,
  service: requiredText,
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
  step: nullable(count),
  user_hash: nullableText,
  streaming: flag,
  status: symbol(STATUSES),
  error_type: text,
  http_status: httpStatus,
  ttft_ms: nullableDurationMs,
  duration_ms: nullableDurationMs,
  request_ttft_ms: nullableDurationMs,
  request_elapsed_ms: nullableDurationMs,
  input_tokens: tokens,
  cached_input_tokens: tokens,
  output_tokens: tokens,
  reasoning_tokens: tokens,
  response_cache_hit: flag,
  cost_nano_usd: nullable(wholeNumber(NANO_USD_MAX)),
  cost_source: symbol(COST_SOURCES),
  price_version: nullableText,
  finish_reason: nullableText,
  tool_calls: nullable(count),
  tool_errors: nullable(count),
  schema_valid: nullable(flag),
  confidence: nullable(numberFrom({ min: 0, max: 1, what: 'a number from 0 to 1' })),
  verdicts: listOf(judgement, {
    countMax: VERDICTS_MAX,
    expected: `at most ${VERDICTS_MAX} verdicts`,
    itemExpected: 'a verdict',
  }),
  sample_weight: numberFrom({
    min: 1,
    max: SAMPLE_WEIGHT_MAX,
    what: `how many events this one stands for, a number from 1 to ${SAMPLE_WEIGHT_MAX}`,
  }),
  attributes: texts,
  measures: numbers,
};

export const VERDICT_RULES: RulesOf<EvalVerdict> = {
  event_id: eventId,
  judged_at: time,
  inference_at: time,
  request_id: nullableText,
  ...judgement,
  tenant: text,
  environment: text,
  service: requiredText,
  endpoint: text,
  provider: text,
  model_requested: text,
  model_served: text,
  deployment: text,
  region: text,
  prompt_name: text,
  prompt_version: text,
  variant: nullableText,
  attributes: texts,
};
