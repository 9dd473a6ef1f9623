import type { EventInput, TimeOptions } from '@burnline/publisher';
import { afterEach, describe, expect, it } from 'vitest';
import {
  aiSdkMiddlewareApi,
  aiSdkResultApi,
  anthropicApi,
  chatApi,
  responsesApi,
  type Api,
  type Call,
} from './apis.ts';
import { provider, type Answer, type Frame, type Provider } from './provider.ts';

let server: Provider | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

interface Run {
  readonly events: readonly EventInput[];
  readonly chunks: readonly Record<string, unknown>[];
  /** What the caller caught. */
  readonly caught: unknown;
  /** From the call until the caller had the first chunk with content; null: it had none. */
  readonly contentMs: number | null;
  readonly elapsedMs: number;
}

/** Calls as a service does and reads until `leaveAt`, or to the end. */
async function run(
  api: Api,
  answerOf: (request: number) => Answer,
  how: Partial<Call> & {
    leaveAt?: (chunk: Record<string, unknown>) => boolean;
    options?: Partial<TimeOptions>;
  } = {},
): Promise<Run> {
  server = await provider(answerOf);
  const events: EventInput[] = [];
  const options: TimeOptions = {
    publisher: { emit: (input) => events.push(input) },
    event: { model_requested: 'm', request_id: 'r-1' },
    adapter: api.adapter,
    ...how.options,
  };
  const startedAtMs = performance.now();
  const chunks: Record<string, unknown>[] = [];
  let [contentMs, caught]: [number | null, unknown] = [null, undefined];
  try {
    const stream = await api.stream(server.url, options, { maxRetries: 0, ...how });
    for await (const chunk of stream as AsyncIterable<Record<string, unknown>>) {
      chunks.push(chunk);
      if (api.isContent(chunk)) contentMs ??= performance.now() - startedAtMs;
      if (how.leaveAt?.(chunk) === true) break;
    }
  } catch (error) {
    caught = error;
  }
  await until(() => events.length > 0);
  return { events, chunks, caught, contentMs, elapsedMs: performance.now() - startedAtMs };
}

