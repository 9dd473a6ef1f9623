import Anthropic from '@anthropic-ai/sdk';
import {
  aiSdk,
  aiSdkMiddleware,
  anthropicMessages,
  openAiChat,
  openAiResponses,
  timeCall,
  type AnswerAdapter,
  type TimeOptions,
} from '@burnline/publisher';
import { createOpenAI } from '@ai-sdk/openai';
import { streamText, wrapLanguageModel } from 'ai';
import OpenAI from 'openai';
import type { Frame } from './provider.ts';

/** One provider's API and its SDK: what goes over the wire, and how a service calls it. */
export interface Api {
  readonly name: string;
  readonly adapter: AnswerAdapter;
  /** Parts of a streamed answer. Usage says: 120 tokens in, 100 of them cached; 37 out, 5 of them reasoning. */
  readonly wire: {
    readonly opening: readonly Frame[];
    readonly content: readonly Frame[];
    readonly toolCall: readonly Frame[];
    /** `usage`: the finish with what was used; `bare`: without it. */
    readonly finish: (usage: 'usage' | 'bare', reason?: 'stop' | 'tool') => readonly Frame[];
    readonly error: Frame;
  };
  readonly errorBody: (code: string) => unknown;
  /** Streams an answer, measured. Resolves when there is a stream to read. */
  readonly stream: (url: string, options: TimeOptions, call: Call) => PromiseLike<AsyncIterable<unknown>>;
  readonly isContent: (chunk: Record<string, unknown>) => boolean;
  readonly isFinish: (chunk: Record<string, unknown>) => boolean;
  readonly finishReasons: { readonly stop: string; readonly tool: string };
  /** Whether a stream reports errors as parts of itself instead of throwing. */
  readonly tellsErrors: boolean;
  readonly tellsReasoning: boolean;
}

export interface Call {
  readonly maxRetries: number;
  readonly signal?: AbortSignal;
}

const MODEL = 'served-model-1';
const message = [{ role: 'user' as const, content: 'hello' }];

const chat = (choices: readonly unknown[], usage: unknown = null): Frame => ({
  data: { id: 'c-1', object: 'chat.completion.chunk', created: 1, model: MODEL, choices, usage },
});
const delta = (part: unknown, finish_reason: string | null = null): Frame =>
  chat([{ index: 0, delta: part, finish_reason }]);
const toolDelta = (part: unknown): Frame => delta({ tool_calls: [{ index: 0, ...(part as object) }] });

const chatWire: Api['wire'] = {
  opening: [delta({ role: 'assistant', content: '' })],
  content: [delta({ content: 'a' }), delta({ content: 'b' })],
  toolCall: [
    toolDelta({ id: 't-1', type: 'function', function: { name: 'look', arguments: '' } }),
    toolDelta({ function: { arguments: '{"q":' } }),
    toolDelta({ function: { arguments: '1}' } }),
  ],
  finish: (usage, reason = 'stop') => [
    delta({}, reason === 'stop' ? 'stop' : 'tool_calls'),
    ...(usage === 'bare'
      ? []
      : [
          chat([], {
            prompt_tokens: 120,
            completion_tokens: 37,
            total_tokens: 157,
            prompt_tokens_details: { cached_tokens: 100 },
            completion_tokens_details: { reasoning_tokens: 5 },
          }),
        ]),
    { data: '[DONE]' },
  ],
  error: { data: { error: { message: 'engine died', type: 'server_error', code: 'server_error' } } },
};
const openAiError = (code: string): unknown => ({ error: { message: 'no', type: code, code, param: null } });

export const chatApi: Api = {
  name: 'OpenAI chat completions',
  adapter: openAiChat,
  wire: chatWire,
  errorBody: openAiError,
  stream: (url, options, { maxRetries, signal }) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries });
    return timeCall(
      () =>
        client.chat.completions.create(
          { model: 'm', messages: message, stream: true, stream_options: { include_usage: true } },
          { signal },
        ),
      options,
    );
  },
  isContent: (chunk) => /"content":"[ab]"|"tool_calls"/.test(JSON.stringify(chunk)),
  isFinish: (chunk) => JSON.stringify(chunk).includes('"finish_reason":"'),
  finishReasons: { stop: 'stop', tool: 'tool_calls' },
  tellsErrors: false,
  tellsReasoning: true,
};

const responseOf = (fields: object): unknown => ({
  id: 'r-1',
  object: 'response',
  model: MODEL,
  output: [],
  ...fields,
});
const named = (type: string, fields: object): Frame => ({
  event: type,
  data: { type, sequence_number: 0, ...fields },
});

