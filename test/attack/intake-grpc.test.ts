import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { protobufOf } from '../contract/intake/otlp/otlp-proto.ts';
import { requestOf, spanOf } from '../contract/intake/otlp-sample.ts';
import { randomFrom } from '../support/random.ts';
import { RunningIntake } from './support/running-intake.ts';

/** Goal: whatever comes to the port of gRPC, the intake lives, its memory is bounded, and those who mean well are served. */
const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const MIB = 1024 * 1024;

let intake: RunningIntake;
const opened: (ClientHttp2Session | Socket)[] = [];
beforeAll(async () => {
  intake = await RunningIntake.start({ address: { otlpGrpcPort: 0 } });
});
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});
afterAll(() => intake.stop());

function open(): ClientHttp2Session {
  const session = connectHttp2(intake.grpcUrl!);
  session.on('error', () => undefined);
  opened.push(session);
  return session;
}

function begin(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>> = {},
): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': TRACES,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  stream.on('error', () => undefined);
  return stream;
}

function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** The status of a call, however it is told; null: the stream ended without one. */
async function statusOf(stream: ClientHttp2Stream): Promise<string | null> {
  const told: Record<string, unknown>[] = [];
  stream.on('response', (headers) => told.push(headers));
  stream.on('trailers', (headers: Record<string, unknown>) => told.push(headers));
  stream.resume();
  if (!stream.closed) await once(stream, 'close');
  return told.map((headers) => headers['grpc-status']?.toString()).find((code) => code !== undefined) ?? null;
}

async function send(
  bytes: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<string | null> {
  const stream = begin(open(), headers);
  stream.end(bytes);
  return statusOf(stream);
}

let spanCount = 0;
const right = (): Buffer => protobufOf(requestOf([spanOf((spanCount += 1))]));

describe('the port of gRPC', () => {
  it('serves who means well, compressed or not', async () => {
    expect(await send(framed(right()))).toBe('0');
    expect(await send(framed(gzipSync(right()), 1), { 'grpc-encoding': 'gzip' })).toBe('0');
  });

  it.each([
    ['no message', Buffer.alloc(0)],
    ['half of a prefix', Buffer.alloc(3)],
    ['less than it says', framed(right(), 0, 1_000)],
    ['more than it says', framed(right(), 0, 1)],
    ['two messages', Buffer.concat([framed(right()), framed(right())])],
    ['a message that is compressed in no way it names', framed(gzipSync(right()), 1)],
    ['a flag that nobody knows', framed(right(), 7)],
    ['a length of 4 GiB', framed(right(), 0, 0xffffffff)],
  ])('refuses a call with %s, and nothing of it is taken', async (_, bytes) => {
    const before = await intake.ids('inference');
    expect(await send(bytes)).toBe('3');
    expect(await intake.ids('inference')).toEqual(before);
  });

  it('refuses what does not unpack, and what unpacks to more than a body may hold', async () => {
    const gzip = { 'grpc-encoding': 'gzip' };
    expect(await send(framed(randomBytes(1_000), 1), gzip)).toBe('3');
    const bomb = gzipSync(Buffer.alloc(512 * MIB));
    const before = await intake.memoryBytes();
    expect(await send(framed(bomb, 1), gzip)).toBe('8');
    expect((await intake.memoryBytes()) - before).toBeLessThan(128 * MIB);
  });

  it('takes nothing of a call that is broken off', async () => {
    const before = await intake.ids('inference');
    for (const end of ['cancel', 'destroy'] as const) {
      const session = open();
      const stream = begin(session);
      stream.write(framed(right()).subarray(0, 40));
      await once(session, 'remoteSettings');
      if (end === 'cancel') stream.close(8);
      else session.destroy();
    }
    expect(await send(framed(right()))).toBe('0');
    expect(await intake.ids('inference')).toHaveLength(before.length + 1);
  });

  it('is no HTTP/1, and no other content', async () => {
    const socket = connect(Number(new URL(intake.grpcUrl!).port), '127.0.0.1');
    opened.push(socket);
    socket.on('error', () => undefined);
    socket.write('POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    const stream = begin(open(), { 'content-type': 'application/json' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    expect(headers[':status']).toBe(415);
  });

  it('lets idle connections give way to new ones', async () => {
    const idle = Array.from({ length: 300 }, () => open());
    expect(await send(framed(right()))).toBe('0');
    expect(idle.filter((session) => session.destroyed || session.closed).length).toBeGreaterThan(30);
  });

  it(`lives through bytes of any kind (BURNLINE_SEED=${SEED})`, { timeout: 120_000 }, async () => {
    const random = randomFrom(SEED);
    const draw = (max: number): number => Math.floor(random() * max);
    const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, () => draw(256)));
    for (let round = 0; round < 150; round += 1) {
      const isRaw = random() < 0.3;
      if (isRaw) {
        const socket = connect(Number(new URL(intake.grpcUrl!).port), '127.0.0.1');
        opened.push(socket);
        socket.on('error', () => undefined);
        // The preface of HTTP/2, and frames that are none.
        const preface = random() < 0.7 ? Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') : Buffer.alloc(0);
        socket.end(Buffer.concat([preface, bytesOf(draw(200))]));
        socket.resume();
        continue;
      }
      const message = Buffer.from(right());
      for (let flips = draw(6); flips > 0; flips -= 1) message[draw(message.length)] = draw(256);
      const code = await send(
        framed(message, draw(2), random() < 0.8 ? message.length : draw(100_000)),
        random() < 0.5 ? { 'grpc-encoding': 'gzip' } : {},
      );
      expect(['0', '3'], `round ${round}`).toContain(code);
    }
    expect(await send(framed(right()))).toBe('0');
    expect(intake.isAlive).toBe(true);
    expect(intake.errors).not.toContain('intake failed');
  });
});
