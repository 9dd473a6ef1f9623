import { COST_SOURCES, FALLBACK_KINDS, STATUSES, VERDICT_KINDS, type InferenceEvent } from '@burnline/core';

/** What a field of an event takes, and so what a mapping may send there. */
export type FieldType =
  | { readonly kind: 'text' }
  | { readonly kind: 'word'; readonly symbols: readonly string[] }
  | { readonly kind: 'boolean' }
  /** A whole number of at least zero. */
  | { readonly kind: 'count' }
  | { readonly kind: 'durationMs' }
  | { readonly kind: 'nanoUsd' }
  /** 0 to 1. */
  | { readonly kind: 'share' }
  | { readonly kind: 'number' };

export interface FieldRule {
  readonly type: FieldType;
  readonly nullable: boolean;
}

/** Units that a column may be written in, and how many places each moves the decimal point. */
export const UNIT_SHIFTS: Readonly<Partial<Record<FieldType['kind'], Readonly<Record<string, number>>>>> = {
  durationMs: { s: 3, ms: 0, us: -3, ns: -6 },
  nanoUsd: { usd: 9, usd_cent: 7, milli_usd: 6, micro_usd: 3, nano_usd: 0 },
  share: { ratio: 0, percent: -2 },
  count: { one: 0, thousand: 3, million: 6 },
};

/** Where a number without its unit would be a guess. */
export const UNIT_REQUIRED: ReadonlySet<FieldType['kind']> = new Set<FieldType['kind']>([
  'durationMs',
  'nanoUsd',
]);

const rule = (type: FieldType, nullable = false): FieldRule => ({ type, nullable });
const text = rule({ kind: 'text' });
const optionalText = rule({ kind: 'text' }, true);
const flag = rule({ kind: 'boolean' });
const count = rule({ kind: 'count' });
const optionalCount = rule({ kind: 'count' }, true);
const optionalDuration = rule({ kind: 'durationMs' }, true);

/** Fields that a mapping fills by name. Ids, time, verdicts, attributes and measures have places of their own. */
export type MappedField = Exclude<
  keyof InferenceEvent,
  'event_id' | 'occurred_at' | 'verdicts' | 'attributes' | 'measures'
>;

export const INFERENCE_RULES: Readonly<Record<MappedField, FieldRule>> = {
  request_id: text,
  trace_id: text,
  span_id: text,
  attempt: count,
  is_final: flag,
  fallback_depth: count,
  fallback_kind: rule({ kind: 'word', symbols: FALLBACK_KINDS }),
  tenant: text,
  environment: text,
  service: text,
  endpoint: text,
  operation: text,
  feature: optionalText,
  provider: text,
  model_requested: text,
  model_served: text,
  deployment: text,
  region: text,
  prompt_name: text,
  prompt_version: text,
  variant: optionalText,
  session_id: text,
  task_id: text,
  agent_id: optionalText,
  step: optionalCount,
  user_hash: optionalText,
  streaming: flag,
  status: rule({ kind: 'word', symbols: STATUSES }),
  error_type: text,
  http_status: count,
  ttft_ms: optionalDuration,
  duration_ms: optionalDuration,
  request_ttft_ms: optionalDuration,
  request_elapsed_ms: optionalDuration,
  input_tokens: optionalCount,
  cached_input_tokens: optionalCount,
  output_tokens: optionalCount,
  reasoning_tokens: optionalCount,
  response_cache_hit: flag,
  cost_nano_usd: rule({ kind: 'nanoUsd' }, true),
  cost_source: rule({ kind: 'word', symbols: COST_SOURCES }),
  price_version: optionalText,
  finish_reason: optionalText,
  tool_calls: optionalCount,
  tool_errors: optionalCount,
  schema_valid: rule({ kind: 'boolean' }, true),
  confidence: rule({ kind: 'share' }, true),
  sample_weight: rule({ kind: 'number' }),
};

export const ATTRIBUTE_RULE: FieldRule = optionalText;
export const MEASURE_RULE: FieldRule = rule({ kind: 'number' }, true);

/** Of an evaluation, inline or separate. */
export const VERDICT_RULES = {
  evaluator: text,
  evaluator_version: text,
  kind: rule({ kind: 'word', symbols: VERDICT_KINDS }),
  dimension: text,
  passed: flag,
  score: rule({ kind: 'number' }, true),
} as const satisfies Readonly<Record<string, FieldRule>>;
