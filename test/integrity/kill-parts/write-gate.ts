import { once } from 'node:events';
import { createServer, request as requestOf, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hold } from './hold.ts';

/** The way of one process to the engine: INSERTs pass a hold, by the name of their table. */
export class WriteGate {
  readonly writes = new Hold();
  readonly #server = createServer();

  private constructor(engineUrl: string) {
    const { writes } = this;
    this.#server.on('request', (request, response) => void forward(request, response, { engineUrl, writes }));
  }

  static async open(engineUrl: string): Promise<WriteGate> {
    const gate = new WriteGate(engineUrl);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.writes.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  { engineUrl, writes }: { readonly engineUrl: string; readonly writes: Hold },
): Promise<void> {
  const query = new URL(request.url ?? '/', engineUrl).searchParams.get('query') ?? '';
  const table = /^INSERT INTO (\w+)/.exec(query)?.[1];
  if (table !== undefined) await writes.pass(table);
  // Whoever asked was killed meanwhile: the engine never hears of it.
  if (response.destroyed) return;
  const { method, headers } = request;
  const onward = requestOf(new URL(request.url ?? '/', engineUrl), { method, headers, agent: false });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}
