import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkRoutes } from '@burnline/alerter';
import { serveConsole, type ConsoleServer } from '@burnline/console';
import { DEFAULT_POLICIES, ROUTE_RULE_DEFAULT } from '@burnline/core';
import { createLogger, dateTime64OfMs, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: what a gateway is told over HTTP follows from raw rows and from what was said before: a provider that fails goes out once,
 * whoever looks and however often, it comes back after its hold, and where data is missing or old everything is in rotation. The pieces for
 * gateways that the documentation has do what it says.
 */
const run = promisify(execFile);
const logger = createLogger({ name: 'test', level: 'silent' });
const MINUTE_MS = 60_000;
/** Of now, as a gateway asks: what was seen up to here is not old. */
let nowMs: number;

let database: TestDatabase;
let store: Store;
let server: ConsoleServer;
let folder: string;
let offset = 0;

const insertEvents = (provider: string, counts: { ok: number; error: number }, atMs: number): Promise<void> =>
  store.insertRows(
    'inference_events',
    (['ok', 'error'] as const).flatMap((status) =>
      Array.from({ length: counts[status] }, () => ({
        ...{ stream: 'live', stream_epoch: 'live@1', partition: 0, offset: (offset += 1), event_index: 0 },
        ...{ is_repeat: false, log_time: dateTime64OfMs(atMs), kept_since: Math.floor(nowMs / 1_000) },
        ...{ occurred_at: `${dateTime64OfMs(atMs)}000`, service: 'chat', provider, status, attributes: {} },
      })),
    ),
  );

const evaluated = (throughMs: number, coverage = 1): Promise<void> =>
  store.insertRows('evaluations', [
    { stream: 'live', evaluated_through: throughMs / 1_000, data_start: nowMs / 1_000 - 86_400, coverage },
  ]);

interface Told {
  readonly isComplete: boolean;
  readonly routes: readonly {
    readonly value: string;
    readonly isInRotation: boolean;
    readonly errors: number;
    readonly total: number;
    readonly sinceMs: number;
    readonly incomplete: string | null;
  }[];
}

async function told(): Promise<Told | undefined> {
  const response = await fetch(`${server.url}/api/v1/routing?service=chat`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { readonly services: readonly Told[] }).services[0];
}

const out = async (): Promise<readonly string[]> =>
  (await told())!.routes.filter(({ isInRotation }) => !isInRotation).map(({ value }) => value);
const check = (atMs: number): Promise<void> =>
  checkRoutes({ store, logger }, { stream: 'live', nowMs: atMs });

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
  nowMs = Math.floor(Date.now() / 1_000) * 1_000;
  folder = await mkdtemp(path.join(tmpdir(), 'burnline-routing-'));
  await store.insertRows('stream_epochs', [
    {
      ...{
        stream_epoch: 'live@1',
        stream: 'live',
        topic: 'live.inference',
        clock: 'live',
        partition_count: 1,
      },
      ...{
        start_offsets: [0],
        interval_ms: 1,
        chunk_events_max: 1,
        repeat_window_messages: 1,
        pane_ms: 10_000,
      },
      created_at: nowMs - 86_400_000,
    },
  ]);
  const [policy] = DEFAULT_POLICIES;
  const rule = { by: 'provider', ...ROUTE_RULE_DEFAULT };
  await store.insertRows('error_budget_policies', [
    {
      stream: 'live',
      policies: JSON.stringify([{ ...policy, name: 'routes', services: ['chat'], routeAround: [rule] }]),
      loaded_at: dateTime64OfMs(nowMs - 86_400_000),
    },
  ]);
  server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
}, 60_000);
afterAll(async () => {
  await server.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

describe('what gateways are told', () => {
  it('is everything, while nothing was evaluated', async () => {
    await check(nowMs - 12 * MINUTE_MS);
    expect(await told()).toBeUndefined();
  });

  it('leaves out a provider that fails, once, however often it is looked at', async () => {
    const atMs = nowMs - 11 * MINUTE_MS;
    await insertEvents('openai', { ok: 97, error: 3 }, atMs - MINUTE_MS);
    await insertEvents('bedrock', { ok: 199, error: 1 }, atMs - MINUTE_MS);
    await insertEvents('small', { ok: 1, error: 9 }, atMs - MINUTE_MS);
    await evaluated(atMs);
    await check(atMs);
    await check(atMs);
    await check(atMs + MINUTE_MS);
    const rows = await store.query<{ value: string; since_ms: number; errors: number; total: number }>(
      `SELECT value, toUnixTimestamp64Milli(since) AS since_ms, errors, total FROM route_states FINAL WHERE is_out ORDER BY value`,
    );
    expect(rows).toEqual([{ value: 'openai', since_ms: atMs, errors: 3, total: 100 }]);
    // Nobody has looked since: a gateway is told so, and that it may send to all.
    expect(await told()).toMatchObject({ isComplete: false });
    expect(await out()).toEqual([]);
  });

  it('is the same over HTTP and from the view as long as somebody looks, with an ETag', async () => {
    const atMs = nowMs - 2_000;
    await insertEvents('bedrock', { ok: 200, error: 0 }, atMs - MINUTE_MS);
    await insertEvents('openai', { ok: 90, error: 10 }, atMs - MINUTE_MS);
    await evaluated(atMs);
    await check(atMs);
    expect(await out()).toEqual(['openai']);
    const view = await store.query<{ value: string }>(
      `SELECT value FROM routing WHERE service = 'chat' AND NOT in_rotation`,
    );
    expect(view).toEqual([{ value: 'openai' }]);
    const url = `${server.url}/api/v1/routing?service=chat`;
    const first = await fetch(url);
    const again = await fetch(url, { headers: { 'if-none-match': first.headers.get('etag')! } });
    expect([again.status, first.headers.get('cache-control')]).toEqual([304, 'private, no-cache']);
  });

  it('is as the pieces for gateways in the documentation take it', { timeout: 240_000 }, async () => {
    const page = await readFile(new URL('../../docs/governing.md', import.meta.url), 'utf8');
    const piece = (name: string): string =>
      [...page.matchAll(/^```\w+\n(.*?)^```/gms)]
        .map(([, text]) => text!)
        .find((text) => text.startsWith(`# ${name}\n`))!;
    await writeFile(path.join(folder, 'envoy-routing.sh'), piece('envoy-routing.sh'));
    await writeFile(path.join(folder, 'burnline_routing.py'), piece('burnline_routing.py'));
    await writeFile(
      path.join(folder, 'endpoints.json'),
      JSON.stringify(
        ['openai', 'bedrock'].map((provider, port) => ({ provider, address: '10.0.0.1', port })),
      ),
    );
    const program = `import asyncio, burnline_routing as b
all = [{"litellm_params": {"model": one + "/m"}} for one in ("openai", "bedrock")]
print([one["litellm_params"]["model"] for one in asyncio.run(b.routing.async_filter_deployments("m", all))])`;
    const statesOf = async (url: string): Promise<{ envoy: unknown; litellm: string }> => {
      const env = { ...process.env, BURNLINE_CONSOLE_URL: url, SERVICE: 'chat' };
      await run('sh', ['envoy-routing.sh'], { cwd: folder, env });
      const { stdout } = await run('python3', ['-c', program], { cwd: folder, env });
      const eds = JSON.parse(await readFile(path.join(folder, 'eds.json'), 'utf8')) as {
        resources: { endpoints: { lb_endpoints: { health_status: string }[] }[] }[];
      };
      const envoy = eds.resources[0]!.endpoints[0]!.lb_endpoints.map(({ health_status: one }) => one);
      return { envoy, litellm: stdout.trim() };
    };
    expect(await statesOf(server.url)).toEqual({ envoy: ['UNHEALTHY', 'HEALTHY'], litellm: "['bedrock/m']" });
    // A console that is away.
    expect(await statesOf('http://127.0.0.1:9')).toEqual({
      ...{ envoy: ['HEALTHY', 'HEALTHY'], litellm: "['openai/m', 'bedrock/m']" },
    });
  });

  it('is everything again while data is missing, and what was out stays known', async () => {
    await evaluated(nowMs - 1_000, 0.5);
    await check(nowMs - 1_000);
    const { isComplete, routes } = (await told())!;
    expect(isComplete).toBe(false);
    expect(routes.every(({ isInRotation }) => isInRotation)).toBe(true);
    expect(routes[0]!.incomplete).toContain('50 % of the data is there, 90 % have to be');
    await evaluated(nowMs);
    await check(nowMs);
    expect(await out()).toEqual(['openai']);
    const periods = await store.query<{ count: number }>(
      `SELECT count() AS count FROM route_states FINAL WHERE value = 'openai' AND is_out`,
    );
    expect(periods).toEqual([{ count: 1 }]);
  });
});