export const responsesApi: Api = {
  name: 'OpenAI responses',
  adapter: openAiResponses,
  wire: {
    opening: [
      named('response.created', {
        response: responseOf({ status: 'in_progress', error: null, usage: null }),
      }),
      named('response.output_item.added', {
        output_index: 0,
        item: { id: 'i-1', type: 'message', content: [] },
      }),
    ],
    content: [
      named('response.output_text.delta', { item_id: 'i-1', output_index: 0, content_index: 0, delta: 'a' }),
      named('response.output_text.delta', { item_id: 'i-1', output_index: 0, content_index: 0, delta: 'b' }),
    ],
    toolCall: [
      named('response.output_item.added', {
        output_index: 0,
        item: { id: 'i-2', type: 'function_call', call_id: 't-1', name: 'look', arguments: '' },
      }),
      named('response.function_call_arguments.delta', { item_id: 'i-2', output_index: 0, delta: '{"q":1}' }),
    ],
    finish: (usage) => [
      named('response.completed', {
        response: responseOf({
          status: 'completed',
          error: null,
          usage:
            usage === 'bare'
              ? null
              : {
                  input_tokens: 120,
                  input_tokens_details: { cached_tokens: 100 },
                  output_tokens: 37,
                  output_tokens_details: { reasoning_tokens: 5 },
                  total_tokens: 157,
                },
        }),
      }),
    ],
    error: named('response.failed', {
      response: responseOf({ status: 'failed', error: { code: 'server_error', message: 'engine died' } }),
    }),
  },
  errorBody: openAiError,
  stream: (url, options, { maxRetries, signal }) => {
    const client = new OpenAI({ apiKey: 'k', baseURL: `${url}/v1`, maxRetries });
    return timeCall(
      () => client.responses.create({ model: 'm', input: 'hello', stream: true }, { signal }),
      options,
    );
  },
  isContent: (chunk) => /delta|function_call/.test(JSON.stringify(chunk)),
  isFinish: ({ type }) => type === 'response.completed',
  finishReasons: { stop: 'completed', tool: 'completed' },
  tellsErrors: true,
  tellsReasoning: true,
};

const event = (type: string, fields: object): Frame => ({ event: type, data: { type, ...fields } });
const block = (content_block: object): Frame => event('content_block_start', { index: 0, content_block });
const blockDelta = (part: object): Frame => event('content_block_delta', { index: 0, delta: part });

export const anthropicApi: Api = {
  name: 'Anthropic messages',
  adapter: anthropicMessages,
  wire: {
    opening: [
      event('message_start', {
        message: {
          id: 'm-1',
          type: 'message',
          role: 'assistant',
          model: MODEL,
          content: [],
          stop_reason: null,
          usage: null,
        },
      }),
      event('ping', {}),
      block({ type: 'text', text: '' }),
    ],
    content: [
      blockDelta({ type: 'text_delta', text: 'a' }),
      blockDelta({ type: 'text_delta', text: 'b' }),
      event('content_block_stop', { index: 0 }),
    ],
    toolCall: [
      block({ type: 'tool_use', id: 't-1', name: 'look', input: {} }),
      blockDelta({ type: 'input_json_delta', partial_json: '{"q":1}' }),
      event('content_block_stop', { index: 0 }),
    ],
    finish: (usage, reason = 'stop') => [
      event('message_delta', {
        delta: { stop_reason: reason === 'stop' ? 'end_turn' : 'tool_use', stop_sequence: null },
        // 15 new tokens, 5 written to the cache, 100 read from it.
        usage:
          usage === 'bare'
            ? {}
            : {
                input_tokens: 15,
                cache_creation_input_tokens: 5,
                cache_read_input_tokens: 100,
                output_tokens: 37,
              },
      }),
      event('message_stop', {}),
    ],
    error: event('error', { error: { type: 'api_error', message: 'engine died' } }),
  },
  errorBody: (type) => ({ type: 'error', error: { type, message: 'no' } }),
  stream: (url, options, { maxRetries, signal }) => {
    const client = new Anthropic({ apiKey: 'k', baseURL: url, maxRetries });
    return timeCall(
      () =>
        client.messages.create(
          { model: 'm', max_tokens: 100, messages: message, stream: true },
          { ...(signal && { signal }) },
        ),
      options,
    );
  },
  isContent: ({ type, content_block }) =>
    type === 'content_block_delta' || JSON.stringify(content_block ?? '').includes('tool_use'),
  isFinish: ({ type }) => type === 'message_delta',
  finishReasons: { stop: 'end_turn', tool: 'tool_use' },
  tellsErrors: false,
  tellsReasoning: false,
};

const aiSdkModel = (url: string): ReturnType<ReturnType<typeof createOpenAI>['chat']> =>
  createOpenAI({ apiKey: 'k', baseURL: `${url}/v1` }).chat('m');
const aiSdkParts: Pick<Api, 'adapter' | 'wire' | 'errorBody' | 'isContent' | 'isFinish' | 'finishReasons'> = {
  adapter: aiSdk,
  wire: chatWire,
  errorBody: openAiError,
  isContent: ({ type }) => type === 'text-delta' || type === 'tool-input-start',
  isFinish: ({ type }) => type === 'finish-step',
  finishReasons: { stop: 'stop', tool: 'tool-calls' },
};
const quiet = { onError: (): void => undefined };

export const aiSdkMiddlewareApi: Api = {
  ...aiSdkParts,
  name: 'AI SDK, middleware',
  stream: async (url, options, { maxRetries, signal }) => {
    const middleware = aiSdkMiddleware(options);
    const model = wrapLanguageModel({ model: aiSdkModel(url), middleware });
    return Promise.resolve(
      streamText({ model, prompt: 'hello', maxRetries, ...(signal && { abortSignal: signal }), ...quiet })
        .fullStream,
    );
  },
  tellsErrors: true,
  tellsReasoning: true,
};

export const aiSdkResultApi: Api = {
  ...aiSdkParts,
  name: 'AI SDK, result of streamText',
  stream: async (url, options, { maxRetries, signal }) => {
    const model = aiSdkModel(url);
    const abort = signal && { abortSignal: signal };
    const result = timeCall(
      () => streamText({ model, prompt: 'hello', maxRetries, ...abort, ...quiet }),
      options,
    );
    return Promise.resolve(result.fullStream);
  },
  tellsErrors: true,
  tellsReasoning: true,
};
