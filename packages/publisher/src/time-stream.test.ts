import { describe, expect, it } from 'vitest';
import type { EventInput } from './event-input.ts';
import { classifyFailure } from './stream-failure.ts';
import { timeStream } from './time-stream.ts';
import type { TimeStreamOptions } from './time-stream.ts';

interface Chunk {
  readonly text?: string;
  readonly usage?: { readonly output: number; readonly input: number };
  readonly finish?: string;
}

/** A clock that a stream moves, and an emitter that keeps what it gets. */
function setUp(): { clock: { ms: number }; emitted: EventInput[]; options: TimeStreamOptions<Chunk> } {
  const clock = { ms: 1_000 };
  const emitted: EventInput[] = [];
  const options: TimeStreamOptions<Chunk> = {
    publisher: { emit: (input) => emitted.push(input) },
    event: { model_requested: 'gpt-4o', request_id: 'r-1' },
    isToken: (chunk) => chunk.text !== undefined,
    usage: (chunk) => ({
      output_tokens: chunk.usage?.output,
      input_tokens: chunk.usage?.input,
      finish_reason: chunk.finish,
    }),
    now: () => clock.ms,
  };
  return { clock, emitted, options };
}

/** Gives the chunks, each some milliseconds after the one before, then ends or throws. */
async function* answer(
  clock: { ms: number },
  steps: readonly (readonly [number, Chunk | Error])[],
  onReturn?: () => void,
): AsyncGenerator<Chunk> {
  try {
    for (const [afterMs, step] of steps) {
      await Promise.resolve();
      clock.ms += afterMs;
      if (step instanceof Error) throw step;
      yield step;
    }
  } finally {
    onReturn?.();
  }
}

async function collect(stream: AsyncIterable<Chunk>): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const named = (name: string, rest: object = {}): Error =>
  Object.assign(new Error('not looked at'), { name }, rest);

describe('a timed stream', () => {
  it('passes every chunk through and emits one complete event', async () => {
    const { clock, emitted, options } = setUp();
    const chunks: Chunk[] = [
      {},
      { text: 'Hel' },
      { text: 'lo' },
      { finish: 'stop', usage: { output: 41, input: 900 } },
      {},
    ];
    const source = answer(clock, [
      [50, chunks[0]!],
      [200, chunks[1]!],
      [30, chunks[2]!],
      [20, chunks[3]!],
      [5, chunks[4]!],
    ]);
    const passed = await collect(timeStream(source, options));
    expect(passed.every((chunk, index) => chunk === chunks[index])).toBe(true);
    expect(passed).toHaveLength(chunks.length);
    expect(emitted).toEqual([
      {
        model_requested: 'gpt-4o',
        request_id: 'r-1',
        status: 'ok',
        streaming: true,
        ttft_ms: 250,
        duration_ms: 305,
        output_tokens: 41,
        input_tokens: 900,
        finish_reason: 'stop',
      },
    ]);
  });

  it('counts tokens when no usage is told, and has no time to a first token that never came', async () => {
    const { clock, emitted, options } = setUp();
    await collect(
      timeStream(
        answer(clock, [
          [10, { text: 'a' }],
          [10, { text: 'b' }],
        ]),
        options,
      ),
    );
    await collect(timeStream(answer(clock, [[10, {}]]), options));
    expect(emitted.map(({ output_tokens, ttft_ms }) => [output_tokens, ttft_ms])).toEqual([
      [2, 10],
      [0, null],
    ]);
  });

  it('rethrows the very error of the stream and emits the failure', async () => {
    const { clock, emitted, options } = setUp();
    const failure = named('RateLimitError', { status: 429 });
    const stream = timeStream(
      answer(clock, [
        [10, { text: 'a' }],
        [40, failure],
      ]),
      options,
    );
    await expect(collect(stream)).rejects.toBe(failure);
    expect(emitted).toMatchObject([
      {
        status: 'rate_limited',
        error_type: 'RateLimitError',
        http_status: 429,
        ttft_ms: 10,
        duration_ms: 50,
      },
    ]);
    expect(emitted).toHaveLength(1);
  });

  it('that its consumer leaves is cancelled, and its source is closed', async () => {
    const { clock, emitted, options } = setUp();
    let isClosed = false;
    const source = answer(
      clock,
      [
        [10, { text: 'a' }],
        [10, { text: 'b' }],
      ],
      () => {
        isClosed = true;
      },
    );
    for await (const chunk of timeStream(source, options)) if (chunk.text === 'a') break;
    expect(isClosed).toBe(true);
    expect(emitted).toMatchObject([{ status: 'cancelled', output_tokens: 1, duration_ms: 10 }]);
  });

  it('whose consumer throws is cancelled too: the answer was fine', async () => {
    const { clock, emitted, options } = setUp();
    const consume = async (): Promise<void> => {
      for await (const chunk of timeStream(answer(clock, [[10, { text: 'a' }]]), options)) {
        throw new Error(`cannot show ${chunk.text!}`);
      }
    };
    await expect(consume()).rejects.toThrow('cannot show a');
    expect(emitted).toMatchObject([{ status: 'cancelled' }]);
  });

  it('that nobody reads emits nothing', async () => {
    const { clock, emitted, options } = setUp();
    const stream = timeStream(answer(clock, [[10, { text: 'a' }]]), options);
    await stream.return();
    expect(emitted).toEqual([]);
  });

  it('starts its clock at the call, or when it is told', async () => {
    const { clock, emitted, options } = setUp();
    const called = timeStream(answer(clock, [[10, { text: 'a' }]]), options);
    clock.ms += 100;
    await collect(called);
    await collect(
      timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, startedAtMs: clock.ms - 500 }),
    );
    expect(emitted.map(({ ttft_ms }) => ttft_ms)).toEqual([110, 510]);
  });

  it('is not disturbed by callbacks that throw', async () => {
    const { clock, emitted, options } = setUp();
    const failing = (): never => {
      throw new Error('the caller erred');
    };
    const stream = timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, usage: failing });
    expect(await collect(stream)).toEqual([{ text: 'a' }]);
    expect(emitted).toMatchObject([{ output_tokens: 1 }]);
  });
});

