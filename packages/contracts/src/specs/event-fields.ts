import { COST_SOURCES, FALLBACK_KINDS, STATUSES, VERDICT_KINDS } from '@burnline/core';
import type { FieldDefinition, FieldType } from '@burnline/core';

const required = (type: FieldType, ...names: readonly string[]): FieldDefinition[] =>
  names.map((name) => ({ name, type, nullable: false }));
const optional = (type: FieldType, ...names: readonly string[]): FieldDefinition[] =>
  names.map((name) => ({ name, type, nullable: true }));
const word = (name: string, symbols: readonly string[]): FieldDefinition => ({
  name,
  type: 'string',
  nullable: false,
  symbols,
});

/** Dimensions that inference events and verdicts have in common; `model` is derived (see derived-fields of core). */
const DIMENSIONS: readonly FieldDefinition[] = [
  ...required('string', 'tenant', 'environment', 'service', 'endpoint', 'provider'),
  ...required('string', 'model', 'model_requested', 'model_served', 'deployment', 'region'),
  ...required('string', 'prompt_name', 'prompt_version'),
  ...optional('string', 'variant'),
  ...required('string_map', 'attributes'),
];

/**
 * What predicates, group-by, sums and histograms may read of an inference event. The event's identity and time are left
 * out (no SLI may depend on them), and so are inline verdicts, which `stream: verdicts` counts.
 */
export const inferenceFields: readonly FieldDefinition[] = [
  ...DIMENSIONS,
  ...required(
    'string',
    'request_id',
    'trace_id',
    'span_id',
    'operation',
    'session_id',
    'task_id',
    'error_type',
  ),
  ...optional('string', 'feature', 'agent_id', 'user_hash', 'price_version', 'finish_reason'),
  ...required('bool', 'is_final', 'streaming', 'response_cache_hit'),
  ...optional('bool', 'schema_valid'),
  word('status', STATUSES),
  word('fallback_kind', FALLBACK_KINDS),
  word('cost_source', COST_SOURCES),
  ...required('int', 'attempt', 'fallback_depth', 'http_status'),
  ...optional('int', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'reasoning_tokens'),
  ...optional('int', 'tool_calls', 'tool_errors', 'step', 'cost_nano_usd'),
  ...required('double', 'sample_weight'),
  ...optional('double', 'ttft_ms', 'duration_ms', 'request_ttft_ms', 'request_elapsed_ms', 'confidence'),
  ...required('double_map', 'measures'),
];

/** What they may read of a verdict, inline or on its own: the judgement, and the dimensions of what it judges. */
export const verdictFields: readonly FieldDefinition[] = [
  ...DIMENSIONS,
  ...optional('string', 'request_id'),
  ...required('string', 'evaluator', 'evaluator_version', 'dimension'),
  word('kind', VERDICT_KINDS),
  ...required('bool', 'passed'),
  ...optional('double', 'score'),
];
