import { inferenceFaults, verdictFaults, type IntakeIssue } from '@burnline/contracts';
import { AppError } from '@burnline/core';
import type { EvalVerdict, InferenceEvent } from '@burnline/core';
import type { PublisherErrorCode } from './publisher-error.ts';

/** Every field may be left out or undefined. */
type Stated<Fields> = { readonly [Key in keyof Fields]?: Fields[Key] | undefined };

/**
 * What a service knows of an inference; the rest gets defaults. The duration and the status have none: what nobody said
 * went well did not, and a duration that is not known is said to be null, of an attempt that is not ok. One of
 * `model_requested` and `model_served` must be there too.
 */
export type EventInput = Stated<Omit<InferenceEvent, RequiredOfEvent>> &
  Pick<InferenceEvent, RequiredOfEvent>;
type RequiredOfEvent = 'duration_ms' | 'status';

/** What is known of an inference before its end is. */
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
 * A whole event. Unstated texts are empty, unstated measurements null, counts zero. Always the same
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
    status: input.status,
    error_type: input.error_type ?? '',
    http_status: input.http_status ?? 0,
    ttft_ms: input.ttft_ms ?? null,
    duration_ms: input.duration_ms ?? null,
    request_ttft_ms: input.request_ttft_ms ?? null,
    request_elapsed_ms: input.request_elapsed_ms ?? null,
    input_tokens: input.input_tokens ?? null,
    cached_input_tokens: input.cached_input_tokens ?? null,
    output_tokens: input.output_tokens ?? null,
    reasoning_tokens: input.reasoning_tokens ?? null,
    response_cache_hit: input.response_cache_hit ?? false,
    cost_nano_usd: cost,
    cost_source: input.cost_source ?? (cost === null ? 'unknown' : 'reported'),
    price_version: input.price_version ?? null,
    finish_reason: input.finish_reason ?? null,
    tool_calls: input.tool_calls ?? null,
    tool_errors: input.tool_errors ?? null,
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
    // A clock that is behind that of the inference's service would contradict it.
    judged_at: input.judged_at ?? Math.max(defaults.now(), input.inference_at),
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

/** Refuses what the collector would. Throws PUBLISHER_EVENT_INVALID with every fault in `details.issues`. */
export function checkEvent(event: InferenceEvent): void {
  const faults = inferenceFaults(event);
  if (faults.length > 0) throw invalid('event', faults);
}

/** The same of a verdict. */
export function checkVerdict(verdict: EvalVerdict): void {
  const faults = verdictFaults(verdict);
  if (faults.length > 0) throw invalid('verdict', faults);
}

function invalid(what: string, issues: readonly IntakeIssue[]): AppError<PublisherErrorCode> {
  const text = issues.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`);
  return new AppError('PUBLISHER_EVENT_INVALID', `The ${what} cannot be published: ${text.join('; ')}.`, {
    outcome: 'dead-letter',
    remedy: 'Correct the fields named; send null or leave out what is not known.',
    details: { field: issues[0]?.path, issues },
  });
}
