import { INFERENCE_FIELDS, defaultsOf } from '@burnline/core';

/** Whole inference events, some 330 bytes each, varied as a fleet's are. */
export const PROVIDERS = ['openai', 'anthropic', 'azure', 'bedrock'];
export const MODELS = [
  'gpt-4o',
  'gpt-4o-mini',
  'claude-sonnet',
  'claude-haiku',
  'llama-3-70b',
  'mistral-large',
];
export const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];
const STATUSES = [...Array(17).fill('ok'), 'error', 'timeout', 'rate_limited'];
/** What stands for fields that nobody stated; those that are left out here say nothing. */
export const UNSTATED = defaultsOf(INFERENCE_FIELDS);
const HTTP_STATUSES = { ok: 200, error: 503, timeout: 0, rate_limited: 429 };

/**
 * The next event. `random` is a generator of createRandom, `latestMicros` the newest completion time (epoch microseconds;
 * events are up to 8 s older: two panes or so are open), `tenantCount` the number of tenants.
 */
export function eventOf(random, { latestMicros, tenantCount = 50 }) {
  const eventId = new Uint8Array(16);
  const idView = new DataView(eventId.buffer);
  for (let at = 0; at < 16; at += 4) idView.setUint32(at, random(2 ** 32));
  const pick = (list) => list[random(list.length)];
  const hex = (length) => Array.from({ length }, () => random(16).toString(16)).join('');
  const durationMs = 200 + random(400_000) / 100;
  const model = pick(MODELS);
  const status = pick(STATUSES);
  const isOk = status === 'ok';
  return {
    ...UNSTATED,
    event_id: eventId,
    occurred_at: latestMicros - random(8_000_000),
    request_id: `req-${hex(8)}`,
    trace_id: hex(32),
    span_id: hex(16),
    is_final: random(10) > 0,
    tenant: `tenant-${random(tenantCount)}`,
    environment: 'prod',
    service: 'checkout',
    endpoint: '/v1/chat',
    operation: 'chat',
    provider: pick(PROVIDERS),
    model_requested: model,
    model_served: `${model}-0806`,
    deployment: 'blue',
    region: pick(REGIONS),
    prompt_name: 'summarise',
    prompt_version: 'v12',
    session_id: `session-${random(100_000)}`,
    streaming: true,
    status,
    error_type: isOk ? '' : status,
    http_status: HTTP_STATUSES[status],
    ttft_ms: isOk && random(20) > 0 ? durationMs / 5 : null,
    duration_ms: durationMs,
    input_tokens: random(4_000),
    cached_input_tokens: 0,
    output_tokens: random(900),
    reasoning_tokens: 0,
    cost_nano_usd: random(20_000_000),
    cost_source: 'computed',
    price_version: '2025-06',
    finish_reason: 'stop',
    tool_calls: 0,
    tool_errors: 0,
    schema_valid: random(3) === 0 ? null : random(20) > 0,
    attributes: { team: `team-${random(8)}` },
    measures: { output_characters: random(4_000) },
  };
}
