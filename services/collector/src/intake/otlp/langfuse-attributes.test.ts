import { expect, it } from 'vitest';
import { eventsOf } from './testing/events-of-spans.ts';

/** Goal: usage that Langfuse writes as JSON is read, whether its counts stand beside each other or are parts of a whole. */
it.each([
  [
    'OpenAI, parts',
    {
      prompt_tokens: 120,
      completion_tokens: 30,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 40 },
      completion_tokens_details: { reasoning_tokens: 12 },
    },
    [120, 40, null, 30, 12],
  ],
  ['its own, two', { input: 120, output: 30 }, [120, null, null, 30, null]],
  [
    'its own, beside each other',
    { input: 80, output: 18, input_cached_tokens: 40, output_reasoning_tokens: 12, total: 150 },
    [120, 40, null, 30, 12],
  ],
  [
    'without a total',
    { input: 80, output: 18, input_cache_read: 30, input_cache_creation: 10, output_reasoning: 12 },
    [120, 30, 10, 30, 12],
  ],
  [
    'its own, parts by the total',
    { input: 120, output: 30, input_cached_tokens: 40, output_reasoning_tokens: 12, total: 150 },
    [120, 40, null, 30, 12],
  ],
  [
    'cached beside, reasoning within',
    { input: 80, output: 30, input_cached_tokens: 40, output_reasoning_tokens: 12, total: 150 },
    [120, 40, null, 30, 12],
  ],
  [
    'Anthropic',
    { input_tokens: 3, output_tokens: 30, cache_read_input_tokens: 4_096, cache_creation_input_tokens: 1 },
    [4_100, 4_096, 1, 30, null],
  ],
  [
    'buckets of OpenAI beside each other',
    {
      ...{ input: 60, output: 10, total: 150, input_cached_tokens: 40, input_audio_tokens: 20 },
      output_accepted_prediction_tokens: 20,
    },
    [120, 40, null, 30, null],
  ],
  [
    'what was written to the cache for five minutes',
    { input: 3, output: 30, total: 5_033, input_cache_read: 1_000, input_ephemeral_5m_input_tokens: 4_000 },
    [5_003, 1_000, 4_000, 30, null],
  ],
  ['a bucket that nobody knows', { input: 60, output: 10, total: 150 }, [null, null, null, null, null]],
  ['no numbers', { input: 'many' }, [null, null, null, null, null]],
])('%s', (_, usage, expected) => {
  const attributes = {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.model.name': 'm',
    'langfuse.observation.usage_details': JSON.stringify(usage),
    'langfuse.observation.cost_details': '{"total":0.5}',
  };
  const [event] = eventsOf([{ id: 1, kind: 1, attributes }]);
  expect([
    event?.input_tokens,
    event?.cached_input_tokens,
    event?.cache_write_input_tokens,
    event?.output_tokens,
    event?.reasoning_tokens,
    event?.cost_nano_usd,
  ]).toEqual([...expected, 500_000_000]);
});

it('a failure of its SDK for JavaScript, which sets its level alone, is one', () => {
  const attributes = {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.level': 'ERROR',
    'langfuse.observation.completion_start_time': '"2026-09-20T08:26:40.500Z"',
  };
  expect(eventsOf([{ id: 1, kind: 1, attributes }])).toMatchObject([{ status: 'error' }]);
});

it('what is no JSON, or a cost of nothing, says nothing; what the conventions say counts', () => {
  const attributes = {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.usage_details': '{"input":',
    'langfuse.observation.cost_details': '{"total":0}',
    'gen_ai.usage.input_tokens': 7,
  };
  expect(eventsOf([{ id: 1, kind: 1, attributes }])).toMatchObject([
    { input_tokens: 7, output_tokens: null, cost_nano_usd: null },
  ]);
});
