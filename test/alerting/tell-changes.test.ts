import { changeHearers, receiversOf, RECEIVER_VARIABLES, tellChanges } from '@burnline/alerter';
import { serveConsole } from '@burnline/console';
import { createLogger, dateTime64OfMs, readEnvironment, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pagerdutyApi } from '../contract/receivers/pagerduty-api.ts';
import { startReceiverServer, type ReceiverServer } from '../contract/receivers/receiver-server.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertStream } from './bench.ts';

/**
 * Goal: PagerDuty hears of every change of a service once, as its schema of change events has it, over restarts, refusals and however often
 * rows are looked at; and of nothing that was there before. Method: raw rows, one history in order, a server that checks each request.
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let database: TestDatabase;
let store: Store;
let server: ReceiverServer;
let nowMs: number;
let offset = 0;
const lines: string[] = [];
const logger = {
  ...createLogger({ name: 'test', level: 'silent' }),
  warn: (...what: unknown[]) => void lines.push(JSON.stringify(what)),
};

interface Event {
  readonly atMs: number;
  readonly service?: string;
  readonly [field: string]: string | number | undefined;
}

const seen = (events: readonly Event[]): Promise<void> =>
  store.insertRows(
    'inference_events',
    events.map(({ atMs, service = 'chat', ...fields }) => ({
      ...{ stream: 'live', stream_epoch: 'live@1', partition: 0, offset: (offset += 1), event_index: 0 },
      ...{ is_repeat: false, log_time: dateTime64OfMs(atMs), kept_since: Math.floor(nowMs / 1_000) },
      ...{ occurred_at: `${dateTime64OfMs(atMs)}000`, service, status: 'ok', attributes: {} },
      ...{ model_served: '', prompt_version: '', deployment: '', variant: '', ...fields },
    })),
  );
const activated = (slo: string, spec_rev: string, atMs: number): Promise<void> =>
  store.insertRows('active_specs', [{ stream: 'live', slo, spec_rev, activated_at: dateTime64OfMs(atMs) }]);

/** What an alerter does: `isFirst` after a start. */
async function look(changes: string, isFirst = false, consoleUrl?: string): Promise<void> {
  const receivers = receiversOf(
    readEnvironment(RECEIVER_VARIABLES, {
      ...pagerdutyApi.environment(server.url),
      BURNLINE_PAGERDUTY_CHANGES: changes,
      ...(consoleUrl !== undefined && { BURNLINE_CONSOLE_URL: consoleUrl }),
    }),
  );
  const { signal } = new AbortController();
  await tellChanges({ store, logger }, changeHearers(receivers), { stream: 'live', nowMs, isFirst, signal });
}
const ALL = 'chat-pager';
const told = (): readonly string[] => server.said.map(({ alert }) => alert);

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
  server = await startReceiverServer(pagerdutyApi);
  nowMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  await store.insertRows(
    'slos',
    ['chat-ttft', 'search-cost'].map((slo) => ({
      ...{ slo, spec_rev: 'r1', display_name: slo, service: slo.split('-')[0], period: '1d', track: 'model' },
      ...{ criticality: 'high', target_numerator: 9, target_denominator: 10, dimensions: [], tiers: '[]' },
      loaded_at: dateTime64OfMs(nowMs - 72 * HOUR_MS),
    })),
  );
  await activated('chat-ttft', 'r1', nowMs - 72 * HOUR_MS);
  // Three days ago, yesterday, and an hour ago.
  await seen([
    { atMs: nowMs - 72 * HOUR_MS, model_served: 'm-1', prompt_version: 'p-1' },
    { atMs: nowMs - 72 * HOUR_MS + MINUTE_MS, model_served: 'm-2' },
    { atMs: nowMs - 48 * HOUR_MS, model_served: 'm-3', prompt_version: 'p-1' },
    { atMs: nowMs - HOUR_MS, model_served: 'm-1', prompt_version: 'p-2', deployment: 'blue' },
  ]);
});
afterAll(async () => {
  await server.close();
  await database.close();
});

it('tells what is new within a day, and neither what the service began with nor what is older', async () => {
  await look(ALL, true);
  expect([...told()].sort()).toEqual(['chat has another deployment: blue', 'chat has another prompt: p-2']);
  const [request] = server.requests;
  const { payload, links } = JSON.parse(request!.request.text) as Record<string, unknown>;
  // Nobody has said where the console is.
  expect(links).toBeUndefined();
  expect(payload).toMatchObject({
    source: 'chat',
    timestamp: new Date(nowMs - HOUR_MS).toISOString(),
    custom_details: { service: 'chat', what: 'deployment', value: 'blue' },
  });
});

it('tells it once, over restarts and by whoever looks', async () => {
  await look(ALL);
  await look(ALL, true);
  nowMs += MINUTE_MS;
  await Promise.all([look(ALL), look(ALL)]);
  expect(told()).toHaveLength(2);
});

