import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine, type Engine } from '@burnline/engine';
import { openStore, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  ROOT,
  bindMounts,
  ownServices,
  readCompose,
  type ComposeFile,
  type ComposeService,
} from '../deploy/compose-file.ts';
import { freePort } from '../support/kafka/ports.ts';
import { startKafka, type RunningKafka } from '../support/kafka/start-kafka.ts';

/**
 * Goal: what docker-compose.yml names works. Its own commands run with its own environment on a real broker, which has the
 * settings of the file, and on the database engine; only addresses and paths of containers are replaced.
 */
/** The start of five processes at once, on a machine that does other things as well. */
const START_TIMEOUT_MS = 180_000;
const SERVICES = ['collector', 'processor', 'sink', 'alerter', 'console'] as const;
/** Of the broker: where it listens and stores, which differs outside of a container. */
const PLACES = /^KAFKA_(HEAP_OPTS|NODE_ID|LOG_DIRS|CONTROLLER_QUORUM_VOTERS|.*LISTENER.*)$/;

interface Running {
  readonly child: ChildProcess;
  readonly environment: Readonly<Record<string, string>>;
  /** The last lines of its log. */
  output(): string;
}

let compose: ComposeFile;
let folder: string;
let kafka: RunningKafka;
let engine: Engine;
let store: Store;
let alertmanager: Server;
const posted: { readonly labels: Readonly<Record<string, string>> }[] = [];
const running = new Map<string, Running>();

/** What a container would see: addresses of other containers, mounted files, ports that are free here. */
async function mapped(service: ComposeService): Promise<Record<string, string>> {
  const { port } = alertmanager.address() as AddressInfo;
  const places: (readonly [from: string, to: string])[] = [
    ['kafka:9092', kafka.brokers[0]!],
    ['http://clickhouse:8123', engine.url],
    ['http://alertmanager:9093', `http://127.0.0.1:${port}`],
    ['/run/secrets', folder],
    ['0.0.0.0', '127.0.0.1'],
    ...bindMounts(service).map(({ source, target }): [string, string] => [target, path.join(ROOT, source)]),
  ];
  const entries = await Promise.all(
    Object.entries(service.environment ?? {}).map(async ([name, value]) => [
      name,
      name.endsWith('_PORT')
        ? String(await freePort())
        : places.reduce((text, [from, to]) => text.replace(from, to), value),
    ]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

async function start(name: string): Promise<Running> {
  const service = compose.services[name]!;
  const [program, ...args] = service.command!;
  expect(program).toBe('node');
  const environment = await mapped(service);
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-6_000);
    });
  return { child, environment, output: () => text };
}

async function exitOf({ child }: Running): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Whether the file's own health check says so. */
function isHealthy(name: string, { environment }: Running): boolean {
  const [kind, program, ...args] = compose.services[name]!.healthcheck!.test!;
  expect([kind, program]).toEqual(['CMD', 'node']);
  const here = args.map((arg) => arg.replace(':9464/', `:${environment['BURNLINE_HTTP_PORT']!}/`));
  return spawnSync(process.execPath, here, { timeout: 10_000 }).status === 0;
}

async function untilHealthy(name: string, one: Running): Promise<void> {
  while (!isHealthy(name, one)) {
    if (one.child.exitCode !== null) throw new Error(`${name} ended:\n${one.output()}`);
    await sleep(300);
  }
}

async function rowsOf(sql: string): Promise<number> {
  const [row] = await store.query<{ n: number }>(sql);
  return row?.n ?? 0;
}

async function untilRows(sql: string, count: number): Promise<void> {
  while ((await rowsOf(sql)) < count) await sleep(200);
}

