import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ANALYST,
  PIPELINE,
  exchangeBytes,
  openSocket,
  startAttackedEngine,
  type AttackedEngine,
} from './support/attacked-engine.ts';

const MEBIBYTE = 1024 * 1024;

let attacked: AttackedEngine;
let sockets: Socket[];

beforeEach(async () => {
  sockets = [];
  attacked = await startAttackedEngine({ answerTimeoutMs: 3000, bodyTimeoutMs: 6000 });
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await attacked.remove();
});

const open = (): Socket => {
  const socket = openSocket(attacked.engine.port);
  sockets.push(socket);
  return socket;
};
const closed = (): number =>
  sockets.filter((socket) => socket.destroyed || socket.readyState === 'closed').length;
/** What follows a connection's start: an analyst's request of these lines. */
const analystHead = (...lines: readonly string[]): string =>
  [...lines, 'Host: 127.0.0.1', `X-ClickHouse-User: ${ANALYST.name}`, '', ''].join('\r\n');

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

describe('answers that nobody reads', () => {
  it('hold bounded memory, and go away', { timeout: 180_000 }, async () => {
    const { engine } = attacked;
    const query = 'SELECT repeat(char(120), 1000) FROM numbers(100000)';
    /** The most that the engine holds while these are sent and for as long as what is made of them may take. */
    const mostWith = async (clients: number): Promise<number> => {
      let most = 0;
      for (let count = 0; count < clients + 30; count += 1) {
        if (count < clients) {
          const socket = open();
          socket.pause();
          socket.write(analystHead(`GET /?query=${encodeURIComponent(query)} HTTP/1.1`));
        }
        await sleep(125);
        most = Math.max(most, await residentBytes(engine.pid));
      }
      return most;
    };
    // Answers of 96 MiB. Unread ones may hold 256 MiB, and two that are being made take several times their size for a moment,
    // by the engine's allocator. Twenty more clients add nothing to that: unbounded they would hold 1,900 MiB more.
    const few = await mostWith(6);
    expect((await mostWith(20)) - few).toBeLessThan(600 * MEBIBYTE);
    expect(few).toBeLessThan(3_000 * MEBIBYTE);
    // Behind those whose turn comes first.
    await expect.poll(async () => (await attacked.analyst('SELECT 1')).text, { timeout: 90_000 }).toBe('1\n');
    // Whoever has taken nothing for three seconds is cut off.
    await expect.poll(serverConnections, { timeout: 20_000 }).toBeLessThan(3);
  });

  it('reach a slow reader whole', async () => {
    const query = 'SELECT number FROM numbers(3000000)';
    const url = `${attacked.engine.url}/?query=${encodeURIComponent(query)}&user=${ANALYST.name}`;
    const digits = await new Promise<number>((resolve, reject) => {
      const sent = request(url, (response) => {
        let byteCount = 0;
        response.on('data', (chunk: Buffer) => {
          byteCount += chunk.length;
          response.pause();
          setTimeout(() => response.resume(), 5);
        });
        response.on('end', () => resolve(byteCount));
        response.on('error', reject);
      });
      sent.on('error', reject).end();
    });
    expect(digits).toBe(22_888_890);
  });

  /** Connections to the engine's port that its side holds open. */
  async function serverConnections(): Promise<number> {
    const port = attacked.engine.port.toString(16).toUpperCase().padStart(4, '0');
    const lines = (await readFile('/proc/net/tcp', 'utf8')).split('\n');
    return lines.filter((line) => new RegExp(`^\\s*\\d+: [0-9A-F]{8}:${port} \\S+ 01 `).test(line)).length;
  }
});

describe('bodies that do not come', () => {
  it('take no place from anybody, and are answered in time', async () => {
    const slow = Array.from({ length: 80 }, () => {
      const socket = open();
      socket.write(`${analystHead('POST / HTTP/1.1', 'Content-Length: 1000')}SELECT`);
      return new Promise<string>((resolve) => {
        let text = '';
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.once('close', () => resolve(text));
      });
    });
    await sleep(500);
    // 66 of them took every place once.
    expect((await attacked.analyst('SELECT 1')).text).toBe('1\n');
    expect(await attacked.pipeline('SELECT 1')).toBe('1\n');
    const answers = await Promise.all(slow);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*did not arrive within 6000 ms/);
  });

  it('that are large share a bounded room, beside which small ones are read', async () => {
    const refused: string[] = [];
    for (let count = 0; count < 8; count += 1) {
      const socket = open();
      socket.on('data', (chunk: Buffer) => refused.push(chunk.toString()));
      const form = 'Content-Type: multipart/form-data; boundary=b';
      socket.write(analystHead('POST / HTTP/1.1', form, `Content-Length: ${16 * MEBIBYTE}`));
      socket.write(Buffer.alloc(15 * MEBIBYTE, 'x'));
    }
    await expect.poll(() => refused.join(''), { timeout: 20_000 }).toMatch(/large statements are being read/);
    expect((await attacked.analyst('SELECT 1')).text).toBe('1\n');
  });
});

describe('connections', () => {
  it("half open by the thousand push out neither the pipeline's nor a newcomer", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const overOne = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = { 'X-ClickHouse-User': PIPELINE.name, 'X-ClickHouse-Key': PIPELINE.password };
        const sent = request(attacked.engine.url, { agent, method: 'POST', headers }, (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => (text += chunk.toString()));
          response.on('end', () => resolve(`${text.trim()} ${sent.reusedSocket ? 'again' : 'first'}`));
        });
        sent.on('error', reject).end('SELECT 1');
      });
    expect(await overOne()).toBe('1 first');
    for (let count = 0; count < 1200; count += 1) {
      open().write('GET /?query=SELECT');
      if (count % 50 === 0) await sleep(5);
    }
    await expect.poll(closed, { timeout: 10_000 }).toBeGreaterThan(900);
    // Its own connection is still there, and others still get in.
    expect(await overOne()).toBe('1 again');
    expect(await attacked.pipeline('SELECT 2')).toBe('2\n');
    expect((await attacked.analyst('SELECT 3')).text).toBe('3\n');
    agent.destroy();
  });

  it('without a whole request are closed', async () => {
    const started = performance.now();
    const answer = await exchangeBytes(attacked.engine.port, 'GET / HTTP/1.1\r\nHost: ', 30_000);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(performance.now() - started).toBeLessThan(29_000);
  });
});
