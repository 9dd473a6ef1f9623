import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anthropicApi, chatApi, responsesApi, type Api } from './apis.ts';
import { provider, type Answer, type Frame } from './provider.ts';

/**
 * Goal: what the Python publisher tells of calls by the SDKs of PyPI, synchronous and asynchronous, is what happened to them. The
 * SDKs run where they are installed (BURNLINE_PYTHON, else python3), as .ci/run has it.
 */
const PYTHON = process.env['BURNLINE_PYTHON'] ?? 'python3';
const SOURCE = new URL('../../../packages/publisher-python/src', import.meta.url).pathname;
const SCRIPT = new URL('../python/sdks.py', import.meta.url).pathname;
const hasSdks = spawnSync(PYTHON, ['-c', 'import openai, anthropic']).status === 0;

interface Told {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** Class of what the caller caught. */
  readonly caught: string | null;
  readonly chunks: number;
  readonly isSdkStream: boolean;
  readonly elapsedMs: number;
}

interface Case {
  readonly name: string;
  readonly answer: (api: Api) => Answer;
  /** How a chunk reads with which the reader leaves. */
  readonly leaveAt?: (api: ApiName) => string;
  readonly timeoutS?: number;
  readonly check: (told: Told, api: Api) => void;
}

type ApiName = 'chat' | 'responses' | 'messages';
const APIS: Readonly<Record<ApiName, Api>> = {
  chat: chatApi,
  responses: responsesApi,
  messages: anthropicApi,
};
const FINISH: Readonly<Record<ApiName, string>> = {
  chat: '"finish_reason":"stop"',
  responses: '"response.completed"',
  messages: '"message_delta"',
};
const CONTENT: Readonly<Record<ApiName, string>> = {
  chat: '"content":"a"',
  responses: '"delta":"a"',
  messages: '"text":"a"',
};
const USED = { input_tokens: 120, cached_input_tokens: 100, output_tokens: 37 };
const WAIT_MS = 80;

const late = (frames: readonly Frame[]): readonly Frame[] =>
  frames.map((frame, index) => (index === 0 ? { ...frame, afterMs: WAIT_MS } : frame));

function only({ events }: Told): Readonly<Record<string, unknown>> {
  expect(events).toHaveLength(1);
  return events[0]!;
}

const CASES: readonly Case[] = [
  {
    name: 'whole',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...late(wire.content), ...wire.finish('usage')] }),
    check: (told, api) => {
      const event = only(told);
      const model = { model_requested: 'm', model_served: 'served-model-1', request_id: 'r-1' };
      expect(event).toMatchObject({ ...USED, ...model, status: 'ok', finish_reason: api.finishReasons.stop });
      if (api.tellsReasoning) expect(event).toMatchObject({ reasoning_tokens: 5 });
      const [ttftMs, durationMs] = [Number(event['ttft_ms']), Number(event['duration_ms'])];
      expect(ttftMs).toBeGreaterThanOrEqual(WAIT_MS - 1);
      expect(durationMs).toBeGreaterThanOrEqual(ttftMs);
      expect(durationMs).toBeLessThanOrEqual(told.elapsedMs);
    },
  },
  {
    name: 'without usage',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content, ...wire.finish('bare')] }),
    check: (told) => {
      const event = only(told);
      expect(event['status']).toBe('ok');
      for (const field of Object.keys(USED)) expect(event[field] ?? null).toBeNull();
    },
  },
  {
    name: 'refused',
    answer: (api) => ({ status: 429, headers: { 'retry-after': '7' }, json: api.errorBody('slow_down') }),
    check: (told) => {
      const refusal = { status: 'rate_limited', http_status: 429, error_type: 'slow_down', ttft_ms: null };
      expect(only(told)).toMatchObject({ ...refusal, measures: { retry_after_ms: 7_000 } });
      expect(told.caught).toBe('RateLimitError');
    },
  },
  {
    name: 'a server error',
    answer: (api) => ({ status: 500, json: api.errorBody('internal') }),
    check: (told) => {
      expect(only(told)).toMatchObject({ status: 'error', http_status: 500, error_type: 'internal' });
      expect(told.caught).toBe('InternalServerError');
    },
  },
  {
    name: 'cut in mid-stream',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content], end: 'cut' }),
    check: (told) => {
      const event = only(told);
      expect(event).toMatchObject({ status: 'error' });
      expect(event['error_type']).toMatch(/^\w+$/);
      expect(event['ttft_ms']).toBeGreaterThan(0);
    },
  },
  {
    name: 'ended without its finish',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content] }),
    check: (told) => {
      expect(only(told)).toMatchObject({ status: 'error', error_type: 'unfinished' });
    },
  },
  {
    name: 'an error frame within a 200',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content, wire.error] }),
    check: (told) => {
      const event = only(told);
      expect(event['status']).toBe('error');
      expect(event['error_type']).toMatch(/server_error|api_error/);
    },
  },
  {
    name: 'left by its reader',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content], end: 'stall' }),
    leaveAt: (api) => CONTENT[api],
    check: (told) => {
      expect(only(told)).toMatchObject({ status: 'cancelled', error_type: 'consumer_left' });
      expect(told.caught).toBeNull();
    },
  },
  {
    name: 'left at the finish reason',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content, ...wire.finish('bare')] }),
    leaveAt: (api) => FINISH[api],
    check: (told, api) => {
      expect(only(told)).toMatchObject({ status: 'ok', finish_reason: api.finishReasons.stop });
    },
  },
  {
    name: 'a time-out of the client',
    answer: ({ wire }) => ({ frames: [...wire.opening, ...wire.content], end: 'stall' }),
    timeoutS: 0.3,
    check: (told) => {
      expect(only(told)).toMatchObject({ status: 'timeout' });
      expect(only(told)['duration_ms']).toBeGreaterThanOrEqual(299);
    },
  },
  {
    name: 'a time-out before any answer',
    answer: () => ({ end: 'silent' }),
    timeoutS: 0.3,
    check: (told) => {
      expect(only(told)).toMatchObject({ status: 'timeout', error_type: 'APITimeoutError', ttft_ms: null });
    },
  },
  {
    name: 'a call of a tool',
    answer: ({ wire }) => ({
      frames: [...wire.opening, ...late(wire.toolCall), ...wire.finish('usage', 'tool')],
    }),
    check: (told, api) => {
      expect(only(told)).toMatchObject({ tool_calls: 1, finish_reason: api.finishReasons.tool, ...USED });
      expect(only(told)['ttft_ms']).toBeGreaterThanOrEqual(WAIT_MS - 1);
    },
  },
];

