import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { checkRoutes } from '@burnline/alerter';
import { serveConsole, type ConsoleServer } from '@burnline/console';
import { streamTopicNames } from '@burnline/contracts';
import { DEFAULT_POLICIES, ROUTE_RULE_DEFAULT } from '@burnline/core';
import { readRouteCounts } from '@burnline/queries';
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
const TOPIC = streamTopicNames('live').inference;
/** Of now, as a gateway asks: what was seen up to here is not old. */
let nowMs: number;

let database: TestDatabase;
let store: Store;
let server: ConsoleServer;
let folder: string;
let offset = 0;

const insertEvents = (
  provider: string,
  counts: { ok: number; error: number },
  atMs: number,
  { environment = '', service = 'chat' } = {},
): Promise<void> =>
  store.insertRows(
    'inference_events',
    (['ok', 'error'] as const).flatMap((status) =>
      Array.from({ length: counts[status] }, () => ({
        ...{ stream: 'live', stream_epoch: 'live@1', partition: 0, offset: (offset += 1), event_index: 0 },
        ...{ is_repeat: false, log_time: dateTime64OfMs(atMs), kept_since: Math.floor(nowMs / 1_000) },
        ...{ occurred_at: `${dateTime64OfMs(atMs)}000`, service, provider, status, environment },
        attributes: {},
      })),
    ),
  );

const evaluated = async (throughMs: number, { coverage = 1, sunkMs = throughMs } = {}): Promise<void> => {
  await store.insertRows('evaluations', [
    { stream: 'live', evaluated_through: throughMs / 1_000, data_start: nowMs / 1_000 - 86_400, coverage },
  ]);
  await store.insertRows('watermarks', [
    {
      ...{ consumer: 'sink', stream: 'live', stream_epoch: 'live@1', topic: TOPIC, partition: 0 },
      ...{ position: (offset += 1), log_time: dateTime64OfMs(sunkMs), last_timestamp_ms: sunkMs },
      last_checksum: 0,
    },
  ]);
};

