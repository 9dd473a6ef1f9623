import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSilences, silenceActions } from '@burnline/alerter';
import { makeReadKey, makeWriteKey } from '@burnline/console';
import { serveOperations, systemClock, type OperationsServer } from '@burnline/runtime';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCli, type CliResult } from '../support/burnline-cli.ts';
import { freePort } from '../support/kafka/ports.ts';
import { startToldSeries, type ToldSeries } from '../support/told-series.ts';

const CONSOLE = new URL('../../services/console/dist/main.js', import.meta.url).pathname;

/** Goal: whoever silences something says who, why and until when, and status shows it. */
let told: ToldSeries;
beforeAll(async () => {
  told = await startToldSeries();
});
afterAll(() => told.close());
const run = (...args: readonly string[]): Promise<CliResult> => runCli(args, { env: told.env });

it('adds, lists and ends; status says what is silenced', async () => {
  const endless = await run('silence', 'add', '--all', '--reason', 'x');
  expect(endless.exitCode).toBe(2);
  const added = await run(
    '--json',
    'silence',
    'add',
    '--slo',
    'chat-ttft',
    '--for',
    '2h',
    '--reason',
    'moving',
  );
  expect(added.exitCode, added.stderr).toBe(0);
  const { added: id } = JSON.parse(added.stdout) as { readonly added: string };
  expect((await run('silence', 'list')).stdout).toContain('in force');
  expect((await run('status')).stdout.replaceAll(/\s+/g, ' ')).toContain(`moving (${id}`);
  expect((await run('silence', 'end', id, '--reason', 'done', '--author', 'eve')).exitCode).toBe(0);
  expect((await run('status')).stdout).not.toContain('moving');
  expect(await readSilences(told.database.store)).toMatchObject([
    { id, slos: ['chat-ttft'], reason: 'moving', rule: null, ended: { author: 'eve', reason: 'done' } },
  ]);
  expect((await run('silence', 'end', id, '--reason', 'again')).exitCode).toBe(2);
});

it('adds one that recurs', async () => {
  const rule = ['--every', 'FREQ=WEEKLY;BYDAY=SU', '--zone', 'Europe/Berlin', '--for', '3h'];
  const ends = ['--until', new Date(Date.now() + 100 * 86_400_000).toISOString().slice(0, 10)];
  const added = await run('silence', 'add', '--service', 'chat', ...rule, ...ends, '--reason', 'weekly');
  expect(added.exitCode, added.stderr).toBe(0);
  const [silence] = await readSilences(told.database.store, { liveAtMs: Date.now() });
  expect(silence).toMatchObject({
    ...{ rule: 'FREQ=WEEKLY;BYDAY=SU', timeZone: 'Europe/Berlin', lengthMs: 10_800_000, service: 'chat' },
  });
});

