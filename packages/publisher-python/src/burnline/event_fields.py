"""Fields of events and verdicts, for editors and type checkers. None, or leaving a field out: not known, never zero.

Made from packages/core/src/events/inference-fields.ts and verdict-fields.ts by test/golden/python-fields.test.ts.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Optional, TypedDict, Union

CostSource = Literal["reported", "computed", "unknown"]
FallbackKind = Literal["none", "retry", "deployment", "provider", "model", "cached_answer", "canned_answer"]
Refuser = Literal["none", "provider", "gateway", "budget", "guardrail"]
Status = Literal["ok", "error", "timeout", "rate_limited", "content_filtered", "malformed", "cancelled"]
Trust = Literal["leaf", "aggregate"]
VerdictKind = Literal["online_judge", "offline_suite", "synthetic_probe", "user_feedback", "guardrail"]


class _InlineVerdictOptional(TypedDict, total=False):
    """What an evaluation may leave out."""

    evaluator_version: str
    """Version of the evaluator; empty when it has none."""
    kind: VerdictKind
    """How the verdict came about."""
    score: Optional[float]
    """Score in the evaluator's own scale; gen_ai.evaluation.score.value. None: none was given."""


class InlineVerdict(_InlineVerdictOptional):
    """An evaluation that the service made itself and sent with the inference."""

    evaluator: str
    """Name of the evaluator; gen_ai.evaluation.name."""
    dimension: str
    """What was judged: quality, safety and the like."""
    passed: bool
    """Whether the evaluator accepted the answer. A verdict without it reads as not passed."""


