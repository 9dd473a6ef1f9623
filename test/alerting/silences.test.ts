import { addSilence, endSilence, readSilences, webhookReceiver } from '@burnline/alerter';
import type { EventLog, Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { decide, decisionOf } from '../contract/receivers/decisions.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { emptyTables, openLog, startNotifier, startReceiver, until, type Receiver } from './bench.ts';

/**
 * Goal: a silence withholds pages and nothing else. What fires is recorded, what goes on when it is over is told once, and
 * whoever was told of a begin is told of its end.
 */
let database: TestDatabase;
let store: Store;
let log: EventLog;
let receiver: Receiver;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(async () => {
  await emptyTables(store);
  log = await openLog();
  receiver = await startReceiver();
  onTestFinished(() => receiver.close());
});

function notify(): ReturnType<typeof startNotifier> {
  const notifier = startNotifier(store, log, [webhookReceiver('r', { url: receiver.url })]);
  onTestFinished(() => notifier.stop());
  return notifier;
}

const nowMs = (): number => Math.floor(Date.now() / 1_000) * 1_000;
const silence = (scope: object, over: object = {}): Promise<{ readonly id: string }> =>
  addSilence(
    store,
    {
      ...{ fromMs: nowMs() - 60_000, untilMs: nowMs() + 3_600_000, author: 'ann', reason: 'moving' },
      ...{ ...scope, ...over },
    },
    Date.now(),
  );
const end = (id: string): Promise<unknown> =>
  endSilence(store, { id, author: 'bob', reason: 'done' }, Date.now());
const heard = (): readonly string[] =>
  receiver.requests.map(({ body }) => `${body.decision} ${body.labels['model_served']}`);
const outcomes = async (): Promise<readonly string[]> => {
  const rows = await store.query<{ readonly said: string }>(
    `SELECT concat(d.labels['model_served'], ' ', toString(d.decision), ' ', n.outcome) AS said
     FROM alert_notifications AS n FINAL INNER JOIN (SELECT * FROM alert_decisions FINAL) AS d USING (decision_key)
     ORDER BY d.evaluated_at, said`,
  );
  return rows.map(({ said }) => said);
};

it('withholds a page until it is over, and then tells it once, as of its fire', async () => {
  const { id } = await silence({ service: 'chat' });
  notify();
  await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000), decisionOf(1, 'freeze', nowMs() - 8_000)]);
  await until(async () => (await outcomes()).length === 2);
  expect(await outcomes()).toEqual(['m1 fire silenced', 'm1 freeze silenced']);
  expect(receiver.requests).toEqual([]);
  await end(id);
  await until(() => receiver.requests.length === 1);
  await decide(log, [decisionOf(1, 'resolve', nowMs() - 1_000)]);
  await until(() => receiver.requests.length === 2);
  expect(heard()).toEqual(['fire m1', 'resolve m1']);
  await until(async () => (await outcomes()).length === 3);
  expect(await outcomes()).toEqual(['m1 fire delivered', 'm1 freeze silenced', 'm1 resolve delivered']);
});

it('says nothing of what begins and ends while it is in force', async () => {
  const { id } = await silence({ slos: ['chat-ttft'] });
  notify();
  await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000), decisionOf(1, 'resolve', nowMs() - 8_000)]);
  await until(async () => (await outcomes()).length === 2);
  await end(id);
  await decide(log, [decisionOf(2, 'fire', nowMs() - 2_000)]);
  await until(async () => (await outcomes()).length === 3);
  // The second may be withheld for as long as the end is not known.
  await until(() => receiver.requests.length === 1);
  expect(heard()).toEqual(['fire m2']);
});

it('lets the end of a page through that was sent before', async () => {
  notify();
  await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000)]);
  await until(() => receiver.requests.length === 1);
  await silence({ all: true });
  await decide(log, [decisionOf(1, 'resolve', nowMs() - 1_000)]);
  await until(() => receiver.requests.length === 2);
  expect(heard()).toEqual(['fire m1', 'resolve m1']);
});

it('outlasts a restart, and so does what it withheld', async () => {
  const { id } = await silence({ labels: { model_served: 'm1' } });
  const first = notify();
  await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000), decisionOf(2, 'fire', nowMs() - 8_000)]);
  await until(async () => (await outcomes()).length === 2);
  await first.stop();
  const second = notify();
  await decide(log, [decisionOf(2, 'resolve', nowMs() - 5_000)]);
  await until(async () => (await outcomes()).length === 3);
  expect(heard()).toEqual(['fire m2', 'resolve m2']);
  await second.stop();
  await end(id);
  notify();
  await until(() => receiver.requests.length === 3);
  expect(heard()).toEqual(['fire m2', 'resolve m2', 'fire m1']);
  await until(async () => (await outcomes())[0] === 'm1 fire delivered');
});

