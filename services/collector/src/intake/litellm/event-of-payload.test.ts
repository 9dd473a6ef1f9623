import { parseInferenceEvent } from '@burnline/contracts';
import type { InferenceEvent } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { pickMembers } from '../../records/pick-members.ts';
import { eventOfPayload } from './event-of-payload.ts';
import { PAYLOAD } from './payload.ts';

const SUCCESS = {
  id: 'chatcmpl-1',
  litellm_call_id: 'call-1',
  status: 'success',
  startTime: 1_736_365_966.974,
  endTime: 1_736_365_969.19,
  completionStartTime: 1_736_365_967.353,
  stream: true,
  model: 'gpt-4o',
  prompt_tokens: 20,
  completion_tokens: 10,
  response_cost: 0.5,
};
const FAILURE = { ...SUCCESS, status: 'failure', prompt_tokens: 0, completion_tokens: 0, response_cost: 0 };

/** The event that the intake makes of a payload's JSON. */
function eventOf(payload: object): InferenceEvent {
  const picked = pickMembers(Buffer.from(JSON.stringify(payload)), PAYLOAD);
  const never = (): never => {
    throw new Error('an id and a time are there');
  };
  const source = { service: 'gateway', environment: null };
  return parseInferenceEvent(eventOfPayload(picked!, source), { newEventId: never, now: never });
}
const failed = (error_information: object, over: object = {}): InferenceEvent =>
  eventOf({ ...FAILURE, error_information, ...over });

describe('a payload', () => {
  it('says numbers and flags as texts too', () => {
    const texts = Object.fromEntries(
      Object.entries({ ...SUCCESS, cache_hit: true, cost_finalized: true }).map(([name, value]) => [
        name,
        typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value),
      ]),
    );
    const event = eventOf(texts);
    expect(event).toMatchObject({
      ...{ input_tokens: 20, output_tokens: 10, cost_nano_usd: 500_000_000, cost_source: 'reported' },
      ...{ response_cache_hit: true, streaming: true, occurred_at: 1_736_365_969_190_000 },
    });
    expect(event.ttft_ms).toBeCloseTo(379, 6);
    expect(eventOf({ ...SUCCESS, cost_finalized: 'False', cache_hit: 'None' })).toMatchObject({
      cost_nano_usd: null,
      response_cache_hit: false,
    });
  });

  it.each(['', 'None', 'ten', '0x10', 'NaN'])('says no number by %o', (prompt_tokens) => {
    expect(eventOf({ ...SUCCESS, prompt_tokens })).toMatchObject({ input_tokens: null });
  });

  it('of a failure that names no model is one of an unknown model', () => {
    const error_information = { error_code: '401', error_class: 'AuthenticationError' };
    expect(eventOf({ ...FAILURE, model: '', model_group: null, error_information })).toMatchObject({
      ...{ model_requested: 'unknown', model_served: '', status: 'error', http_status: 401 },
    });
  });
});

