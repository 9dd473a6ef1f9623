import { COST_SOURCES, FALLBACK_KINDS, STATUSES } from '@burnline/core';
import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import { z } from 'zod';
import * as field from './intake-fields.ts';
import { parseIntake } from './intake-issues.ts';
import type { IntakeIssue } from './intake-issues.ts';
import type { HintBudget } from './key-hints.ts';
import { NANO_USD_MAX, nanoUsdFromDecimal } from './nano-usd.ts';

export interface IntakeOptions {
  /** 16 bytes for a record that came without an id. */
  readonly newEventId: () => Uint8Array;
  /** Epoch microseconds for a record that came without a time. */
  readonly now: () => number;
  /** Bounds the search for what unknown keys were meant to be, over all records of a request. */
  readonly hints?: HintBudget;
}

const usdMessage = 'USD as a decimal number or text, 0 to 9,000,000';
const usd = z
  .union([z.string(), z.number()], { error: usdMessage })
  .transform((value, context): number => {
    const nano = nanoUsdFromDecimal(value);
    if (nano !== null) return nano;
    context.addIssue({ code: 'custom', message: usdMessage });
    return z.NEVER;
  })
  .optional();

/** InferenceEvent's fields as JSON gives them, `cost_usd` for convenience. Its order is the interface's. */
const inferenceIntake = z.strictObject(
  {
    event_id: field.eventId,
    occurred_at: field.time.optional(),
    request_id: field.optionalText,
    trace_id: field.optionalText,
    span_id: field.optionalText,
    attempt: field.count,
    is_final: field.flagByDefault(true),
    fallback_depth: field.count,
    fallback_kind: field.symbol(FALLBACK_KINDS).default('none'),
    tenant: field.optionalText,
    environment: field.optionalText,
    service: field.requiredText,
    endpoint: field.optionalText,
    operation: field.optionalText,
    feature: field.nullableText,
    provider: field.optionalText,
    model_requested: field.optionalText,
    model_served: field.optionalText,
    deployment: field.optionalText,
    region: field.optionalText,
    prompt_name: field.optionalText,
    prompt_version: field.optionalText,
    variant: field.nullableText,
    session_id: field.optionalText,
    task_id: field.optionalText,
    agent_id: field.nullableText,
    step: field.nullableCount,
    user_hash: field.nullableText,
    streaming: field.flagByDefault(false),
    status: field.symbol(STATUSES).default('ok'),
    error_type: field.optionalText,
    http_status: field.httpStatus,
    ttft_ms: field.nullableDurationMs,
    duration_ms: field.durationMs,
    request_ttft_ms: field.nullableDurationMs,
    request_elapsed_ms: field.nullableDurationMs,
    input_tokens: field.tokens,
    cached_input_tokens: field.tokens,
    output_tokens: field.tokens,
    reasoning_tokens: field.tokens,
    response_cache_hit: field.flagByDefault(false),
    cost_nano_usd: field.wholeNumber({ max: NANO_USD_MAX }).nullable().default(null),
    cost_usd: usd,
    cost_source: field.symbol(COST_SOURCES).optional(),
    price_version: field.nullableText,
    finish_reason: field.nullableText,
    tool_calls: field.count,
    tool_errors: field.count,
    schema_valid: field.nullableFlag,
    confidence: field.nullableShare,
    verdicts: field.inlineVerdicts,
    sample_weight: field.sampleWeight,
    attributes: field.attributes,
    measures: field.measures,
  },
  { error: 'a JSON object' },
);

function crossIssues(given: Readonly<Record<string, unknown>>): readonly IntakeIssue[] {
  const issues: IntakeIssue[] = [];
  const isMissing = (value: unknown): boolean => value === undefined || value === '';
  if (isMissing(given['model_requested']) && isMissing(given['model_served'])) {
    issues.push({ path: 'model_requested', expected: 'model_requested or model_served', found: 'neither' });
  }
  if (given['cost_usd'] !== undefined && given['cost_nano_usd'] !== undefined) {
    issues.push({ path: 'cost_usd', expected: 'either cost_usd or cost_nano_usd', found: 'both' });
  }
  return issues;
}

const verdictIntake = z.strictObject(
  {
    event_id: field.eventId,
    judged_at: field.time.optional(),
    inference_at: field.time,
    request_id: field.nullableText,
    evaluator: field.requiredText,
    evaluator_version: field.optionalText,
    kind: field.verdictKind,
    dimension: field.requiredText,
    passed: field.requiredFlag,
    score: field.nullableScore,
    tenant: field.optionalText,
    environment: field.optionalText,
    service: field.requiredText,
    endpoint: field.optionalText,
    provider: field.optionalText,
    model_requested: field.optionalText,
    model_served: field.optionalText,
    deployment: field.optionalText,
    region: field.optionalText,
    prompt_name: field.optionalText,
    prompt_version: field.optionalText,
    variant: field.nullableText,
    attributes: field.attributes,
  },
  { error: 'a JSON object' },
);

const INFERENCE_KEYS = Object.keys(inferenceIntake.shape);
const VERDICT_KEYS = Object.keys(verdictIntake.shape);

/**
 * An inference event from JSON with snake_case keys.
 *
 * Required: `service`, `duration_ms`, and `model_requested` or `model_served`. What is not stated stays unstated (null, or
 * empty text): nothing is guessed. `occurred_at` is ISO 8601 with a zone or epoch microseconds; `cost_usd` may stand for
 * `cost_nano_usd`; a null stands for an absent field. Throws CONTRACT_EVENT_INVALID with all faults in `details.issues`.
 */
export function parseInferenceEvent(json: unknown, options: IntakeOptions): InferenceEvent {
  const { cost_usd, ...given } = parseIntake({
    schema: inferenceIntake,
    json,
    recordName: 'inference event',
    knownKeys: INFERENCE_KEYS,
    crossIssues,
    ...(options.hints === undefined ? {} : { hints: options.hints }),
  });
  const costNanoUsd = cost_usd ?? given.cost_nano_usd;
  return {
    ...given,
    event_id: given.event_id ?? options.newEventId(),
    occurred_at: given.occurred_at ?? options.now(),
    cost_nano_usd: costNanoUsd,
    cost_source: given.cost_source ?? (costNanoUsd === null ? 'unknown' : 'reported'),
  };
}

/**
 * A verdict from JSON with snake_case keys. Required: `inference_at`, `evaluator`, `dimension`, `passed` and `service`.
 * Throws CONTRACT_EVENT_INVALID with all faults in `details.issues`.
 */
export function parseEvalVerdict(json: unknown, options: IntakeOptions): EvalVerdict {
  const given = parseIntake({
    schema: verdictIntake,
    json,
    recordName: 'verdict',
    knownKeys: VERDICT_KEYS,
    ...(options.hints === undefined ? {} : { hints: options.hints }),
  });
  return {
    ...given,
    event_id: given.event_id ?? options.newEventId(),
    judged_at: given.judged_at ?? options.now(),
  };
}

/** What the intake schemas give, for the check against the interfaces at type level. */
export type InferenceIntake = z.output<typeof inferenceIntake>;
export type VerdictIntake = z.output<typeof verdictIntake>;
