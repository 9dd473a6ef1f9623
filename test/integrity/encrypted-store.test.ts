import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { isAppError } from '@burnline/core';
import { openStore, type StoreOptions } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeCertificates, type Certificates } from '../support/kafka/certificates.ts';

/**
 * Goal: the database is reached over TLS and by its users, and whoever is configured wrongly learns what is wrong from a
 * message without secrets. The engine speaks plain HTTP, so TLS ends in front of it, as it does in many installations.
 */
const LOGIN = { user: 'burnline', password: 'test', database: 'burnline' } as const;
const WRONG_PASSWORD = 'battery staple';

let folder: string;
let certificates: Certificates;
let strangers: Certificates;
let database: TestDatabase;
let terminator: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-certificates-'));
  certificates = await makeCertificates(path.join(folder, 'own'));
  strangers = await makeCertificates(path.join(folder, 'strangers'));
  database = await startTestDatabase();
  // Key and chain stand in one file.
  const pem = await readFile(certificates.serverFile, 'utf8');
  terminator = createServer({ key: pem, cert: pem }, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const inner = request(new URL(incoming.url ?? '/', database.url), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(inner);
  });
  await new Promise<void>((resolve) => terminator.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(terminator.address() as AddressInfo).port}`;
});

afterAll(async () => {
  terminator.closeAllConnections();
  terminator.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function options(over: Partial<StoreOptions> = {}): Promise<StoreOptions> {
  const tlsCa = await readFile(certificates.caFile);
  return { url, ...LOGIN, tlsCa, ...over };
}

async function failureOf(given: StoreOptions) {
  const store = openStore(given);
  const failure = await store.query('SELECT 1').then(
    () => new Error('it was let in'),
    (error: unknown) => error,
  );
  await store.close();
  expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(WRONG_PASSWORD);
  if (!isAppError(failure)) throw failure;
  return failure;
}

it('reads and writes over TLS with the authority that is named', async () => {
  const store = openStore(await options());
  await store.insertRows('spec_sets', [{ spec_set: 'encrypted', spec_revs: ['a', 'b'] }]);
  expect(await store.query("SELECT spec_revs FROM spec_sets WHERE spec_set = 'encrypted'")).toEqual([
    { spec_revs: ['a', 'b'] },
  ]);
  await store.close();
});

it('says that the certificate is not trusted where its authority is unknown', async () => {
  // Without an authority of its own, those of the system count.
  for (const tlsCa of [await readFile(strangers.caFile), undefined]) {
    const given = { url, ...LOGIN, ...(tlsCa && { tlsCa }) };
    const failure = await failureOf(given);
    expect(failure.message).toMatch(/certificate/);
    expect(failure).toMatchObject({ code: 'STORE_REFUSED', outcome: 'halt' });
    expect(failure.remedy).toContain('CLICKHOUSE_TLS_CA_FILE');
  }
});

it('says that the certificate is of another host', async () => {
  const pem = await readFile(certificates.serverFile, 'utf8');
  const stranger = createServer({ key: pem, cert: pem }, (_, answer) => answer.end());
  // Loopback as well, and not in the certificate.
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.2', resolve));
  const { port } = stranger.address() as AddressInfo;
  const failure = await failureOf(await options({ url: `https://127.0.0.2:${port}` }));
  stranger.closeAllConnections();
  stranger.close();
  expect(failure.message).toMatch(/does not match certificate/);
  expect(failure).toMatchObject({ code: 'STORE_REFUSED', outcome: 'halt' });
});

it('says that user or password are wrong', async () => {
  for (const over of [{ password: WRONG_PASSWORD }, { user: 'nobody' }]) {
    const failure = await failureOf(await options(over));
    expect(failure.message).toMatch(/AUTHENTICATION_FAILED/);
    expect(failure).toMatchObject({ code: 'STORE_REFUSED', outcome: 'halt' });
    expect(failure.remedy).toContain('CLICKHOUSE_USER');
  }
});

it('says so where TLS is spoken to a plain port, and plain text to a TLS port', async () => {
  for (const wrong of [database.url.replace('http:', 'https:'), url.replace('https:', 'http:')]) {
    const failure = await failureOf(await options({ url: wrong }));
    expect(failure.code).toMatch(/^STORE_(UNREACHABLE|REFUSED)$/);
    expect(failure.remedy).toMatch(/https?/);
  }
});
