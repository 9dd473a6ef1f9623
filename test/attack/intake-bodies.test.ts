import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.ts';
import { EVENT, errorOf } from './support/events.ts';
import { RunningIntake, type Body } from './support/running-intake.ts';

/** Goal: bodies are bounded before they are kept, and whoever is refused hears why. */
const MIB = 1024 * 1024;
const FIXTURES = new URL('fixtures/', import.meta.url);
const hasPython = hasProgram('python3', 'Debian: apt-get install python3');

let intake: RunningIntake;
beforeAll(async () => {
  intake = await RunningIntake.start();
});
afterAll(() => intake.stop());

const fixture = (name: string): Promise<Buffer> => readFile(new URL(name, FIXTURES));
const post = (body: Body, encoding?: string): Promise<Response> =>
  intake.post('/v1/events', body, encoding === undefined ? {} : { 'content-encoding': encoding });

describe('an encoded body', () => {
  const lines = Array.from({ length: 500 }, () => JSON.stringify(EVENT)).join('\n');

  it('in gzip or zstd is read', async () => {
    for (const encoding of ['gzip', 'x-gzip', 'GZIP'])
      expect(await (await post(gzipSync(lines), encoding)).json()).toMatchObject({ accepted: 500 });
    const members = Buffer.concat([gzipSync(`${lines}\n`), gzipSync(lines)]);
    expect(await (await post(members, 'gzip')).json()).toMatchObject({ accepted: 1_000 });
    const zstd = await post(await fixture('events-3000.ndjson.zst'), 'zstd');
    expect(await zstd.json()).toMatchObject({ accepted: 3_000 });
    expect(await (await post(lines, 'identity')).json()).toMatchObject({ accepted: 500 });
  });

  it.each(['br', 'deflate', 'gzip, gzip', 'lz4'])(
    'in %s is refused, and told what is taken',
    async (encoding) => {
      const answer = await post('x', encoding);
      expect(answer.status).toBe(415);
      expect(answer.headers.get('accept-encoding')).toBe('gzip, zstd');
      const { code, message } = await errorOf(answer);
      expect(code).toBe('COLLECTOR_ENCODING_REFUSED');
      expect(message).toContain(encoding);
    },
  );

  it('that unpacks to more than a body may be is refused, and takes no memory', async () => {
    const beforeBytes = await intake.memoryBytes();
    const bombs = [
      { encoding: 'gzip', body: gzipSync(Buffer.alloc(200 * MIB)) },
      { encoding: 'zstd', body: await fixture('zeros-200-mb.zst') },
    ];
    for (const { encoding, body } of bombs) {
      const answers = await Promise.all(Array.from({ length: 6 }, () => post(body, encoding)));
      for (const answer of answers) expect([413, 503]).toContain(answer.status);
      expect(answers.some(({ status }) => status === 413)).toBe(true);
    }
    expect((await intake.memoryBytes()) - beforeBytes).toBeLessThan(300 * MIB);
  });

  it.each([
    ['gzip', Buffer.from(lines)],
    ['gzip', gzipSync(lines).subarray(0, 40)],
    ['zstd', Buffer.from(lines)],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 1, 0, 0])],
  ])('that is no %s is refused', async (encoding, body) => {
    const answer = await post(body, encoding);
    expect(answer.status).toBe(400);
    expect((await errorOf(answer)).code).toBe('COLLECTOR_BODY_BROKEN');
  });
});

