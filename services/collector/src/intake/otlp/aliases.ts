/**
 * What attributes are called, by fact, the first that is there counting. Which dialect a span speaks shows from the attributes
 * that it has: a schema URL says another version than the attributes are of. Sources, as of November 2026: OpenTelemetry's
 * semantic conventions up to 1.36, 1.37 to 1.41 and semconv-genai 0.1.0, OpenInference, OpenLLMetry, OpenLIT, Vercel's AI SDK 5
 * to 7, Langfuse, pydantic-ai, Sentry, vLLM, SGLang, LiteLLM, OpenRouter.
 */

/** Names and ids. */
export const TEXTS = {
  provider: [
    'gen_ai.provider.name',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'ai.model.provider',
    'llm.vendor',
  ],
  modelRequested: [
    'gen_ai.request.model',
    'llm.request.model_name',
    'llm.request.model',
    'ai.model.id',
    'embedding.model_name',
  ],
  modelServed: [
    'gen_ai.response.model',
    'llm.response.model_name',
    'llm.response.model',
    'ai.response.model',
    'llm.model_name',
    'langfuse.observation.model.name',
  ],
  /** The provider that a gateway chose. */
  deployment: ['trace.metadata.openrouter.provider_slug', 'trace.metadata.openrouter.provider_name'],
  /** Which of OpenAI's routes was called. */
  apiType: ['openai.api.type'],
  /** What the AI SDK 5 and 6 call a provider, with its route behind a dot. */
  sdkProvider: ['ai.model.provider'],
  responseId: ['gen_ai.response.id', 'ai.response.id', 'llm.response.id'],
  fingerprint: [
    'openai.response.system_fingerprint',
    'gen_ai.openai.response.system_fingerprint',
    'gen_ai.response.system_fingerprint',
  ],
  serviceTier: ['openai.response.service_tier', 'gen_ai.openai.response.service_tier'],
  reasoningLevel: [
    'gen_ai.request.reasoning.level',
    'gen_ai.request.reasoning_effort',
    'llm.request.reasoning_effort',
  ],
  outputType: [
    'gen_ai.output.type',
    'gen_ai.openai.request.response_format',
    'gen_ai.request.response_format',
  ],
  promptName: ['gen_ai.prompt.name', 'langfuse.observation.prompt.name', 'traceloop.prompt.key'],
  promptVersion: [
    'gen_ai.prompt.version',
    'llm.prompt_template.version',
    'langfuse.observation.prompt.version',
    'traceloop.prompt.version',
  ],
  session: [
    'gen_ai.conversation.id',
    'session.id',
    'langfuse.session.id',
    'traceloop.association.properties.session_id',
    'ai.telemetry.metadata.sessionId',
  ],
  user: [
    'user.id',
    'enduser.id',
    'langfuse.user.id',
    'traceloop.association.properties.user_id',
    'ai.telemetry.metadata.userId',
  ],
  agent: ['gen_ai.agent.id', 'gen_ai.agent.name', 'agent.name', 'ai.telemetry.functionId'],
  serverHost: ['server.address', 'net.peer.name'],
  region: ['aws.region', 'cloud.region'],
  service: ['service.name'],
  /** Of records of logs, before these had names of their own. */
  eventName: ['event.name'],
  evaluation: ['gen_ai.evaluation.name'],
  evaluationVersion: ['gen_ai.evaluation.version'],
  /** Who guards: its own name, else that of the policy. */
  guardrail: [
    'gen_ai.guardrail.component.name',
    'gen_ai.guardrail.name',
    'gen_ai.security.guardrail.name',
    'gen_ai.guardian.name',
    'gen_ai.guardrail.policy.id',
  ],
  guardrailVersion: ['gen_ai.guardrail.policy.version', 'gen_ai.guardian.version'],
  /** Burnline's own: what is judged, where an evaluation's name does not say it. */
  dimension: ['burnline.dimension'],
  environment: ['deployment.environment.name', 'deployment.environment', 'langfuse.environment'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Parameters of the call as JSON, from OpenInference: of a call that failed the model stands nowhere else. */
export const PARAMETERS = 'llm.invocation_parameters';

/** Words of few values: whatever holds a blank or is long is somebody's text, and is not kept. */
export const WORDS = {
  finishReason: [
    'gen_ai.response.finish_reasons',
    'gen_ai.response.finish_reason',
    'llm.finish_reason',
    'llm.response.finish_reason',
    'ai.response.finishReason',
    'gen_ai.completion.0.finish_reason',
    // Anthropic's own clients.
    'anthropic.message.stop_reason',
    'langfuse.observation.metadata.finish_reason',
  ],
  errorType: ['error.type'],
  exceptionType: ['exception.type'],
  httpStatus: ['http.response.status_code', 'http.status_code'],
  /** Of Langfuse, whose SDK for JavaScript says of a failure nothing else. */
  level: ['langfuse.observation.level'],
  evaluationLabel: ['gen_ai.evaluation.score.label'],
  /** Of which the result is: `action`, `severity`, `tripwire_triggered`. */
  guardrailResult: ['gen_ai.guardrail.result.type'],
  guardrailAction: ['gen_ai.guardrail.action.type', 'gen_ai.security.action.type'],
  guardrailCategory: [
    'gen_ai.guardrail.risk.category',
    'gen_ai.guardrail.security.risk.category',
    'gen_ai.security.risk.category',
  ],
  guardrailSource: ['gen_ai.guardrail.source', 'gen_ai.guardrail.target.type', 'gen_ai.security.target.type'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Counts of tokens. */
export const COUNTS = {
  input: [
    'gen_ai.usage.input_tokens',
    'gen_ai.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'llm.usage.prompt_tokens',
    // Embeddings of the AI SDK have nothing else.
    'ai.usage.tokens',
  ],
  cached: [
    'gen_ai.usage.cache_read.input_tokens',
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cached_input_tokens',
    'gen_ai.usage.input_tokens.cached',
    'gen_ai.usage.prompt_tokens_details.cached_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_read',
    'llm.token_count.prompt_details.cache_read',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
  ],
  cacheWritten: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_write',
    'gen_ai.usage.input_tokens.cache_creation',
    'llm.token_count.prompt_details.cache_write',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
  ],
  output: [
    'gen_ai.usage.output_tokens',
    'gen_ai.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
    'llm.usage.completion_tokens',
  ],
  reasoning: [
    'gen_ai.usage.reasoning.output_tokens',
    'gen_ai.usage.reasoning_tokens',
    'gen_ai.usage.output_tokens.reasoning',
    'gen_ai.usage.completion_tokens_details.reasoning_tokens',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** USD. */
export const COSTS = [
  'gen_ai.usage.total_cost',
  'gen_ai.usage.cost',
  'gen_ai.cost.total_cost',
  'llm.cost.total',
] as const;

/** What Langfuse's own attributes tell as JSON. */
export const LANGFUSE = {
  usage: 'langfuse.observation.usage_details',
  cost: 'langfuse.observation.cost_details',
} as const;

/** What a server of models says of each request that it served, and nobody else: vLLM's name, and SGLang's after it. */
export const SERVED = 'gen_ai.latency.e2e';

/** In the evaluator's or guardrail's own scale. */
export const SCORES = {
  evaluation: ['gen_ai.evaluation.score.value'],
  risk: [
    'gen_ai.guardrail.risk.score',
    'gen_ai.guardrail.security.risk.score',
    'gen_ai.security.risk.score',
    'gen_ai.guardrail.score',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What a guardrail found: a word, a flag or a number, as its provider says it; the last is OpenLLMetry's. */
export const GUARDRAIL_VALUES = [
  'gen_ai.guardrail.result.value',
  'gen_ai.guardrail.verdict.type',
  'gen_ai.security.verdict.type',
  'gen_ai.security.decision.type',
  'gen_ai.guardrail.status',
] as const;

/** Attributes of a resource by which two processes of one service are told apart. */
export const PROCESS = [
  'service.name',
  'service.instance.id',
  'host.name',
  'k8s.pod.name',
  'process.pid',
] as const;

export const STREAM_FLAGS = [
  'gen_ai.request.stream',
  'gen_ai.is_streaming',
  'gen_ai.request.is_stream',
  'llm.is_streaming',
] as const;

/** The time of the first token, as spans state it; `instant`: when it came, ISO 8601. */
export const FIRST_TOKEN = [
  ['gen_ai.response.time_to_first_chunk', 's'],
  ['gen_ai.response.time_to_first_token', 's'],
  ['gen_ai.server.time_to_first_token', 's'],
  ['gen_ai.client.operation.time_to_first_chunk', 's'],
  ['gen_ai.client.inference.time_to_first_chunk', 's'],
  ['gen_ai.latency.time_to_first_token', 's'],
  ['ai.response.msToFirstChunk', 'ms'],
  ['ai.stream.msToFirstChunk', 'ms'],
  ['langfuse.observation.completion_start_time', 'instant'],
] as const satisfies readonly (readonly [string, 's' | 'ms' | 'instant'])[];

/** Events of a span that come with a token: OpenInference's, and one for each chunk of OpenLLMetry. */
export const FIRST_TOKEN_EVENTS: ReadonlySet<string> = new Set([
  'First Token Stream Event',
  'gen_ai.content.completion.chunk',
  'llm.content.completion.chunk',
]);

/** Events that tell of a failure. */
export const EXCEPTION_EVENTS: ReadonlySet<string> = new Set([
  'exception',
  'gen_ai.client.inference.exception',
  'gen_ai.client.operation.exception',
]);

/** The event by which an evaluator tells its result, in logs and on spans. */
export const EVALUATION_EVENT = 'gen_ai.evaluation.result';
/** That of a guardrail, which is no rule yet (semconv-genai, proposed). */
export const GUARDRAIL_EVENT = 'gen_ai.guardrail.result';
