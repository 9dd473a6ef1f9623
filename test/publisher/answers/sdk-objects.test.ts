import Anthropic from '@anthropic-ai/sdk';
import {
  anthropicMessages,
  openAiChat,
  openAiResponses,
  timeCall,
  type EventInput,
} from '@burnline/publisher';
import OpenAI from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { anthropicApi, chatApi, responsesApi } from './apis.ts';
import { provider, type Answer, type Provider } from './provider.ts';

let server: Provider | undefined;
const events: EventInput[] = [];
afterEach(async () => {
  await server?.close();
  events.length = 0;
});

const options = {
  publisher: { emit: (input: EventInput) => events.push(input) },
  event: { model_requested: 'm' },
};
const message = [{ role: 'user' as const, content: 'hello' }];

async function openAi(answer: Answer): Promise<OpenAI> {
  server = await provider(() => answer);
  return new OpenAI({ apiKey: 'k', baseURL: `${server.url}/v1`, maxRetries: 0 });
}
async function anthropic(answer: Answer): Promise<Anthropic> {
  server = await provider(() => answer);
  return new Anthropic({ apiKey: 'k', baseURL: server.url, maxRetries: 0 });
}

const { opening, content, finish } = chatApi.wire;
const frames = [...opening, ...content, ...finish('usage')];
const USED = { input_tokens: 120, cached_input_tokens: 100, output_tokens: 37 };

describe("OpenAI's stream keeps what it can", () => {
  const stream = async () => {
    const client = await openAi({ frames });
    return timeCall(() => client.chat.completions.create({ model: 'm', messages: message, stream: true }), {
      ...options,
      adapter: openAiChat,
    });
  };

  it('as a web stream', async () => {
    const text = await new Response((await stream()).toReadableStream()).text();
    expect(text.split('\n').filter((line) => line.includes('"content":"'))).toHaveLength(3);
    expect(events).toMatchObject([{ ...USED, finish_reason: 'stop' }]);
  });

  it('as two', async () => {
    const [left, right] = (await stream()).tee();
    const counts = await Promise.all(
      [left, right].map(async (branch) => {
        let count = 0;
        for await (const chunk of branch) count += chunk.choices.length;
        return count;
      }),
    );
    expect(counts).toEqual([4, 4]);
    expect(events).toMatchObject([USED]);
  });

  it('ended by its controller: cancelled, and the loop ends without an error, as it does unmeasured', async () => {
    const client = await openAi({ frames: [...opening, ...content], end: 'stall' });
    const running = await timeCall(
      () => client.chat.completions.create({ model: 'm', messages: message, stream: true }),
      { ...options, adapter: openAiChat },
    );
    let chunks = 0;
    for await (const chunk of running) {
      chunks += chunk.choices.length;
      if (chunks === 2) running.controller.abort();
    }
    expect(events).toMatchObject([{ status: 'cancelled', error_type: 'aborted' }]);
  });
});