interface Told {
  readonly isComplete: boolean;
  readonly otherEnvironments: readonly string[];
  readonly routes: readonly {
    readonly value: string;
    readonly environments: readonly string[];
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
        topic: TOPIC,
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
  const ofSearch = (environment: string): object => ({
    ...{ ...policy, name: `search-${environment}`, services: ['search'] },
    routeAround: [{ ...rule, environments: [environment] }],
  });
  await store.insertRows('error_budget_policies', [
    {
      stream: 'live',
      policies: JSON.stringify([
        { ...policy, name: 'routes', services: ['chat'], routeAround: [rule] },
        ...['prod', 'staging'].map(ofSearch),
      ]),
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

  it('is of one environment what its rules say, and of all of them without one', async () => {
    const atMs = nowMs - 2_000;
    const at = atMs - MINUTE_MS;
    for (const [environment, bad, good] of [
      ['prod', 'openai', 'bedrock'],
      ['staging', 'bedrock', 'openai'],
    ] as const) {
      await insertEvents(bad, { ok: 80, error: 20 }, at, { environment, service: 'search' });
      await insertEvents(good, { ok: 100, error: 0 }, at, { environment, service: 'search' });
    }
    await check(atMs);
    const outIn = async (environment?: string): Promise<unknown> => {
      const asked = environment === undefined ? '' : `&environment=${environment}`;
      const response = await fetch(`${server.url}/api/v1/routing?service=search${asked}`);
      const { services } = (await response.json()) as { readonly services: readonly Told[] };
      return services.map(({ routes, otherEnvironments }) => [
        routes.filter((one) => !one.isInRotation).map((one) => [one.value, one.environments.join()]),
        otherEnvironments,
      ]);
    };
    expect(await outIn('prod')).toEqual([[[['openai', 'prod']], ['staging']]]);
    expect(await outIn('staging')).toEqual([[[['bedrock', 'staging']], ['prod']]]);
    expect(await outIn('dev')).toEqual([[[], ['prod', 'staging']]]);
    const both = [
      ['openai', 'prod'],
      ['bedrock', 'staging'],
    ];
    expect(await outIn()).toEqual([[both, []]]);
    expect((await fetch(`${server.url}/api/v1/routing?environment=`)).status).toBe(400);
    const view = await store.query<{ value: string; of: string }>(
      `SELECT value, environments[1] AS of FROM routing WHERE service = 'search' AND NOT in_rotation ORDER BY of`,
    );
    expect(view.map(({ value, of }) => [value, of])).toEqual(both);
    // A rule of all environments holds in each.
    const ofChat = await fetch(`${server.url}/api/v1/routing?service=chat&environment=dev`);
    const { services } = (await ofChat.json()) as { readonly services: readonly Told[] };
    expect(services[0]!.routes.filter((one) => !one.isInRotation).map(({ value }) => value)).toEqual([
      'openai',
    ]);
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
    const statesOf = async (
      url: string,
      asked: Readonly<Record<string, string>> = { SERVICE: 'chat' },
    ): Promise<{ envoy: unknown; litellm: string }> => {
      const env = { ...process.env, BURNLINE_CONSOLE_URL: url, ...asked };
      await run('sh', ['envoy-routing.sh'], { cwd: folder, env });
      const { stdout } = await run('python3', ['-c', program], { cwd: folder, env });
      return { envoy: await healthOf(), litellm: stdout.trim() };
    };
    const healthOf = async (): Promise<readonly string[]> => {
      const eds = JSON.parse(await readFile(path.join(folder, 'eds.json'), 'utf8')) as {
        resources: { endpoints: { lb_endpoints: { health_status: string }[] }[] }[];
      };
      return eds.resources[0]!.endpoints[0]!.lb_endpoints.map(({ health_status: one }) => one);
    };
    const routed = { envoy: ['UNHEALTHY', 'HEALTHY'], litellm: "['bedrock/m']" };
    const everything = { envoy: ['HEALTHY', 'HEALTHY'], litellm: "['openai/m', 'bedrock/m']" };
    expect(await statesOf(server.url, { SERVICE: 'search', ENVIRONMENT: 'staging' })).toEqual({
      ...{ envoy: ['HEALTHY', 'UNHEALTHY'], litellm: "['openai/m']" },
    });
    expect(await statesOf(server.url, { SERVICE: 'search', ENVIRONMENT: 'dev' })).toEqual(everything);
    expect(await statesOf(server.url)).toEqual(routed);
    // A console that is away: what it said last is gone by for 2 minutes, by a process that has heard it.
    expect(await statesOf('http://127.0.0.1:9')).toEqual({ ...routed, litellm: everything.litellm });
    const [lately, long] = [119, 121].map(
      (ageS) => `
b.fetch_out, b.routing.asked_at = away, 0.0
b.routing.told_at = b.time.monotonic() - ${ageS}
print(asyncio.run(b.routing.async_filter_deployments("m", all)) == ${ageS < 120 ? 'all[1:]' : 'all'})`,
    );
    const { stdout } = await run(
      'python3',
      ['-c', `${program}\ndef away(): raise OSError\n${lately}\n${long}`],
      { cwd: folder, env: { ...process.env, BURNLINE_CONSOLE_URL: server.url, SERVICE: 'chat' } },
    );
    expect(stdout.trim().split('\n')).toEqual(["['bedrock/m']", 'True', 'True']);
    const longAgo = new Date(Date.now() - 121_000);
    await utimes(path.join(folder, 'routing.json'), longAgo, longAgo);
    expect(await statesOf('http://127.0.0.1:9')).toEqual(everything);
    // All that there is is out: one has to answer.
    await writeFile(
      path.join(folder, 'endpoints.json'),
      JSON.stringify([{ provider: 'openai', address: '10.0.0.1', port: 0 }]),
    );
    await statesOf(server.url);
    expect(await healthOf()).toEqual(['HEALTHY']);
  });

  it('is everything again while data is missing, and what was out stays known', async () => {
    await evaluated(nowMs - 1_000, { coverage: 0.5 });
    await check(nowMs - 1_000);
    const { isComplete, routes } = (await told())!;
    expect(isComplete).toBe(false);
    expect(routes.every(({ isInRotation }) => isInRotation)).toBe(true);
    expect(routes[0]!.incomplete).toContain('50 % of the data is there, 90 % have to be');
    await evaluated(nowMs);
    await check(nowMs);
    expect(await out()).toEqual(['openai']);
    const periods = await store.query<{ count: number }>(
      `SELECT count() AS count FROM route_states FINAL WHERE service = 'chat' AND value = 'openai' AND is_out`,
    );
    expect(periods).toEqual([{ count: 1 }]);
  });

  it('counts up to where raw rows are written, and nothing while they are behind', async () => {
    await evaluated(nowMs, { sunkMs: nowMs - 3 * MINUTE_MS });
    await check(nowMs + 1_000);
    expect((await told())!.routes.map(({ total }) => total)).toEqual([0]);
    await evaluated(nowMs, { sunkMs: nowMs - 6 * MINUTE_MS });
    await check(nowMs + 2_000);
    expect((await told())!.routes[0]!.incomplete).toContain('raw rows written up to');
    await evaluated(nowMs);
    await check(nowMs + 3_000);
    expect(await out()).toEqual(['openai']);
  });

  it('counts the events of the environments that the rule names alone', async () => {
    const scope = {
      stream: 'live',
      service: 'chat',
      by: 'provider',
      fromMs: nowMs - 15 * MINUTE_MS,
    } as const;
    const countsOf = async (environments: readonly string[]): Promise<readonly unknown[]> =>
      (await readRouteCounts(store, { ...scope, environments, toMs: nowMs + MINUTE_MS })).map(
        ({ value, errors, total }) => [value, errors, total],
      );
    expect(await countsOf(['prod'])).toEqual([]);
    await insertEvents('azure', { ok: 3, error: 1 }, nowMs - MINUTE_MS, { environment: 'prod' });
    await insertEvents('azure', { ok: 2, error: 2 }, nowMs - MINUTE_MS, { environment: 'staging' });
    expect(await countsOf(['prod'])).toEqual([['azure', 1, 4]]);
    expect(await countsOf(['prod', 'staging'])).toEqual([['azure', 3, 8]]);
    expect(await countsOf([])).toContainEqual(['azure', 3, 8]);
  });

  it('leaves out what a policy said before it was renamed, once nobody has looked at that', async () => {
    await store.insertRows('route_states', [
      {
        ...{ stream: 'live', service: 'chat', policy: 'before', dimension: 'provider', value: 'openai' },
        ...{ is_out: true, since: dateTime64OfMs(nowMs - 30 * MINUTE_MS), errors: 1, total: 1, seen: 1 },
        ...{ checked_at: dateTime64OfMs(nowMs - 10 * MINUTE_MS), counted_through: 0, incomplete: '' },
      },
    ]);
    const { isComplete, routes } = (await told())!;
    expect(isComplete).toBe(true);
    expect(routes.filter(({ value }) => value === 'openai').length).toBe(1);
  });
});