it('tells it after a restart, too, that came between a failed attempt and the next one', async () => {
  let status = 503;
  const away = await startReceiver(() => status);
  onTestFinished(() => away.close());
  const run = (): ReturnType<typeof startNotifier> => {
    const notifier = startNotifier(store, log, [webhookReceiver('r', { url: away.url })]);
    onTestFinished(() => notifier.stop());
    return notifier;
  };
  const { id } = await silence({ all: true });
  const first = run();
  await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000)]);
  await until(async () => (await outcomes()).length === 1);
  await end(id);
  await until(async () => (await outcomes())[0] === 'm1 fire waiting');
  await first.stop();
  status = 204;
  run();
  await until(async () => (await outcomes())[0] === 'm1 fire delivered');
  expect(away.requests.at(-1)).toMatchObject({ status: 204, body: { decision: 'fire' } });
  expect(away.requests.filter(({ status: answered }) => answered === 204)).toHaveLength(1);
});

describe('scope', () => {
  it.each([
    [{ slos: ['chat'] }, false],
    [{ slos: ['chat-ttft'], severities: ['SEV-1'] }, false],
    [{ service: 'search' }, false],
    [{ labels: { model_served: 'm2' } }, false],
    [{ labels: { model_served: 'm1' }, severities: ['SEV-2', 'SEV-3'], service: 'chat' }, true],
    [{ all: true }, true],
  ])('%j', async (scope, isSilenced) => {
    await silence(scope);
    notify();
    await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000)]);
    await until(async () => (await outcomes()).length === 1);
    expect(await outcomes()).toEqual([`m1 fire ${isSilenced ? 'silenced' : 'delivered'}`]);
  });

  it('in the past, in the future or between two times of one that recurs withholds nothing', async () => {
    const ahead = nowMs() + 3_600_000;
    await silence({ all: true }, { fromMs: ahead, untilMs: ahead + 60_000 });
    await silence({ all: true }, { fromMs: nowMs() - 7_200_000, rule: 'FREQ=DAILY', lengthMs: 3_600_000 });
    notify();
    await decide(log, [decisionOf(1, 'fire', nowMs() - 9_000)]);
    await until(async () => (await outcomes()).length === 1);
    expect(await outcomes()).toEqual(['m1 fire delivered']);
  });
});

it.each([
  [{}],
  [{ all: true, service: 'chat' }],
  [{ all: true, reason: ' ' }],
  [{ all: true, author: '' }],
  [{ all: true, severities: ['page'] }],
  [{ all: true, untilMs: undefined }],
  [{ all: true, untilMs: 1_000 }],
  [{ all: true, untilMs: Date.now() + 40 * 86_400_000 }],
  [{ all: true, rule: 'FREQ=DAILY' }],
  [{ all: true, rule: 'FREQ=HOURLY', lengthMs: 60_000 }],
  [{ all: true, lengthMs: 60_000 }],
  [{ all: true, rule: 'FREQ=DAILY', lengthMs: 2 * 86_400_000, untilMs: nowMs() + 9 * 86_400_000 }],
  [{ all: true, rule: 'FREQ=DAILY', lengthMs: 3_600_000, timeZone: 'Moon' }],
  [{ all: true, rule: 'FREQ=DAILY', lengthMs: 3_600_000, untilMs: nowMs() + 500 * 86_400_000 }],
  [{ labels: { tenant: 3 } }],
])('is refused, and changes nothing: %j', async (request) => {
  await expect(silence(request)).rejects.toMatchObject({ code: 'SILENCE_INVALID' });
  expect(await readSilences(store)).toEqual([]);
});

it('keeps who added it and who ended it, and ends once', async () => {
  const { id } = await silence({ all: true });
  await end(id);
  await expect(end(id)).rejects.toMatchObject({ code: 'SILENCE_UNKNOWN' });
  expect(await readSilences(store)).toMatchObject([
    { id, author: 'ann', reason: 'moving', ended: { author: 'bob', reason: 'done' } },
  ]);
  expect(await readSilences(store, { liveAtMs: Date.now() })).toEqual([]);
});
