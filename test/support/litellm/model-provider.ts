import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** A call as the provider saw it: what it was asked for and what it says it did. */
interface ProvidedCall {
  readonly model: string;
  readonly isStreamed: boolean;
  readonly status: number;
  /** Null: it reported none. */
  readonly usage: { readonly input: number; readonly cached: number; readonly output: number } | null;
}

export interface ModelProvider {
  /** Base of the API, `/v1` included. */
  readonly url: string;
  readonly calls: readonly ProvidedCall[];
  close(): Promise<void>;
}

interface ChatRequest {
  readonly model: string;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** Models that fail, by the status that they fail with; others answer. */
const FAILURES: Readonly<Record<string, { readonly status: number; readonly type: string }>> = {
  limited: { status: 429, type: 'rate_limit_exceeded' },
  broken: { status: 500, type: 'server_error' },
  filtered: { status: 400, type: 'content_filter' },
};
const USAGE = { input: 120, cached: 40, output: 30 } as const;
const WORDS = ['SECRET-answer', 'It', 'is', 'good.'];
/** Between the chunks of a stream. */
const CHUNK_PAUSE_MS = 60;

/** A provider that speaks OpenAI's chat completions, and keeps what it was asked and what it counted. */
export async function startModelProvider(): Promise<ModelProvider> {
  const calls: ProvidedCall[] = [];
  const server = createServer((request, response) => {
    void complete(request, response, calls).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function complete(
  request: IncomingMessage,
  response: ServerResponse,
  calls: ProvidedCall[],
): Promise<void> {
  const asked = (await json(request)) as ChatRequest;
  const { model, stream: isStreamed = false } = asked;
  const failure = FAILURES[model];
  if (failure !== undefined) {
    const { status, type } = failure;
    calls.push({ model, isStreamed, status, usage: null });
    sendJson(response, status, { error: { message: `SECRET-message of ${model}`, type, code: type } });
    return;
  }
  const reportsUsage = !isStreamed || asked.stream_options?.include_usage === true;
  calls.push({ model, isStreamed, status: 200, usage: reportsUsage ? USAGE : null });
  const id = `chatcmpl-${calls.length}`;
  if (isStreamed) await sendStream(response, { id, model, reportsUsage });
  else {
    const message = { role: 'assistant', content: WORDS.join(' ') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    sendJson(response, 200, { ...commonOf(id, model), object: 'chat.completion', choices, usage: usageOf() });
  }
}

const commonOf = (id: string, model: string): object => ({
  id,
  created: 1_790_000_000,
  model: `${model}-2026-08-06`,
});

const usageOf = (): object => ({
  prompt_tokens: USAGE.input,
  completion_tokens: USAGE.output,
  total_tokens: USAGE.input + USAGE.output,
  prompt_tokens_details: { cached_tokens: USAGE.cached },
});

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function sendStream(
  response: ServerResponse,
  {
    id,
    model,
    reportsUsage,
  }: { readonly id: string; readonly model: string; readonly reportsUsage: boolean },
): Promise<void> {
  const common = { ...commonOf(id, model), object: 'chat.completion.chunk' };
  const delta = (content: string): object => ({ role: 'assistant', content: `${content} ` });
  const chunks: readonly object[] = [
    ...WORDS.map((word) => ({ ...common, choices: [{ index: 0, delta: delta(word), finish_reason: null }] })),
    { ...common, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ...(reportsUsage ? [{ ...common, choices: [], usage: usageOf() }] : []),
  ];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) {
    await sleep(CHUNK_PAUSE_MS);
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  }
  response.end('data: [DONE]\n\n');
}
