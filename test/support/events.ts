import { createHash } from 'node:crypto';
import { createBatchEncoder, type SchemaSource } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';

/** A complete event; the same number gives the same event. */
export function eventNumber(number: number, over: Partial<InferenceEvent> = {}): InferenceEvent {
  return {
    event_id: createHash('md5').update(`event ${number}`).digest(),
    occurred_at: Date.UTC(2026, 0, 1) * 1_000 + number,
    request_id: `request-${number}`,
    trace_id: '',
    span_id: '',
    attempt: 0,
    is_final: true,
    fallback_depth: 0,
    fallback_kind: 'none',
    tenant: 'tenant',
    environment: 'test',
    service: 'chat',
    endpoint: '/chat',
    operation: 'chat',
    feature: null,
    provider: 'openai',
    model_requested: 'model-a',
    model_served: 'model-a',
    deployment: '',
    region: 'eu',
    prompt_name: '',
    prompt_version: '',
    variant: null,
    session_id: '',
    task_id: '',
    agent_id: null,
    step: null,
    user_hash: null,
    streaming: true,
    status: 'ok',
    error_type: '',
    http_status: 200,
    ttft_ms: 300,
    duration_ms: 900,
    request_ttft_ms: null,
    request_elapsed_ms: null,
    input_tokens: 100,
    cached_input_tokens: 0,
    output_tokens: 10,
    reasoning_tokens: 0,
    response_cache_hit: false,
    cost_nano_usd: null,
    cost_source: 'unknown',
    price_version: null,
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
    schema_valid: null,
    confidence: null,
    verdicts: [],
    sample_weight: 1,
    attributes: {},
    measures: {},
    ...over,
  };
}

export function messageOf(schemas: SchemaSource, events: readonly InferenceEvent[]): Uint8Array {
  const encoder = createBatchEncoder({ kind: 'inference', schemas });
  for (const event of events) encoder.append(event);
  return encoder.finish();
}

/** Of an event whose duration was recorded; throws for one without. */
export function durationMsOf({ duration_ms: durationMs }: Pick<InferenceEvent, 'duration_ms'>): number {
  if (durationMs === null) throw new Error('the duration of this event is not known');
  return durationMs;
}