describe('how a failure ended', () => {
  it.each([
    [{ error_code: '500', error_class: 'InternalServerError' }, 'error', 'none', 500],
    [{ error_code: '429', error_class: 'RateLimitError' }, 'rate_limited', 'none', 429],
    [
      {
        error_code: '429',
        error_class: 'RateLimitError',
        error_rate_limit_category: 'vendor_rate_limit',
        llm_provider: 'openai',
      },
      'rate_limited',
      'provider',
      429,
    ],
    [
      {
        error_code: '429',
        error_class: 'RateLimitError',
        error_rate_limit_category: 'vendor_rate_limit',
        llm_provider: '',
      },
      'rate_limited',
      'gateway',
      429,
    ],
    [
      {
        error_code: '429',
        error_class: 'ProxyRateLimitError',
        error_rate_limit_category: 'vendor_batch_rate_limit',
        llm_provider: 'azure',
      },
      'rate_limited',
      'provider',
      429,
    ],
    [
      { error_code: '429', error_class: 'HTTPException', error_rate_limit_category: 'litellm_rate_limit' },
      'rate_limited',
      'gateway',
      429,
    ],
    [
      {
        error_code: '',
        error_class: 'ProxyException',
        error_rate_limit_category: 'litellm_batch_rate_limit',
      },
      'rate_limited',
      'gateway',
      0,
    ],
    [{ error_code: '400', error_class: 'BudgetExceededError' }, 'rate_limited', 'budget', 400],
    [
      { error_code: '400', error_class: 'ProxyException', error_budget_entity_type: 'team' },
      'rate_limited',
      'budget',
      400,
    ],
    [
      { error_code: '', error_class: 'ValueError', normalized_error: '429_BUDGET_EXCEEDED' },
      'rate_limited',
      'budget',
      429,
    ],
    [
      { error_code: '429', error_class: 'HTTPException', error_rate_limit_type: 'budget' },
      'rate_limited',
      'budget',
      429,
    ],
    [
      {
        error_code: 'server_error',
        error_class: 'InternalServerError',
        normalized_error: '500_PROVIDER_ERROR',
      },
      'error',
      'none',
      500,
    ],
    [{ error_code: 'server_error', error_class: '', normalized_error: '999_X' }, 'error', 'none', 0],
    [
      {
        error_code: 'content_filter',
        error_class: 'BadRequestError',
        normalized_error: '400_INVALID_REQUEST',
      },
      'content_filtered',
      'provider',
      400,
    ],
    [{ error_code: '400', error_class: 'GuardrailRaisedException' }, 'content_filtered', 'guardrail', 400],
    [{ error_code: '400', error_class: 'ContentPolicyViolationError' }, 'content_filtered', 'provider', 400],
    [{ error_code: '408', error_class: 'Timeout' }, 'timeout', 'none', 408],
    [{ error_code: '504', error_class: 'GatewayTimeout' }, 'timeout', 'none', 504],
    [{ error_code: '499', error_class: 'HTTPException' }, 'cancelled', 'none', 499],
    [{ error_code: '', error_class: 'APIResponseValidationError' }, 'malformed', 'none', 0],
    [{ error_code: 'constructor', error_class: 'constructor' }, 'error', 'none', 0],
    [{ error_code: '99999', error_class: '' }, 'error', 'none', 0],
    [{}, 'error', 'none', 0],
  ] as const)('%j', (error, status, refused_by, http_status) => {
    expect(failed(error)).toMatchObject({
      status,
      refused_by,
      http_status,
      error_type: 'error_class' in error ? error.error_class : '',
    });
  });

  it('goes by the guardrail where one stepped in, and is an error where one failed', () => {
    const error = { error_code: '400', error_class: 'HTTPException' };
    const guarded = (guardrail_status: string): InferenceEvent =>
      failed(error, { status_fields: { guardrail_status } });
    expect(guarded('guardrail_intervened')).toMatchObject({
      status: 'content_filtered',
      refused_by: 'guardrail',
    });
    const server = { error_code: '500', error_class: 'InternalServerError', llm_provider: 'openai' };
    expect(failed(server, { status_fields: { guardrail_status: 'guardrail_intervened' } })).toMatchObject({
      status: 'error',
      refused_by: 'none',
    });
    expect(guarded('guardrail_failed_to_respond')).toMatchObject({ status: 'error', refused_by: 'none' });
  });
});

describe('guardrails', () => {
  const said = (guardrail_information: unknown, over: object = {}): InferenceEvent =>
    eventOf({ ...SUCCESS, guardrail_information, ...over });
  const one = { guardrail_name: 'pii', guardrail_status: 'success', guardrail_response: { text: 'a card' } };

  it('are verdicts with their own scores, but for those that did not answer', () => {
    const { verdicts } = said([
      one,
      {
        guardrail_name: 'injection',
        guardrail_status: 'guardrail_flagged',
        risk_score: 7,
        confidence_score: 0.5,
      },
      { guardrail_name: 'toxicity', guardrail_status: 'guardrail_intervened', confidence_score: 0.9 },
      { guardrail_name: 'slow', guardrail_status: 'guardrail_failed_to_respond' },
      { guardrail_name: 'off', guardrail_status: 'not_run' },
      { guardrail_status: 'success' },
      null,
    ]);
    const of = { kind: 'guardrail', dimension: 'safety', evaluator_version: '' };
    expect(verdicts).toEqual([
      { ...of, evaluator: 'pii', passed: true, score: null },
      { ...of, evaluator: 'injection', passed: false, score: 7 },
      { ...of, evaluator: 'toxicity', passed: false, score: 0.9 },
    ]);
  });

  it('are taken one by one, in lists and alone, and any number of them', () => {
    expect(said(one).verdicts).toHaveLength(1);
    expect(said(null).verdicts).toEqual([]);
    expect(said(Array(1_000).fill(one)).verdicts).toHaveLength(32);
  });

  it('of a request count once, with its last attempt', () => {
    const picked = pickMembers(
      Buffer.from(JSON.stringify({ ...SUCCESS, guardrail_information: [one] })),
      PAYLOAD,
    )!;
    const place = {
      attempt: 0,
      fallback_depth: 0,
      fallback_kind: 'none',
      request_elapsed_ms: null,
      request_ttft_ms: null,
    } as const;
    const source = { service: 'gateway', environment: null };
    const verdictsOf = (is_final: boolean): unknown =>
      eventOfPayload(picked, source, { ...place, is_final })['verdicts'];
    expect(verdictsOf(false)).toEqual([]);
    expect(verdictsOf(true)).toHaveLength(1);
  });
});

it("is told by words alone: what else stands in their place is somebody's text", () => {
  const text = 'no: my card is 4111';
  const event = failed({ error_class: text }, { call_type: text, status_fields: { guardrail_status: text } });
  expect(event).toMatchObject({
    error_type: '_OTHER',
    operation: '_OTHER',
    attributes: { guardrail_status: '_OTHER' },
  });
});