class EventContext(TypedDict, total=False):
    """What may be known of an inference before its end is."""

    event_id: Union[str, uuid.UUID]
    """UUID, from the publisher. The same id means the same event, however often it arrives. Made up where it is
    left out."""
    occurred_at: Union[int, str, datetime]
    """Completion time, epoch microseconds, ISO 8601 or a datetime with a zone, by the publisher's clock. Made up
    where it is left out."""
    request_id: str
    """Logical request that this is an attempt of; from the gateway or service."""
    trace_id: str
    """W3C trace id, 32 lower-case hex digits; empty when not traced."""
    span_id: str
    """W3C span id, 16 lower-case hex digits; empty when not traced."""
    attempt: int
    """Index of the attempt within its request, 0-based; from whoever retries."""
    is_final: bool
    """Whether the caller got this attempt's outcome; from whoever retries."""
    fallback_depth: int
    """Fallbacks taken before this attempt, a count; 0 is the primary."""
    fallback_kind: FallbackKind
    """What the attempt fell back to; from whoever falls back."""
    tenant: str
    """Tenant on whose behalf the request ran; from the intake key or the publisher."""
    environment: str
    """Deployment environment; deployment.environment.name."""
    service: str
    """Emitting service; service.name."""
    endpoint: str
    """Route or use case within the service; from the publisher."""
    operation: str
    """Kind of operation: chat, embeddings and the like; gen_ai.operation.name."""
    feature: Optional[str]
    """Product feature that asked; from the publisher. None: not stated."""
    provider: str
    """Provider that served the attempt; gen_ai.provider.name."""
    model_requested: str
    """Model asked for; gen_ai.request.model."""
    model_served: str
    """Model that answered; gen_ai.response.model."""
    system_fingerprint: Optional[str]
    """Configuration that the model ran with, as the provider names it: it changes when a model is changed
    silently. None: not told."""
    service_tier: Optional[str]
    """Tier of service that the provider served at: default, flex, priority, batch and the like. None: not told."""
    reasoning_level: Optional[str]
    """Effort of reasoning that was asked for: low, high and the like; gen_ai.request.reasoning.level. None: not
    stated."""
    deployment: str
    """Deployment or replica of the model at the provider; from the gateway."""
    region: str
    """Region that served the attempt; from the gateway or the publisher."""
    prompt_name: str
    """Name of the prompt template; gen_ai.prompt.name."""
    prompt_version: str
    """Version of the prompt template; gen_ai.prompt.version."""
    variant: Optional[str]
    """Canary, experiment or flag arm. None: none."""
    session_id: str
    """Conversation; gen_ai.conversation.id."""
    task_id: str
    """Task that the inference is part of; from the agent framework."""
    agent_id: Optional[str]
    """Agent that asked; gen_ai.agent.id. None: no agent."""
    step: Optional[int]
    """Index of the agent's step, 0-based. None: no steps."""
    user_hash: Optional[str]
    """Keyed hash of the end user, never the user's name. None: not stated."""
    streaming: bool
    """Whether the answer was streamed; gen_ai.request.stream."""
    error_type: str
    """Low-cardinality error class; error.type. Empty: no error."""
    http_status: int
    """HTTP status of the answer; 0 when none was seen."""
    refused_by: Refuser
    """Who refused a call that did not end well: the provider, a gateway's own limit, a budget or a guardrail.
    none: it was not refused, or nobody said by whom."""
    ttft_ms: Optional[float]
    """Time to the first token of this attempt, milliseconds. None: not streamed, or no token came."""
    queue_ms: Optional[float]
    """Time that the request waited in the server's queue, milliseconds; from a server that tells it. None: not
    told."""
    prefill_ms: Optional[float]
    """Time that the server took to read the prompt, milliseconds; from a server that tells it. None: not told."""
    decode_ms: Optional[float]
    """Time that the server took to write the answer, milliseconds; from a server that tells it. None: not told."""
    request_ttft_ms: Optional[float]
    """Time to the first token as the caller saw it, earlier attempts and backoff included, milliseconds. None:
    not known."""
    request_elapsed_ms: Optional[float]
    """What the caller waited, earlier attempts and backoff included, milliseconds; on the final attempt. None:
    not known."""
    input_tokens: Optional[int]
    """Input tokens, cached ones included, a count; gen_ai.usage.input_tokens. None: nobody reported them."""
    cached_input_tokens: Optional[int]
    """Input tokens read from the provider's cache, a subset of input_tokens, a count. None: nobody reported
    them."""
    cache_write_input_tokens: Optional[int]
    """Input tokens written to the provider's cache, a subset of input_tokens, a count;
    gen_ai.usage.cache_write.input_tokens. None: nobody reported them."""
    output_tokens: Optional[int]
    """Output tokens, reasoning included, a count; gen_ai.usage.output_tokens. None: nobody reported them."""
    reasoning_tokens: Optional[int]
    """Reasoning tokens, a subset of output_tokens, a count. None: nobody reported them."""
    response_cache_hit: bool
    """Whether the answer came from a response cache and no model ran."""
    cost_nano_usd: Optional[int]
    """Cost of this attempt, nano-USD (1e-9 USD), frozen at the event's time. None: unknown, never zero."""
    cost_source: CostSource
    """Where the cost comes from: the provider, the price table, or nowhere."""
    price_version: Optional[str]
    """Version of the price table used. None: not computed."""
    finish_reason: Optional[str]
    """Why generation ended; first of gen_ai.response.finish_reasons. None: not stated."""
    tool_calls: Optional[int]
    """Tool calls in the answer, a count. None: not known."""
    tool_errors: Optional[int]
    """Tool calls that failed, a count. None: not known."""
    schema_valid: Optional[bool]
    """Whether a structured answer met its schema. None: not checked."""
    confidence: Optional[float]
    """Confidence of the answer, 0 to 1; from the service. None: not stated."""
    verdicts: Sequence[InlineVerdict]
    """Evaluations that the service made itself."""
    sample_weight: float
    """How many events this one stands for, 1 or more; 1 for an unsampled event. Counted in thousandths."""
    trust: Trust
    """What the event was made from: a leaf call, or an aggregate that may hold several."""
    instrumentation_name: str
    """Library that saw the call: the instrumentation scope's name. Empty: not stated."""
    instrumentation_version: str
    """Version of that library. Empty: not stated."""
    attributes: Mapping[str, str]
    """Further dimensions, free text by name; from the publisher."""
    measures: Mapping[str, float]
    """Numeric signals by name, the unit in the name; from the publisher."""
    cost_usd: Optional[Union[float, str]]
    """Cost of this attempt in USD, in place of ``cost_nano_usd``. None: unknown, never zero."""


