import { AppError } from '@burnline/core';
import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { PublisherErrorCode } from './publisher-error.ts';

/** Every field may be left out or undefined. */
type Stated<Fields> = { readonly [Key in keyof Fields]?: Fields[Key] | undefined };

/** What a service knows of an inference; the rest gets defaults. Only the duration has none. */
export type EventInput = Stated<Omit<InferenceEvent, 'duration_ms'>> & Pick<InferenceEvent, 'duration_ms'>;

/** What is known of an inference before its duration is. */
export type PartialEventInput = Stated<InferenceEvent>;

/** What an evaluator knows of a judgement. */
export type VerdictInput = Stated<Omit<EvalVerdict, RequiredOfVerdict>> &
  Pick<EvalVerdict, RequiredOfVerdict>;
type RequiredOfVerdict = 'inference_at' | 'evaluator' | 'dimension' | 'passed';

/** What the publisher fills in. */
export interface InputDefaults {
  readonly service: string;
  readonly environment: string;
  readonly newEventId: () => Uint8Array;
  /** Epoch microseconds. */
  readonly now: () => number;
}

const NO_VERDICTS: InferenceEvent['verdicts'] = Object.freeze([]);
const NO_ENTRIES: Readonly<Record<string, never>> = Object.freeze({});

/**
 * A whole event. Unstated texts are empty, unstated measurements null, counts zero, the status ok. Always the same
 * properties in the same order: the encoder then sees one shape of object, which is what makes it fast.
 */
export function completeEvent(input: EventInput, defaults: InputDefaults): InferenceEvent {
  const cost = input.cost_nano_usd ?? null;
  return {
    event_id: input.event_id ?? defaults.newEventId(),
    occurred_at: input.occurred_at ?? defaults.now(),
    request_id: input.request_id ?? '',
    trace_id: input.trace_id ?? '',
    span_id: input.span_id ?? '',
    attempt: input.attempt ?? 0,
    is_final: input.is_final ?? true,
    fallback_depth: input.fallback_depth ?? 0,
    fallback_kind: input.fallback_kind ?? 'none',
    tenant: input.tenant ?? '',
    environment: input.environment ?? defaults.environment,
    service: input.service ?? defaults.service,
    endpoint: input.endpoint ?? '',
    operation: input.operation ?? '',
    feature: input.feature ?? null,
    provider: input.provider ?? '',
    model_requested: input.model_requested ?? '',
    model_served: input.model_served ?? '',
    deployment: input.deployment ?? '',
    region: input.region ?? '',
    prompt_name: input.prompt_name ?? '',
    prompt_version: input.prompt_version ?? '',
    variant: input.variant ?? null,
    session_id: input.session_id ?? '',
    task_id: input.task_id ?? '',
    agent_id: input.agent_id ?? null,
    step: input.step ?? null,
    user_hash: input.user_hash ?? null,
    streaming: input.streaming ?? false,
    status: input.status ?? 'ok',
    error_type: input.error_type ?? '',
    http_status: input.http_status ?? 0,
    ttft_ms: input.ttft_ms ?? null,
    duration_ms: input.duration_ms,
    request_ttft_ms: input.request_ttft_ms ?? null,
    request_elapsed_ms: input.request_elapsed_ms ?? null,
    input_tokens: input.input_tokens ?? 0,
    cached_input_tokens: input.cached_input_tokens ?? 0,
    output_tokens: input.output_tokens ?? 0,
    reasoning_tokens: input.reasoning_tokens ?? 0,
    response_cache_hit: input.response_cache_hit ?? false,
    cost_nano_usd: cost,
    cost_source: input.cost_source ?? (cost === null ? 'unknown' : 'reported'),
    price_version: input.price_version ?? null,
    finish_reason: input.finish_reason ?? null,
    tool_calls: input.tool_calls ?? 0,
    tool_errors: input.tool_errors ?? 0,
    schema_valid: input.schema_valid ?? null,
    confidence: input.confidence ?? null,
    verdicts: input.verdicts ?? NO_VERDICTS,
    sample_weight: input.sample_weight ?? 1,
    attributes: input.attributes ?? NO_ENTRIES,
    measures: input.measures ?? NO_ENTRIES,
  };
}

/** A whole verdict, by the same rules. */
export function completeVerdict(input: VerdictInput, defaults: InputDefaults): EvalVerdict {
  return {
    event_id: input.event_id ?? defaults.newEventId(),
    judged_at: input.judged_at ?? defaults.now(),
    inference_at: input.inference_at,
    request_id: input.request_id ?? null,
    evaluator: input.evaluator,
    evaluator_version: input.evaluator_version ?? '',
    kind: input.kind ?? 'online_judge',
    dimension: input.dimension,
    passed: input.passed,
    score: input.score ?? null,
    tenant: input.tenant ?? '',
    environment: input.environment ?? defaults.environment,
    service: input.service ?? defaults.service,
    endpoint: input.endpoint ?? '',
    provider: input.provider ?? '',
    model_requested: input.model_requested ?? '',
    model_served: input.model_served ?? '',
    deployment: input.deployment ?? '',
    region: input.region ?? '',
    prompt_name: input.prompt_name ?? '',
    prompt_version: input.prompt_version ?? '',
    variant: input.variant ?? null,
    attributes: input.attributes ?? NO_ENTRIES,
  };
}

/** Refuses what the schema can hold but nothing can mean; types are the encoder's to check. */
export function checkEvent(event: InferenceEvent): void {
  if (event.duration_ms < 0) throw negative('duration_ms');
  if (event.ttft_ms !== null && event.ttft_ms < 0) throw negative('ttft_ms');
  if (event.input_tokens < 0) throw negative('input_tokens');
  if (event.output_tokens < 0) throw negative('output_tokens');
  if (event.cost_nano_usd !== null && event.cost_nano_usd < 0) throw negative('cost_nano_usd');
}

function negative(field: string): AppError<PublisherErrorCode> {
  return new AppError('PUBLISHER_EVENT_INVALID', `${field} is negative.`, {
    outcome: 'dead-letter',
    remedy: `Measure ${field} with a monotonic clock, and send null or leave it out when it is not known.`,
    details: { field },
  });
}
