/**
 * The four records of the event log as programs see them. Names are those of the wire (Avro), of the predicates (CEL)
 * and of the ClickHouse columns, so that one word means one thing everywhere. Absent is `null`, never zero.
 */

export const STATUSES = [
  'ok',
  'error',
  'timeout',
  'rate_limited',
  'content_filtered',
  'malformed',
  'cancelled',
] as const;
export type Status = (typeof STATUSES)[number];

export const FALLBACK_KINDS = [
  'none',
  'retry',
  'deployment',
  'provider',
  'model',
  'cached_answer',
  'canned_answer',
] as const;
export type FallbackKind = (typeof FALLBACK_KINDS)[number];

export const COST_SOURCES = ['reported', 'computed', 'unknown'] as const;
export type CostSource = (typeof COST_SOURCES)[number];

export const VERDICT_KINDS = [
  'online_judge',
  'offline_suite',
  'synthetic_probe',
  'user_feedback',
  'guardrail',
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];

/** An evaluation that the service made itself and sent with the inference. */
export interface InlineVerdict {
  readonly evaluator: string;
  readonly evaluator_version: string;
  readonly kind: VerdictKind;
  readonly dimension: string;
  readonly passed: boolean;
  readonly score: number | null;
}

/** One attempt at one inference. Times are epoch microseconds (integers below 2^53), durations are milliseconds. */
export interface InferenceEvent {
  /** UUID, 16 bytes. The same id means the same event, however often it arrives. */
  readonly event_id: Uint8Array;
  /** Completion time, epoch microseconds. */
  readonly occurred_at: number;
  readonly request_id: string;
  readonly trace_id: string;
  readonly span_id: string;
  /** 0-based. */
  readonly attempt: number;
  readonly is_final: boolean;
  /** 0 is the primary. */
  readonly fallback_depth: number;
  readonly fallback_kind: FallbackKind;
  readonly tenant: string;
  readonly environment: string;
  readonly service: string;
  readonly endpoint: string;
  readonly operation: string;
  readonly feature: string | null;
  readonly provider: string;
  readonly model_requested: string;
  readonly model_served: string;
  readonly deployment: string;
  readonly region: string;
  readonly prompt_name: string;
  readonly prompt_version: string;
  readonly variant: string | null;
  readonly session_id: string;
  readonly task_id: string;
  readonly agent_id: string | null;
  readonly step: number | null;
  readonly user_hash: string | null;
  readonly streaming: boolean;
  readonly status: Status;
  readonly error_type: string;
  /** 0 when no HTTP status was seen. */
  readonly http_status: number;
  readonly ttft_ms: number | null;
  /** Of this attempt. */
  readonly duration_ms: number | null;
  readonly request_ttft_ms: number | null;
  /** What the caller waited, earlier attempts and backoff included; on the final attempt. */
  readonly request_elapsed_ms: number | null;
  readonly input_tokens: number | null;
  /** A part of `input_tokens`. */
  readonly cached_input_tokens: number | null;
  readonly output_tokens: number | null;
  /** A part of `output_tokens`. */
  readonly reasoning_tokens: number | null;
  readonly response_cache_hit: boolean;
  /** Nano-USD (1e-9 USD), integer. */
  readonly cost_nano_usd: number | null;
  readonly cost_source: CostSource;
  readonly price_version: string | null;
  readonly finish_reason: string | null;
  readonly tool_calls: number | null;
  readonly tool_errors: number | null;
  readonly schema_valid: boolean | null;
  /** 0 to 1. */
  readonly confidence: number | null;
  readonly verdicts: readonly InlineVerdict[];
  /** 1 for an unsampled event; how many events this one stands for, from 1 on. Counted in thousandths. */
  readonly sample_weight: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly measures: Readonly<Record<string, number>>;
}

/** A judgement of an earlier inference. It counts at the inference's time, whenever it arrives. */
export interface EvalVerdict {
  readonly event_id: Uint8Array;
  /** When the judge decided, epoch microseconds. */
  readonly judged_at: number;
  /** When the judged inference completed, epoch microseconds. */
  readonly inference_at: number;
  readonly request_id: string | null;
  readonly evaluator: string;
  readonly evaluator_version: string;
  readonly kind: VerdictKind;
  readonly dimension: string;
  readonly passed: boolean;
  readonly score: number | null;
  readonly tenant: string;
  readonly environment: string;
  readonly service: string;
  readonly endpoint: string;
  readonly provider: string;
  readonly model_requested: string;
  readonly model_served: string;
  readonly deployment: string;
  readonly region: string;
  readonly prompt_name: string;
  readonly prompt_version: string;
  readonly variant: string | null;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a verdict takes over from the inference that it judges, where the two come together. */
export const JUDGED_FIELDS = [
  'tenant',
  'environment',
  'service',
  'endpoint',
  'provider',
  'model_requested',
  'model_served',
  'deployment',
  'region',
  'prompt_name',
  'prompt_version',
  'variant',
  'attributes',
] as const satisfies readonly (keyof InferenceEvent & keyof EvalVerdict)[];

/** What a publisher says of itself every 10 s: it tells a silent source from one without traffic, and shows loss. */
export interface SourceReport {
  /** Unique per running publisher. */
  readonly instance: string;
  readonly service: string;
  readonly environment: string;
  /** Epoch microseconds, half open: [interval_start, interval_end). */
  readonly interval_start: number;
  readonly interval_end: number;
  /** The source's last report: it stopped on purpose. */
  readonly is_final: boolean;
  /** Counts of events within the interval. */
  readonly emitted_count: number;
  readonly acknowledged_count: number;
  readonly retried_count: number;
  readonly dropped_by_reason: Readonly<Record<string, number>>;
}

/** The clock in the log: a message without events that moves a partition's log time, or tells of spec revisions. */
export interface Mark {
  /** Who wrote it: an idle partition's owner, a replay, or a rollout of specs. */
  readonly kind: 'idle' | 'tick' | 'end' | 'specs';
  /** Epoch microseconds by the writer's clock; in a replay, the data's time. */
  readonly marked_at: number;
  /** Spec revisions that are counted from this message on. */
  readonly begun_specs: readonly string[];
  /** Spec revisions that are not counted any more, from this message on. */
  readonly ended_specs: readonly string[];
}

export type StreamRecordKind = 'inference' | 'verdict' | 'report' | 'mark';
