import { createHash } from 'node:crypto';

/** A minute and an hour of time, ms. */
export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PAST_MS = 3 * HOUR_MS;
/** How long gpt-4o has been failing when the traffic ends. */
export const OUTAGE_MS = 12 * MINUTE_MS;
const EVERY_MS = 15_000;

export interface SentEvent {
  readonly event_id: string;
  readonly occurred_at: string;
  readonly service: string;
  readonly provider: string;
  readonly model_requested: string;
  readonly model_served: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

interface Model {
  readonly service: string;
  readonly provider: string;
  readonly name: string;
  readonly ttftMs: number;
}

const MODELS: readonly Model[] = [
  { service: 'chat', provider: 'openai', name: 'gpt-4o', ttftMs: 380 },
  { service: 'chat', provider: 'anthropic', name: 'claude-sonnet-4', ttftMs: 460 },
  { service: 'search', provider: 'groq', name: 'llama-3.1-70b', ttftMs: 120 },
];

/**
 * Three hours of three models up to `endMs`, one event each in 15 s. gpt-4o fails two times in three for the last twelve minutes, one
 * answer in forty is slow, one in two hundred of the search fails. The same for the same end.
 */
export function recordedTraffic(endMs: number): readonly SentEvent[] {
  const count = PAST_MS / EVERY_MS;
  return Array.from({ length: count }, (_, index) => {
    const atMs = endMs - PAST_MS + index * EVERY_MS;
    return MODELS.map((model, of) => eventOf(model, { atMs: atMs + of * 1_000, index, endMs }));
  }).flat();
}

function eventOf(
  model: Model,
  { atMs, index, endMs }: { readonly atMs: number; readonly index: number; readonly endMs: number },
): SentEvent {
  const isOut = model.name === 'gpt-4o' && atMs >= endMs - OUTAGE_MS && index % 3 !== 0;
  const isFailing = isOut || (model.service === 'search' && index % 200 === 7);
  const isSlow = index % 40 === 11;
  const requestId = `${model.name}-${index}`;
  const durationMs = isSlow ? 6_000 : 1_500 + (index % 7) * 90;
  return {
    event_id: uuidOf(`${requestId} ${atMs}`),
    occurred_at: new Date(atMs).toISOString(),
    request_id: requestId,
    service: model.service,
    environment: 'prod',
    tenant: index % 2 === 0 ? 'acme' : 'globex',
    provider: model.provider,
    model_requested: model.name,
    model_served: atMs >= endMs - OUTAGE_MS && model.name === 'gpt-4o' ? 'gpt-4o-2024-11-20' : model.name,
    prompt_name: 'answer',
    prompt_version: 'v3',
    region: 'eu-west-1',
    input_tokens: 900 + (index % 11) * 40,
    ...(isFailing
      ? { status: 'error', error_type: 'server_error', http_status: 503, duration_ms: 90 }
      : {
          status: 'ok',
          http_status: 200,
          ttft_ms: isSlow ? 2_400 : model.ttftMs + (index % 9) * 15,
          duration_ms: durationMs,
          output_tokens: 180 + (index % 13) * 10,
          cost_usd: (0.002 + (index % 5) * 0.0004).toFixed(6),
        }),
  };
}

/** What an evaluator says of every second answer of the search. */
export function recordedVerdicts(events: readonly SentEvent[]): readonly Readonly<Record<string, unknown>>[] {
  return events
    .filter(({ service, status }, index) => service === 'search' && status === 'ok' && index % 2 === 0)
    .map((event, index) => ({
      event_id: uuidOf(`verdict of ${event.event_id}`),
      judged_at: new Date(Date.parse(event.occurred_at) + 30_000).toISOString(),
      inference_at: event.occurred_at,
      request_id: event['request_id'],
      evaluator: 'relevance-judge',
      evaluator_version: index % 4 === 0 ? '2.1' : '2.0',
      kind: 'online_judge',
      dimension: 'relevance',
      passed: index % 15 !== 3,
      service: event.service,
      provider: event.provider,
      model_requested: event.model_requested,
      model_served: event.model_served,
    }));
}

function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
