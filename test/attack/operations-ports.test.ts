import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serveOperations, type OperationsServer } from '@burnline/runtime';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fuzzRawHttp, fuzzSeconds, fuzzSeed } from './support/raw-http-fuzz.ts';

/** What every service answers on its operations port: whoever can reach it may send what he likes. */
const HOST = '127.0.0.1';

let server: OperationsServer | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
  server = null;
});

async function serve(
  checks: ReadonlyMap<string, () => Promise<void>>,
  metrics = () => Promise.resolve('up 1\n'),
) {
  server = await serveOperations({ host: HOST, port: 0, checks, metrics });
  return { url: server.url, port: Number(new URL(server.url).port) };
}

async function expectServed(url: string): Promise<void> {
  const answers = await Promise.all(['live', 'ready', 'metrics'].map((path) => fetch(`${url}/${path}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  for (const answer of answers) await answer.text();
}

/** Opens connections and sends a part of a request on each; a connection that is refused or cut is no error here. */
async function openHalf(port: number, count: number): Promise<void> {
  const opening = Array.from({ length: count }, async () => {
    const socket = connect(port, HOST);
    sockets.push(socket);
    socket.on('error', () => undefined);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    socket.write('GET /live HTTP/1.1\r\nHost: a\r\n');
  });
  await Promise.all(opening);
}

const READY = new Map([['log', () => Promise.resolve()]]);

describe('an operations port', () => {
  it('goes on answering whatever bytes it is sent', async () => {
    const { url, port } = await serve(READY);
    const target = {
      host: HOST,
      port,
      paths: ['/live', '/ready', '/metrics'],
      headers: [`Host: ${HOST}`],
      bodies: ['', '{}'],
    };
    const report = await fuzzRawHttp(target, {
      seconds: fuzzSeconds(5),
      seed: fuzzSeed('operations port'),
      checkAlive: () => expectServed(url),
    });
    expect(report.connectionCount).toBeGreaterThan(0);
    expect(report.strangeAnswers).toEqual([]);
    await expectServed(url);
  });

  it('answers while others hold more connections than it has places for', async () => {
    const { url, port } = await serve(READY);
    await openHalf(port, 400);
    await expectServed(url);
    // Places are few, and the oldest makes room.
    await vi.waitFor(() => {
      expect(sockets.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(128);
    });
  });

  it('looks once for all who ask at the same time', async () => {
    let looks = 0;
    let release: () => void = () => undefined;
    const slow = (): Promise<void> => {
      looks += 1;
      return new Promise((resolve) => {
        release = resolve;
      });
    };
    const { url } = await serve(new Map([['database', slow]]));
    const asking = Array.from({ length: 50 }, () => fetch(`${url}/ready`).then(({ status }) => status));
    while (looks === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 200));
    release();
    const [first] = asking;
    expect(await first).toBe(200);
    expect(looks).toBeLessThanOrEqual(2);
    const releasing = setInterval(() => {
      release();
    }, 5);
    expect(new Set(await Promise.all(asking))).toEqual(new Set([200]));
    clearInterval(releasing);
  });

  it('waits for an action longer than for a client that is idle, and only as long', async () => {
    const action = async (): Promise<object> => {
      await new Promise((resolve) => setTimeout(resolve, 11_500));
      return { done: true };
    };
    const actions = { token: 'secret', handlers: new Map([['/act', action]]), questions: new Map() };
    const metrics = (): Promise<string> => Promise.resolve('up 1\n');
    server = await serveOperations({ host: HOST, port: 0, checks: READY, metrics, actions });
    const idle = connect(Number(new URL(server.url).port), HOST);
    sockets.push(idle);
    idle.resume();
    const isCut = once(idle, 'close').then(() => true);
    const answer = await fetch(`${server.url}/act`, {
      method: 'POST',
      headers: { authorization: 'Bearer secret' },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toEqual([200, { done: true }]);
    expect(await isCut).toBe(true);
  });

  it('says that figures cannot be had, and goes on', async () => {
    const { url } = await serve(READY, () => Promise.reject(new Error('no figures now')));
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, await answer.text()]).toEqual([500, 'no figures now\n']);
    expect((await fetch(`${url}/live`)).status).toBe(200);
  });
});
