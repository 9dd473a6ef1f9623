import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeReadKey, serveConsole, type ConsoleOptions, type ConsoleServer } from '@burnline/console';
import { createLogger, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { dateTime64OfMs } from '../../packages/runtime/dist/clickhouse/timestamps.js';
import { withTimeLimit } from '../../services/console/dist/api/reading/time-limit.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { eventually, rawRequest } from './asking.ts';

/**
 * Goal: the pages load under every link that leads to them, who listens is held to the bounds for as long as they listen, and who
 * searches long keeps nobody from seeing where things stand.
 */
let database: TestDatabase;
let store: Store;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-serving-'));
  database = await startTestDatabase();
  ({ store } = database);
  await store.insertRows('stream_epochs', [
    { stream: 'live', stream_epoch: 'e', clock: 'live', partition_count: 1, created_at: dateTime64OfMs(0) },
  ]);
  const nowS = Math.floor(Date.now() / 1_000);
  await store.insertRows('evaluations', [
    { stream: 'live', shard: 0, evaluated_through: nowS, data_start: nowS, coverage: 1 },
  ]);
}, 60_000);
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function consoleWith(options: Partial<ConsoleOptions>): Promise<ConsoleServer> {
  const logger = createLogger({ name: 'console', level: 'silent' });
  const server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => server.close());
  return server;
}

it('works behind a prefix that a proxy passes on, however it is written', async () => {
  for (const prefix of ['/tools/slo', 'tools/slo/']) {
    const { url } = await consoleWith({ prefix });
    const { origin } = new URL(url);
    expect(url).toBe(`${origin}/tools/slo/`);
    expect((await rawRequest(`${url}api/v1/overview`)).status).toBe(200);
    expect((await rawRequest(`${origin}/api/v1/overview`)).status).toBe(404);
    // As a browser does it: the link that was printed, the same without its slash, a page further down.
    for (const where of [url, `${origin}/tools/slo?state=breached`, `${url}slos/a/series/all`]) {
      const page = await fetch(where);
      expect(page.status, where).toBe(200);
      expect(new URL(page.url).search).toBe(new URL(where).search);
      const text = await page.text();
      const base = new URL(/<base href="(.*?)"/.exec(text)![1]!, page.url);
      const loaded = [...text.matchAll(/<(?:script|link)[^>]* (?:src|href)="(.*?)"/g)].map(
        ([, name]) => name!,
      );
      expect(loaded.length).toBeGreaterThan(1);
      for (const name of loaded) {
        const file = await fetch(new URL(name, base));
        expect(file.status, `${name} of ${where}`).toBe(200);
        await file.arrayBuffer();
      }
    }
  }
});

it('refuses a prefix that is no path', async () => {
  for (const prefix of ['/a b', '/:any', '/*', '/../x', 'http://burn.example/x?y'])
    await expect(consoleWith({ prefix }), prefix).rejects.toMatchObject({ code: 'CONSOLE_PREFIX_INVALID' });
});

it('answers who asks for the head of `/changes`, and counts nobody for it', async () => {
  const { url } = await consoleWith({});
  for (let index = 0; index < 70; index += 1) {
    const head = await rawRequest(`${url}/api/v1/changes`, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-type']).toBe('text/event-stream');
  }
  const stream = await fetch(`${url}/api/v1/changes`);
  expect(stream.status).toBe(200);
  await stream.body!.cancel();
});

it('ends the streams of whose key is taken out', async () => {
  const keysFile = path.join(folder, 'listening-keys');
  const [ann, bob] = [makeReadKey('ann'), makeReadKey('bob')];
  await writeFile(keysFile, `${ann.line}\n${bob.line}\n`);
  const { url } = await consoleWith({ keysFile });
  const listen = async (key: string) => {
    const headers = { authorization: `Bearer ${key}` };
    const { body } = await fetch(`${url}/api/v1/changes`, { headers });
    return body!.getReader();
  };
  const [goes, stays] = [await listen(ann.key), await listen(bob.key)];
  let isOver = false;
  const over = stays.closed.then(() => (isOver = true));
  await writeFile(keysFile, `${bob.line}\n`);
  while (!(await goes.read()).done);
  expect(isOver).toBe(false);
  await stays.cancel();
  await over;
}, 30_000);

it('gives up a search that takes too long, and says what to do', async () => {
  const limited = withTimeLimit(store, 1_000);
  await expect(
    limited.query('SELECT count() AS count FROM numbers(1e12) WHERE sipHash64(number) = 1'),
  ).rejects.toMatchObject({ code: 'CONSOLE_TOO_SLOW', remedy: expect.stringContaining('from') as string });
  expect(await limited.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('shows where things stand while as many search as may', async () => {
  // A database in which no search of raw events ends before the test says so.
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let searching = 0;
  const { url } = await consoleWith({
    store: {
      query: async (sql, params, options) => {
        if (/FROM inferences\b/.test(sql)) {
          searching += 1;
          expect(options).toEqual({ timeLimitMs: 10_000 });
          await held;
        }
        return store.query(sql, params, options);
      },
      command: (sql, params) => store.command(sql, params),
      insertRows: (table, rows) => store.insertRows(table, rows),
      insertBytes: (insert) => store.insertBytes(insert),
      close: () => store.close(),
    },
  });
  expect((await rawRequest(`${url}/api/v1/overview`)).status).toBe(200);
  const nowMs = Date.now();
  const searches = Array.from({ length: 40 }, (_, index) =>
    rawRequest(`${url}/api/v1/events?from=${nowMs - 80_000_000 - index}`),
  );
  await eventually(() => Promise.resolve(searching === 8 ? true : undefined));
  await eventually(async () =>
    (await rawRequest(`${url}/api/v1/pipeline`)).status === 503 ? true : undefined,
  );
  for (const where of ['/api/v1/overview', '/metrics/slo'])
    expect((await rawRequest(url + where)).status, where).toBe(200);
  letGo();
  for (const { status } of await Promise.all(searches)) expect(status).toBe(200);
}, 60_000);
