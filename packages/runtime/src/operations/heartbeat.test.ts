import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../lifecycle/clock.ts';
import { createLogger } from '../observability/logger.ts';
import { sendHeartbeats } from './heartbeat.ts';

interface Beat {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
}

let server: Server;
let beats: Beat[];
let controller: AbortController;
beforeEach(async () => {
  beats = [];
  controller = new AbortController();
  server = createServer(({ method, url, headers }, response) => {
    beats.push({ method, url, authorization: headers.authorization });
    response.end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  controller.abort();
  server.closeAllConnections();
  server.close();
});

const url = (login = ''): string =>
  `http://${login}127.0.0.1:${(server.address() as AddressInfo).port}/ping/x`;
const context = () => ({
  clock: systemClock,
  logger: createLogger({ name: 'test', level: 'silent' }),
  signal: controller.signal,
});

it('is sent for as long as all is well, with the login of its URL, and again once it is', async () => {
  let fault: string | null = null;
  const isWell = (): Promise<void> => (fault === null ? Promise.resolve() : Promise.reject(new Error(fault)));
  const sending = sendHeartbeats({ url: url('me:p%40ss@'), intervalMs: 20, isWell }, context());
  await vi.waitFor(() => expect(beats.length).toBeGreaterThan(2), { timeout: 20_000 });
  const authorization = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
  expect(beats[0]).toEqual({ method: 'GET', url: '/ping/x', authorization });
  fault = 'the decision of live, shard 0, is 61 s old';
  await systemClock.sleep(100);
  const count = beats.length;
  await systemClock.sleep(200);
  expect(beats.length).toBe(count);
  fault = null;
  await vi.waitFor(() => expect(beats.length).toBeGreaterThan(count), { timeout: 20_000 });
  controller.abort();
  await sending;
});

it('outlives a receiver that is away', async () => {
  const target = url();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  const isWell = (): Promise<void> => Promise.resolve();
  const sending = sendHeartbeats({ url: target, intervalMs: 20, isWell }, context());
  await systemClock.sleep(100);
  await new Promise<void>((resolve) => server.listen(Number(new URL(target).port), '127.0.0.1', resolve));
  await vi.waitFor(() => expect(beats.length).toBeGreaterThan(0), { timeout: 20_000 });
  controller.abort();
  await sending;
});
