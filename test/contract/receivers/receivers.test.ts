import { setTimeout as sleep } from 'node:timers/promises';
import { Notifier, RECEIVER_KINDS, RECEIVER_VARIABLES, receiversOf } from '@burnline/alerter';
import { decisionKeyOf, type DecisionKind } from '@burnline/core';
import { alertOfId } from '@burnline/queries';
import { createLogger, readEnvironment, type EventLog, type Logger, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { emptyTables, hurriedClock, openLog, until } from '../../alerting/bench.ts';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';
import { alertmanagerApi } from './alertmanager-api.ts';
import { decide, decisionOf, longDecision } from './decisions.ts';
import { opsgenieApi } from './opsgenie-api.ts';
import { pagerdutyApi } from './pagerduty-api.ts';
import type { ReceiverApi } from './receiver-api.ts';
import { startReceiverServer, type ReceiverServer } from './receiver-server.ts';
import { slackApi } from './slack-api.ts';
import { teamsApi } from './teams-api.ts';
import { webhookApi } from './webhook-api.ts';

/** Goal: whatever the receiver, its published API is kept, and what it answers has one meaning. */
const APIS: Readonly<Record<string, ReceiverApi>> = {
  webhook: webhookApi,
  alertmanager: alertmanagerApi,
  opsgenie: opsgenieApi,
  pagerduty: pagerdutyApi,
  slack: slackApi,
  teams: teamsApi,
};
const CONSOLE_URL = 'https://burnline.example/behind';
/** Mail is not sent by HTTP: email.test.ts holds it to the same. */
const HTTP_KINDS = RECEIVER_KINDS.filter(({ name }) => name !== 'email');

let database: TestDatabase;
let store: Store;
let log: EventLog;
/** What was logged and what the tables say, as text. */
let lines: string[];

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(async () => {
  await emptyTables(store);
  log = await openLog();
  lines = [];
});

it('every receiver of the table has its API here', () => {
  expect(HTTP_KINDS.map(({ name }) => name)).toEqual(Object.keys(APIS));
});

const outcomes = (): Promise<readonly { outcome: string; attempts: number; error: string }[]> =>
  store.query(
    `SELECT toString(outcome) AS outcome, attempts, error FROM alert_notifications FINAL ORDER BY decision_key`,
  );
const allAre = async (outcome: string, count: number): Promise<boolean> => {
  const rows = await outcomes();
  return rows.length === count && rows.every((row) => row.outcome === outcome);
};

describe.each(HTTP_KINDS.map(({ name }) => ({ api: APIS[name]!, name })))('$name', ({ api }) => {
  const receiverOf = (environment: Readonly<Record<string, string>>) =>
    receiversOf(readEnvironment(RECEIVER_VARIABLES, { BURNLINE_CONSOLE_URL: CONSOLE_URL, ...environment }));

  /** Returns what stops it. */
  function notify(url: string): () => Promise<void> {
    const keep = (...what: unknown[]): void => void lines.push(JSON.stringify(what));
    const silent = createLogger({ name: 'test', level: 'silent' });
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => silent };
    const receivers = receiverOf(api.environment(url));
    expect(receivers).toHaveLength(1);
    const controller = new AbortController();
    const parts = { store, log, clock: hurriedClock, logger, receivers };
    const ended = new Notifier(parts).run(controller.signal);
    const stop = async (): Promise<void> => {
      controller.abort();
      await ended;
    };
    onTestFinished(stop);
    return stop;
  }
  async function serve(options?: Parameters<typeof startReceiverServer>[1]): Promise<ReceiverServer> {
    const server = await startReceiverServer(api, options);
    onTestFinished(() => server.close());
    notify(server.url);
    return server;
  }
  const nowMs = (): number => Math.floor(Date.now() / 1_000) * 1_000;
  const states = ({ alerts }: ReceiverServer, state: string): number =>
    [...alerts.values()].filter((one) => one === state).length;

  it('hears of the begin, the course and the end of an alert under one name', async () => {
    const server = await serve();
    const kinds: readonly DecisionKind[] = ['fire', 'freeze', 'thaw', 'resolve'];
    for (const [index, one] of kinds.entries()) {
      await decide(log, [decisionOf(1, one, nowMs() - 60_000 + index * 10_000)]);
      await until(() => allAre('delivered', index + 1));
      expect(server.alerts.size).toBe(1);
      expect(states(server, 'open')).toBe(one === 'resolve' ? 0 : 1);
    }
    expect(server.faults).toEqual([]);
    expect(server.said.map(({ state }) => state)).toEqual(['open', 'noted', 'noted', 'closed']);
  });

  it('is told where the console shows the alert', async () => {
    const server = await serve();
    const firedAtMs = nowMs() - 10_000;
    const fire = decisionOf(1, 'fire', firedAtMs);
    await decide(log, [fire]);
    await until(() => allAre('delivered', 1));
    const [told] = server.requests;
    const [, id = ''] =
      /https:\/\/burnline\.example\/behind\/alert\?id=([\w%-]+)/.exec(told!.request.text) ?? [];
    expect(alertOfId(decodeURIComponent(id))).toEqual({ firedAtMs, alertKey: fire.alertKey });
    expect(server.faults).toEqual([]);
  });

  it.each(['removed', 'ended'] as const)('hears of an alert that is %s as of an end', async (end) => {
    const server = await serve();
    await decide(log, [decisionOf(1, 'fire', nowMs() - 20_000), decisionOf(1, end, nowMs() - 10_000)]);
    await until(() => allAre('delivered', 2));
    expect(server.faults).toEqual([]);
    expect([...server.alerts.values()]).toEqual(['closed']);
  });

  it('hears of every series of a storm, and of every end', async () => {
    const server = await serve();
    const series = Array.from({ length: 40 }, (_, index) => index);
    await decide(
      log,
      series.map((one) => decisionOf(one, 'fire', nowMs() - 20_000)),
    );
    await until(() => allAre('delivered', 40));
    expect(states(server, 'open')).toBe(40);
    await decide(
      log,
      series.map((one) => decisionOf(one, 'resolve', nowMs() - 10_000)),
    );
    await until(() => allAre('delivered', 80));
    expect([states(server, 'open'), states(server, 'closed')]).toEqual([0, 40]);
    expect(server.faults).toEqual([]);
  });

  it.each([
    ['errors of the server', [{ status: 500 }, { status: 503 }, { status: 502 }]],
    ['a rate limit', [{ status: 429 }, { status: 429 }]],
    ['refusals, until somebody mends them', [{ status: 401 }, { status: 400 }, { status: 302 }]],
    ['connections that break off', [null, null]],
  ])('is told a page of the present in spite of %s, each time the same', async (_, script) => {
    const server = await serve({ script });
    await decide(log, [decisionOf(1, 'fire', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 1));
    expect(await outcomes()).toMatchObject([{ attempts: script.length + 1, error: '' }]);
    expect(states(server, 'open')).toBe(1);
    expect(server.faults).toEqual([]);
    const keys = server.requests.map(({ request }) => request.headers['idempotency-key']);
    expect(new Set(keys).size).toBe(1);
  });

  it('is left alone for as long as it asks to be', async () => {
    // Waits pass a hundred times as fast: this one would be 5 ms by itself, and is 1.2 s as asked.
    const server = await serve({ script: [{ status: 429, headers: { 'retry-after': '120' } }] });
    await decide(log, [decisionOf(1, 'fire', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 1));
    const [first, second] = server.requests;
    expect(server.requests).toHaveLength(2);
    expect(second!.atMs - first!.atMs).toBeGreaterThan(1_100);
  });

  it.each([400, 401, 403, 404])('is told history once where it refuses it for good (%i)', async (status) => {
    const server = await serve({ script: [{ status }] });
    await decide(log, [decisionOf(1, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(() => allAre('failed', 1));
    expect(await outcomes()).toMatchObject([{ attempts: 1, error: `HTTP ${status}` }]);
    expect(server.requests).toHaveLength(1);
  });

  it('is told history again where it may pass', async () => {
    const server = await serve({ script: [{ status: 503 }, { status: 429 }, { status: 408 }] });
    await decide(log, [decisionOf(1, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(() => allAre('delivered', 1));
    expect(server.requests).toHaveLength(4);
  });

  it('may be slow to answer, and is told once', async () => {
    const server = await serve({ answerAfterMs: 600 });
    await decide(log, [decisionOf(1, 'fire', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 1));
    await sleep(300);
    expect(server.requests).toHaveLength(1);
  });

  it('has a login that no line and no row shows', async () => {
    const server = await startReceiverServer(api, { script: [{ status: 500 }, null] });
    onTestFinished(() => server.close());
    const stop = notify(server.url);
    await decide(log, [decisionOf(1, 'fire', nowMs() - 10_000)]);
    await until(() => allAre('delivered', 1));
    expect(server.faults).toEqual([]);
    await stop();
    // Nobody listens on port 1.
    notify('http://127.0.0.1:1');
    await decide(log, [decisionOf(2, 'fire', nowMs() - 2 * 3_600_000)]);
    await until(async () => (await outcomes()).some(({ outcome }) => outcome === 'failed'));
    const rows = await store.query('SELECT * FROM alert_notifications');
    const told = `${lines.join('\n')}\n${JSON.stringify(rows)}`;
    expect(told).toContain('HTTP 500');
    for (const secret of [api.secret, api.authorization ?? api.secret]) expect(told).not.toContain(secret);
  });

  it('has settings that are refused without being shown', () => {
    for (const environment of api.wrongEnvironments) {
      const read = (): unknown => receiverOf(environment);
      expect(read).toThrow(expect.objectContaining({ code: 'RECEIVER_INVALID' }));
      expect(read).not.toThrow(new RegExp(api.secret));
    }
    expect(receiverOf({})).toEqual([]);
  });

  it.each(['fire', 'freeze', 'resolve', 'ended'] as const)(
    'is never sent more than it takes, however long the names (%s)',
    (one) => {
      const [receiver] = receiverOf(api.environment('http://127.0.0.1:1'));
      const at = nowMs() - 10_000;
      const notices = Array.from({ length: receiver!.bundleLengthMax }, (_, series) => {
        const decision = longDecision(series, one, at);
        const key = decisionKeyOf(decision.alertKey, at);
        return {
          telling: { decision, isTold: true, key, firedAtMs: at - 60_000 },
          context: null,
          repeat: 0,
        };
      });
      const { url, headers, key, body, sign } = receiver!.begin().requestFor(notices, Date.now());
      const text = JSON.stringify(body);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(api.bodyBytesMax);
      const { pathname, search } = new URL(url);
      const signed = sign?.(text, Date.now());
      const all = { 'content-type': 'application/json', 'idempotency-key': key, ...headers, ...signed };
      const said = api.read({ method: 'POST', path: pathname + search, headers: all, text });
      expect(new Set(said.map(({ alert }) => alert)).size).toBe(notices.length);
    },
  );
});
