import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createBatchDecoder, decodeBatchFrames, loadPackageSchemas, partitionOf } from '@burnline/contracts';
import type { BatchFrame } from '@burnline/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { httpTransport } from './http-transport.ts';
import { LEAST } from './testing/event-inputs.ts';
import { createPublisher } from './publisher.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

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
  answer: (call: number) => Answer | null,
): Promise<{ readonly url: string; readonly requests: readonly Request[] }> {
  const requests: Request[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const isGzip = request.headers['content-encoding'] === 'gzip';
    const frames = decodeBatchFrames(isGzip ? gunzipSync(body) : body);
    requests.push({ path: `${request.method!} ${request.url!}`, headers: request.headers, frames });
    const scripted = answer(requests.length - 1);
    if (scripted === null) return;
    response.writeHead(scripted.status, scripted.headers).end(scripted.body ?? 'said the collector');
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
  it('compresses where it is told to, and says so', async () => {
    const { url, requests } = await collector(() => ({ status: 202 }));
    await httpTransport({ url, compression: 'gzip' }).send([batch]);
    await httpTransport({ url }).send([batch]);
    expect(requests.map(({ headers }) => headers['content-encoding'])).toEqual(['gzip', undefined]);
    expect(requests[0]!.frames).toEqual(requests[1]!.frames);
  });

  it('delivers through a collector that is first busy, then takes everything', async () => {
    const { url, requests } = await collector((call) =>
      call === 0 ? { status: 503, headers: { 'retry-after': '0' } } : { status: 202 },
    );
    const publisher = createPublisher({
      transport: httpTransport({ url, headers: { authorization: 'Bearer key' } }),
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

  it.each([401, 403, 404, 429, 500, 502, 503, 504])('asks for another attempt after a %d', async (status) => {
    const { url } = await collector(() => ({ status, headers: { 'retry-after': '7' } }));
    await expect(httpTransport({ url }).send([batch])).rejects.toMatchObject({
      code: 'PUBLISHER_HTTP_UNAVAILABLE',
      outcome: 'retry',
      details: { status, retryAfterMs: 7_000 },
    });
  });

  it.each([400, 413, 415, 422])('gives up after a %d', async (status) => {
    const { url } = await collector(() => ({ status }));
    await expect(httpTransport({ url }).send([batch])).rejects.toMatchObject({
      code: 'PUBLISHER_HTTP_REFUSED',
      outcome: 'dead-letter',
      message: `The collector answered ${status}: said the collector`,
    });
  });

  it('learns how many partitions there are from the collector, and cuts its batches for them from then on', async () => {
    const { url, requests } = await collector((call) => ({
      status: 200,
      body: call === 0 ? '{"accepted":1,"partitions":4}' : '{"accepted":100}',
    }));
    const transport = httpTransport({ url });
    const publisher = createPublisher({
      transport,
      service: 'chat',
      environment: 'test',
      reportIntervalMs: 0,
    });
    for (let round = 0; round < 2; round += 1) {
      for (let step = 0; step < 80; step += 1)
        publisher.emit({ model_requested: 'm', status: 'ok', duration_ms: 1, step });
      await publisher.flush();
    }
    expect(transport.partitionCount?.()).toBe(4);
    const partitions = requests.map(({ frames }) => frames.map(({ partition }) => partition));
    expect(partitions[0]).toEqual([0]);
    expect(partitions.slice(1).flat().sort()).toEqual([0, 1, 2, 3]);
    const decoder = createBatchDecoder(loadPackageSchemas());
    for (const { partition, value } of requests.slice(1).flatMap(({ frames }) => frames)) {
      const batch = decoder.decodeBatch(value);
      const ids = batch.kind === 'inference' ? batch.records.map(({ event_id }) => event_id) : [];
      expect(ids.map((id) => partitionOf(id, 4))).toEqual(ids.map(() => partition));
    }
  });

  it.each([
    '',
    'OK',
    'null',
    '{"partitions":0}',
    '{"partitions":1.5}',
    '{"partitions":"2"}',
    '{"partitions":9999}',
  ])('learns nothing from an answer of %j', async (body) => {
    const { url } = await collector(() => ({ status: 200, body }));
    const transport = httpTransport({ url });
    await transport.send([batch]);
    expect(transport.partitionCount?.()).toBeNull();
  });

  it('gives up waiting for a silent collector', async () => {
    const { url } = await collector(() => null);
    await expect(httpTransport({ url, timeoutMs: 50 }).send([batch])).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});
