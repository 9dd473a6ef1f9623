// Made from the tables of fields (inference-fields.ts, verdict-fields.ts) by test/golden/event-fields.test.ts.
import type { CostSource, FallbackKind, Refuser, Status, Trust, VerdictKind } from './words.ts';

/** An evaluation that the service made itself and sent with the inference. */
export interface InlineVerdict {
  /** Name of the evaluator; gen_ai.evaluation.name. */
  readonly evaluator: string;
  /** Version of the evaluator; empty when it has none. */
  readonly evaluator_version: string;
  /** How the verdict came about. */
  readonly kind: VerdictKind;
  /** What was judged: quality, safety and the like. */
  readonly dimension: string;
  /** Whether the evaluator accepted the answer. A verdict without it reads as not passed. */
  readonly passed: boolean;
  /** Score in the evaluator's own scale; gen_ai.evaluation.score.value. Null: none was given. */
  readonly score: number | null;
}

/** One attempt at one inference. Absent is null, never zero. */
export interface InferenceEvent {
  /**
   * UUID, 16 bytes, from the publisher. The same id means the same event, however often it arrives. No default: an
   * event without identity is refused.
   */
  readonly event_id: Uint8Array;
  /** Completion time, epoch microseconds, by the publisher's clock. No default: an event without time is refused. */
  readonly occurred_at: number;
  /** Logical request that this is an attempt of; from the gateway or service. */
  readonly request_id: string;
  /** W3C trace id, 32 lower-case hex digits; empty when not traced. */
  readonly trace_id: string;
  /** W3C span id, 16 lower-case hex digits; empty when not traced. */
  readonly span_id: string;
  /** Index of the attempt within its request, 0-based; from whoever retries. */
  readonly attempt: number;
  /** Whether the caller got this attempt's outcome; from whoever retries. */
  readonly is_final: boolean;
  /** Fallbacks taken before this attempt, a count; 0 is the primary. */
  readonly fallback_depth: number;
  /** What the attempt fell back to; from whoever falls back. */
  readonly fallback_kind: FallbackKind;
  /** Tenant on whose behalf the request ran; from the intake key or the publisher. */
  readonly tenant: string;
  /** Deployment environment; deployment.environment.name. */
  readonly environment: string;
  /** Emitting service; service.name. */
  readonly service: string;
  /** Route or use case within the service; from the publisher. */
  readonly endpoint: string;
  /** Kind of operation: chat, embeddings and the like; gen_ai.operation.name. */
  readonly operation: string;
  /** Product feature that asked; from the publisher. Null: not stated. */
  readonly feature: string | null;
  /** Provider that served the attempt; gen_ai.provider.name. */
  readonly provider: string;
  /** Model asked for; gen_ai.request.model. */
  readonly model_requested: string;
  /** Model that answered; gen_ai.response.model. */
  readonly model_served: string;
  /**
   * Configuration that the model ran with, as the provider names it: it changes when a model is changed silently.
   * Null: not told.
   */
  readonly system_fingerprint: string | null;
  /** Tier of service that the provider served at: default, flex, priority, batch and the like. Null: not told. */
  readonly service_tier: string | null;
  /**
   * Effort of reasoning that was asked for: low, high and the like; gen_ai.request.reasoning.level. Null: not
   * stated.
   */
  readonly reasoning_level: string | null;
  /** Deployment or replica of the model at the provider; from the gateway. */
  readonly deployment: string;
  /** Region that served the attempt; from the gateway or the publisher. */
  readonly region: string;
  /** Name of the prompt template; gen_ai.prompt.name. */
  readonly prompt_name: string;
  /** Version of the prompt template; gen_ai.prompt.version. */
  readonly prompt_version: string;
  /** Canary, experiment or flag arm. Null: none. */
  readonly variant: string | null;
  /** Conversation; gen_ai.conversation.id. */
  readonly session_id: string;
  /** Task that the inference is part of; from the agent framework. */
  readonly task_id: string;
  /** Agent that asked; gen_ai.agent.id. Null: no agent. */
  readonly agent_id: string | null;
  /** Index of the agent's step, 0-based. Null: no steps. */
  readonly step: number | null;
  /** Keyed hash of the end user, never the user's name. Null: not stated. */
  readonly user_hash: string | null;
  /** Whether the answer was streamed; gen_ai.request.stream. */
  readonly streaming: boolean;
  /** Outcome of the attempt. No default: an event that does not say how it ended is refused. */
  readonly status: Status;
  /** Low-cardinality error class; error.type. Empty: no error. */
  readonly error_type: string;
  /** HTTP status of the answer; 0 when none was seen. */
  readonly http_status: number;
  /**
   * Who refused a call that did not end well: the provider, a gateway's own limit, a budget or a guardrail. none:
   * it was not refused, or nobody said by whom.
   */
  readonly refused_by: Refuser;
  /** Time to the first token of this attempt, milliseconds. Null: not streamed, or no token came. */
  readonly ttft_ms: number | null;
  /**
   * Duration of this attempt, milliseconds, by a monotonic clock. Null: not known, of an attempt that did not end
   * well; one that is ok has it.
   */
  readonly duration_ms: number | null;
  /** Time that the request waited in the server's queue, milliseconds; from a server that tells it. Null: not told. */
  readonly queue_ms: number | null;
  /** Time that the server took to read the prompt, milliseconds; from a server that tells it. Null: not told. */
  readonly prefill_ms: number | null;
  /** Time that the server took to write the answer, milliseconds; from a server that tells it. Null: not told. */
  readonly decode_ms: number | null;
  /**
   * Time to the first token as the caller saw it, earlier attempts and backoff included, milliseconds. Null: not
   * known.
   */
  readonly request_ttft_ms: number | null;
  /**
   * What the caller waited, earlier attempts and backoff included, milliseconds; on the final attempt. Null: not
   * known.
   */
  readonly request_elapsed_ms: number | null;
  /** Input tokens, cached ones included, a count; gen_ai.usage.input_tokens. Null: nobody reported them. */
  readonly input_tokens: number | null;
  /** Input tokens read from the provider's cache, a subset of input_tokens, a count. Null: nobody reported them. */
  readonly cached_input_tokens: number | null;
  /**
   * Input tokens written to the provider's cache, a subset of input_tokens, a count;
   * gen_ai.usage.cache_write.input_tokens. Null: nobody reported them.
   */
  readonly cache_write_input_tokens: number | null;
  /** Output tokens, reasoning included, a count; gen_ai.usage.output_tokens. Null: nobody reported them. */
  readonly output_tokens: number | null;
  /** Reasoning tokens, a subset of output_tokens, a count. Null: nobody reported them. */
  readonly reasoning_tokens: number | null;
  /** Whether the answer came from a response cache and no model ran. */
  readonly response_cache_hit: boolean;
  /** Cost of this attempt, nano-USD (1e-9 USD), frozen at the event's time. Null: unknown, never zero. */
  readonly cost_nano_usd: number | null;
  /** Where the cost comes from: the provider, the price table, or nowhere. */
  readonly cost_source: CostSource;
  /** Version of the price table used. Null: not computed. */
  readonly price_version: string | null;
  /** Why generation ended; first of gen_ai.response.finish_reasons. Null: not stated. */
  readonly finish_reason: string | null;
  /** Tool calls in the answer, a count. Null: not known. */
  readonly tool_calls: number | null;
  /** Tool calls that failed, a count. Null: not known. */
  readonly tool_errors: number | null;
  /** Whether a structured answer met its schema. Null: not checked. */
  readonly schema_valid: boolean | null;
  /** Confidence of the answer, 0 to 1; from the service. Null: not stated. */
  readonly confidence: number | null;
  /** Evaluations that the service made itself. */
  readonly verdicts: readonly InlineVerdict[];
  /** How many events this one stands for, 1 or more; 1 for an unsampled event. Counted in thousandths. */
  readonly sample_weight: number;
  /** What the event was made from: a leaf call, or an aggregate that may hold several. */
  readonly trust: Trust;
  /** Library that saw the call: the instrumentation scope's name. Empty: not stated. */
  readonly instrumentation_name: string;
  /** Version of that library. Empty: not stated. */
  readonly instrumentation_version: string;
  /** Further dimensions, free text by name; from the publisher. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Numeric signals by name, the unit in the name; from the publisher. */
  readonly measures: Readonly<Record<string, number>>;
}

