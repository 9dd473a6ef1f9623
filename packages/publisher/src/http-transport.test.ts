import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBatchDecoder, decodeBatchFrames, loadPackageSchemas } from '@burnline/contracts';
import type { BatchFrame } from '@burnline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { LEAST } from './event-inputs.fixture.ts';
import { httpTransport, parseRetryAfter } from './http-transport.ts';
import { createPublisher } from './publisher.ts';

interface Request {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly frames: readonly BatchFrame[];
}

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

/** A collector on the loopback interface that answers by a script; an answer of null is silence. */
async function collector(
  answer: (call: number) => { readonly status: number; readonly headers?: Record<string, string> } | null,
): Promise<{ readonly url: string; readonly requests: readonly Request[] }> {
  const requests: Request[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const frames = decodeBatchFrames(Buffer.concat(chunks));
    requests.push({ path: `${request.method!} ${request.url!}`, headers: request.headers, frames });
    const scripted = answer(requests.length - 1);
    if (scripted !== null) response.writeHead(scripted.status, scripted.headers).end('said the collector');
  };
  const listening = createServer((request, response) => void handle(request, response));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`, requests };
}

const batch = {
  topic: 'burnline.live.inference',
  partition: 2,
  messages: [{ value: new Uint8Array([1, 2, 3]) }],
};

describe('the HTTP transport', () => {
  it('delivers through a collector that is first busy, then takes everything', async () => {
    const { url, requests } = await collector((call) =>
      call === 0 ? { status: 503, headers: { 'retry-after': '0' } } : { status: 202 },
    );
    const publisher = createPublisher({
      transport: httpTransport({ url, headers: { authorization: 'Bearer key' } }),
      partitionCount: 3,
      service: 'chat',
      environment: 'test',
      retry: { backoffMs: 1 },
    });
    for (let step = 0; step < 250; step += 1) publisher.emit({ ...LEAST, duration_ms: 1, step });
    await publisher.close();
    expect(publisher.counters()).toMatchObject({ emitted: 250, acknowledged: 250, retried: 250 });
    for (const { path, headers } of requests) {
      expect(path).toBe('POST /v1/batches');
      expect(headers).toMatchObject({
        authorization: 'Bearer key',
        'content-type': 'application/vnd.burnline.batches',
      });
    }
    const decoder = createBatchDecoder(loadPackageSchemas());
    const taken = requests
      .slice(1)
      .flatMap(({ frames }) => frames.map(({ value }) => decoder.decodeBatch(value)));
    expect(taken.flatMap((one) => (one.kind === 'inference' ? one.records : []))).toHaveLength(250);
    expect(taken.filter(({ kind }) => kind === 'report')).toMatchObject([{ records: [{ is_final: true }] }]);
  });

  it.each([429, 502, 503, 504])('asks for another attempt after a %d', async (status) => {
    const { url } = await collector(() => ({ status, headers: { 'retry-after': '7' } }));
    await expect(httpTransport({ url }).send([batch])).rejects.toMatchObject({
      code: 'PUBLISHER_HTTP_UNAVAILABLE',
      outcome: 'retry',
      details: { status, retryAfterMs: 7_000 },
    });
  });

  it.each([400, 401, 404, 413])('gives up after a %d', async (status) => {
    const { url } = await collector(() => ({ status }));
    await expect(httpTransport({ url }).send([batch])).rejects.toMatchObject({
      code: 'PUBLISHER_HTTP_REFUSED',
      outcome: 'dead-letter',
      message: `The collector answered ${status}: said the collector`,
    });
  });

  it('gives up waiting for a silent collector', async () => {
    const { url } = await collector(() => null);
    await expect(httpTransport({ url, timeoutMs: 50 }).send([batch])).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });

  it('reads Retry-After as seconds or as a date', () => {
    const now = Date.parse('2025-11-21T08:00:00Z');
    expect(parseRetryAfter('120', now)).toBe(120_000);
    expect(parseRetryAfter('Fri, 21 Nov 2025 08:00:30 GMT', now)).toBe(30_000);
    expect(parseRetryAfter('Fri, 21 Nov 2025 07:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeNull();
    expect(parseRetryAfter(null, now)).toBeNull();
  });
});