const tokens = (input: string, output: string): object => ({
  [`${input}_tokens`]: 120,
  [`${input}_tokens_details`]: { cached_tokens: 100 },
  [`${output}_tokens`]: 37,
  [`${output}_tokens_details`]: { reasoning_tokens: 5 },
});
const SERVED = { id: 'a-1', model: 'served-model-1' };
/** Answers that come at once. */
const WHOLE: Readonly<Record<ApiName, unknown>> = {
  chat: {
    ...SERVED,
    object: 'chat.completion',
    created: 1,
    choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'stop' }],
    usage: tokens('prompt', 'completion'),
  },
  responses: {
    ...SERVED,
    object: 'response',
    status: 'completed',
    output: [],
    usage: tokens('input', 'output'),
  },
  messages: {
    ...SERVED,
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'a' }],
    stop_reason: 'end_turn',
    usage: {
      input_tokens: 15,
      cache_creation_input_tokens: 5,
      cache_read_input_tokens: 100,
      output_tokens: 37,
    },
  },
};

const API_NAMES = Object.keys(APIS) as ApiName[];
const STREAMED = API_NAMES.flatMap((api) =>
  (['sync', 'async'] as const).flatMap((how) => CASES.map((one) => ({ api, how, one }))),
);

describe.skipIf(!hasSdks)('calls by the SDKs of PyPI', () => {
  let told: readonly Told[] = [];
  let closeProvider: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const answers = [
      ...STREAMED.map(({ api, one }) => one.answer(APIS[api])),
      ...API_NAMES.map((api): Answer => ({ json: WHOLE[api] })),
    ];
    const server = await provider((request) => answers[request] ?? { status: 500, json: {} });
    closeProvider = server.close;
    const orders = [
      ...STREAMED.map(({ api, how, one }) => ({
        api,
        how,
        leave_at: one.leaveAt?.(api) ?? null,
        timeout_s: one.timeoutS ?? 20,
      })),
      ...API_NAMES.map((api) => ({ api, how: 'whole', leave_at: null, timeout_s: 20 })),
    ];
    const child = spawn(PYTHON, [SCRIPT, server.url], {
      env: { ...process.env, PYTHONPATH: SOURCE, PYTHONDONTWRITEBYTECODE: '1' },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.end(JSON.stringify(orders));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code, stderr).toBe(0);
    told = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told);
    expect(told).toHaveLength(orders.length);
  }, 180_000);
  afterAll(() => closeProvider?.());

  it.each(STREAMED.map(({ api, how, one }, index) => ({ api, how, name: one.name, one, index })))(
    '$api, $how, $name',
    ({ api, one, index }) => {
      expect(told[index]!.isSdkStream).toBe(true);
      one.check(told[index]!, APIS[api]);
    },
  );

  it.each(API_NAMES.map((api, index) => ({ api, index })))('$api, at once', ({ api, index }) => {
    const event = only(told[STREAMED.length + index]!);
    const right = { ...USED, status: 'ok', model_served: 'served-model-1', streaming: false, ttft_ms: null };
    expect(event).toMatchObject({ ...right, finish_reason: APIS[api].finishReasons.stop });
  });
});
