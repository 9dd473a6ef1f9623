import type { InferenceEvent } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { CallTraces } from './call-traces.ts';
import { eventsOf, id, listOf, START_MS, type Given } from './testing/events-of-spans.ts';

const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'm',
};
const ENDED = {
  'gen_ai.response.finish_reasons': 'stop',
  'gen_ai.usage.input_tokens': 150,
  'gen_ai.usage.output_tokens': 15,
};

const eventOf = (attributes: Given['attributes'], over: Partial<Given> = {}): InferenceEvent =>
  eventsOf([{ id: 1, attributes, ...over }])[0]!;

describe('tokens count once', () => {
  const agent = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 300,
    'gen_ai.usage.output_tokens': 30,
  };
  const sum = (events: readonly InferenceEvent[]): readonly number[] => [
    events.reduce((all, { input_tokens: tokens }) => all + (tokens ?? 0), 0),
    events.reduce((all, { output_tokens: tokens }) => all + (tokens ?? 0), 0),
  ];

  it('of an agent of 300 and 30 over calls that sum to the same', () => {
    const events = eventsOf([
      { id: 1, attributes: { ...agent, 'gen_ai.agent.name': 'support', 'gen_ai.conversation.id': 's1' } },
      { id: 2, parent: 1, name: 'step 1', attributes: { 'gen_ai.operation.name': 'agent_step' } },
      { id: 3, parent: 2, attributes: { ...CHAT, ...ENDED } },
      { id: 4, parent: 1, name: 'step 2', attributes: { 'gen_ai.operation.name': 'agent_step' } },
      { id: 5, parent: 4, attributes: { ...CHAT, ...ENDED } },
    ]);
    expect(sum(events)).toEqual([300, 30]);
    expect(
      events.map(({ trust, step, agent_id, session_id, task_id }) => [
        trust,
        step,
        agent_id,
        session_id,
        task_id,
      ]),
    ).toEqual([
      ['leaf', 0, 'support', 's1', 'ab'.repeat(16)],
      ['leaf', 1, 'support', 's1', 'ab'.repeat(16)],
    ]);
  });

  it('of an agent without a call: one event of lower trust, of the outermost that tells', () => {
    const events = eventsOf([
      { id: 1, attributes: agent },
      { id: 2, parent: 1, attributes: { ...agent, 'gen_ai.usage.input_tokens': 150 } },
      { id: 3, attributes: { 'openinference.span.kind': 'CHAIN' } },
    ]);
    expect(events.map(({ trust, input_tokens, operation }) => [trust, input_tokens, operation])).toEqual([
      ['aggregate', 300, 'invoke_agent'],
    ]);
  });

  it('of a call that two libraries saw; a call beneath a tool is its own', () => {
    const call = { ...CHAT, ...ENDED };
    expect(
      sum(
        eventsOf([
          {
            id: 1,
            attributes: {
              'openinference.span.kind': 'LLM',
              'llm.model_name': 'm',
              'llm.token_count.prompt': 150,
              'llm.token_count.completion': 15,
            },
          },
          { id: 2, parent: 1, attributes: { 'http.route': '/x' } },
          { id: 3, parent: 2, attributes: call },
        ]),
      ),
    ).toEqual([150, 15]);
    const tool = { 'gen_ai.operation.name': 'execute_tool' };
    expect(
      sum(
        eventsOf([
          { id: 1, attributes: call },
          { id: 2, parent: 1, attributes: tool },
          { id: 3, parent: 2, attributes: call },
        ]),
      ),
    ).toEqual([300, 30]);
  });

  it('of a failure that two libraries saw; that of another process is its own', () => {
    const failed = { status: 2, attributes: { ...CHAT, 'error.type': 'TimeoutError' } };
    const countOf = (pid: number): number =>
      eventsOf([
        { id: 1, library: 'sdk', trace: 'aa'.repeat(16), ...failed },
        { id: 2, library: 'instrumentation', trace: 'bb'.repeat(16), pid, ...failed },
      ]).length;
    expect([countOf(1), countOf(2)]).toEqual([1, 2]);
  });

  it('of spans that are their own or each other’s parents', () => {
    expect(eventsOf([{ id: 1, parent: 1, attributes: { ...CHAT, ...ENDED } }])).toHaveLength(1);
    expect(
      eventsOf([
        { id: 1, parent: 2, attributes: { ...CHAT, ...ENDED } },
        { id: 2, parent: 1, attributes: agent },
      ]),
    ).toHaveLength(1);
  });

  it('in parts that are parts, or unknown', () => {
    const cached = (count: number): InferenceEvent =>
      eventOf({
        ...CHAT,
        ...ENDED,
        'gen_ai.usage.cache_read.input_tokens': count,
        'gen_ai.usage.reasoning_tokens': 16,
      });
    expect(cached(150)).toMatchObject({
      input_tokens: 150,
      cached_input_tokens: 150,
      reasoning_tokens: null,
    });
    expect(cached(151)).toMatchObject({ input_tokens: 150, cached_input_tokens: null });
  });
});

