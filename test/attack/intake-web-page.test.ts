import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENT } from './support/events.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: a web page cannot make a browser publish, whatever name it gives this machine. */
let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start({ address: { names: ['burnline.internal'] } });
});
afterAll(async () => {
  expect(await intake.ids('inference')).toHaveLength(takenCount);
  await intake.stop();
});
let takenCount = 0;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** As given: fetch would not let Host and Origin be set. */
function send(
  headers: Readonly<Record<string, string>>,
  method = 'POST',
  path = '/v1/events',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: intake.port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? JSON.stringify(EVENT) : undefined);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a request by the name', () => {
  it.each([
    'evil.example',
    'evil.example:4380',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '10.0.0.9',
    '@',
  ])('%s is refused', async (host) => {
    for (const [method, path] of [
      ['POST', '/v1/events'],
      ['GET', '/ready'],
      ['GET', '/nothing'],
    ] as const) {
      const answer = await send({ ...JSON_TYPE, host }, method, path);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('COLLECTOR_HOST_REFUSED');
    }
  });

  it.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1',
    '127.9.9.9:80',
    '[::1]',
    'burnline.internal:4380',
    'localhost.',
  ])('%s is taken', async (host) => {
    expect((await send({ ...JSON_TYPE, host })).status).toBe(200);
    takenCount += 1;
  });
});

describe('a request of a page', () => {
  it.each(['http://evil.example', 'https://127.0.0.1', 'null', 'http://localhost:3000'])(
    'of %s is refused, and no answer lets it in',
    async (origin) => {
      const answer = await send({ ...JSON_TYPE, origin });
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('COLLECTOR_ORIGIN_REFUSED');
      const preflight = await send({ origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
      expect(preflight.status).toBe(403);
      for (const { headers } of [answer, preflight])
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    },
  );

  it.each([
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'text/plain;charset=UTF-8' },
    { 'content-type': 'multipart/form-data; boundary=x' },
    { 'content-type': 'application/json; charset=utf-16' },
    {},
  ])('with %j is refused, and told how to be taken', async (headers) => {
    const answer = await send(headers);
    expect(answer.status).toBe(415);
    expect(answer.body).toContain('COLLECTOR_MEDIA_TYPE_REFUSED');
    expect((await send(headers, 'POST', '/v1/batches')).status).toBe(415);
    if (!('content-type' in headers)) expect(answer.body).toContain('content-type: application/json');
  });

  it.each([
    'application/json',
    'application/json; charset=UTF-8',
    'application/x-ndjson',
    'Application/JSONL',
  ])('as %s is taken from a service', async (type) => {
    expect((await send({ 'content-type': type })).status).toBe(200);
    takenCount += 1;
  });
});

it('a wrong method is told which are right, a wrong path where to go', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await send({}, method);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('POST');
  }
  expect((await send(JSON_TYPE, 'POST', '/live')).headers['allow']).toBe('GET, HEAD');
  expect((await send(JSON_TYPE, 'POST', '/v1/event')).status).toBe(404);
});
