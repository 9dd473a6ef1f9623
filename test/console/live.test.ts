import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeReadKey, serveConsole, type ConsoleOptions, type ConsoleServer } from '@burnline/console';
import { createLogger, openStore, type Store } from '@burnline/runtime';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { runCliJson, type RunningCli } from '../support/burnline-cli.ts';
import { startReadyUp, type Ready } from '../support/embedded-up.ts';
import { Asking, eventually, rawRequest } from './asking.ts';

/**
 * Goal: the console of a real `burnline up` shows what comes in as `burnline status` says it, tells that something changed, and lets
 * nobody in who has no business there, whatever is asked.
 */
const SPECS = new URL('../../examples/quickstart/slos.yaml', import.meta.url).pathname;
const KEY_NAME = 'ann';

interface Row {
  readonly id: string;
  readonly slo: string;
  readonly state: string;
  readonly total: number;
  readonly good: number;
  readonly series: string | null;
  readonly cause: { readonly text: string; readonly remedy: string | null };
}
interface Overview {
  readonly about: { readonly asOf: string; readonly lagMs: number };
  readonly rows: readonly Row[];
  readonly next: string | null;
}

let folder: string;
let running: RunningCli;
let ready: Ready;
let ask: Asking;
let store: Store;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-console-'));
  ({ running, ready } = await startReadyUp({ specs: SPECS, dataDir: path.join(folder, 'data') }));
  ask = await Asking.open(ready.console);
  store = openStore({ url: ready.sql, user: 'analyst', password: '', database: 'burnline' });
}, 120_000);
afterAll(async () => {
  await store.close();
  running.child.kill('SIGTERM');
  const { exitCode } = await running.ended;
  await rm(folder, { recursive: true, force: true });
  expect(exitCode).toBe(0);
}, 60_000);

const overview = async (query = {}): Promise<Overview> => (await ask.get<Overview>('/overview', query)).body;

