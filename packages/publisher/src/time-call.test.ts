import { describe, expect, it } from 'vitest';
import { genericAnswer } from './answers/generic-answer.ts';
import { openAiChat } from './answers/openai-chat.ts';
import type { EventInput } from './event-input.ts';
import type { TimeOptions } from './observing/observation.ts';
import { timeCall, timeStream } from './time-call.ts';

interface Chunk {
  readonly text?: string;
  readonly usage?: { readonly output: number; readonly input: number };
  readonly finish?: string | null;
}

/** A clock that a stream moves, and an emitter that keeps what it gets. */
function setUp(): { clock: { ms: number }; emitted: EventInput[]; options: TimeOptions } {
  const clock = { ms: 1_000 };
  const emitted: EventInput[] = [];
  const options: TimeOptions = {
    publisher: { emit: (input) => emitted.push(input) },
    event: { model_requested: 'gpt-4o', request_id: 'r-1' },
    adapter: genericAnswer<Chunk>({
      // Throws on chunks that have no text, as quickly written code does.
      hasContent: (chunk) => chunk.text!.length > 0,
      tells: (chunk) => ({
        output_tokens: chunk.usage?.output,
        input_tokens: chunk.usage?.input,
        finish_reason: chunk.finish,
      }),
      isWhole: (chunk) => typeof chunk.finish === 'string',
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
): AsyncGenerator<Chunk, string, unknown> {
  try {
    for (const [afterMs, step] of steps) {
      await Promise.resolve();
      clock.ms += afterMs;
      if (step instanceof Error) throw step;
      yield step;
    }
    return 'returned';
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
  Object.assign(new Error('not looked at'), { name, ...rest });

const WHOLE: readonly (readonly [number, Chunk])[] = [
  [5, {}],
  [250, { text: 'Hel' }],
  [10, { text: 'lo' }],
  [10, { finish: 'stop' }],
  [10, { finish: null, usage: { output: 41, input: 900 } }],
];

describe('a timed stream', () => {
  it('is the same object, and gives one complete event', async () => {
    const { clock, emitted, options } = setUp();
    const source = answer(clock, WHOLE);
    const timed = timeStream(source, options);
    expect(timed).toBe(source);
    expect(await collect(timed)).toEqual(WHOLE.map(([, chunk]) => chunk));
    expect(emitted).toEqual([
      {
        model_requested: 'gpt-4o',
        request_id: 'r-1',
        status: 'ok',
        streaming: true,
        ttft_ms: 255,
        duration_ms: 285,
        output_tokens: 41,
        input_tokens: 900,
        // The null that came later says nothing.
        finish_reason: 'stop',
      },
    ]);
  });

  it('passes on what is sent into it and what it returns', async () => {
    const { clock, options } = setUp();
    const timed = timeStream(answer(clock, [[1, { text: 'a' }]]), options);
    expect(await timed.next(7)).toEqual({ done: false, value: { text: 'a' } });
    expect(await timed.next(8)).toEqual({ done: true, value: 'returned' });
  });

  it('counts no chunks for tokens, and has no time to content that never came', async () => {
    const { clock, emitted, options } = setUp();
    await collect(
      timeStream(
        answer(clock, [
          [10, { text: 'a' }],
          [5, { finish: 'stop' }],
        ]),
        options,
      ),
    );
    await collect(timeStream(answer(clock, [[10, { finish: 'stop' }]]), options));
    expect(emitted.map(({ ttft_ms }) => ttft_ms)).toEqual([10, null]);
    for (const event of emitted) expect(Object.keys(event)).not.toContain('output_tokens');
  });

  it('rethrows the very error of the stream and emits the failure', async () => {
    const { clock, emitted, options } = setUp();
    const failure = named('RateLimitError', { status: 429, headers: new Headers({ 'retry-after': '3' }) });
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
        measures: { retry_after_ms: 3_000 },
        ttft_ms: 10,
        duration_ms: 50,
      },
    ]);
  });

  it('that its consumer leaves is cancelled, and its source is closed', async () => {
    const { clock, emitted, options } = setUp();
    let isClosed = false;
    const source = answer(clock, WHOLE, () => (isClosed = true));
    for await (const chunk of timeStream(source, options)) if (chunk.text === 'Hel') break;
    expect(isClosed).toBe(true);
    expect(emitted).toMatchObject([{ status: 'cancelled', error_type: 'consumer_left', duration_ms: 255 }]);
    expect(Object.keys(emitted[0]!)).not.toContain('output_tokens');
  });

  it('that its consumer leaves at its finish is whole, however long the consumer took to go', async () => {
    const { clock, emitted, options } = setUp();
    for await (const chunk of timeStream(answer(clock, WHOLE), options)) {
      if (chunk.finish !== 'stop') continue;
      clock.ms += 10_000;
      break;
    }
    expect(emitted).toMatchObject([{ finish_reason: 'stop', duration_ms: 275 }]);
    expect(emitted[0]!.status).toBe('ok');
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

  it('that ends before its finish is unfinished; without a sign of wholeness it is taken for whole', async () => {
    const { clock, emitted, options } = setUp();
    await collect(timeStream(answer(clock, [[10, { text: 'a' }]]), options));
    const adapter = genericAnswer<Chunk>();
    await collect(timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, adapter }));
    expect(emitted).toMatchObject([{ status: 'error', error_type: 'unfinished' }, { ttft_ms: 10 }]);
    expect(emitted[1]!.status).toBe('ok');
  });

  it('starts its clock at the call, or when it is told', async () => {
    const { clock, emitted, options } = setUp();
    const called = timeStream(answer(clock, [[10, { text: 'a' }]]), options);
    clock.ms += 100;
    await collect(called);
    const startedAtMs = clock.ms - 500;
    await collect(timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, startedAtMs }));
    expect(emitted.map(({ ttft_ms }) => ttft_ms)).toEqual([110, 510]);
  });

  it('is not disturbed by a publisher, an adapter or a clock that throws', async () => {
    const { clock, options } = setUp();
    const failing = (): never => {
      throw new Error('the service erred');
    };
    const wrongs: readonly Partial<TimeOptions>[] = [
      { publisher: { emit: failing } },
      { now: failing },
      { adapter: undefined as never },
      { adapter: { marksEnd: true, read: () => ({ chunk: failing, answer: failing }) } },
      {
        adapter: genericAnswer<Chunk>({
          tells: failing,
          hasContent: failing,
          isWhole: failing,
          errorOf: failing,
        }),
      },
    ];
    for (const wrong of wrongs) {
      const stream = timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, ...wrong });
      expect(await collect(stream)).toEqual([{ text: 'a' }]);
    }
  });

  it('that cannot be changed is passed through as it is, without an event', async () => {
    const { clock, emitted, options } = setUp();
    const frozen = Object.freeze({ [Symbol.asyncIterator]: () => answer(clock, [[10, { text: 'a' }]]) });
    expect(timeStream(frozen, options)).toBe(frozen);
    expect(await collect(frozen)).toEqual([{ text: 'a' }]);
    expect(emitted).toEqual([]);
  });

  it('measures of the service and of the answer are both kept', async () => {
    const { clock, emitted, options } = setUp();
    const event = { ...options.event, measures: { feature_age_ms: 12 } };
    const adapter = genericAnswer<Chunk>({ tells: () => ({ measures: { repetition: 0.5 } }) });
    await collect(timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, event, adapter }));
    expect(emitted[0]!.measures).toEqual({ feature_age_ms: 12, repetition: 0.5 });
  });

  it('whose provider counts parts beyond their whole has no such parts', async () => {
    const { clock, emitted, options } = setUp();
    const adapter = genericAnswer<Chunk>({
      tells: () => ({ input_tokens: 10, cached_input_tokens: 90, output_tokens: 5, reasoning_tokens: 5 }),
    });
    await collect(timeStream(answer(clock, [[10, { text: 'a' }]]), { ...options, adapter }));
    expect(emitted[0]).toMatchObject({ input_tokens: 10, output_tokens: 5, reasoning_tokens: 5 });
    expect(emitted[0]!.cached_input_tokens).toBeUndefined();
  });
});