it.each([
  ['gen_ai.response.time_to_first_chunk', 0.5],
  ['gen_ai.response.time_to_first_token', 0.5],
  ['gen_ai.server.time_to_first_token', 0.5],
  ['gen_ai.client.operation.time_to_first_chunk', 0.5],
  ['gen_ai.client.inference.time_to_first_chunk', 0.5],
  ['gen_ai.latency.time_to_first_token', 0.5],
  ['ai.response.msToFirstChunk', 500],
  ['ai.stream.msToFirstChunk', 500],
  ['langfuse.observation.completion_start_time', `"${new Date(START_MS + 500).toISOString()}"`],
])('%s is half a second', (key, value) => {
  expect(eventOf({ ...CHAT, ...ENDED, [key]: value })).toMatchObject({
    ttft_ms: 500,
    streaming: true,
    duration_ms: 2_000,
  });
  expect(eventOf({ ...CHAT, ...ENDED, [key]: -1 }).ttft_ms).toBeNull();
});

describe('each dialect', () => {
  it.each([
    [
      '1.36',
      {
        'gen_ai.system': 'openai',
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.prompt_tokens': 20,
        'gen_ai.usage.completion_tokens': 10,
      },
    ],
    [
      '1.41',
      {
        ...CHAT,
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 10,
        'gen_ai.usage.cache_creation.input_tokens': 5,
      },
    ],
    [
      'semconv-genai 0.1.0',
      {
        ...CHAT,
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 10,
        'gen_ai.usage.cache_write.input_tokens': 5,
      },
    ],
    [
      'OpenInference',
      {
        'openinference.span.kind': 'LLM',
        'llm.provider': 'openai',
        'llm.request.model_name': 'm',
        'llm.token_count.prompt': 20,
        'llm.token_count.completion': 10,
      },
    ],
    [
      'OpenLLMetry',
      {
        'llm.request.type': 'chat',
        'gen_ai.system': 'openai',
        'gen_ai.request.model': 'm',
        'gen_ai.usage.prompt_tokens': 20,
        'gen_ai.usage.completion_tokens': 10,
      },
    ],
    [
      'OpenLIT',
      {
        ...CHAT,
        'gen_ai.usage.input_tokens': 20,
        'gen_ai.usage.output_tokens': 10,
        'gen_ai.usage.cost': 0.25,
      },
    ],
    [
      'AI SDK 5',
      {
        'ai.operationId': 'ai.streamText.doStream',
        'ai.model.provider': 'openai',
        'ai.model.id': 'm',
        'ai.usage.inputTokens': 20,
        'ai.usage.outputTokens': 10,
      },
    ],
  ])('%s becomes the same event', (dialect, attributes) => {
    expect(eventOf({ ...attributes, 'gen_ai.response.finish_reasons': 'stop' })).toMatchObject({
      provider: 'openai',
      model_requested: 'm',
      operation: 'chat',
      status: 'ok',
      input_tokens: 20,
      output_tokens: 10,
      cache_write_input_tokens:
        'gen_ai.usage.cache_write.input_tokens' in attributes || dialect === '1.41' ? 5 : null,
      cost_nano_usd: dialect === 'OpenLIT' ? 250_000_000 : null,
    });
  });
});