/** The SDK may still be at work when its reader has gone. */
async function until(isTrue: () => boolean): Promise<void> {
  for (let round = 0; round < 200 && !isTrue(); round += 1)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const first = (frames: readonly Frame[], afterMs: number): readonly Frame[] =>
  frames.map((frame, index) => (index === 0 ? { ...frame, afterMs } : frame));

const USED = { input_tokens: 120, cached_input_tokens: 100, output_tokens: 37 };

describe.each([chatApi, responsesApi, anthropicApi, aiSdkMiddlewareApi, aiSdkResultApi])('$name', (api) => {
  const { opening, content, toolCall, finish } = api.wire;

  it('whole: time to the first content, tokens as told, cached ones as a part of the input', async () => {
    const frames = [...opening, ...first(content, 80), ...finish('usage')];
    const { events, contentMs, elapsedMs } = await run(api, () => ({ frames }));
    expect(events).toHaveLength(1);
    const [event] = events;
    expect(event).toMatchObject({
      ...USED,
      model_requested: 'm',
      model_served: 'served-model-1',
      request_id: 'r-1',
      streaming: true,
      finish_reason: api.finishReasons.stop,
    });
    expect(event!.status).toBe('ok');
    if (api.tellsReasoning) expect(event!.reasoning_tokens).toBe(5);
    // The opening was there at once; the content is not before its time, nor after the caller had it.
    expect(event!.ttft_ms).toBeGreaterThanOrEqual(79);
    expect(event!.ttft_ms).toBeLessThanOrEqual(contentMs!);
    expect(event!.duration_ms).toBeGreaterThanOrEqual(event!.ttft_ms!);
    expect(event!.duration_ms).toBeLessThanOrEqual(elapsedMs);
  });

  it('whole, without usage: tokens are not known, whatever the number of chunks', async () => {
    const frames = [...opening, ...content, ...finish('bare')];
    const { events } = await run(api, () => ({ frames }));
    expect(events).toHaveLength(1);
    expect(events[0]!.status).toBe('ok');
    for (const field of ['input_tokens', 'output_tokens', 'cached_input_tokens'] as const)
      expect(events[0]![field] ?? null).toBeNull();
  });

  it('waiting for headers counts', async () => {
    const frames = [...opening, ...content, ...finish('usage')];
    const refusal = {
      status: 429,
      headers: { 'retry-after': '0' },
      json: api.errorBody('rate_limit_exceeded'),
    };
    const { events } = await run(api, (request) => (request === 0 ? refusal : { frames }), { maxRetries: 2 });
    const whole = events.at(-1)!;
    expect(server!.requests).toHaveLength(2);
    expect(whole).toMatchObject(USED);
    expect(whole.status).toBe('ok');
    // At the model's own calls each attempt is an event, elsewhere the SDK's retries are within one.
    if (api === aiSdkMiddlewareApi)
      expect(events[0]).toMatchObject({ status: 'rate_limited', http_status: 429 });
    else expect(events).toHaveLength(1);
    expect(whole.ttft_ms!).toBeGreaterThan(0);
  });

  it('refused: an event with status, code and the wait that was asked for', async () => {
    const refusal = { status: 429, headers: { 'retry-after': '7' }, json: api.errorBody('slow_down') };
    const { events, caught, chunks } = await run(api, () => refusal);
    expect(events).toMatchObject([
      { status: 'rate_limited', http_status: 429, error_type: 'slow_down', ttft_ms: null },
    ]);
    expect(events[0]!.measures).toMatchObject({ retry_after_ms: 7_000 });
    // The caller has the SDK's own error.
    const told = caught ?? chunks.find(({ type }) => type === 'error')!['error'];
    expect((told as { status?: number }).status ?? (told as { statusCode?: number }).statusCode).toBe(429);
  });

  it('a server error is an error', async () => {
    const { events } = await run(api, () => ({ status: 500, json: api.errorBody('internal') }));
    expect(events).toMatchObject([
      { status: 'error', http_status: 500, error_type: 'internal', ttft_ms: null },
    ]);
  });

  it('cut in mid-stream is an error', async () => {
    const frames = [...opening, ...content];
    const { events } = await run(api, () => ({ frames, end: 'cut' }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ status: 'error' });
    expect(events[0]!.error_type).toMatch(/^[\w.]+$/);
    expect(events[0]!.ttft_ms).toBeGreaterThan(0);
    expect(events[0]!.output_tokens ?? null).toBeNull();
  });

  it('a stream that ends without its finish is unfinished, not ok', async () => {
    const { events } = await run(api, () => ({ frames: [...opening, ...content] }));
    expect(events).toHaveLength(1);
    expect(events[0]!.status).toBe('error');
    expect(events[0]!.error_type).not.toBe('');
  });

  it('an error frame within a 200 is an error', async () => {
    const frames = [...opening, ...content, api.wire.error];
    const { events, caught, chunks } = await run(api, () => ({ frames }));
    expect(events).toMatchObject([{ status: 'error' }]);
    expect(events[0]!.error_type).toMatch(/server_error|api_error/);
    expect(caught !== undefined || chunks.some(({ type }) => /error|failed/.test(String(type)))).toBe(true);
  });

  // The AI SDK leaves the model's stream open when its own reader goes: that call is not over.
  it.skipIf(api === aiSdkMiddlewareApi)('left by its reader is cancelled', async () => {
    const frames = [...opening, ...content];
    const { events } = await run(api, () => ({ frames, end: 'stall' }), { leaveAt: api.isContent });
    expect(events).toMatchObject([{ status: 'cancelled', error_type: 'consumer_left' }]);
    expect(events[0]!.ttft_ms).toBeGreaterThan(0);
    if (api !== aiSdkResultApi) await server!.clientLeft;
  });

  it('left at the finish reason: the answer was whole', async () => {
    const frames = [...opening, ...content, ...finish('bare')];
    const { events } = await run(api, () => ({ frames }), { leaveAt: api.isFinish });
    expect(events).toMatchObject([{ finish_reason: api.finishReasons.stop }]);
    expect(events[0]!.status).toBe('ok');
    expect(events[0]!.output_tokens ?? null).toBeNull();
  });

  it('aborted is cancelled; by a timeout of the caller it is a timeout', async () => {
    const frames = [...opening, ...content];
    const stalls = (): Answer => ({ frames, end: 'stall' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const aborted = await run(api, stalls, { signal: stop.signal });
    expect(aborted.events).toMatchObject([{ status: 'cancelled' }]);
    await server!.close();
    const signal = AbortSignal.timeout(150);
    const late = await run(api, stalls, { signal, options: { signal } });
    expect(late.events).toMatchObject([{ status: 'timeout' }]);
  });

  it('a tool loop: one event of each call, a call of a tool is content', async () => {
    const frames = [...opening, ...first(toolCall, 60), ...finish('usage', 'tool')];
    const { events, contentMs } = await run(api, () => ({ frames }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ tool_calls: 1, finish_reason: api.finishReasons.tool, ...USED });
    expect(events[0]!.status).toBe('ok');
    expect(events[0]!.ttft_ms).toBeGreaterThanOrEqual(59);
    expect(events[0]!.ttft_ms).toBeLessThanOrEqual(contentMs!);
  });
});