describe('a web stream', () => {
  const streamOf = (
    chunks: readonly Chunk[],
    onCancel?: (reason: unknown) => void,
  ): ReadableStream<Chunk> => {
    const left = [...chunks];
    return new ReadableStream<Chunk>(
      {
        pull: (controller) => {
          const next = left.shift();
          if (next === undefined) controller.close();
          else controller.enqueue(next);
        },
        cancel: (reason) => onCancel?.(reason),
      },
      { highWaterMark: 0 },
    );
  };
  const chunks = WHOLE.map(([, chunk]) => chunk);

  it.each<[string, (stream: ReadableStream<Chunk>) => Promise<Chunk[]>]>([
    ['iterated', (stream) => collect(stream)],
    ['through a pipe', (stream) => collect(stream.pipeThrough(new TransformStream<Chunk, Chunk>()))],
    ['as one branch of two', (stream) => stream.tee().map(collect)[0]!],
    [
      'by a reader',
      async (stream) => {
        const reader = stream.getReader();
        const read: Chunk[] = [];
        for (let step = await reader.read(); !step.done; step = await reader.read()) read.push(step.value);
        return read;
      },
    ],
  ])('is watched %s', async (_, read) => {
    const { emitted, options } = setUp();
    const source = streamOf(chunks);
    const timed = timeStream(source, options);
    expect(timed).toBe(source);
    expect(timed.locked).toBe(false);
    expect(await read(timed)).toEqual(chunks);
    expect(emitted).toMatchObject([{ finish_reason: 'stop', output_tokens: 41, streaming: true }]);
  });

  it('is not read ahead, and is cancelled with the reason', async () => {
    const { emitted, options } = setUp();
    let [pulled, cancelled]: [number, unknown] = [0, null];
    const source = new ReadableStream<Chunk>(
      {
        pull: (controller) => {
          pulled += 1;
          controller.enqueue({ text: 'a' });
        },
        cancel: (reason) => {
          cancelled = reason;
        },
      },
      { highWaterMark: 0 },
    );
    const reader = timeStream(source, options).getReader();
    expect(pulled).toBe(0);
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pulled).toBe(1);
    await reader.cancel('enough');
    expect(cancelled).toBe('enough');
    expect(emitted).toMatchObject([{ status: 'cancelled' }]);
  });

  it('fails with its own error', async () => {
    const { emitted, options } = setUp();
    const failure = named('SocketError', { code: 'UND_ERR_SOCKET' });
    const source = new ReadableStream<Chunk>({ pull: () => Promise.reject(failure) });
    await expect(collect(timeStream(source, options))).rejects.toBe(failure);
    expect(emitted).toMatchObject([{ status: 'error', error_type: 'UND_ERR_SOCKET' }]);
  });
});

