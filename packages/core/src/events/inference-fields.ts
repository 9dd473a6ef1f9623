import type { EventFields } from './field-kinds.ts';
import { COST_SOURCE, FALLBACK_KIND, REFUSER, STATUS, TRUST } from './words.ts';

/**
 * The fields of an inference event, in the order of the wire. Interfaces, Avro's schema, the rules of every way in, what
 * predicates may read, columns, mappings and the reference follow from this table. Names are those of the wire (Avro), of
 * the predicates (CEL) and of the ClickHouse columns, so that one word means one thing everywhere.
 */
export const INFERENCE_FIELDS = {
  event_id: {
    kind: 'id',
    hasNoDefault: true,
    meaning:
      'UUID, 16 bytes, from the publisher. The same id means the same event, however often it arrives. No default: an event without identity is refused.',
  },
  occurred_at: {
    kind: 'time',
    hasNoDefault: true,
    meaning:
      "Completion time, epoch microseconds, by the publisher's clock. No default: an event without time is refused.",
  },
  request_id: {
    kind: 'text',
    hasManyValues: true,
    meaning: 'Logical request that this is an attempt of; from the gateway or service.',
  },
  trace_id: {
    kind: 'text',
    hasManyValues: true,
    meaning: 'W3C trace id, 32 lower-case hex digits; empty when not traced.',
  },
  span_id: {
    kind: 'text',
    hasManyValues: true,
    meaning: 'W3C span id, 16 lower-case hex digits; empty when not traced.',
  },
  attempt: {
    kind: 'count',
    meaning: 'Index of the attempt within its request, 0-based; from whoever retries.',
  },
  is_final: {
    kind: 'flag',
    default: true,
    meaning: "Whether the caller got this attempt's outcome; from whoever retries.",
  },
  fallback_depth: {
    kind: 'count',
    meaning: 'Fallbacks taken before this attempt, a count; 0 is the primary.',
  },
  fallback_kind: {
    kind: 'word',
    default: 'none',
    word: FALLBACK_KIND,
    meaning: 'What the attempt fell back to; from whoever falls back.',
  },
  tenant: {
    kind: 'text',
    meaning: 'Tenant on whose behalf the request ran; from the intake key or the publisher.',
  },
  environment: {
    kind: 'text',
    meaning: 'Deployment environment; deployment.environment.name.',
  },
  service: {
    kind: 'text',
    isRequired: true,
    meaning: 'Emitting service; service.name.',
  },
  endpoint: {
    kind: 'text',
    meaning: 'Route or use case within the service; from the publisher.',
  },
  operation: {
    kind: 'text',
    meaning: 'Kind of operation: chat, embeddings and the like; gen_ai.operation.name.',
  },
  feature: {
    kind: 'text',
    isNullable: true,
    meaning: 'Product feature that asked; from the publisher. Null: not stated.',
  },
  provider: {
    kind: 'text',
    meaning: 'Provider that served the attempt; gen_ai.provider.name.',
  },
  model_requested: {
    kind: 'text',
    meaning: 'Model asked for; gen_ai.request.model.',
  },
  model_served: {
    kind: 'text',
    meaning: 'Model that answered; gen_ai.response.model.',
  },
  system_fingerprint: {
    kind: 'text',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      'Configuration that the model ran with, as the provider names it: it changes when a model is changed silently. Null: not told.',
  },
  service_tier: {
    kind: 'text',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      'Tier of service that the provider served at: default, flex, priority, batch and the like. Null: not told.',
  },
  reasoning_level: {
    kind: 'text',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      'Effort of reasoning that was asked for: low, high and the like; gen_ai.request.reasoning.level. Null: not stated.',
  },
  deployment: {
    kind: 'text',
    meaning: 'Deployment or replica of the model at the provider; from the gateway.',
  },
  region: {
    kind: 'text',
    meaning: 'Region that served the attempt; from the gateway or the publisher.',
  },
  prompt_name: {
    kind: 'text',
    meaning: 'Name of the prompt template; gen_ai.prompt.name.',
  },
  prompt_version: {
    kind: 'text',
    meaning: 'Version of the prompt template; gen_ai.prompt.version.',
  },
  variant: {
    kind: 'text',
    isNullable: true,
    meaning: 'Canary, experiment or flag arm. Null: none.',
  },
  session_id: {
    kind: 'text',
    hasManyValues: true,
    meaning: 'Conversation; gen_ai.conversation.id.',
  },
  task_id: {
    kind: 'text',
    hasManyValues: true,
    meaning: 'Task that the inference is part of; from the agent framework.',
  },
  agent_id: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: 'Agent that asked; gen_ai.agent.id. Null: no agent.',
  },
  step: {
    kind: 'count',
    isNullable: true,
    meaning: "Index of the agent's step, 0-based. Null: no steps.",
  },
  user_hash: {
    kind: 'text',
    isNullable: true,
    hasManyValues: true,
    meaning: "Keyed hash of the end user, never the user's name. Null: not stated.",
  },
  streaming: {
    kind: 'flag',
    meaning: 'Whether the answer was streamed; gen_ai.request.stream.',
  },
  status: {
    kind: 'word',
    isRequired: true,
    hasNoDefault: true,
    word: STATUS,
    meaning: 'Outcome of the attempt. No default: an event that does not say how it ended is refused.',
  },
  error_type: {
    kind: 'text',
    meaning: 'Low-cardinality error class; error.type. Empty: no error.',
  },
  http_status: {
    kind: 'httpStatus',
    meaning: 'HTTP status of the answer; 0 when none was seen.',
  },
  refused_by: {
    kind: 'word',
    default: 'none',
    word: REFUSER,
    sinceSchema: 7,
    meaning:
      "Who refused a call that did not end well: the provider, a gateway's own limit, a budget or a guardrail. none: it was not refused, or nobody said by whom.",
  },
  ttft_ms: {
    kind: 'durationMs',
    isNullable: true,
    meaning: 'Time to the first token of this attempt, milliseconds. Null: not streamed, or no token came.',
  },
  duration_ms: {
    kind: 'durationMs',
    isNullable: true,
    meaning:
      'Duration of this attempt, milliseconds, by a monotonic clock. Null: not known, of an attempt that did not end well; one that is ok has it.',
  },
  queue_ms: {
    kind: 'durationMs',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      "Time that the request waited in the server's queue, milliseconds; from a server that tells it. Null: not told.",
  },
  prefill_ms: {
    kind: 'durationMs',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      'Time that the server took to read the prompt, milliseconds; from a server that tells it. Null: not told.',
  },
  decode_ms: {
    kind: 'durationMs',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      'Time that the server took to write the answer, milliseconds; from a server that tells it. Null: not told.',
  },
  request_ttft_ms: {
    kind: 'durationMs',
    isNullable: true,
    meaning:
      'Time to the first token as the caller saw it, earlier attempts and backoff included, milliseconds. Null: not known.',
  },
  request_elapsed_ms: {
    kind: 'durationMs',
    isNullable: true,
    meaning:
      'What the caller waited, earlier attempts and backoff included, milliseconds; on the final attempt. Null: not known.',
  },
  input_tokens: {
    kind: 'tokens',
    isNullable: true,
    meaning:
      'Input tokens, cached ones included, a count; gen_ai.usage.input_tokens. Null: nobody reported them.',
  },
  cached_input_tokens: {
    kind: 'tokens',
    isNullable: true,
    meaning:
      "Input tokens read from the provider's cache, a subset of input_tokens, a count. Null: nobody reported them.",
  },
  cache_write_input_tokens: {
    kind: 'tokens',
    isNullable: true,
    sinceSchema: 7,
    meaning:
      "Input tokens written to the provider's cache, a subset of input_tokens, a count; gen_ai.usage.cache_write.input_tokens. Null: nobody reported them.",
  },
  output_tokens: {
    kind: 'tokens',
    isNullable: true,
    meaning:
      'Output tokens, reasoning included, a count; gen_ai.usage.output_tokens. Null: nobody reported them.',
  },
  reasoning_tokens: {
    kind: 'tokens',
    isNullable: true,
    meaning: 'Reasoning tokens, a subset of output_tokens, a count. Null: nobody reported them.',
  },
  response_cache_hit: {
    kind: 'flag',
    meaning: 'Whether the answer came from a response cache and no model ran.',
  },
  cost_nano_usd: {
    kind: 'nanoUsd',
    isNullable: true,
    meaning:
      "Cost of this attempt, nano-USD (1e-9 USD), frozen at the event's time. Null: unknown, never zero.",
  },
  cost_source: {
    kind: 'word',
    default: 'unknown',
    word: COST_SOURCE,
    meaning: 'Where the cost comes from: the provider, the price table, or nowhere.',
  },
  price_version: {
    kind: 'text',
    isNullable: true,
    meaning: 'Version of the price table used. Null: not computed.',
  },
  finish_reason: {
    kind: 'text',
    isNullable: true,
    meaning: 'Why generation ended; first of gen_ai.response.finish_reasons. Null: not stated.',
  },
  tool_calls: {
    kind: 'count',
    isNullable: true,
    meaning: 'Tool calls in the answer, a count. Null: not known.',
  },
  tool_errors: {
    kind: 'count',
    isNullable: true,
    meaning: 'Tool calls that failed, a count. Null: not known.',
  },
  schema_valid: {
    kind: 'flag',
    isNullable: true,
    meaning: 'Whether a structured answer met its schema. Null: not checked.',
  },
  confidence: {
    kind: 'share',
    isNullable: true,
    meaning: 'Confidence of the answer, 0 to 1; from the service. Null: not stated.',
  },
  verdicts: {
    kind: 'verdicts',
    meaning: 'Evaluations that the service made itself.',
  },
  sample_weight: {
    kind: 'weight',
    meaning:
      'How many events this one stands for, 1 or more; 1 for an unsampled event. Counted in thousandths.',
  },
  trust: {
    kind: 'word',
    default: 'leaf',
    word: TRUST,
    sinceSchema: 7,
    meaning: 'What the event was made from: a leaf call, or an aggregate that may hold several.',
  },
  instrumentation_name: {
    kind: 'text',
    sinceSchema: 7,
    meaning: "Library that saw the call: the instrumentation scope's name. Empty: not stated.",
  },
  instrumentation_version: {
    kind: 'text',
    sinceSchema: 7,
    meaning: 'Version of that library. Empty: not stated.',
  },
  attributes: {
    kind: 'texts',
    meaning: 'Further dimensions, free text by name; from the publisher.',
  },
  measures: {
    kind: 'numbers',
    meaning: 'Numeric signals by name, the unit in the name; from the publisher.',
  },
} as const satisfies EventFields;