async function post(event: object): Promise<number> {
  const { BURNLINE_INTAKE_PORT: port } = running.get('collector')!.environment;
  const key = await readFile(path.join(folder, 'intake_key'), 'utf8');
  const response = await fetch(`http://127.0.0.1:${port!}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ service: 'chat', provider: 'openai', model_requested: 'gpt-4o', ...event }),
  });
  await response.body?.cancel();
  return response.status;
}

describe.skipIf(!inject('canStartKafka'))('docker-compose.yml', () => {
  beforeAll(async () => {
    compose = await readCompose();
    folder = await mkdtemp(path.join(tmpdir(), 'burnline-compose-'));
    const secrets = spawnSync('sh', [path.join(ROOT, 'deploy/make-secrets.sh'), folder], {
      encoding: 'utf8',
    });
    expect(secrets.stderr).toBe('');
    const settings = Object.entries(compose.services['kafka']!.environment!)
      .filter(([name]) => name.startsWith('KAFKA_') && !PLACES.test(name))
      .map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), value]);
    kafka = await startKafka({ properties: Object.fromEntries(settings) as Record<string, string> });
    const secret = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');
    const password = await secret('clickhouse_password');
    const users = [
      { name: 'burnline', password, role: 'pipeline' as const },
      { name: 'analyst', password: await secret('analyst_password'), role: 'analyst' as const },
    ];
    engine = await startEngine({ dataDirectory: path.join(folder, 'clickhouse'), port: 0, users });
    store = openStore({ url: engine.url, user: 'burnline', password, database: 'burnline' });
    alertmanager = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (request.url === '/api/v2/alerts')
          posted.push(...(JSON.parse(Buffer.concat(chunks).toString()) as typeof posted));
        response.end();
      });
    });
    await new Promise<void>((resolve) => alertmanager.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    for (const { child } of running.values()) child.kill('SIGKILL');
    await store.close();
    await engine.stop();
    await kafka.stop();
    alertmanager.closeAllConnections();
    alertmanager.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('names every service of its own', () => {
    expect(ownServices(compose).map(([name]) => name)).toEqual(['migrate', ...SERVICES]);
  });

  it('makes topics and tables, and finds nothing to do the second time', async () => {
    for (const attempt of ['first', 'second']) {
      const migrate = await start('migrate');
      expect(await exitOf(migrate), `${attempt}: ${migrate.output()}`).toBe(0);
    }
    expect(
      await rowsOf("SELECT count() AS n FROM system.tables WHERE database = 'burnline'"),
    ).toBeGreaterThan(20);
  });

  it(
    'starts every service, and each becomes healthy',
    async () => {
      for (const name of SERVICES) running.set(name, await start(name));
      await Promise.all([...running].map(([name, one]) => untilHealthy(name, one)));
    },
    START_TIMEOUT_MS,
  );

  it('carries an event from the intake to raw rows and to panes', async () => {
    // What comes before the specs are announced is backfilled; this test waits for what is counted as it comes.
    await untilRows('SELECT count() AS n FROM spec_begins', 2);
    expect(await post({ status: 'ok', ttft_ms: 412, duration_ms: 3_820 })).toBe(200);
    await untilRows("SELECT count() AS n FROM inferences WHERE model_requested = 'gpt-4o'", 1);
    await untilRows("SELECT sum(good) AS n FROM sli_panes FINAL WHERE slo = 'chat-availability'", 1);
  });

  it('tells Alertmanager when a budget burns', async () => {
    for (let index = 0; index < 10; index += 1)
      expect(await post({ status: 'error', duration_ms: 90 })).toBe(200);
    while (!posted.some(({ labels }) => labels['slo'] === 'chat-availability')) await sleep(200);
  });

  it('shows it in the console, to whoever has its key', async () => {
    const { BURNLINE_CONSOLE_PORT: port } = running.get('console')!.environment;
    const key = await readFile(path.join(folder, 'read_key'), 'utf8');
    const overview = (headers: Readonly<Record<string, string>>): Promise<Response> =>
      fetch(`http://127.0.0.1:${port!}/api/v1/overview`, { headers });
    expect((await overview({})).status).toBe(401);
    // What it read last is told at once, with its time, and what is there meanwhile is read.
    const total = async (): Promise<number | undefined> => {
      const response = await overview({ authorization: `Bearer ${key}` });
      expect(response.status).toBe(200);
      const { rows } = (await response.json()) as { rows: readonly { slo: string; total: number }[] };
      return rows.find(({ slo }) => slo === 'chat-availability')?.total;
    };
    await expect.poll(total, { timeout: 30_000, interval: 500 }).toBe(11);
  });

  it.each(SERVICES)('ends the %s in order when it is asked to', async (name) => {
    const one = running.get(name)!;
    one.child.kill('SIGTERM');
    expect(await exitOf(one), one.output()).toBe(0);
    const grace = Number(/^(\d+)s$/.exec(compose.services[name]!.stop_grace_period!)![1]) * 1_000;
    expect(grace).toBeGreaterThan(Number(one.environment['BURNLINE_STOP_TIMEOUT_MS']));
  });
});