describe('a timed call', () => {
  it('that is refused before there is an answer is an event, with its time', async () => {
    const { clock, emitted, options } = setUp();
    const failure = named('RateLimitError', { status: 429 });
    const call = async (): Promise<never> => {
      await Promise.resolve();
      clock.ms += 50;
      throw failure;
    };
    await expect(timeCall(call, options)).rejects.toBe(failure);
    expect(emitted).toMatchObject([
      { status: 'rate_limited', http_status: 429, duration_ms: 50, ttft_ms: null, streaming: false },
    ]);
  });

  it('that throws at once throws that', () => {
    const { emitted, options } = setUp();
    const failure = new TypeError('no such model');
    const call = (): never => {
      throw failure;
    };
    expect(() => timeCall(call, options)).toThrow(failure);
    expect(emitted).toMatchObject([{ status: 'error', error_type: 'TypeError' }]);
  });

  it('whose answer comes at once has its tokens and no time to the first', async () => {
    const { clock, emitted, options } = setUp();
    const call = (): Promise<object> => {
      clock.ms += 400;
      return Promise.resolve({
        model: 'served',
        choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
      });
    };
    await timeCall(call, { ...options, adapter: openAiChat });
    expect(emitted).toEqual([
      {
        model_requested: 'gpt-4o',
        request_id: 'r-1',
        status: 'ok',
        model_served: 'served',
        finish_reason: 'stop',
        input_tokens: 12,
        cached_input_tokens: 4,
        output_tokens: 3,
        streaming: false,
        ttft_ms: null,
        duration_ms: 400,
      },
    ]);
  });

  it('that gives a raw response is judged by its headers', async () => {
    const { emitted, options } = setUp();
    const refusal = new Response('no', { status: 503, headers: { 'retry-after': '2' } });
    expect(await timeCall(() => Promise.resolve(refusal), options)).toBe(refusal);
    await timeCall(() => Promise.resolve(new Response('{}')), options);
    expect(emitted).toMatchObject([
      { status: 'error', http_status: 503, measures: { retry_after_ms: 2_000 } },
      { http_status: 200 },
    ]);
    expect(await refusal.text()).toBe('no');
  });

  it.each([undefined, null, 'text', 7])('that gives %s gives that', async (answered) => {
    const { emitted, options } = setUp();
    expect(await timeCall(() => Promise.resolve(answered), { ...options, adapter: openAiChat })).toBe(
      answered,
    );
    expect(emitted).toHaveLength(1);
  });
});
