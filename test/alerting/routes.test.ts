import { Notifier, RECEIVER_VARIABLES, receiversOf } from '@burnline/alerter';
import { DECISIONS_TOPIC, decodeDecision } from '@burnline/contracts';
import { createLogger, createMetrics, readEnvironment, type EventLog, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decide, decisionOf } from '../contract/receivers/decisions.ts';
import { runCli } from '../support/burnline-cli.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  emptyTables,
  evaluatedThrough,
  hurriedClock,
  insertBurn,
  newDecider,
  notifications,
  openLog,
  plan,
  startReceiver,
  tier,
  until,
  type Receiver,
} from './bench.ts';

/** Goal: an alert goes to whom its routes name and to nobody else, its end to whoever heard of its begin, and none is lost. */
let database: TestDatabase;
let store: Store;
let log: EventLog;
let rooms: Record<'pager' | 'chat' | 'rest', Receiver>;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(async () => {
  await emptyTables(store);
  log = await openLog();
  const [pager, chat, rest] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  rooms = { pager, chat, rest };
  onTestFinished(async () => {
    await Promise.all(Object.values(rooms).map((room) => room.close()));
  });
});

const environment = (defaults = 'rest'): Record<string, string> => ({
  BURNLINE_WEBHOOK_URL: Object.entries(rooms)
    .map(([name, { url }]) => `${name}=${url}`)
    .join(' '),
  BURNLINE_DEFAULT_RECEIVERS: defaults,
});

function notify(given = environment()): {
  readonly stop: () => Promise<void>;
  readonly text: () => Promise<string>;
} {
  const controller = new AbortController();
  const metrics = createMetrics('test');
  const logger = createLogger({ name: 'test', level: 'silent' });
  const receivers = receiversOf(readEnvironment(RECEIVER_VARIABLES, given));
  const ended = new Notifier({ store, log, clock: hurriedClock, logger, receivers, metrics }).run(
    controller.signal,
  );
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  onTestFinished(stop);
  return { stop, text: () => metrics.text() };
}

const heard = (): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(rooms).map(([name, { requests }]) => [
      name,
      requests.map(({ body }) => `${body.decision} ${body.labels['model_served']}`),
    ]),
  );
const total = (): number => Object.values(rooms).reduce((sum, { requests }) => sum + requests.length, 0);
const nowMs = (): number => Math.floor(Date.now() / 1_000) * 1_000;
const to = (...receivers: string[]) => ({ routed: { routes: ['r'], receivers } });

describe('an alert', () => {
  it('goes to the receivers that its routes name; one that none takes to those that hear of everything', async () => {
    const { text } = notify();
    await decide(log, [
      decisionOf(1, 'fire', nowMs() - 9_000, to('pager')),
      decisionOf(2, 'fire', nowMs() - 8_000, to('pager', 'chat')),
      decisionOf(3, 'fire', nowMs() - 7_000),
      decisionOf(4, 'fire', nowMs() - 6_000, to('nobody')),
      decisionOf(5, 'fire', nowMs() - 5_000, to('nobody', 'chat')),
    ]);
    await until(() => total() === 6);
    expect(heard()).toEqual({
      pager: ['fire m1', 'fire m2'],
      chat: ['fire m2', 'fire m5'],
      rest: ['fire m3', 'fire m4'],
    });
    expect(await text()).toMatch(/burnline_alerts_unrouted_total(\{[^}]*\})? 2/);
  });

  it('ends where it began, whatever the specs say since and whoever tells it', async () => {
    const { stop } = notify();
    await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000, to('pager'))]);
    await until(async () => (await notifications(store)).length === 1);
    await stop();
    notify();
    await decide(log, [decisionOf(1, 'resolve', nowMs() - 5_000, to('chat'))]);
    await until(() => total() === 2);
    expect(heard()).toEqual({ pager: ['fire m1', 'resolve m1'], chat: [], rest: [] });
  });

  it('is routed as it is decided, by tier, severity and labels', async () => {
    const routes = [{ name: 'gold', receivers: ['pager'], severities: ['SEV-1'] as const, labels: {} }];
    const plans = [
      plan('a', { tiers: [tier('fast', { routes })] }),
      plan('b', { tiers: [tier('fast', { routes })], criticality: 'low' }),
      plan('c', { routes: [{ name: 'team', receivers: ['chat'], labels: {} }] }),
    ];
    await insertBurn(
      store,
      plans.map(({ slo }) => ({ slo, at: 100, bad: 50 })),
    );
    await evaluatedThrough(store, 200);
    await newDecider(store, log, plans).run();
    const from = { topic: DECISIONS_TOPIC, partition: 0, fromOffset: 0, bytesMax: 1_000_000 };
    const decisions = (await log.read(from)).map(({ value }) => decodeDecision(value).evidence);
    expect(Object.fromEntries(decisions.map(({ slo, routed }) => [slo, routed]))).toEqual({
      a: { routes: ['gold'], receivers: ['pager'] },
      b: undefined,
      c: { routes: ['team'], receivers: ['chat'] },
    });
  });
});

