import { readFileSync } from 'node:fs';
import { openAiChat, timeCall, timeStream, type EventInput, type TimeOptions } from '@burnline/publisher';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { provider, type Answer, type Provider } from './provider.ts';

/** Streams that once came out wrong: each as chunks and the milliseconds before them. */
const { chunks, streams } = JSON.parse(readFileSync(new URL('./streams.json', import.meta.url), 'utf8')) as {
  chunks: Record<string, unknown>;
  streams: readonly { case: string; of: readonly (readonly [number, string])[] | string }[];
};

let server: Provider | undefined;
afterEach(async () => {
  await server?.close();
});

function answerOf(name: string): Answer {
  const { of } = streams.find((stream) => stream.case === name)!;
  if (typeof of === 'string') return { status: 429, json: { error: { message: 'slow down' } } };
  return { frames: of.map(([afterMs, chunk]) => ({ afterMs, data: chunks[chunk] })) };
}

/** Reads the case through the SDK, and through a reader of one's own that the SDK has no part in. */
const WAYS: readonly [string, (url: string, options: TimeOptions) => Promise<AsyncIterable<unknown>>][] = [
  [
    'the SDK',
    async (url, options) => {
      const client = new OpenAI({ apiKey: 'k', baseURL: url, maxRetries: 0 });
      return timeCall(
        () => client.chat.completions.create({ model: 'm', messages: [], stream: true }),
        options,
      );
    },
  ],
  [
    "a reader of one's own",
    (url, options) =>
      timeCall(async () => {
        const response = await fetch(url, { method: 'POST', body: '{}' });
        if (!response.ok) throw Object.assign(new Error('refused'), { status: response.status });
        return parts(response);
      }, options),
  ],
];

async function* parts(response: Response): AsyncGenerator {
  let text = '';
  for await (const bytes of response.body!.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    const frames = text.split('\n\n');
    text = frames.pop()!;
    for (const frame of frames) yield JSON.parse(frame.slice('data: '.length));
  }
}

describe.each(WAYS)('through %s', (_, call) => {
  const read = async (
    name: string,
    leaves: (chunk: string) => boolean = () => false,
  ): Promise<EventInput> => {
    server = await provider(() => answerOf(name));
    const events: EventInput[] = [];
    const publisher = { emit: (input: EventInput) => events.push(input) };
    try {
      const stream = await call(server.url, { publisher, event: {}, adapter: openAiChat });
      for await (const chunk of stream) if (leaves(JSON.stringify(chunk))) break;
    } catch {
      // What the caller is told is held elsewhere; this is about the event.
    }
    expect(events).toHaveLength(1);
    return events[0]!;
  };

  it('whole', async () => {
    const event = await read('whole');
    expect(event).toMatchObject({
      input_tokens: 120,
      cached_input_tokens: 100,
      output_tokens: 37,
      finish_reason: 'stop',
    });
    expect(event.status).toBe('ok');
    // Timers of two ends: the server's may fire a little early, the machine may be busy.
    expect(event.ttft_ms).toBeGreaterThan(290);
  });

  it('reader-stops-at-the-finish-reason', async () => {
    const event = await read('reader-stops-at-the-finish-reason', (chunk) => chunk.includes('"stop"'));
    expect(event.finish_reason).toBe('stop');
    expect([event.status, event.output_tokens ?? null]).toEqual(['ok', null]);
  });

  it('error-frame-in-a-200', async () => {
    expect(await read('error-frame-in-a-200')).toMatchObject({ status: 'error', error_type: 'server_error' });
  });

  it('refused-before-the-stream', async () => {
    const event = await read('refused-before-the-stream');
    expect(event).toMatchObject({ status: 'rate_limited', http_status: 429, ttft_ms: null });
  });
});

it('a call that rejects after 50 ms took 50 ms', async () => {
  const events: EventInput[] = [];
  const refused = Object.assign(new Error('slow down'), { status: 429 });
  const call = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(refused), 50));
  const publisher = { emit: (input: EventInput) => events.push(input) };
  await expect(timeCall(call, { publisher, event: {}, adapter: openAiChat })).rejects.toBe(refused);
  expect(events).toMatchObject([{ status: 'rate_limited', http_status: 429, ttft_ms: null }]);
  expect(events[0]!.duration_ms).toBeGreaterThan(48);
});

it.each<[string, readonly object[], Partial<EventInput>]>([
  [
    'thoughts are content',
    [{ choices: [{ index: 0, delta: { reasoning_content: 'hm' }, finish_reason: 'stop' }] }],
    { ttft_ms: expect.any(Number) as number },
  ],
  [
    'a choice that is still open keeps the answer open',
    [
      { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }] },
      { choices: [{ index: 1, delta: { content: 'b' }, finish_reason: null }] },
    ],
    { status: 'error', error_type: 'unfinished' },
  ],
  [
    'a filter is told by the finish reason',
    [{ choices: [{ index: 0, delta: {}, finish_reason: 'content_filter' }] }],
    { status: 'content_filtered', finish_reason: 'content_filter', ttft_ms: null },
  ],
  [
    'usage with every chunk: the last one stands',
    [
      { choices: [{ index: 0, delta: { content: 'a' } }], usage: { prompt_tokens: 9, completion_tokens: 1 } },
      { choices: [{ index: 0, delta: {}, finish_reason: 'length' }], usage: { completion_tokens: 2 } },
    ],
    { input_tokens: 9, output_tokens: 2, finish_reason: 'length' },
  ],
  [
    "a gateway's error in the middle",
    [
      { choices: [{ index: 0, delta: { content: 'a' } }] },
      { error: { code: 502, message: 'x' }, choices: [{ index: 0, delta: {}, finish_reason: 'error' }] },
    ],
    { status: 'error', http_status: 502 },
  ],
  [
    'things that are no chunks',
    [null as never, 7 as never, 'x' as never, {}],
    { status: 'error', error_type: 'unfinished' },
  ],
])('%s', async (_, given, right) => {
  const events: EventInput[] = [];
  async function* source(): AsyncGenerator {
    await Promise.resolve();
    yield* given;
  }
  const publisher = { emit: (input: EventInput) => events.push(input) };
  const read: unknown[] = [];
  for await (const chunk of timeStream(source(), { publisher, event: {}, adapter: openAiChat }))
    read.push(chunk);
  expect(read).toEqual(given);
  expect(events).toMatchObject([right]);
});
