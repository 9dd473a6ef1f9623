import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from '../support/kafka/ports.ts';
import { startKafka } from '../support/kafka/start-kafka.ts';
import { startToxiproxy, type FaultProxy, type RunningToxiproxy } from '../support/kafka/toxiproxy.ts';

/** Sends a text to an echo server and returns what came back until the end, and how long the first of it took. */
async function echoed(address: string, text: string): Promise<{ text: string; firstMs: number }> {
  const socket = await connected(address);
  const startMs = performance.now();
  let firstMs = Infinity;
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    firstMs = Math.min(firstMs, performance.now() - startMs);
    received += chunk.toString('utf8');
    if (received === text) socket.end();
  });
  socket.write(text);
  await new Promise((resolve, reject) => {
    socket.once('close', resolve);
    socket.once('error', reject);
  });
  return { text: received, firstMs };
}

async function connected(address: string): Promise<Socket> {
  const [host, port] = address.split(':');
  const socket = connect({ host: host!, port: Number(port) });
  await once(socket, 'connect');
  return socket;
}

describe.skipIf(!inject('canStartToxiproxy'))('a proxy that breaks connections', () => {
  let toxiproxy: RunningToxiproxy;
  let server: Server;
  let proxy: FaultProxy;

  beforeAll(async () => {
    toxiproxy = await startToxiproxy();
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    proxy = await toxiproxy.createProxy({ upstream: `127.0.0.1:${port}` });
  });

  afterAll(async () => {
    await toxiproxy.stop();
    server.close();
  });

  it('delays', async () => {
    expect((await echoed(proxy.address, 'plain')).text).toBe('plain');
    const toxic = await proxy.addToxic({ kind: 'latency', latencyMs: 700 });
    const delayed = await echoed(proxy.address, 'late');
    await proxy.removeToxic(toxic);
    expect(delayed.text).toBe('late');
    expect(delayed.firstMs).toBeGreaterThanOrEqual(690);
  });

  it('throttles', async () => {
    const toxic = await proxy.addToxic({ kind: 'bandwidth', kilobytesPerSecond: 100 });
    const startMs = performance.now();
    await echoed(proxy.address, 'x'.repeat(60_000));
    await proxy.removeToxic(toxic);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(500);
  });

  it('cuts after some bytes, after some time, or by a reset', async () => {
    const limit = await proxy.addToxic({ kind: 'limit_data', bytes: 4 });
    expect((await echoed(proxy.address, 'truncated')).text).toBe('trun');
    await proxy.removeToxic(limit);
    const timeout = await proxy.addToxic({ kind: 'timeout', afterMs: 100 });
    expect((await echoed(proxy.address, 'swallowed')).text).toBe('');
    await proxy.removeToxic(timeout);
    const reset = await proxy.addToxic({ kind: 'reset_peer', afterMs: 0, stream: 'upstream' });
    await expect(echoed(proxy.address, 'reset')).rejects.toMatchObject({ code: 'ECONNRESET' });
    await proxy.removeToxic(reset);
    expect((await echoed(proxy.address, 'well again')).text).toBe('well again');
  });

  it('cuts everybody and refuses newcomers while it is disabled', async () => {
    const open = await connected(proxy.address);
    const closed = once(open, 'close');
    open.on('error', () => open.destroy());
    open.resume();
    await proxy.disable();
    await closed;
    await expect(connected(proxy.address)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await proxy.enable();
    expect((await echoed(proxy.address, 'back')).text).toBe('back');
  });

  it.skipIf(!inject('canStartKafka'))('stands between a broker and its clients', async () => {
    const port = await freePort();
    const kafka = await startKafka({ advertisedPort: port });
    try {
      const between = await toxiproxy.createProxy({ upstream: `127.0.0.1:${kafka.port}`, port });
      const metadata = async (brokers: readonly string[]) => {
        const client = new kafkajs.Kafka({
          clientId: 'proxy-test',
          brokers: [...brokers],
          logLevel: kafkajs.logLevel.NOTHING,
          retry: { retries: 0 },
        });
        const admin = client.admin();
        try {
          await admin.connect();
          return (await admin.describeCluster()).brokers;
        } finally {
          await admin.disconnect();
        }
      };
      expect(kafka.brokers).toEqual([between.address]);
      expect(await metadata(kafka.brokers)).toMatchObject([{ host: '127.0.0.1', port }]);
      await between.disable();
      await expect(metadata(kafka.brokers)).rejects.toThrow();
      expect(await metadata(kafka.directBrokers)).toHaveLength(1);
    } finally {
      await kafka.stop();
    }
  });
});
