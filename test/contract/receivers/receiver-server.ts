import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeardRequest, ReceiverApi, Said } from './receiver-api.ts';

/** How one request is answered; `null` breaks the connection off. */
export type Scripted = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
} | null;

export interface ReceiverServer {
  readonly url: string;
  /** In the order of arrival, those that were answered by script too. */
  readonly requests: { readonly request: HeardRequest; readonly status: number; readonly atMs: number }[];
  /** By alert: what the last request that was taken said. */
  readonly alerts: ReadonlyMap<string, Said['state']>;
  /** How often each alert was said to be open, closed, noted. */
  readonly said: readonly Said[];
  /** What of its schema requests broke. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}

/** A server that takes what the API's schema allows and refuses the rest; first it answers as it is told. */
export async function startReceiverServer(
  api: ReceiverApi,
  {
    script = [],
    answerAfterMs = 0,
  }: { readonly script?: readonly Scripted[]; readonly answerAfterMs?: number } = {},
): Promise<ReceiverServer> {
  const requests: ReceiverServer['requests'] = [];
  const alerts = new Map<string, Said['state']>();
  const said: Said[] = [];
  const faults: string[] = [];

  const take = (request: HeardRequest): number => {
    try {
      if (request.headers['authorization'] !== api.authorization) throw new Error('the login');
      if (Buffer.byteLength(request.text) > api.bodyBytesMax) throw new Error('a body within the bound');
      for (const one of api.read(request)) {
        said.push(one);
        if (one.state !== 'noted') alerts.set(one.alert, one.state);
      }
      return api.takenStatus;
    } catch (error) {
      faults.push(String(error));
      return 400;
    }
  };
  const server = createServer((incoming, response) => {
    void heard(incoming).then(async (request) => {
      const scripted = script[requests.length];
      const status = scripted === undefined ? take(request) : (scripted?.status ?? 0);
      requests.push({ request, status, atMs: performance.now() });
      await sleep(answerAfterMs);
      if (scripted === null) response.destroy();
      else response.writeHead(status, scripted?.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    alerts,
    said,
    faults,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function heard(incoming: IncomingMessage): Promise<HeardRequest> {
  const { method = '', url: path = '', headers } = incoming;
  const plain = Object.entries(headers).map(([name, value]) => [name, value?.toString()] as const);
  return { method, path, headers: Object.fromEntries(plain), text: await text(incoming) };
}