async function emit(count: number, event: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const one = {
    ...{ service: 'chat', provider: 'openai', model_requested: 'gpt-4o', status: 'ok', ttft_ms: 300 },
    ...{ duration_ms: 900, output_tokens: 20, cost_usd: '0.01', ...event },
  };
  const response = await fetch(`${ready.intake}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Array.from({ length: count }, () => one)),
  });
  expect(response.status, await response.text()).toBeLessThan(300);
}

const totalOf = (body: Overview, slo: string): number =>
  body.rows.filter((row) => row.slo === slo).reduce((sum, { total }) => sum + total, 0);

describe('a live pipeline', () => {
  it('says of SLOs that nothing was ever counted for that they measure nothing', async () => {
    const body = await eventually(async () => {
      const found = await overview();
      return found.rows.some(({ state }) => state === 'measures_nothing') ? found : undefined;
    });
    for (const row of body.rows) {
      expect(row).toMatchObject({ series: null, total: 0 });
      expect(row.cause.text).not.toBe('');
    }
  });

  it('shows what comes in, as `burnline status` says it, and tells that it changed', async () => {
    const stream = await fetch(`${ready.console}/api/v1/changes`);
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const heard = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    await emit(40);
    await emit(10, { status: 'error', ttft_ms: null });
    // What came is judged SLO by SLO: the two are asked until neither is ahead of the other.
    await eventually(async () => {
      const found = await overview();
      const status = ['status', '--data-dir', path.join(folder, 'data')];
      const { series } = await runCliJson<{ series: Pick<Row, 'slo' | 'good' | 'total' | 'state'>[] }>(
        status,
      );
      const alike = series.filter(({ slo, good, total, state }) =>
        found.rows.some(
          (row) => row.slo === slo && row.good === good && row.total === total && row.state === state,
        ),
      );
      const isWhole = totalOf(found, 'chat-availability') === 50 && totalOf(found, 'chat-ttft') === 40;
      return isWhole && alike.length === series.length ? true : undefined;
    });
    const [counted] = await store.query<{ count: number }>('SELECT count() AS count FROM inferences');
    expect(counted!.count).toBe(50);
    let text = '';
    while (!text.includes('event: change')) text += (await heard.read()).value ?? '';
    expect(text).toMatch(/event: change\ndata: .*"what":\["/);
    await heard.cancel();
  });

  it('pages through events that others come before meanwhile, each once', async () => {
    interface Page {
      readonly events: readonly { readonly eventId: string }[];
      readonly next: string | null;
    }
    const ids = async () =>
      new Set(
        (await store.query<{ id: string }>('SELECT toString(event_id) AS id FROM inferences')).map(
          ({ id }) => id,
        ),
      );
    const before = await ids();
    const from = Date.now() - 3_600_000;
    const first = (await ask.get<Page>('/events', { limit: 20, from })).body;
    const seen = first.events.map(({ eventId }) => eventId);
    await emit(7);
    await eventually(async () => ((await ids()).size === before.size + 7 ? true : undefined));
    let cursor = first.next;
    while (cursor !== null) {
      const page: Page = (await ask.get<Page>('/events', { limit: 20, from, cursor })).body;
      seen.push(...page.events.map(({ eventId }) => eventId));
      cursor = page.next;
    }
    expect(seen.length).toBe(new Set(seen).size);
    expect(new Set(seen)).toEqual(before);
  });

  it('answers 304 to whoever has the answer, and anew once a figure is another', async () => {
    const first = await ask.get('/specs');
    const tag = first.headers.get('etag')!;
    const again = await ask.get('/specs', {}, { 'if-none-match': tag });
    const isSame = again.status === 304;
    // Every few seconds the stream is judged further, which the answer says.
    if (!isSame) expect(again.headers.get('etag')).not.toBe(tag);
    const described = await fetch(`${ready.console}/api/v1/openapi.json`);
    const known = { headers: { 'if-none-match': described.headers.get('etag')! } };
    expect((await fetch(`${ready.console}/api/v1/openapi.json`, known)).status).toBe(304);
    await described.text();
    const before = (await ask.get('/overview')).headers.get('etag');
    const total = totalOf(await overview(), 'chat-availability');
    await emit(1);
    await eventually(async () => (totalOf(await overview(), 'chat-availability') > total ? true : undefined));
    expect((await ask.get('/overview')).headers.get('etag')).not.toBe(before);
  });

  it('checks spec files as `burnline validate` does, and keeps nothing', async () => {
    const validate = async (body: string) => {
      const response = await fetch(`${ready.console}/api/v1/specs/validate`, { method: 'POST', body });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const bad = await validate(
      JSON.stringify({ files: [{ name: 'a.yaml', text: 'apiVersion: openslo/v1\nkind: SLO\n' }] }),
    );
    expect(bad.status).toBe(200);
    expect(bad.body).toMatchObject({ isValid: false, slos: [] });
    expect((bad.body['issues'] as unknown[]).length).toBeGreaterThan(0);
    expect((await validate('{')).status).toBe(400);
    expect(
      (await validate(JSON.stringify({ files: [{ name: 'a', text: 'x'.repeat(1_100_000) }] }))).status,
    ).toBe(413);
  });
});

describe('access', () => {
  async function consoleWith(options: Partial<ConsoleOptions>): Promise<ConsoleServer> {
    const logger = createLogger({ name: 'console', level: 'silent' });
    const server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0, ...options });
    onTestFinished(() => server.close());
    return server;
  }

  it('asks for a key where there is a file of keys, as bearer or as the password of a browser', async () => {
    const { key, line } = makeReadKey(KEY_NAME);
    const keysFile = path.join(folder, 'keys');
    await writeFile(keysFile, `${line}\n`);
    const ended = makeReadKey('bob');
    await appendFile(keysFile, `${ended.line} expires=2026-01-01T00:00:00Z\n`);
    const { url } = await consoleWith({ keysFile });
    const statusWith = async (authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${url}/api/v1/overview`, { headers });
      if (response.status === 401) expect(response.headers.get('www-authenticate')).toContain('Basic');
      await response.text();
      return response.status;
    };
    const basic = (password: string): string =>
      `Basic ${Buffer.from(`anybody:${password}`).toString('base64')}`;
    expect(await statusWith()).toBe(401);
    expect(await statusWith(`Bearer ${key}`)).toBe(200);
    expect(await statusWith(basic(key))).toBe(200);
    for (const wrong of [`Bearer ${key}x`, basic(''), basic(line), 'Bearer', 'Digest x'])
      expect(await statusWith(wrong), wrong).toBe(401);
    expect(await statusWith(`Bearer ${ended.key}`)).toBe(401);
    for (const open of ['/', '/assets/x.js', '/metrics/slo', '/api/v1/changes', '/api/v1/openapi.json'])
      expect((await fetch(url + open)).status, open).toBe(401);
  });

  it('does not start beyond loopback without keys', async () => {
    await expect(consoleWith({ host: '0.0.0.0' })).rejects.toMatchObject({ code: 'CONSOLE_KEYS_REQUIRED' });
  });

  it('answers by its address and by names that it was given, and to no page of another origin', async () => {
    const { url } = await consoleWith({ names: ['burn.example'] });
    const { host, port } = new URL(url);
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await rawRequest(`${url}/api/v1/overview`, { headers })).status;
    expect(await statusOf({ host })).toBe(200);
    expect(await statusOf({ host: 'burn.example' })).toBe(200);
    expect(await statusOf({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(200);
    expect(await statusOf({ host: 'evil.example' })).toBe(403);
    expect(await statusOf({ host: '10.1.2.3' })).toBe(403);
    expect(await statusOf({ host, origin: 'http://evil.example' })).toBe(403);
  });

  it('sends headers by which a browser loads, sends and frames nothing of others, whatever it answers', async () => {
    for (const where of ['/', '/api/v1/overview', '/api/v1/nothing', '/assets/none.js', '/api/v2/x']) {
      const { headers } = await rawRequest(ready.console + where);
      const policy = String(headers['content-security-policy']);
      expect(policy, where).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  it('says where the application is when it is not built', async () => {
    const { url } = await consoleWith({ webRoot: path.join(folder, 'nowhere') });
    const none = await rawRequest(`${url}/alerts`);
    expect(none.status).toBe(404);
    expect(JSON.parse(none.text)).toMatchObject({ code: 'CONSOLE_NOT_BUILT' });
  });

  it('serves the built application: the page with its base, hashed files for good, and nothing outside', async () => {
    const webRoot = path.join(folder, 'built');
    await mkdir(path.join(webRoot, 'assets'), { recursive: true });
    await writeFile(path.join(webRoot, 'index.html'), '<html><head><base href="./" /></head></html>');
    await writeFile(path.join(webRoot, 'assets', 'app-1a2b.js'), 'void 0');
    await writeFile(path.join(folder, 'secret.txt'), 'secret');
    const { url } = await consoleWith({ webRoot });
    const baseOf = async (where: string): Promise<string | undefined> =>
      /<base href="(.*?)"/.exec((await rawRequest(url + where)).text)?.[1];
    expect(await baseOf('/')).toBe('./');
    expect(await baseOf('/alerts')).toBe('./');
    expect(await baseOf('/slos/chat%2Fa/series/all')).toBe('../../../');
    const asset = await rawRequest(`${url}/assets/app-1a2b.js`);
    expect(asset).toMatchObject({ status: 200, text: 'void 0' });
    expect(asset.headers['cache-control']).toContain('immutable');
    for (const where of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '/..%5csecret.txt',
    ])
      expect((await rawRequest(url + where)).text, where).not.toContain('secret');
  });

  it('answers what there is not with problem details', async () => {
    const unknown = [
      ...[
        '/slos/none',
        '/slos/none/series/all',
        '/slos/chat-ttft/series/none',
        '/slos/chat-ttft/series/none/history',
      ],
      ...['/slos/chat-ttft/series/none/events', '/alerts/none', '/alerts/MTcwMHxh', '/nothing'],
      ...['/events/none', '/events/00000000-0000-4000-8000-000000000000'],
    ];
    for (const where of unknown) {
      const { status, headers, text } = await rawRequest(`${ready.console}/api/v1${where}`);
      expect(status, where).toBe(404);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(text)).toMatchObject({ status: 404, remedy: expect.any(String) as string });
    }
    expect((await ask.get('/overview', { stream: 'none' })).status).toBe(404);
    expect((await rawRequest(`${ready.console}/api/v1/overview`, { method: 'DELETE' })).status).toBe(405);
    expect((await rawRequest(`${ready.console}/`, { method: 'POST' })).status).toBe(405);
  });

  it('is never at a loss, whatever is asked', async () => {
    const values = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.integer().map(String),
      fc.double().map(String),
      fc.constantFrom(
        '',
        '0',
        '-1',
        '9'.repeat(15),
        '2026-11-30T00:00:00Z',
        'null',
        "'",
        '{"a":1}',
        '\u0000',
        'W10',
        'live',
      ),
      fc.constantFrom(
        'status=',
        'ttft_ms>x',
        'attributes.a=b',
        "model='",
        'event_id=1',
        'verdicts=1',
        'is_final=2',
        '=1',
      ),
    );
    const [row] = (await overview()).rows.filter(({ series }) => series !== null);
    const paths = Object.keys(ask.api.paths)
      .filter((known) => !/changes|validate/.test(known))
      .map((known) =>
        known
          .replace('/api/v1', '')
          .replace('{slo}', row!.slo)
          .replace('{key}', row!.series!)
          .replace('{id}', '00000000-0000-4000-8000-000000000000'),
      );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.dictionary(
          fc.constantFrom(
            'stream',
            'from',
            'to',
            'stepMs',
            'cursor',
            'limit',
            'where',
            'by',
            'state',
            'countedAs',
            'label',
            'search',
            'x',
          ),
          values,
          { maxKeys: 3 },
        ),
        async (where, query) => {
          const { status } = await ask.get(where, query);
          expect([200, 400, 404, 422, 503], `${where} ${JSON.stringify(query)}`).toContain(status);
        },
      ),
      { numRuns: 80 },
    );
  }, 240_000);

  it('turns away whom it cannot answer in time, and answers all others rightly', async () => {
    const nowMs = Date.now();
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) =>
        rawRequest(`${ready.console}/api/v1/events?from=${nowMs - 80_000_000 - index}`),
      ),
    );
    const countOf = (wanted: number): number => answers.filter(({ status }) => status === wanted).length;
    expect(countOf(200) + countOf(503)).toBe(answers.length);
    expect(countOf(200)).toBeGreaterThanOrEqual(40);
    expect(countOf(503)).toBeGreaterThan(0);
    for (const { status, headers } of answers) if (status === 503) expect(headers['retry-after']).toBe('2');
    // Alike ones are one question.
    const alike = await Promise.all(
      Array.from({ length: 60 }, () =>
        rawRequest(`${ready.console}/api/v1/events?from=${nowMs - 70_000_000}`),
      ),
    );
    expect(alike.every(({ status }) => status === 200)).toBe(true);
  }, 120_000);
});
