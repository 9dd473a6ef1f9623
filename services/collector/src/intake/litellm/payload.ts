import type { Picked, Shape } from '../../records/pick-members.ts';

/** What LiteLLM says of tokens, in the words of OpenAI and of Anthropic. */
const USAGE = {
  prompt_tokens_details: { cached_tokens: 'scalar', cache_creation_tokens: 'scalar' },
  completion_tokens_details: { reasoning_tokens: 'scalar' },
  cache_read_input_tokens: 'scalar',
  cache_creation_input_tokens: 'scalar',
} as const satisfies Shape;

/**
 * What is read of a StandardLoggingPayload (litellm/types/utils.py, up to 1.110). Prompts, answers, tool calls, errors' texts,
 * addresses and keys are not in it: what is not named here is never made into a text.
 */
export const PAYLOAD = {
  id: 'scalar',
  litellm_call_id: 'scalar',
  trace_id: 'scalar',
  session_id: 'scalar',
  call_type: 'scalar',
  stream: 'scalar',
  status: 'scalar',
  /** Epoch seconds. */
  startTime: 'scalar',
  endTime: 'scalar',
  /** When the first token of a stream came; of others, and where LiteLLM missed it, the end. */
  completionStartTime: 'scalar',
  /** As the provider was asked. */
  model: 'scalar',
  /** As the caller named it. */
  model_group: 'scalar',
  /** The deployment. */
  model_id: 'scalar',
  custom_llm_provider: 'scalar',
  prompt_tokens: 'scalar',
  completion_tokens: 'scalar',
  /** USD. */
  response_cost: 'scalar',
  cost_finalized: 'scalar',
  response_cost_failure_debug_info: 'presence',
  zero_cost_diagnostic: 'presence',
  cache_hit: 'scalar',
  end_user: 'scalar',
  status_fields: { guardrail_status: 'scalar' },
  /** What guardrails said; what they read and answered is not in it. */
  guardrail_information: [
    {
      guardrail_name: 'scalar',
      guardrail_status: 'scalar',
      risk_score: 'scalar',
      confidence_score: 'scalar',
    },
  ],
  error_information: {
    error_code: 'scalar',
    error_class: 'scalar',
    /** Empty where no provider was called. */
    llm_provider: 'scalar',
    /** A status and a name, as 429_BUDGET_EXCEEDED. */
    normalized_error: 'scalar',
    error_rate_limit_category: 'scalar',
    error_rate_limit_type: 'scalar',
    error_budget_entity_type: 'scalar',
  },
  model_parameters: { reasoning_effort: 'scalar' },
  metadata: {
    user_api_key_team_alias: 'scalar',
    user_api_key_alias: 'scalar',
    user_api_key_end_user_id: 'scalar',
    user_api_key_request_route: 'scalar',
    prompt_management_metadata: { prompt_id: 'scalar' },
    requester_metadata: { service: 'scalar', environment: 'scalar' },
    usage_object: USAGE,
  },
  hidden_params: { usage_object: USAGE },
} as const satisfies Shape;

export type Payload = Picked<typeof PAYLOAD>;
export type Usage = Picked<typeof USAGE>;
export type ErrorInformation = NonNullable<Payload['error_information']>;
