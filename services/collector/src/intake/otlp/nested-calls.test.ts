import type { InferenceEvent } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { START_MS, eventsOf, id, type Given } from './testing/events-of-spans.ts';

/** Goal: of a call within a call one is counted, and what either tells is not lost. */
const TRACE = 'ab'.repeat(16);
const WHOLE: Given['attributes'] = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'm',
  'gen_ai.response.id': 'answer',
  'gen_ai.response.finish_reasons': 'stop',
  'gen_ai.usage.input_tokens': 100,
  'gen_ai.usage.output_tokens': 10,
  'gen_ai.usage.total_cost': 0.25,
  'gen_ai.response.time_to_first_chunk': 0.5,
  'session.id': 's',
};
const ATTEMPT: Given['attributes'] = { 'gen_ai.operation.name': 'chat' };
const LIMITED: Given['attributes'] = { ...ATTEMPT, 'http.response.status_code': 429 };

const told = (event: InferenceEvent): readonly unknown[] => [
  event.span_id,
  event.status,
  event.input_tokens,
  event.output_tokens,
  event.cost_nano_usd,
  event.request_id,
  event.attempt,
  event.is_final,
];
const request = TRACE + id(2);

describe('a call beneath another', () => {
  it('that says nothing has the tokens, the cost, the id and the first token of the outer one', () => {
    const [event, ...others] = eventsOf([
      { id: 1, attributes: WHOLE },
      { id: 2, parent: 1, library: 'other', attributes: { 'openinference.span.kind': 'LLM' } },
    ]);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      span_id: id(2),
      ...{ model_requested: 'm', provider: 'openai', session_id: 's', status: 'ok', finish_reason: 'stop' },
      ...{ input_tokens: 100, output_tokens: 10, cost_nano_usd: 250_000_000, ttft_ms: 500, streaming: true },
      attributes: { response_id: 'answer' },
    });
  });

  it('keeps what it says itself', () => {
    const own = {
      'llm.token_count.prompt': 90,
      'llm.finish_reason': 'stop',
      'llm.model_name': 'served',
      'llm.provider': 'azure',
    };
    expect(
      eventsOf([
        { id: 1, attributes: WHOLE },
        { id: 2, parent: 1, attributes: { 'openinference.span.kind': 'LLM', ...own } },
      ]),
    ).toMatchObject([{ input_tokens: 90, output_tokens: null, model_served: 'served', provider: 'azure' }]);
  });

  it('of a server is what its client waits for', () => {
    const served = { 'gen_ai.latency.e2e': 1.5, 'gen_ai.usage.prompt_tokens': 100 };
    expect(
      eventsOf([
        { id: 1, attributes: WHOLE },
        { id: 2, parent: 1, kind: 2, attributes: served },
      ]),
    ).toMatchObject([{ span_id: id(1), input_tokens: 100 }]);
  });

  it('is an attempt, where another follows: the last has the tokens that none of them tells', () => {
    const children = [
      { id: 2, parent: 1, attributes: LIMITED },
      { id: 3, parent: 1, fromMs: 2_500, attributes: ATTEMPT },
    ];
    expect(eventsOf([{ id: 1, attributes: WHOLE }, ...children]).map(told)).toEqual([
      [id(2), 'rate_limited', null, null, null, request, 0, false],
      [id(3), 'ok', 100, 10, 250_000_000, request, 1, true],
    ]);
  });

  it('that tells its tokens is not given those of its outer one again', () => {
    const children = [
      { id: 2, parent: 1, attributes: { ...LIMITED, 'gen_ai.usage.input_tokens': 60 } },
      { id: 3, parent: 1, fromMs: 2_500, attributes: { ...ATTEMPT, 'gen_ai.usage.output_tokens': 10 } },
    ];
    expect(eventsOf([{ id: 1, attributes: WHOLE }, ...children]).map(told)).toEqual([
      [id(2), 'rate_limited', 60, null, null, request, 0, false],
      [id(3), 'ok', null, 10, 250_000_000, request, 1, true],
    ]);
  });

  it('gets what a call above says once, whatever stands between them', () => {
    const events = eventsOf([
      { id: 1, attributes: WHOLE },
      { id: 2, parent: 1, attributes: WHOLE },
      { id: 3, parent: 2, attributes: ATTEMPT },
      { id: 4, parent: 1, fromMs: 100, attributes: ATTEMPT },
    ]);
    expect(events.map(({ input_tokens: tokens }) => tokens)).toEqual([100, null]);
  });

  it('that says nothing of its end failed where the outer one did; one that came to its end did not', () => {
    const failed = { ...ATTEMPT, 'gen_ai.request.model': 'm', 'error.type': 'TimeoutError' };
    const of = (inner: Given['attributes']): unknown =>
      eventsOf([
        { id: 1, status: 2, attributes: failed },
        { id: 2, parent: 1, attributes: { 'openinference.span.kind': 'LLM', ...inner } },
      ]).map(({ status, error_type: type }) => [status, type]);
    expect(of({})).toEqual([['timeout', 'TimeoutError']]);
    expect(of({ 'llm.finish_reason': 'stop', 'llm.token_count.completion': 3 })).toEqual([['ok', '']]);
  });

  it('has its first token after its own beginning, and its own where it tells it', () => {
    const outer = { id: 1, attributes: { ...WHOLE, 'gen_ai.response.time_to_first_chunk': 1.5 } };
    const inner = { id: 2, parent: 1, fromMs: 1_000, attributes: { 'openinference.span.kind': 'LLM' } };
    const chunk = { name: 'First Token Stream Event', timeUnixNano: `${START_MS + 1_250}000000` };
    expect(eventsOf([outer, inner])).toMatchObject([{ ttft_ms: 500 }]);
    expect(eventsOf([outer, { ...inner, events: [chunk] }])).toMatchObject([{ ttft_ms: 250 }]);
  });

  it('of which two end at the same time have the tokens once', () => {
    const children = [2, 3].map((child) => ({ id: child, parent: 1, attributes: ATTEMPT }));
    expect(
      eventsOf([{ id: 1, attributes: WHOLE }, ...children]).map(({ input_tokens: tokens }) => tokens),
    ).toEqual([100, null]);
  });

  it('costs no more where there are many: each looks at what is above it', () => {
    const many = 2_000;
    const line = Array.from({ length: 60 }, (_, index) => ({
      id: index + 1,
      parent: index,
      attributes: WHOLE,
    }));
    const attempts = Array.from({ length: many }, (_, index) => ({
      ...{ id: 1_000 + index, parent: line.length, fromMs: index, attributes: ATTEMPT },
    }));
    const events = eventsOf([...line, ...attempts]);
    expect(events).toHaveLength(many);
    expect(events.reduce((sum, { input_tokens: tokens }) => sum + (tokens ?? 0), 0)).toBe(100);
  });

  it('of a gateway that fell back to another provider: OpenRouter’s generation with its attempts', () => {
    const openRouter = {
      ...WHOLE,
      'gen_ai.usage.input_tokens.cached': 40,
      'gen_ai.usage.output_tokens.reasoning': 4,
      'gen_ai.usage.input_tokens.cache_creation': 20,
      'gen_ai.response.finish_reasons': '["stop"]',
    };
    const upstream = (slug: string): Given['attributes'] => ({
      ...ATTEMPT,
      'trace.metadata.openrouter.provider_slug': slug,
    });
    expect(
      eventsOf([
        { id: 1, name: 'LLM Generation', attributes: openRouter },
        { id: 2, parent: 1, status: 2, attributes: { ...upstream('one'), ...LIMITED } },
        { id: 3, parent: 1, fromMs: 2_500, attributes: upstream('two') },
      ]),
    ).toMatchObject([
      { deployment: 'one', status: 'rate_limited', attempt: 0, is_final: false, input_tokens: null },
      {
        ...{ deployment: 'two', status: 'ok', attempt: 1, is_final: true, finish_reason: 'stop' },
        ...{ input_tokens: 100, cached_input_tokens: 40, cache_write_input_tokens: 20, reasoning_tokens: 4 },
      },
    ]);
  });
});

describe('a server of models', () => {
  it.each(['llm_request', 'Req 1'])('tells of each request that it served: %s', (name) => {
    const attributes = {
      'gen_ai.request.id': 'r',
      'gen_ai.response.model': 'llama',
      'gen_ai.usage.prompt_tokens': 20,
      'gen_ai.usage.completion_tokens': 10,
      'gen_ai.latency.e2e': 1.5,
      'gen_ai.latency.time_to_first_token': 0.25,
    };
    expect(eventsOf([{ id: 1, name, kind: 2, attributes }])).toMatchObject([
      {
        operation: 'chat',
        status: 'ok',
        model_served: 'llama',
        input_tokens: 20,
        output_tokens: 10,
        ttft_ms: 250,
      },
    ]);
  });

  it('that says nothing of a request is no call', () => {
    expect(eventsOf([{ id: 1, kind: 2, attributes: { 'gen_ai.request.model': 'm' } }])).toEqual([]);
  });
});