/** A judgement of an earlier inference. It counts at the inference's time, whenever it arrives. */
export interface EvalVerdict {
  /**
   * UUID, 16 bytes, from the evaluator. The same id means the same verdict, however often it arrives. No default:
   * a verdict without identity is refused.
   */
  readonly event_id: Uint8Array;
  /**
   * When the judge decided, epoch microseconds, by the evaluator's clock. No default: a verdict without time is
   * refused.
   */
  readonly judged_at: number;
  /**
   * When the judged inference completed, epoch microseconds: its occurred_at. No default: a verdict that counts at
   * no time is refused.
   */
  readonly inference_at: number;
  /** Request that was judged. Null: not known. */
  readonly request_id: string | null;
  /** Name of the evaluator; gen_ai.evaluation.name. */
  readonly evaluator: string;
  /** Version of the evaluator; empty when it has none. */
  readonly evaluator_version: string;
  /** How the verdict came about. */
  readonly kind: VerdictKind;
  /** What was judged: quality, safety and the like. */
  readonly dimension: string;
  /** Whether the evaluator accepted the answer. A verdict without it reads as not passed. */
  readonly passed: boolean;
  /** Score in the evaluator's own scale; gen_ai.evaluation.score.value. Null: none was given. */
  readonly score: number | null;
  /** tenant of the judged inference. */
  readonly tenant: string;
  /** environment of the judged inference. */
  readonly environment: string;
  /** service of the judged inference. */
  readonly service: string;
  /** endpoint of the judged inference. */
  readonly endpoint: string;
  /** provider of the judged inference. */
  readonly provider: string;
  /** model_requested of the judged inference. */
  readonly model_requested: string;
  /** model_served of the judged inference. */
  readonly model_served: string;
  /** deployment of the judged inference. */
  readonly deployment: string;
  /** region of the judged inference. */
  readonly region: string;
  /** prompt_name of the judged inference. */
  readonly prompt_name: string;
  /** prompt_version of the judged inference. */
  readonly prompt_version: string;
  /** variant of the judged inference. Null: none. */
  readonly variant: string | null;
  /** Further dimensions, free text by name; from the evaluator. */
  readonly attributes: Readonly<Record<string, string>>;
}
