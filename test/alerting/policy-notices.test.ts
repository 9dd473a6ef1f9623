import { checkPolicies, RECEIVER_VARIABLES, receiversOf } from '@burnline/alerter';
import { DEFAULT_POLICIES, type BudgetPolicy } from '@burnline/core';
import { createLogger, dateTime64OfMs, readEnvironment, type EventLog, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pagerdutyApi } from '../contract/receivers/pagerduty-api.ts';
import { startReceiverServer, type ReceiverServer } from '../contract/receivers/receiver-server.ts';
import { slackApi } from '../contract/receivers/slack-api.ts';
import { webhookApi } from '../contract/receivers/webhook-api.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  decisionsOf,
  insertStream,
  newDecider,
  openLog,
  plan,
  startNotifier,
  until,
  type RunningNotifier,
} from './bench.ts';

/**
 * Goal: people and programs hear of a policy's level by the way of alerts: once of its begin and once of its end, however often and by how
 * many it is looked at, over restarts and refusals, signed and as their APIs have it; and alerts stay what they are.
 *
 * Method: real rows of budgets, a real notifier, and servers that check every request. One history, told in order.
 */
const logger = createLogger({ name: 'test', level: 'silent' });
const REV = '00000000000000aa';
const FREEZE = 'live|policy:answers|chat|notify:freeze';
const CALL = 'live|policy:answers|chat|webhook:freeze';
const policy: BudgetPolicy = {
  ...DEFAULT_POLICIES[1]!,
  ...{ name: 'answers', services: ['chat'], track: null },
  tellings: [
    { action: 'notify', at: 'freeze', receivers: ['chat', 'chat-pager'] },
    // A program is called by webhooks alone, and a name that nothing has calls nothing else.
    { action: 'webhook', at: 'freeze', receivers: ['on-call', 'chat', 'nowhere'] },
  ],
};

let database: TestDatabase;
let store: Store;
let log: EventLog;
let servers: Readonly<Record<'webhook' | 'slack' | 'pagerduty', ReceiverServer>>;
let receivers: ReturnType<typeof receiversOf>;
let notifier: RunningNotifier;
/** Of the history, epoch ms: it ends now. */
let atMs: number;

async function give(policies: readonly BudgetPolicy[]): Promise<void> {
  await store.insertRows('error_budget_policies', [
    { stream: 'live', policies: JSON.stringify(policies), loaded_at: dateTime64OfMs(atMs) },
  ]);
}

/** A minute later that share of the budget is spent, and somebody looks. */
async function spend(spent: number, { coverage = 1, times = 1 } = {}): Promise<void> {
  atMs += 60_000;
  const written_at = dateTime64OfMs(atMs);
  await store.insertRows('budgets', [
    {
      ...{
        stream: 'live',
        slo: 'chat-ttft',
        spec_rev: REV,
        series: '0',
        evaluated_at: atMs / 1_000,
        coverage,
      },
      ...{
        period_start: atMs / 1_000 - 86_400,
        good: 900,
        bad: 100,
        total: 1_000,
        remaining_ratio: 1 - spent,
      },
      ...{ is_estimated: false, state: 'ok', written_at },
    },
  ]);
  await store.insertRows('evaluations', [
    {
      stream: 'live',
      evaluated_through: atMs / 1_000,
      data_start: atMs / 1_000 - 86_400,
      coverage,
      written_at,
    },
  ]);
  // What is younger than 10 s is left to later answers.
  const looks = Array.from({ length: times }, () =>
    checkPolicies({ store, log, logger }, { stream: 'live', nowMs: atMs + 20_000 }),
  );
  await Promise.all(looks);
}

const all = (): readonly ReceiverServer[] => Object.values(servers);
const saidTo = ({ said }: ReceiverServer): readonly string[] => said.map(({ state }) => state);
/** Until everybody was told so much. */
const told = (count: number): Promise<void> =>
  until(
    () => all().every(({ said }) => said.length >= count) && all().every(({ faults }) => faults.length === 0),
  );
/** Until rows say so too: what is on its way when a process ends is sent again, under its key. */
const isDelivered = async (count: number): Promise<boolean> => {
  const rows = await store.query<{ outcome: string }>(
    'SELECT toString(outcome) AS outcome FROM alert_notifications FINAL',
  );
  return rows.length === count && rows.every(({ outcome }) => outcome === 'delivered');
};
const begin = (): RunningNotifier => startNotifier(store, log, receivers);

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
  log = await openLog();
  atMs = Math.floor(Date.now() / 60_000) * 60_000 - 30 * 60_000;
  await insertStream(store);
  await store.insertRows('slos', [
    {
      ...{ slo: 'chat-ttft', spec_rev: REV, display_name: 'First tokens', service: 'chat', period: '1d' },
      ...{ track: 'infrastructure', criticality: 'high', target_numerator: 9, target_denominator: 10 },
      ...{ dimensions: [], tiers: '[]', loaded_at: dateTime64OfMs(atMs) },
    },
  ]);
  await store.insertRows('series', [{ slo: 'chat-ttft', spec_rev: REV, series: '0', labels: {} }]);
  await store.insertRows('active_specs', [
    { stream: 'live', slo: 'chat-ttft', spec_rev: REV, activated_at: dateTime64OfMs(atMs) },
  ]);
  await give([policy]);
  servers = {
    webhook: await startReceiverServer(webhookApi, { script: [{ status: 503 }, null] }),
    slack: await startReceiverServer(slackApi),
    pagerduty: await startReceiverServer(pagerdutyApi, { script: [{ status: 429 }] }),
  };
  receivers = receiversOf(
    readEnvironment(RECEIVER_VARIABLES, {
      ...webhookApi.environment(servers.webhook.url),
      ...slackApi.environment(servers.slack.url),
      ...pagerdutyApi.environment(servers.pagerduty.url),
    }),
  );
  notifier = begin();
});
afterAll(async () => {
  await notifier.stop();
  await Promise.all(all().map((server) => server.close()));
  await database.close();
});