class InferenceEvent(EventContext):
    """One attempt at one inference. A model is needed too, requested or served."""

    status: Status
    """Outcome of the attempt. No default: an event that does not say how it ended is refused."""
    duration_ms: Optional[float]
    """Duration of this attempt, milliseconds, by a monotonic clock. None: not known, of an attempt that did not
    end well; one that is ok has it."""


class _EvalVerdictOptional(TypedDict, total=False):
    """What a judgement may leave out."""

    event_id: Union[str, uuid.UUID]
    """UUID, from the evaluator. The same id means the same verdict, however often it arrives. Made up where it
    is left out."""
    judged_at: Union[int, str, datetime]
    """When the judge decided, epoch microseconds, ISO 8601 or a datetime with a zone, by the evaluator's clock.
    Made up where it is left out."""
    request_id: Optional[str]
    """Request that was judged. None: not known."""
    evaluator_version: str
    """Version of the evaluator; empty when it has none."""
    kind: VerdictKind
    """How the verdict came about."""
    score: Optional[float]
    """Score in the evaluator's own scale; gen_ai.evaluation.score.value. None: none was given."""
    tenant: str
    """tenant of the judged inference."""
    environment: str
    """environment of the judged inference."""
    service: str
    """service of the judged inference."""
    endpoint: str
    """endpoint of the judged inference."""
    provider: str
    """provider of the judged inference."""
    model_requested: str
    """model_requested of the judged inference."""
    model_served: str
    """model_served of the judged inference."""
    deployment: str
    """deployment of the judged inference."""
    region: str
    """region of the judged inference."""
    prompt_name: str
    """prompt_name of the judged inference."""
    prompt_version: str
    """prompt_version of the judged inference."""
    variant: Optional[str]
    """variant of the judged inference. None: none."""
    attributes: Mapping[str, str]
    """Further dimensions, free text by name; from the evaluator."""


class EvalVerdict(_EvalVerdictOptional):
    """A judgement of an earlier inference. It counts at the inference's time, whenever it arrives."""

    inference_at: Union[int, str, datetime]
    """When the judged inference completed, epoch microseconds, ISO 8601 or a datetime with a zone: its
    occurred_at. No default: a verdict that counts at no time is refused."""
    evaluator: str
    """Name of the evaluator; gen_ai.evaluation.name."""
    dimension: str
    """What was judged: quality, safety and the like."""
    passed: bool
    """Whether the evaluator accepted the answer. A verdict without it reads as not passed."""


INFERENCE_FIELD_NAMES = frozenset(
    (
        "event_id",
        "occurred_at",
        "request_id",
        "trace_id",
        "span_id",
        "attempt",
        "is_final",
        "fallback_depth",
        "fallback_kind",
        "tenant",
        "environment",
        "service",
        "endpoint",
        "operation",
        "feature",
        "provider",
        "model_requested",
        "model_served",
        "system_fingerprint",
        "service_tier",
        "reasoning_level",
        "deployment",
        "region",
        "prompt_name",
        "prompt_version",
        "variant",
        "session_id",
        "task_id",
        "agent_id",
        "step",
        "user_hash",
        "streaming",
        "status",
        "error_type",
        "http_status",
        "refused_by",
        "ttft_ms",
        "duration_ms",
        "queue_ms",
        "prefill_ms",
        "decode_ms",
        "request_ttft_ms",
        "request_elapsed_ms",
        "input_tokens",
        "cached_input_tokens",
        "cache_write_input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "response_cache_hit",
        "cost_nano_usd",
        "cost_source",
        "price_version",
        "finish_reason",
        "tool_calls",
        "tool_errors",
        "schema_valid",
        "confidence",
        "verdicts",
        "sample_weight",
        "trust",
        "instrumentation_name",
        "instrumentation_version",
        "attributes",
        "measures",
        "cost_usd",
    )
)
VERDICT_FIELD_NAMES = frozenset(
    (
        "event_id",
        "judged_at",
        "inference_at",
        "request_id",
        "evaluator",
        "evaluator_version",
        "kind",
        "dimension",
        "passed",
        "score",
        "tenant",
        "environment",
        "service",
        "endpoint",
        "provider",
        "model_requested",
        "model_served",
        "deployment",
        "region",
        "prompt_name",
        "prompt_version",
        "variant",
        "attributes",
    )
)
