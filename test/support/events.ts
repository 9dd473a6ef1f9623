import { createHash } from 'node:crypto';
import { createBatchEncoder, type SchemaSource } from '@burnline/contracts';
import { INFERENCE_FIELDS, defaultsOf, type InferenceEvent } from '@burnline/core';

/** A complete event; the same number gives the same event. */
export function eventNumber(number: number, over: Partial<InferenceEvent> = {}): InferenceEvent {
  return {
    ...(defaultsOf(INFERENCE_FIELDS) as unknown as InferenceEvent),
    event_id: createHash('md5').update(`event ${number}`).digest(),
    occurred_at: Date.UTC(2026, 0, 1) * 1_000 + number,
    request_id: `request-${number}`,
    tenant: 'tenant',
    environment: 'test',
    service: 'chat',
    endpoint: '/chat',
    operation: 'chat',
    provider: 'openai',
    model_requested: 'model-a',
    model_served: 'model-a',
    region: 'eu',
    streaming: true,
    status: 'ok',
    error_type: '',
    http_status: 200,
    ttft_ms: 300,
    duration_ms: 900,
    input_tokens: 100,
    cached_input_tokens: 0,
    output_tokens: 10,
    reasoning_tokens: 0,
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
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