it('tells nobody below the level', async () => {
  await spend(0.9);
  expect(await decisionsOf(log)).toEqual([]);
});

it('tells people and calls programs once, whoever looks and however often', async () => {
  await spend(1.1, { times: 2 });
  await told(1);
  await spend(1.1, { times: 2 });
  // Within the band of the level nothing changes.
  await spend(0.8);
  expect(all().map(saidTo)).toEqual([['open'], ['open'], ['open']]);
  expect([...servers.webhook.alerts.keys()]).toEqual([CALL]);
  expect([...servers.pagerduty.alerts.keys()]).toEqual([FREEZE]);
  const call = JSON.parse(servers.webhook.requests.at(-1)!.request.text) as Record<string, unknown>;
  expect(call).toMatchObject({
    ...{
      type: 'policy',
      decision: 'fire',
      policy: 'answers',
      action: 'webhook',
      level: 'freeze',
      stands: 'freeze',
    },
    ...{ service: 'chat', slo: 'chat-ttft', lift_below: 0.75, stops: policy.stops },
    summary: expect.stringMatching(
      /^Policy answers of chat is at freeze: 110 % of the budget of chat-ttft is spent; feature, config are stopped until less than 75 % is$/,
    ) as string,
  });
  expect(call['budget_spent']).toBeCloseTo(1.1, 9);
});

it('takes neither missing data for recovery, nor a level for an alert', async () => {
  await spend(0.1, { coverage: 0.5 });
  // Whoever judges alerts reads the same log, and ends those whose SLO is gone.
  await newDecider(store, log, [plan('chat-ttft')]).run();
  const kinds = (await decisionsOf(log)).map(({ kind }) => kind);
  expect(new Set(kinds)).toEqual(new Set(['fire']));
  expect(await store.query('SELECT alert_key FROM alert_decisions')).toEqual([]);
});

it('tells the end to whoever heard of the begin, over a restart in between', async () => {
  await notifier.stop();
  await spend(0.1);
  await spend(0.1);
  expect(all().every(({ said }) => said.length === 1)).toBe(true);
  notifier = begin();
  await told(2);
  expect(all().map(saidTo)).toEqual(Array(3).fill(['open', 'closed']));
});

it('goes on where it was after a restart, and ends what the policy says no more', async () => {
  await spend(1.2);
  await told(3);
  await until(() => isDelivered(9));
  await notifier.stop();
  notifier = begin();
  await give([{ ...policy, tellings: [] }]);
  await spend(1.3, { times: 2 });
  await told(4);
  await until(() => isDelivered(12));
  await spend(1.3);
  expect(all().map(saidTo)).toEqual(Array(3).fill(['open', 'closed', 'open', 'closed']));
  const rows = await store.query<{ said: string; spent: number | null; outcome: string }>(
    `SELECT concat(toString(p.decision), ' ', toString(p.action)) AS said, p.spent AS spent, toString(n.outcome) AS outcome
     FROM policy_notices AS p FINAL
     INNER JOIN (SELECT * FROM alert_notifications FINAL) AS n ON n.decision_key = p.decision_key
     ORDER BY p.log_offset, n.receiver`,
  );
  // Two receivers of people, one program.
  const each = (decision: string): readonly string[] => [
    ...[`${decision} notify`, `${decision} notify`, `${decision} webhook`],
  ];
  expect(rows.map(({ said }) => said)).toEqual(['fire', 'resolve', 'fire', 'removed'].flatMap(each));
  expect(new Set(rows.map(({ outcome }) => outcome))).toEqual(new Set(['delivered']));
  const keys = servers.webhook.requests
    .filter(({ status }) => status === webhookApi.takenStatus)
    .map(({ request }) => request.headers['webhook-id']);
  expect(new Set(keys).size).toBe(keys.length);
});

it('reads what holds for all services once, however many there are', async () => {
  await give([
    { ...policy, services: ['chat', ...Array.from({ length: 20 }, (_, index) => `other-${index}`)] },
  ]);
  await spend(0.1);
  const statements: string[] = [];
  const counting: Store = Object.assign(Object.create(store) as Store, {
    query: (sql: string, params: Record<string, unknown>) => {
      statements.push(sql);
      return store.query(sql, params);
    },
  });
  await checkPolicies({ store: counting, log, logger }, { stream: 'live', nowMs: atMs + 20_000 });
  const readOf = (table: string): number => statements.filter((sql) => sql.includes(` ${table}`)).length;
  expect(['error_budget_policies', 'stream_epochs', 'evaluations', 'policy_notices'].map(readOf)).toEqual([
    ...[1, 1, 1, 1],
  ]);
  // One of each service that is asked about: which SLOs it has.
  expect(readOf('active_specs')).toBe(21);
});
