import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server-sent event: its data, with its name where the API names events. */
export interface Frame {
  readonly data: unknown;
  readonly event?: string;
  /** Milliseconds to wait before it. */
  readonly afterMs?: number;
}

/** What the provider does with one request. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Answers at once. */
  readonly json?: unknown;
  /** Answers by a stream. */
  readonly frames?: readonly Frame[];
  /** How the stream ends: as it should, by a reset connection, or not at all; or it never begins, headers included. */
  readonly end?: 'clean' | 'cut' | 'stall' | 'silent';
}

export interface Provider {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly body: Record<string, unknown> }[];
  /** Resolves when the client has gone from a stream that was not at its end. */
  readonly clientLeft: Promise<void>;
  readonly close: () => Promise<void>;
}

/** A model provider on the loopback interface that answers by a script. */
export async function provider(answerOf: (request: number) => Answer): Promise<Provider> {
  const requests: { path: string; body: Record<string, unknown> }[] = [];
  let noteLeft: () => void = () => undefined;
  const clientLeft = new Promise<void>((resolve) => (noteLeft = resolve));
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    requests.push({ path: request.url!, body });
    response.once('close', () => {
      if (!response.writableFinished) noteLeft();
    });
    const { status = 200, headers, json, frames = [], end = 'clean' } = answerOf(requests.length - 1);
    if (json !== undefined) {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(json));
      return;
    }
    // A timeout of a client may stop at the headers, so one that waits for it must get none.
    if (end === 'silent') return;
    response.writeHead(status, { 'content-type': 'text/event-stream', ...headers }).flushHeaders();
    for (const { data, event, afterMs = 0 } of frames) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      const text = typeof data === 'string' ? data : JSON.stringify(data);
      response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`);
    }
    if (end === 'clean') response.end();
    // The bytes before the cut are to arrive.
    if (end === 'cut') setTimeout(() => response.destroy(), 20);
  };
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    clientLeft,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
