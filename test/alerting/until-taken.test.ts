import { entriesOf, webhookReceivers } from '@burnline/alerter';
import { systemClock, type EventLog, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  T0_S,
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  notifications,
  openLog,
  plan,
  startNotifier,
  startReceiver,
  until,
  type Receiver,
} from './bench.ts';

/** Goal: a page of the present is not lost to a bad answer, and what was not delivered is there to be seen. */
let database: TestDatabase;
let store: Store;
let log: EventLog;
/** The present, which tests move on. */
let aheadMs = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());

const startedMs = Date.now();
const nowMs = (): number => (T0_S + 101) * 1_000 + (Date.now() - startedMs) + aheadMs;
/** Five minutes pass in 30 ms. */
const clock = {
  ...systemClock,
  nowMs,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 10_000, signal),
};

beforeEach(async () => {
  aheadMs = 0;
  await emptyTables(store);
  log = await openLog(undefined, nowMs);
});

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  onTestFinished(() => receiver.close());
  return receiver;
}

function notify(url: string): ReturnType<typeof startNotifier> {
  const notifier = startNotifier(store, log, webhookReceivers([`r=${url}`]), clock);
  onTestFinished(() => notifier.stop());
  return notifier;
}

async function judge(rows: readonly { readonly at: number; readonly bad: number }[]): Promise<void> {
  await insertBurn(
    store,
    rows.map((row) => ({ slo: 'a', ...row })),
  );
  await evaluatedThrough(store, rows.at(-1)!.at);
  await newDecider(store, log, [plan('a')]).run();
}

const heard = (receiver: Receiver, status = 204) =>
  receiver.requests.filter((one) => one.status === status).map((one) => one.said);
const outcomes = async () =>
  (await notifications(store)).map(({ said, outcome, error }) => `${said} ${outcome} ${error}`.trim());

describe('a page of the present', () => {
  it.each([404, 401, 302, 503, 400])(
    'is sent until it is taken, whatever the answer (%i)',
    async (status) => {
      let isMended = false;
      const receiver = await receive(() => (isMended ? 204 : status));
      notify(receiver.url);
      await judge([{ at: 100, bad: 50 }]);
      await until(() => receiver.requests.length > 12);
      expect(await outcomes()).toEqual([`fire@100 fast waiting HTTP ${status}`]);
      isMended = true;
      await until(async () => (await outcomes())[0] === 'fire@100 fast delivered');
      expect(heard(receiver)).toEqual(['fire@100 fast']);
      expect(new Set(receiver.requests.map(({ key }) => key)).size).toBe(1);
    },
  );

  it('is given up when it has ended, and then its end is not told either', async () => {
    let isMended = false;
    const receiver = await receive(() => (isMended ? 204 : 404));
    notify(receiver.url);
    await judge([{ at: 100, bad: 50 }]);
    await until(() => receiver.requests.length > 2);
    await judge([{ at: 110, bad: 0 }]);
    await until(async () => (await outcomes()).length === 2);
    isMended = true;
    await judge([{ at: 120, bad: 50 }]);
    await until(async () => (await outcomes()).length === 3);
    expect(heard(receiver)).toEqual(['fire@120 fast']);
    expect(await outcomes()).toEqual([
      'fire@100 fast failed HTTP 404',
      'resolve@110 fast inhibited',
      'fire@120 fast delivered',
    ]);
  });

  it('that may have been taken without an answer is ended for the receiver', async () => {
    const receiver = await receive(({ count }, response) => {
      if (count > 2) return 204;
      response.destroy();
      return null;
    });
    await judge([{ at: 100, bad: 50 }]);
    await judge([{ at: 110, bad: 0 }]);
    notify(receiver.url);
    await until(async () => (await outcomes()).length === 2);
    await until(() => heard(receiver).length > 0);
    expect(heard(receiver).at(-1)).toBe('resolve@110 fast');
  });

  it('is given up after a day', async () => {
    const receiver = await receive(() => 500);
    notify(receiver.url);
    await judge([{ at: 100, bad: 50 }]);
    await until(() => receiver.requests.length > 3);
    aheadMs = 24 * 3_600_000;
    await until(async () => (await outcomes())[0] === 'fire@100 fast failed HTTP 500');
    const count = receiver.requests.length;
    await systemClock.sleep(200);
    expect(receiver.requests).toHaveLength(count);
  });

  it('goes on over a restart, and what other series were told meanwhile is not told again', async () => {
    let isMended = false;
    const receiver = await receive(({ key }) => (isMended || !key.includes('|1|') ? 204 : 404));
    const first = startNotifier(store, log, webhookReceivers([`r=${receiver.url}`]), clock);
    await insertBurn(store, [
      { slo: 'a', series: '1', at: 100, bad: 50 },
      { slo: 'a', series: '2', at: 110, bad: 50 },
    ]);
    await evaluatedThrough(store, 110);
    await newDecider(store, log, [plan('a')]).run();
    await until(async () => (await outcomes()).includes('fire@110 fast delivered'));
    await until(() => receiver.requests.length > 3);
    await first.stop();
    isMended = true;
    notify(receiver.url);
    await until(async () => (await outcomes())[0] === 'fire@100 fast delivered');
    await systemClock.sleep(200);
    expect(heard(receiver)).toEqual(['fire@110 fast', 'fire@100 fast']);
  });
});