it('receivers that hear of everything must be there', () => {
  for (const defaults of ['pager,nobody', 'Pager'])
    expect(() => receiversOf(readEnvironment(RECEIVER_VARIABLES, environment(defaults)))).toThrow(
      expect.objectContaining({ code: 'RECEIVER_INVALID' }),
    );
});

describe('burnline notify --test', () => {
  const SPECS = new URL('routes.yaml', import.meta.url).pathname;
  const test = async (route: string, env: Record<string, string>) => {
    const { exitCode, stdout } = await runCli(['notify', '--test', route, '--specs', SPECS, '--json'], {
      env,
    });
    return { exitCode, stdout, answers: exitCode === 2 ? [] : (JSON.parse(stdout) as Told).answers };
  };
  interface Told {
    readonly answers: readonly { receiver: string; kind: string; verdict: string; error: string }[];
  }

  it('tells each receiver of the route of a marked alert and its end', async () => {
    const { exitCode, answers } = await test('on-call', environment());
    expect(exitCode).toBe(0);
    expect(answers.map(({ receiver, kind, verdict }) => `${receiver} ${kind} ${verdict}`).sort()).toEqual([
      'chat fire taken',
      'chat resolve taken',
      'pager fire taken',
      'pager resolve taken',
    ]);
    expect(rooms.rest.requests).toEqual([]);
    for (const { body } of rooms.pager.requests) {
      expect(body).toMatchObject({ test: true, stream: 'test' });
      expect(body.summary).toContain('TEST');
    }
    expect((await test('default', environment())).answers.map(({ receiver }) => receiver)).toEqual([
      'rest',
      'rest',
    ]);
    expect((await test('chat', environment())).answers.map(({ receiver }) => receiver)).toEqual([
      'chat',
      'chat',
    ]);
  });

  it('says no where a receiver does not take it, and what it answered', async () => {
    const refusing = await startReceiver(() => 403);
    onTestFinished(() => refusing.close());
    const env = {
      ...environment('pager'),
      BURNLINE_WEBHOOK_URL: `pager=${refusing.url} chat=${rooms.chat.url}`,
    };
    const { exitCode, answers } = await test('on-call', env);
    expect(exitCode).toBe(3);
    expect(answers).toContainEqual({
      ...{ receiver: 'pager', kind: 'fire', verdict: 'refused', statusCode: 403, error: 'HTTP 403' },
    });
    expect(answers.filter(({ receiver }) => receiver === 'chat')).toHaveLength(2);
  });

  it('refuses a route that there is not, and one whose receivers nobody configured', async () => {
    const { exitCode, stdout } = await test('on-cal', environment());
    expect([exitCode, stdout]).toEqual([2, expect.stringContaining('CLI_ROUTE_UNKNOWN')]);
    const bare = { BURNLINE_WEBHOOK_URL: `chat=${rooms.chat.url}`, BURNLINE_DEFAULT_RECEIVERS: '' };
    expect(await test('on-call', bare)).toMatchObject({ exitCode: 2 });
    expect(rooms.chat.requests).toEqual([]);
  });
});
