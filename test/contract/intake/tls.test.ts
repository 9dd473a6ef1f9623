import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningIntake } from '../../attack/support/running-intake.ts';
import { makeCertificates, type Certificates } from '../../support/kafka/certificates.ts';
import { runCommand } from '../../support/kafka/run-command.ts';

/** Goal: with a certificate the intake speaks TLS 1.2 and newer and nothing else, to real clients, on both of its ports. */
const EVENT = { service: 'chat', model_requested: 'm', status: 'ok', duration_ms: 5 };

let folder: string;
let made: Certificates;
let renewed: Certificates;
let tls: { readonly certFile: string; readonly keyFile: string };
let intake: RunningIntake;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-tls-'));
  made = await makeCertificates(path.join(folder, 'first'));
  renewed = await makeCertificates(path.join(folder, 'second'));
  await mkdir(path.join(folder, 'mounted'));
  tls = {
    certFile: path.join(folder, 'mounted', 'tls.crt'),
    keyFile: path.join(folder, 'mounted', 'tls.key'),
  };
  await copyFile(path.join(folder, 'first', 'server.pem'), tls.certFile);
  await copyFile(path.join(folder, 'first', 'server.key'), tls.keyFile);
  intake = await RunningIntake.start({ address: { tls, otlpGrpcPort: 0 } });
});
afterAll(async () => {
  await intake.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The status of an event that is posted, by a client that trusts one authority. */
async function post({ caFile }: Certificates, said: Readonly<Record<string, string>> = {}): Promise<number> {
  const headers = { 'content-type': 'application/json', ...said };
  const call = request(`${intake.url}/v1/events`, {
    method: 'POST',
    headers,
    ca: await readFile(caFile),
    agent: false,
  });
  call.end(JSON.stringify(EVENT));
  const [answer] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

const openssl = async (port: string, ...args: readonly string[]): Promise<string> => {
  const target = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', made.caFile];
  const { output } = await runCommand('sh', ['-c', `openssl "$@" </dev/null`, 'sh', ...target, ...args]);
  return output;
};

describe('an intake with a certificate', () => {
  it('takes events from a client that trusts its authority, and is trusted by no other', async () => {
    expect(intake.url).toMatch(/^https:/);
    expect(await post(made)).toBe(200);
    expect(await intake.ids('inference')).toHaveLength(1);
    await expect(post(renewed)).rejects.toThrow(/certificate|signature/i);
    await expect(fetch(`http://127.0.0.1:${intake.port}/live`)).rejects.toThrow();
  });

  it.each(['intake', 'gRPC'] as const)('speaks TLS 1.2 and 1.3, and nothing older: %s', async (which) => {
    const { port } = new URL(which === 'intake' ? intake.url : intake.grpcUrl!);
    expect(await openssl(port, '-tls1_2')).toMatch(/Protocol *: TLSv1\.2[^]*Verify return code: 0/);
    expect(await openssl(port, '-tls1_3')).toMatch(/TLSv1\.3[^]*Verify return code: 0/);
    for (const old of ['-tls1', '-tls1_1'])
      expect(await openssl(port, old, '-cipher', 'ALL@SECLEVEL=0')).not.toMatch(
        /Verify return code: 0[^]*Master-Key: [0-9A-F]/,
      );
  });

  it('takes spans of OpenTelemetry’s exporter over gRPC', async () => {
    expect(intake.grpcUrl).toMatch(/^https:/);
    const exporter = new OTLPTraceExporter({
      url: intake.grpcUrl!,
      credentials: credentials.createSsl(await readFile(made.caFile)),
    });
    const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
    const before = (await intake.ids('inference')).length;
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.output_tokens': 3,
    };
    provider.getTracer('test').startSpan('chat m', { attributes }).end();
    await provider.forceFlush();
    await provider.shutdown();
    expect(await intake.ids('inference')).toHaveLength(before + 1);
  });

  it('serves others while clients open connections and make no handshake', async () => {
    const silent: Socket[] = Array.from({ length: 1_100 }, () => {
      const socket = connectTcp(intake.port, '127.0.0.1');
      return socket.on('error', () => undefined);
    });
    await Promise.all(silent.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    for (let round = 0; round < 3; round += 1) expect(await post(made)).toBe(200);
    for (const socket of silent) socket.destroy();
  });

  it('serves others over gRPC too, and who is connected stays so', async () => {
    const port = Number(new URL(intake.grpcUrl!).port);
    const connect = async () => {
      const socket = connectTls({
        ...{ port, host: '127.0.0.1', ALPNProtocols: ['h2'], ca: await readFile(made.caFile) },
      });
      await once(socket, 'secureConnect');
      return socket;
    };
    const first = await connect();
    const silent: Socket[] = Array.from({ length: 600 }, () =>
      connectTcp(port, '127.0.0.1').on('error', () => undefined),
    );
    await Promise.all(silent.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    for (let round = 0; round < 3; round += 1) (await connect()).destroy();
    expect(first.closed).toBe(false);
    for (const socket of [first, ...silent]) socket.destroy();
  });

  it('knows a page of its own origin from others by the scheme too', async () => {
    const own = { origin: intake.url };
    expect(await post(made, own)).toBe(200);
    for (const origin of [intake.url.replace('https:', 'http:'), 'https://evil.example'])
      expect(await post(made, { origin })).toBe(403);
  });

  it('shows a renewed certificate, and never one without its key; who is connected stays so', async () => {
    const connected = connectTls({ port: intake.port, host: '127.0.0.1', ca: await readFile(made.caFile) });
    await once(connected, 'secureConnect');
    await copyFile(path.join(folder, 'second', 'server.pem'), tls.certFile);
    await sleep(1_500);
    // The new certificate does not fit the old key yet.
    expect(await post(made)).toBe(200);
    await copyFile(path.join(folder, 'second', 'server.key'), tls.keyFile);
    await expect.poll(() => post(renewed).catch(() => 0), { timeout: 20_000, interval: 200 }).toBe(200);
    await expect(post(made)).rejects.toThrow(/certificate|signature/i);
    expect(await openssl(new URL(intake.grpcUrl!).port, '-CAfile', renewed.caFile)).toMatch(
      /Verify return code: 0/,
    );
    connected.write('GET /live HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [answer] = (await once(connected, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
    connected.destroy();
  });
});

it.each([
  ['the key of another', 'first/server.pem', 'second/server.key', /is not the key of the certificate/],
  ['a file that is no key', 'first/server.pem', 'first/server.pem', /no key that can be read/],
  ['a file that is no certificate', 'first/server.key', 'first/server.key', /holds no certificate/],
  ['a file that is not there', 'first/none.pem', 'first/server.key', /cannot be read/],
])('does not start with %s, and says so', async (_, cert, key, why) => {
  const files = { certFile: path.join(folder, cert), keyFile: path.join(folder, key) };
  await expect(RunningIntake.start({ address: { tls: files } })).rejects.toThrow(why);
});

it('does not start with a certificate that has ended', async () => {
  const [certFile, keyFile] = [path.join(folder, 'ended.pem'), path.join(folder, 'ended.key')];
  const csrFile = path.join(folder, 'ended.csr');
  const names = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'];
  await runCommand('openssl', ['req', ...names, '-keyout', keyFile, '-out', csrFile]);
  const signed = ['-in', csrFile, '-signkey', keyFile, '-days', '-1', '-out', certFile];
  await runCommand('openssl', ['x509', '-req', ...signed]);
  const start = RunningIntake.start({ address: { tls: { certFile, keyFile } } });
  await expect(start).rejects.toThrow(/has ended on/);
});