describe('a standing alert', () => {
  it('is told again every four hours with what it sees then, until it ends', async () => {
    const receiver = await receive();
    notify(receiver.url);
    await judge([{ at: 100, bad: 50 }]);
    // The four hours begin once it is known to be told.
    await until(async () => (await outcomes())[0] === 'fire@100 fast delivered');
    await insertBurn(store, [{ slo: 'a', at: 130, bad: 70 }]);
    aheadMs = 4 * 3_600_000;
    await until(() => receiver.requests.length === 2);
    const again = receiver.requests[1]!;
    expect(again.body).toMatchObject({ decision: 'fire', repeat: 1, long_window: { bad: 70, total: 100 } });
    expect(again.body.summary).toMatch(/^Page \(still\)/);
    expect(again.key).toBe(`${receiver.requests[0]!.key}|again|1`);
    // Decided four hours late: the end of history is an end too.
    await judge([{ at: 140, bad: 0 }]);
    await until(async () => (await outcomes())[1] === 'resolve@140 fast delivered');
    aheadMs = 12 * 3_600_000;
    await systemClock.sleep(300);
    expect(receiver.requests.map(({ body }) => body.decision)).toEqual(['fire', 'fire', 'resolve']);
    expect(await outcomes()).toEqual(['fire@100 fast delivered', 'resolve@140 fast delivered']);
  });
});

describe('receivers', () => {
  it('with user and password in the URL get them as Basic authentication, and errors never show them', async () => {
    const receiver = await receive(({ count }) => (count === 1 ? 503 : 204));
    const { host } = new URL(receiver.url);
    const receivers = webhookReceivers(entriesOf(`# pages\non-call=http://us%65r:p%40ss@${host}/page\n`));
    const notifier = startNotifier(store, log, receivers, clock);
    onTestFinished(() => notifier.stop());
    await judge([{ at: 100, bad: 50 }]);
    await until(async () => (await outcomes())[0] === 'fire@100 fast delivered');
    const login = `Basic ${Buffer.from('user:p@ss').toString('base64')}`;
    expect(receiver.requests.map(({ authorization }) => authorization)).toEqual([login, login]);
    expect(receivers.map(({ name }) => name)).toEqual(['on-call']);
  });

  it('have names of their own, and an entry that is wrong is refused without showing it', () => {
    const urls = ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/b', 'c=http://127.0.0.1:1/c'];
    expect(webhookReceivers(urls).map(({ name }) => name)).toEqual(['webhook', 'webhook-2', 'c']);
    for (const wrong of ['secret', 'ftp://secret/', 'http://secret%zz:x@host/', 'a=secret', 'http://']) {
      expect(() => webhookReceivers([wrong])).toThrow(/Webhook 1/);
      expect(() => webhookReceivers([wrong])).not.toThrow(/secret/);
    }
    expect(() => webhookReceivers(['a=http://h/1', 'a=http://h/2'])).toThrow('same name');
  });
});