describe("OpenAI's promise keeps what it can", () => {
  const json = {
    id: 'c-1',
    model: 'served-model-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 120, completion_tokens: 37, prompt_tokens_details: { cached_tokens: 100 } },
  };
  const create = (client: OpenAI) =>
    timeCall(() => client.chat.completions.create({ model: 'm', messages: message }), {
      ...options,
      adapter: openAiChat,
    });

  it('with the response beside the answer', async () => {
    const client = await openAi({ json, headers: { 'x-request-id': 'q-1' } });
    const { data, response, request_id } = await create(client).withResponse();
    expect([data.choices[0]!.message.content, response.status, request_id]).toEqual(['Hello', 200, 'q-1']);
    expect(events).toMatchObject([{ ...USED, streaming: false, ttft_ms: null, finish_reason: 'stop' }]);
  });

  it('as the response alone, whose body is the caller’s', async () => {
    const client = await openAi({ json });
    const response = await create(client).asResponse();
    expect(await response.json()).toEqual(json);
    expect(events).toMatchObject([{ http_status: 200, streaming: false }]);
  });

  it('and its errors are of the SDK’s classes', async () => {
    const client = await openAi({ status: 429, json: chatApi.errorBody('insufficient_quota') });
    await expect(create(client)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    await expect(create(client).withResponse()).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    const refused = { status: 'rate_limited', http_status: 429, error_type: 'insufficient_quota' };
    expect(events).toMatchObject([refused, refused]);
  });

  it('and a timeout of the SDK is a timeout', async () => {
    const client = await openAi({ frames: [], end: 'silent' });
    const slow = timeCall(
      () => client.chat.completions.create({ model: 'm', messages: message }, { timeout: 50 }),
      { ...options, adapter: openAiChat },
    );
    await expect(slow).rejects.toThrow();
    expect(events).toMatchObject([{ status: 'timeout', http_status: 0 }]);
  });
});

describe('the helpers of the SDKs', () => {
  it('of chat completions are watched though nobody iterates', async () => {
    const client = await openAi({ frames });
    const stream = timeCall(() => client.chat.completions.stream({ model: 'm', messages: message }), {
      ...options,
      adapter: openAiChat,
    });
    const seen: string[] = [];
    stream.on('content', (delta) => seen.push(delta));
    expect((await stream.finalChatCompletion()).choices[0]!.message.content).toBe('ab');
    expect(seen).toEqual(['a', 'b']);
    expect(events).toMatchObject([{ ...USED, finish_reason: 'stop', streaming: true }]);
    expect(events[0]!.ttft_ms).toBeGreaterThan(0);
  });

  it('of responses too', async () => {
    const { wire } = responsesApi;
    const client = await openAi({ frames: [...wire.opening, ...wire.finish('usage')] });
    const stream = timeCall(() => client.responses.stream({ model: 'm', input: 'hello' }), {
      ...options,
      adapter: openAiResponses,
    });
    expect((await stream.finalResponse()).status).toBe('completed');
    expect(events).toMatchObject([{ ...USED, reasoning_tokens: 5, finish_reason: 'completed' }]);
  });

  it('of Anthropic messages too, and their leaving', async () => {
    const { wire } = anthropicApi;
    const start = { event: 'message_start', data: { type: 'message_start', message: anthropicMessage } };
    const body = [start, ...wire.opening.slice(2), ...wire.content];
    const client = await anthropic({ frames: [...body, ...wire.finish('usage')] });
    const create = (from: Anthropic) =>
      timeCall(() => from.messages.stream({ model: 'm', max_tokens: 9, messages: message }), {
        ...options,
        adapter: anthropicMessages,
      });
    const final = await create(client).finalMessage();
    expect(final.stop_reason).toBe('end_turn');
    await server!.close();
    const stalling = await anthropic({ frames: body, end: 'stall' });
    for await (const event of create(stalling)) if (event.type === 'content_block_delta') break;
    await vi.waitFor(() => expect(events).toMatchObject([USED, { status: 'cancelled' }]));
  });

  it('fail with the SDK’s error', async () => {
    const client = await anthropic({ status: 529, json: anthropicApi.errorBody('overloaded_error') });
    const stream = timeCall(() => client.messages.stream({ model: 'm', max_tokens: 9, messages: message }), {
      ...options,
      adapter: anthropicMessages,
    });
    await expect(stream.finalMessage()).rejects.toMatchObject({ status: 529 });
    expect(events).toMatchObject([{ status: 'error', http_status: 529, error_type: 'overloaded_error' }]);
  });
});

const anthropicMessage = {
  id: 'm-1',
  type: 'message',
  role: 'assistant',
  model: 'served-model-1',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 15, cache_creation_input_tokens: 5, cache_read_input_tokens: 100, output_tokens: 1 },
};

describe('an Anthropic answer that came at once', () => {
  it('has the cache in its input, and says what was written to it', async () => {
    const client = await anthropic({
      json: {
        ...anthropicMessage,
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'tool_use', id: 't-1', name: 'look', input: {} },
        ],
        stop_reason: 'tool_use',
        usage: { ...anthropicMessage.usage, output_tokens: 37 },
      },
    });
    await timeCall(() => client.messages.create({ model: 'm', max_tokens: 9, messages: message }), {
      ...options,
      adapter: anthropicMessages,
    });
    expect(events).toMatchObject([
      {
        ...USED,
        cache_write_input_tokens: 5,
        finish_reason: 'tool_use',
        tool_calls: 1,
        streaming: false,
      },
    ]);
  });

  it('cut after its beginning, has the input that was told then, and no output', async () => {
    const start = { event: 'message_start', data: { type: 'message_start', message: anthropicMessage } };
    const client = await anthropic({ frames: [start, ...anthropicApi.wire.content], end: 'cut' });
    const stream = await timeCall(
      () => client.messages.create({ model: 'm', max_tokens: 9, messages: message, stream: true }),
      { ...options, adapter: anthropicMessages },
    );
    await expect(
      (async () => {
        for await (const event of stream) expect(event.type).toBeTypeOf('string');
      })(),
    ).rejects.toThrow();
    expect(events).toMatchObject([{ status: 'error', input_tokens: 120, cached_input_tokens: 100 }]);
    expect(events[0]!.output_tokens).toBeUndefined();
  });

  it('that is refused is filtered', async () => {
    const json = { ...anthropicMessage, stop_reason: 'refusal', content: [] };
    const client = await anthropic({ json });
    await timeCall(() => client.messages.create({ model: 'm', max_tokens: 9, messages: message }), {
      ...options,
      adapter: anthropicMessages,
    });
    expect(events).toMatchObject([{ status: 'content_filtered', finish_reason: 'refusal' }]);
  });
});
