import { tracingChannel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { subscribeAiSdk, type EventInput } from '@burnline/publisher';
import { afterEach, describe, expect, it } from 'vitest';

/**
 * What version 7 of the SDK publishes, recorded from it: that version wants a newer Node than this repository. A stream
 * is recorded as its parts.
 */
interface Published {
  readonly phase: 'start' | 'error' | 'asyncEnd';
  /** The same number: the same object. */
  readonly message: number;
  readonly type: string;
  readonly event: Record<string, unknown>;
  readonly error?: object;
  readonly result?: { readonly stream?: readonly unknown[] };
}
const { runs } = JSON.parse(readFileSync(new URL('./ai-sdk-7-channel.json', import.meta.url), 'utf8')) as {
  runs: Record<string, readonly Published[]>;
};

const channel = tracingChannel<object>('ai:telemetry');
const emitted: EventInput[] = [];
let stop: () => void = () => undefined;
afterEach(() => {
  stop();
  emitted.length = 0;
});

function subscribe(event?: () => { tenant: string }): void {
  const publisher = { emit: (input: EventInput) => emitted.push(input) };
  stop = subscribeAiSdk({ publisher, ...(event && { event }) });
}

/** Publishes a run as the SDK did, and reads its streams by a pipe, as the SDK does. */
async function publish(published: readonly Published[], extra: object = {}): Promise<void> {
  const messages = new Map<number, Record<string, unknown>>();
  for (const { phase, message: number, type, event, error, result } of published) {
    const message = messages.get(number) ?? { type, event: { ...event, ...extra } };
    messages.set(number, message);
    if (error !== undefined) message['error'] = error;
    if (result !== undefined) message['result'] = { ...result, ...streamed(result.stream) };
    channel[phase].publish(message);
    const { stream } = (message['result'] ?? {}) as { stream?: ReadableStream<unknown> };
    if (phase !== 'asyncEnd' || stream === undefined) continue;
    for await (const part of stream.pipeThrough(new TransformStream())) expect(part).toBeTypeOf('object');
  }
}

function streamed(parts: readonly unknown[] | undefined): { stream?: ReadableStream<unknown> } {
  if (parts === undefined) return {};
  const left = [...parts];
  const pull = (controller: ReadableStreamDefaultController<unknown>): void => {
    if (left.length === 0) controller.close();
    else controller.enqueue(left.shift());
  };
  return { stream: new ReadableStream<unknown>({ pull }, { highWaterMark: 0 }) };
}

const USED = { input_tokens: 120, cached_input_tokens: 100, output_tokens: 37, reasoning_tokens: 5 };
const MODEL = { provider: 'openai', model_requested: 'gpt-4o', model_served: 'gpt-4o-2024-08-06' };

describe('the channel of the AI SDK', () => {
  it('gives one event of a call, parents repeat nothing', async () => {
    subscribe(() => ({ tenant: 'acme' }));
    await publish(runs['generate']!);
    expect(emitted).toMatchObject([
      { ...USED, ...MODEL, finish_reason: 'stop', streaming: false, attempt: 0, step: 0, tenant: 'acme' },
    ]);
    expect(emitted[0]!.status).toBe('ok');
  });

  it('and one of a stream, at its end', async () => {
    subscribe();
    await publish(runs['stream']!);
    expect(emitted).toMatchObject([{ ...USED, ...MODEL, finish_reason: 'stop', streaming: true }]);
    expect(emitted[0]!.ttft_ms).toBeGreaterThan(0);
  });

  it('tells attempts apart: only the last one is final', async () => {
    subscribe();
    await publish(runs['generate-refused-twice']!);
    await publish(runs['stream-refused-once']!);
    const refused = { status: 'error', http_status: 500, error_type: 'rate_limit_exceeded' };
    expect(emitted).toMatchObject([
      { ...refused, attempt: 0, is_final: false, measures: { retry_after_ms: 10 } },
      { ...refused, attempt: 1, is_final: true },
      { status: 'rate_limited', http_status: 429, attempt: 0, is_final: false },
      { ...USED, attempt: 1 },
    ]);
    const ids = emitted.map(({ request_id }) => request_id);
    expect([ids[0], ids[2]]).toEqual([ids[1], ids[3]]);
    expect(ids[0]).not.toBe(ids[2]);
  });

  it('an error in the stream is an error', async () => {
    subscribe();
    await publish(runs['stream-error-frame']!);
    expect(emitted).toMatchObject([{ status: 'error', error_type: 'server_error', http_status: 500 }]);
  });

  it('leaves out what hides its answers, and is undisturbed by what it cannot read', async () => {
    subscribe();
    await publish(runs['generate']!, { recordOutputs: false });
    for (const odd of [{}, { type: 'languageModelCall' }, { type: 'step', event: null }])
      for (const phase of ['start', 'asyncEnd'] as const) channel[phase].publish(odd);
    expect(emitted).toEqual([]);
  });

  it('ends when it is told, with what was held', async () => {
    subscribe();
    const untilRefused = runs['generate-refused-twice']!.slice(0, 5);
    await publish(untilRefused);
    expect(emitted).toEqual([]);
    stop();
    expect(emitted).toMatchObject([{ http_status: 500, is_final: true }]);
    await publish(runs['generate']!);
    expect(emitted).toHaveLength(1);
  });
});