describe('how a call ended', () => {
  const exception = (type: string): object => ({
    name: 'exception',
    attributes: listOf({ 'exception.type': type }),
  });
  const host = { 'server.address': 'api.openai.com' };
  it.each([
    [{ 'error.type': 'openai.InternalServerError' }, {}, 'error', 'none', 0],
    [{ 'error.type': '500' }, {}, 'error', 'none', 500],
    [{ 'http.response.status_code': 500 }, { events: [exception('AI_APICallError')] }, 'error', 'none', 500],
    [{}, { status: 2 }, 'error', 'none', 0],
    [{ 'gen_ai.response.finish_reasons': 'error' }, {}, 'error', 'none', 0],
    [{ 'error.type': 'timeout' }, {}, 'timeout', 'none', 0],
    [{ 'error.type': 'openai.APITimeoutError' }, {}, 'timeout', 'none', 0],
    [{ 'error.type': '429', ...host }, {}, 'rate_limited', 'provider', 429],
    [
      { 'error.type': 'openai.RateLimitError', 'server.address': 'gateway.internal' },
      {},
      'rate_limited',
      'none',
      0,
    ],
    [{ 'error.type': 'litellm.exceptions.BudgetExceededError', ...host }, {}, 'rate_limited', 'budget', 0],
    [{ 'error.type': 'litellm.types.router.RouterRateLimitError' }, {}, 'rate_limited', 'gateway', 0],
    [{ 'error.type': 'GuardrailRaisedException' }, {}, 'content_filtered', 'guardrail', 0],
    [{ 'gen_ai.response.finish_reasons': 'guardrail_intervened' }, {}, 'content_filtered', 'guardrail', 0],
    [{ 'gen_ai.response.finish_reasons': 'content_filter' }, {}, 'content_filtered', 'provider', 0],
    [{ 'error.type': 'AbortError' }, {}, 'cancelled', 'none', 0],
    [
      { 'error.type': '_OTHER', 'gen_ai.response.time_to_first_chunk': 1 },
      { status: 2 },
      'cancelled',
      'none',
      0,
    ],
    [{ 'error.type': '_OTHER' }, { status: 2 }, 'error', 'none', 0],
    [{}, {}, 'cancelled', 'none', 0],
    // It was answered: nobody stopped.
    [{ 'http.response.status_code': 500 }, {}, 'error', 'none', 500],
    [{ 'http.status_code': '429', 'gen_ai.request.stream': true }, {}, 'rate_limited', 'none', 429],
    [{ 'http.response.status_code': 499 }, {}, 'cancelled', 'none', 499],
    [{ 'error.type': 'openai.ContentFilterFinishReasonError' }, {}, 'content_filtered', 'provider', 0],
    [{ 'error.type': 'content_filter' }, {}, 'content_filtered', 'provider', 0],
    [{ 'gen_ai.response.finish_reasons': 'refusal' }, {}, 'content_filtered', 'provider', 0],
    [{ 'gen_ai.response.id': 'r' }, {}, 'ok', 'none', 0],
    [{ 'gen_ai.response.id': 'r', 'gen_ai.request.stream': true }, {}, 'cancelled', 'none', 0],
    [{}, { kind: 1 }, 'ok', 'none', 0],
  ] as const)('%j %j', (attributes, over, status, refused_by, http_status) => {
    expect(eventOf({ ...CHAT, ...attributes }, over)).toMatchObject({ status, refused_by, http_status });
  });
});

it('a failed call of OpenInference has its model in its parameters; one that names none is unknown', () => {
  const failed = { 'openinference.span.kind': 'LLM' };
  expect(
    eventOf({ ...failed, 'llm.invocation_parameters': '{"tools":[{"a":1}],"model":"m"}' }, { status: 2 }),
  ).toMatchObject({ model_requested: 'm', status: 'error' });
  expect(
    eventOf({ ...failed, 'llm.invocation_parameters': '{"model":' }, { status: 2 }).model_requested,
  ).toBe('unknown');
});

it('traces are remembered up to a number, the one that was heard of last the longest', () => {
  const traces = new CallTraces();
  traces.add('first');
  traces.add('second');
  for (let number = 0; number < 49_998; number += 1) traces.add(String(number));
  traces.add('first');
  traces.add('one more');
  expect([traces.has('first'), traces.has('second'), traces.has('one more')]).toEqual([true, false, true]);
});

describe('attempts of the AI SDK 5 and 6', () => {
  const attempt = (operation: string): Given['attributes'] => ({
    'ai.operationId': operation,
    'gen_ai.request.model': 'm',
  });
  const at = (operation: string, id: number, fromMs: number, status = 0): Given => ({
    id,
    parent: 9,
    fromMs,
    status,
    attributes: attempt(operation),
  });
  const told = (operation: string): readonly unknown[] =>
    // As they are exported: in any order.
    eventsOf([
      at(operation, 3, 6_000),
      at(operation, 1, 0, 2),
      at(operation, 2, 3_000, 2),
      at(operation, 4, 9_000),
    ]).map(({ span_id, request_id, attempt: index, is_final }) => [
      Number(span_id),
      request_id,
      index,
      is_final,
    ]);

  it('are one request until one ends well; the next step is another', () => {
    const request = 'ab'.repeat(16) + id(1);
    expect(told('ai.generateText.doGenerate')).toEqual([
      [3, request, 2, true],
      [1, request, 0, false],
      [2, request, 1, false],
      [4, '', 0, true],
    ]);
  });

  it('are not seen in embeddings, which run beside each other', () => {
    expect(told('ai.embedMany.doEmbed').map((one) => (one as unknown[]).slice(1))).toEqual(
      Array.from({ length: 4 }, () => ['', 0, true]),
    );
  });
});