describe('a body that is too large', () => {
  const program = `
import http.client, json, sys, urllib.error, urllib.request
port, way = int(sys.argv[1]), sys.argv[2]
body, headers = b'x' * (20 * 1024 * 1024), {'content-type': 'application/json'}
url = f'http://127.0.0.1:{port}/v1/events'
if way == 'urllib':
    try:
        urllib.request.urlopen(urllib.request.Request(url, body, headers))
    except urllib.error.HTTPError as error:
        print(error.code, json.load(error)['error']['code'])
else:
    client = http.client.HTTPConnection('127.0.0.1', port)
    parts = iter([body[:1 << 20]] * 20) if way == 'chunked' else body
    client.request('POST', '/v1/events', parts, headers, encode_chunked=way == 'chunked')
    answer = client.getresponse()
    print(answer.status, json.load(answer)['error']['code'])
    client.request('GET', '/live')
    print(client.getresponse().read().decode())
`;

  it.skipIf(!hasPython).each(['urllib', 'http.client', 'chunked'])(
    "is refused so that Python's %s sees it, and the connection goes on",
    (way) => {
      const result = spawnSync('python3', ['-c', program, String(intake.port), way], { encoding: 'utf8' });
      expect(result.stderr).toBe('');
      expect(result.stdout).toMatch(/^413 COLLECTOR_BODY_TOO_LARGE\n/);
      if (way !== 'urllib') expect(result.stdout).toMatch(/ok\n$/);
    },
  );

  it('is not even asked for where the client asks first', async () => {
    const answer = await talk(
      `POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${20 * MIB}\r\nexpect: 100-continue\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  });
});

/** What is answered to these bytes until the other side ends, or for as long. */
async function talk(bytes: string, waitMs = 20_000): Promise<string> {
  const socket = connect(intake.port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(bytes);
  await Promise.race([ended, sleep(waitMs, undefined, { ref: false })]);
  socket.destroy();
  return answer;
}

describe('bodies that are held', () => {
  const head = (bytes: number): string =>
    `POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;

  async function hold(bytes: number): Promise<Socket> {
    const socket = connect(intake.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(head(bytes));
    socket.write(Buffer.alloc(bytes - 1, 0x20));
    return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
  }

  it('take bounded memory, and nobody who sends in time is kept waiting', async () => {
    const beforeBytes = await intake.memoryBytes();
    const held = await Promise.all(Array.from({ length: 60 }, () => hold(7.6 * MIB)));
    await sleep(2_500);
    expect((await intake.memoryBytes()) - beforeBytes).toBeLessThan(400 * MIB);
    const body = JSON.stringify(Array.from({ length: 1_000 }, () => EVENT));
    const answers = await Promise.all(Array.from({ length: 46 }, () => post(body)));
    for (const answer of answers) expect(answer.status).toBe(200);
    for (const socket of held) socket.destroy();
  });

  it('are refused with Retry-After where there is no room for them', async () => {
    const body = Buffer.alloc(8 * MIB, 0x20);
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(body)));
    const busy = answers.filter(({ status }) => status === 503);
    for (const answer of busy) {
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      expect((await errorOf(answer)).code).toBe('COLLECTOR_BUSY');
    }
    for (const answer of answers) expect([400, 503]).toContain(answer.status);
    expect(answers.some(({ status }) => status === 400)).toBe(true);
  });

  it('and come to a stop are given up after a while, with an answer', { timeout: 40_000 }, async () => {
    const answer = await talk(`${head(100)}{"ser`, 30_000);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('COLLECTOR_BODY_SLOW');
  });
});

it('what is answered is what is durable: some go away, some are cut off, and every id that was answered is there', async () => {
  const answered = new Set<string>();
  const clients = Array.from({ length: 24 }, async (_, index) => {
    const body = JSON.stringify(Array.from({ length: 400 }, () => EVENT));
    const signal = index % 3 === 0 ? AbortSignal.timeout(5 + index * 4) : AbortSignal.timeout(60_000);
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${intake.url}/v1/events`, { method: 'POST', headers, body, signal });
      for (const id of ((await answer.json()) as { ids: readonly string[] }).ids) answered.add(id);
    } catch {
      // It went away: it heard nothing, and nothing is promised.
    }
  });
  await Promise.all(clients);
  const stored = new Set(await intake.ids('inference'));
  expect(answered.size).toBeGreaterThan(1_000);
  expect([...answered].filter((id) => !stored.has(id))).toEqual([]);
});

it('idle connections give way to new ones, however many there are', async () => {
  const idle = await Promise.all(
    Array.from({ length: 1_300 }, () => {
      const socket = connect(intake.port, '127.0.0.1');
      socket.on('error', () => undefined);
      return new Promise<Socket>((resolve) => {
        socket.once('connect', () => {
          resolve(socket);
        });
        socket.once('close', () => {
          resolve(socket);
        });
      });
    }),
  );
  for (let count = 0; count < 10; count += 1) expect((await post(JSON.stringify(EVENT))).status).toBe(200);
  for (const socket of idle) socket.destroy();
});