describe('over HTTP', () => {
  const TOKEN = 'a key of the operators';
  let server: OperationsServer;
  beforeAll(async () => {
    const actions = { token: TOKEN, ...silenceActions(told.database.store, systemClock) };
    const metrics = (): Promise<string> => Promise.resolve('');
    server = await serveOperations({ host: '127.0.0.1', port: 0, checks: new Map(), metrics, actions });
  });
  afterAll(() => server.close());

  const bearer = { authorization: `Bearer ${TOKEN}` };
  const ask = async (
    path: string,
    {
      body,
      headers = bearer,
    }: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> => {
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${server.url}${path}`, { ...sent, headers });
    return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
  };
  const request = (over: object = {}): object => {
    const fromMs = Math.floor(Date.now() / 1_000) * 1_000;
    return { service: 'chat', fromMs, untilMs: fromMs + 3_600_000, author: 'ann', reason: 'moving', ...over };
  };
  const rowCount = async (): Promise<number> => {
    const [row] = await told.database.store.query<{ count: number }>(
      'SELECT toUInt32(count()) AS count FROM silences',
    );
    return row!.count;
  };

  it('adds, lists and ends, as the command does', async () => {
    const { status, answer } = await ask('/silences/add', { body: request() });
    expect(status).toBe(200);
    const { id } = answer as { readonly id: string };
    expect((await run('silence', 'list')).stdout).toContain(id);
    const listed = (await ask('/silences', {})).answer['silences'] as readonly Record<string, unknown>[];
    expect(listed.find((one) => one['id'] === id)).toMatchObject({
      service: 'chat',
      author: 'ann',
      ended: null,
    });
    const end = { id, author: 'eve', reason: 'done' };
    expect((await ask('/silences/end', { body: end })).status).toBe(200);
    const again = await ask('/silences/end', { body: end });
    expect(again).toMatchObject({ status: 409, answer: { error: { code: 'SILENCE_UNKNOWN' } } });
  });

  it.each([
    ['an end', { untilMs: undefined }],
    ['somebody who says so', { author: undefined }],
    ['a reason', { reason: ' ' }],
    ['a month at most', { untilMs: Math.floor(Date.now() / 1_000) * 1_000 + 40 * 86_400_000 }],
    ['what it is of', { service: undefined }],
    ['a severity that there is', { severities: ['page'] }],
  ])('asks for %s', async (_, over) => {
    const before = await rowCount();
    const { status, answer } = await ask('/silences/add', { body: request(over) });
    expect([status, (answer['error'] as Record<string, unknown>)['code']]).toEqual([409, 'SILENCE_INVALID']);
    expect(await rowCount()).toBe(before);
  });

  it.each([
    ['without the key', {}, 401],
    ['with another one', { authorization: 'Bearer guess' }, 401],
    ['for a page of another site', { ...bearer, origin: 'https://evil.example' }, 403],
    ['for a frame without a site', { ...bearer, origin: 'null' }, 403],
    ['for a page that a browser calls foreign', { ...bearer, 'sec-fetch-site': 'cross-site' }, 403],
  ])('takes nothing and shows nothing %s', async (_, headers, status) => {
    const before = await rowCount();
    const added = await ask('/silences/add', { body: request(), headers });
    const listed = await ask('/silences', { headers });
    expect([added.status, listed.status]).toEqual([status, status]);
    expect(Object.keys(listed.answer)).toEqual(['error']);
    expect(await rowCount()).toBe(before);
  });

  describe('from a console that is a process of its own', () => {
    const { key, line } = makeWriteKey('ann');
    let console: string;
    let stop: () => Promise<void>;
    const startConsole = async (over: Readonly<Record<string, string>>): Promise<void> => {
      const folder = await mkdtemp(path.join(tmpdir(), 'burnline-write-keys-'));
      const keysFile = path.join(folder, 'keys');
      await writeFile(keysFile, `${line}\n`);
      const [port, operationsPort] = await Promise.all([freePort(), freePort()]);
      const child = spawn(process.execPath, [CONSOLE], {
        env: {
          ...{ PATH: process.env['PATH'], ...told.env, BURNLINE_CONSOLE_PORT: String(port) },
          ...{ BURNLINE_HTTP_PORT: String(operationsPort), BURNLINE_CONSOLE_WRITE_KEYS_FILE: keysFile },
          ...{ BURNLINE_ALERTER_URL: server.url, BURNLINE_OPERATIONS_PASSWORD: TOKEN, ...over },
        },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      stop = async () => {
        child.kill('SIGTERM');
        await ended;
        await rm(folder, { recursive: true });
      };
      console = `http://127.0.0.1:${port}`;
      await expect
        .poll(async () => (await fetch(`${console}/api/v1/openapi.json`).catch(() => null))?.status, {
          timeout: 45_000,
        })
        .toBe(200);
    };
    afterEach(() => stop());
    const body = {
      ...{ slos: ['chat-ttft'], service: '', labels: {}, severities: [] },
      ...{ forMs: 3_600_000, reason: 'from a page' },
    };
    const silence = async (
      headers: Readonly<Record<string, string>>,
      over: object = {},
    ): Promise<{ readonly status: number; readonly answer: Record<string, unknown> }> => {
      const sent = { method: 'POST', body: JSON.stringify({ ...body, ...over }), headers };
      const response = await fetch(`${console}/api/v1/silences`, sent);
      return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
    };
    const mayWrite = async (): Promise<unknown> => {
      const response = await fetch(`${console}/api/v1/silences/preview?slo=chat-ttft`);
      return ((await response.json()) as Record<string, unknown>)['mayWrite'];
    };

    it('is written by the alerter, in the name of whose key it was, and by no other key or page', async () => {
      await startConsole({});
      expect(await mayWrite()).toBe(true);
      const before = await rowCount();
      const refused = [
        await silence({}),
        await silence({ 'burnline-write-key': `bwk_${'0'.repeat(43)}` }),
        await silence({ 'burnline-write-key': makeReadKey('eve').key }),
        await silence({ 'burnline-write-key': TOKEN }),
        await silence({ 'burnline-write-key': key, origin: 'https://evil.example' }),
        await silence({ 'burnline-write-key': key, 'sec-fetch-site': 'cross-site' }),
      ];
      expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
      expect(await rowCount()).toBe(before);
      const long = await silence({ 'burnline-write-key': key }, { forMs: 40 * 86_400_000 });
      expect(long).toMatchObject({ status: 400, answer: { code: 'SILENCE_INVALID' } });
      const { status, answer } = await silence({ 'burnline-write-key': key });
      expect([status, answer]).toEqual([200, expect.objectContaining({ author: 'ann' })]);
      const added = (await readSilences(told.database.store)).find(({ id }) => id === answer['id']);
      expect(added).toMatchObject({ slos: ['chat-ttft'], author: 'ann', reason: 'from a page', ended: null });
    });

    it.each([
      ['another key than the alerter wants', { BURNLINE_OPERATIONS_PASSWORD: 'guess' }, 502],
      ['an alerter that is away', { BURNLINE_ALERTER_URL: 'http://127.0.0.1:1' }, 503],
    ])('says so with %s', async (_, over, status) => {
      await startConsole(over);
      const before = await rowCount();
      const refused = await silence({ 'burnline-write-key': key });
      expect(refused).toMatchObject({
        status,
        answer: { remedy: expect.stringContaining('command') as unknown },
      });
      expect(JSON.stringify(refused.answer)).not.toMatch(/guess|a key of the operators/);
      expect(await rowCount()).toBe(before);
    });
  });

  it('is not there where no key is set', async () => {
    const { store } = told.database;
    const metrics = (): Promise<string> => Promise.resolve('');
    const actions = silenceActions(store, systemClock);
    const open = await serveOperations({ host: '127.0.0.1', port: 0, checks: new Map(), metrics, actions });
    onTestFinished(() => open.close());
    const post = { method: 'POST', body: JSON.stringify(request()), headers: { authorization: 'Bearer ' } };
    expect((await fetch(`${open.url}/silences/add`, post)).status).toBe(404);
    expect((await fetch(`${open.url}/silences`)).status).toBe(404);
  });
});