it('tells of a model and of a spec as soon as rows show them, and of a service that begins nothing', async () => {
  await seen([
    { atMs: nowMs - 30_000, model_served: 'm-4', prompt_version: 'p-2' },
    { atMs: nowMs - 30_000, service: 'search', model_served: 's-1', prompt_version: 'q-1' },
  ]);
  await activated('chat-ttft', 'r2', nowMs - 20_000);
  await activated('search-cost', 'r1', nowMs - 10_000);
  await look(ALL);
  expect(told().slice(2)).toEqual([
    'chat is answered by another model: m-4',
    'chat is judged by another spec: chat-ttft r2',
    'search is judged by another spec: search-cost r1',
  ]);
});

it('tries again what is not taken, and tells it once', async () => {
  await server.close();
  const before = told().length;
  server = await startReceiverServer(pagerdutyApi, { script: [{ status: 503 }, null, { status: 400 }] });
  await seen([
    { atMs: nowMs - 5_000, model_served: 'm-5' },
    { atMs: nowMs - 4_000, prompt_version: 'p-3' },
  ]);
  for (let tries = 0; tries < 5; tries += 1) {
    nowMs += MINUTE_MS;
    await look(ALL, tries === 2);
  }
  expect(before).toBe(5);
  expect([...told()].sort()).toEqual([
    'chat has another prompt: p-3',
    'chat is answered by another model: m-5',
  ]);
  // Away, away, one refused and the other taken, then the refused one.
  expect(server.requests.map(({ status }) => status)).toEqual([503, 0, 400, 202, 202]);
  expect(server.faults).toEqual([]);
  const rows = await store.query<{ outcome: string; attempts: number }>(
    `SELECT toString(outcome) AS outcome, attempts FROM alert_notifications FINAL WHERE decision_key LIKE '%m-5%'`,
  );
  expect(rows).toEqual([{ outcome: 'delivered', attempts: 4 }]);
});

it('tells a receiver of the services that it is for, and none where it asks for none', async () => {
  nowMs += MINUTE_MS;
  await seen([
    { atMs: nowMs - 5_000, model_served: 'm-6' },
    { atMs: nowMs + 15 * MINUTE_MS, service: 'search', model_served: 's-2' },
  ]);
  expect(
    changeHearers(receiversOf(readEnvironment(RECEIVER_VARIABLES, pagerdutyApi.environment(server.url)))),
  ).toEqual([]);
  const before = told().length;
  await look('chat-pager=search');
  expect(told().slice(before)).toEqual(['search is answered by another model: s-2']);
});

it('takes a field of ids for no changes, and says so', async () => {
  nowMs += MINUTE_MS;
  await seen(Array.from({ length: 30 }, (_, index) => ({ atMs: nowMs - 5_000, variant: `id-${index}` })));
  const before = told().length;
  await look(ALL);
  await look(ALL);
  const variants = told()
    .slice(before)
    .filter((one) => one.includes('variant'));
  expect(variants).toHaveLength(20);
  expect(lines.join('\n')).toContain('too many new values');
});

it('links to the page of what changed, where it is said how people reach the console', async () => {
  nowMs += MINUTE_MS;
  await seen([
    { atMs: nowMs - 90_000, model_served: 'm-1' },
    { atMs: nowMs - 5_000, model_served: 'm 7 & more', prompt_version: 'p-2' },
  ]);
  await activated('chat-ttft', 'r3', nowMs - 4_000);
  await activated('chat-ttft', '', nowMs - 3_000);
  await insertStream(store);
  const before = server.requests.length;
  await look(ALL, false, 'https://people:word@burnline.example/behind/');
  const links = server.requests
    .slice(before)
    .map(({ request }) => (JSON.parse(request.text) as { links: readonly { href: string }[] }).links)
    .map(([link]) => link!.href);
  const { protocol, host, username, pathname, searchParams } = new URL(links[0]!);
  expect([protocol, host, username, pathname]).toEqual(['https:', 'burnline.example', '', '/behind/events']);
  expect(links.slice(1)).toEqual([
    'https://burnline.example/behind/slo?slo=chat-ttft',
    'https://burnline.example/behind/specs',
  ]);
  // The page asks this question with what stands in its address: the events that have what is new, and no other.
  const console = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
  try {
    const query = new URLSearchParams({ from: searchParams.get('from')!, to: searchParams.get('to')! });
    for (const test of searchParams.get('where')!.split('\n')) query.append('where', test);
    const answer = await fetch(`${console.url}/api/v1/events?${query.toString()}`);
    const { events } = (await answer.json()) as { events: readonly { atMs: number; modelServed: string }[] };
    expect(events.map(({ atMs }) => atMs)).toEqual([nowMs - 5_000]);
  } finally {
    await console.close();
  }
  expect(server.faults).toEqual([]);
});