describe('what LiteLLM does not know stays unknown', () => {
  it('of a failure: tokens and cost that are zero because nothing was counted', () => {
    expect(failed({})).toMatchObject({
      input_tokens: null,
      output_tokens: null,
      cost_nano_usd: null,
      cost_source: 'unknown',
    });
  });

  const counted = { prompt_tokens: 7, response_cost: 0.25 };
  it('of a stream that came to no end: tokens and cost that LiteLLM made of what it saw', () => {
    const unknown = { input_tokens: null, output_tokens: null, cost_nano_usd: null };
    expect(failed({ error_class: 'ReadError' }, counted)).toMatchObject({ status: 'error', ...unknown });
    const error_information = { error_class: 'ClientDisconnected', error_code: '499' };
    expect(eventOf({ ...SUCCESS, ...counted, error_information })).toMatchObject({
      ...{ status: 'cancelled', http_status: 499, error_type: 'ClientDisconnected' },
      ...unknown,
    });
  });

  it('but an answer that a guardrail withheld was there', () => {
    expect(failed({ error_class: 'GuardrailRaisedException' }, counted)).toMatchObject({
      ...{ status: 'content_filtered', input_tokens: 7, cost_nano_usd: 250_000_000 },
    });
  });

  it.each([
    [{ response_cost: null }, null],
    [{ response_cost: 0, response_cost_failure_debug_info: { error_str: 'no price' } }, null],
    [{ response_cost: 0, zero_cost_diagnostic: 'unmapped' }, null],
    [{ response_cost: 0.5, cost_finalized: false }, null],
    [{ response_cost: 0, zero_cost_diagnostic: null }, 0],
    [{ response_cost: 1e-7, cost_finalized: true }, 100],
    [{ response_cost: 0, cache_hit: true }, 0],
  ])('the cost of %j', (over, cost_nano_usd) => {
    expect(eventOf({ ...SUCCESS, ...over })).toMatchObject({
      cost_nano_usd,
      cost_source: cost_nano_usd === null ? 'unknown' : 'reported',
    });
  });

  it.each([
    ['of a call that was not streamed', { stream: false }, null],
    ['where LiteLLM missed it', { completionStartTime: SUCCESS.endTime }, null],
    ['before the call', { completionStartTime: SUCCESS.startTime - 1 }, null],
    ['after the call', { completionStartTime: SUCCESS.endTime + 1 }, null],
    ['of a stream', {}, 379],
  ])('the time of the first token %s', (_, over, ttft_ms) => {
    expect(eventOf({ ...SUCCESS, ...over }).ttft_ms).toBe(ttft_ms);
  });

  it('cached tokens that cannot be a part of the prompt', () => {
    const cached = (cache_read_input_tokens: number, cache_creation_input_tokens: number): InferenceEvent =>
      eventOf({
        ...SUCCESS,
        hidden_params: { usage_object: { cache_read_input_tokens, cache_creation_input_tokens } },
      });
    expect(cached(8, 12)).toMatchObject({
      input_tokens: 20,
      cached_input_tokens: 8,
      cache_write_input_tokens: 12,
    });
    expect(cached(8, 13)).toMatchObject({
      input_tokens: 20,
      cached_input_tokens: null,
      cache_write_input_tokens: null,
    });
  });

  it('a trace, where its id is a session’s or none of W3C', () => {
    const trace = 'a'.repeat(32);
    expect(eventOf({ ...SUCCESS, trace_id: trace }).trace_id).toBe(trace);
    expect(eventOf({ ...SUCCESS, trace_id: trace, session_id: trace })).toMatchObject({
      trace_id: '',
      session_id: trace,
    });
    expect(eventOf({ ...SUCCESS, trace_id: 'my-session' }).trace_id).toBe('');
  });
});

it.each([
  ['openai/gpt-4o', 'openai', 'gpt-4o'],
  ['gpt-4o', 'openai', 'gpt-4o'],
  ['openai/', 'openai', 'openai/'],
  ['/models/llama', null, '/models/llama'],
  ['bedrock/anthropic/claude', 'bedrock', 'anthropic/claude'],
])('the model %s of provider %s is %s', (model, custom_llm_provider, model_served) => {
  expect(eventOf({ ...SUCCESS, model, custom_llm_provider }).model_served).toBe(model_served);
});

it.each([
  ['acompletion', 'chat'],
  ['completion', 'chat'],
  ['anthropic_messages', 'chat'],
  ['aembedding', 'embeddings'],
  ['atext_completion', 'text_completion'],
  ['aresponses', 'chat'],
  ['add_message', 'add_message'],
  ['aimage_edit', 'aimage_edit'],
  ['toString', 'toString'],
])('the operation of %s is %s', (call_type, operation) => {
  expect(eventOf({ ...SUCCESS, call_type }).operation).toBe(operation);
});

it.each([
  ['id', { id: null, litellm_call_id: '' }],
  ['status', { status: 'strange' }],
  ['endTime', { endTime: 'just now' }],
])('a payload without %s is refused by that name', (path, over) => {
  expect(() => eventOf({ ...SUCCESS, ...over })).toThrow(
    expect.objectContaining({ details: { issues: [expect.objectContaining({ path })] } }),
  );
});