describe('an error that ends an inference', () => {
  const cyclic = named('OuterError');
  cyclic.cause = cyclic;

  it.each<[string, unknown, string, string, number]>([
    ['an abort', new DOMException('x', 'AbortError'), 'cancelled', 'AbortError', 0],
    ["an SDK's abort", named('APIUserAbortError'), 'cancelled', 'APIUserAbortError', 0],
    ['a timeout signal', new DOMException('x', 'TimeoutError'), 'timeout', 'TimeoutError', 0],
    ['a socket timeout', named('Error', { code: 'ETIMEDOUT' }), 'timeout', 'ETIMEDOUT', 0],
    [
      'a failed fetch',
      new TypeError('fetch failed', {
        cause: named('HeadersTimeoutError', { code: 'UND_ERR_HEADERS_TIMEOUT' }),
      }),
      'timeout',
      'UND_ERR_HEADERS_TIMEOUT',
      0,
    ],
    ['a gateway timeout', named('APIError', { status: 504 }), 'timeout', 'APIError', 504],
    ['too many requests', named('APIError', { statusCode: 429 }), 'rate_limited', 'APIError', 429],
    [
      'too many requests, wrapped',
      named('HTTPError', { response: { status: 429 } }),
      'rate_limited',
      'HTTPError',
      429,
    ],
    ['a server error', named('APIError', { status: 500 }), 'error', 'APIError', 500],
    ['a refused connection', named('Error', { code: 'ECONNREFUSED' }), 'error', 'ECONNREFUSED', 0],
    ['a plain error', new Error('x'), 'error', '_OTHER', 0],
    ['a circle of causes', cyclic, 'error', 'OuterError', 0],
    ['text', 'boom', 'error', '_OTHER', 0],
    ['nothing', undefined, 'error', '_OTHER', 0],
  ])('%s is told by name, code and status', (_, error, status, error_type, http_status) => {
    expect(classifyFailure(error)).toEqual({ status, error_type, http_status });
  });
});
