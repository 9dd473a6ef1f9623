import { webhookReceiver } from '@burnline/alerter';
import { createMemoryDisk, openEmbeddedLog, systemClock, type EventLog, type Store } from '@burnline/runtime';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import path from 'node:path';
import { topicsOf } from '@burnline/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  emptyTables,
  evaluatedThrough,
  failingAt,
  hurriedClock,
  insertBurn,
  newDecider,
  notifications,
  openLog,
  plan,
  startNotifier,
  startReceiver,
  tier,
  until,
  withMethod,
  type Receiver,
  type RunningNotifier,
} from './bench.ts';

/** Goal: what was decided reaches every receiver, one failing receiver harms no other, and tables say what became of it. */
let database: TestDatabase;
let store: Store;
const receivers: Receiver[] = [];
const notifiers: RunningNotifier[] = [];

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));
afterEach(async () => {
  await Promise.allSettled(notifiers.splice(0).map((one) => one.stop()));
  await Promise.all(receivers.splice(0).map((one) => one.close()));
});

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

function notify(...parts: Parameters<typeof startNotifier>): RunningNotifier {
  const notifier = startNotifier(...parts);
  notifiers.push(notifier);
  return notifier;
}

function withDyingCommits(log: EventLog, when: Parameters<typeof failingAt>[2]): EventLog {
  return withMethod(log, 'consume', async (options) => failingAt(await log.consume(options), 'commit', when));
}

const rowsOf = async (receiver: string) =>
  (await notifications(store)).filter((row) => row.receiver === receiver);

/** Three decisions of one alert: fire@100, resolve@110, fire@120. */
async function threeDecisions() {
  const log = await openLog();
  await insertBurn(store, [
    { slo: 'a', at: 100, bad: 50 },
    { slo: 'a', at: 110, bad: 0 },
    { slo: 'a', at: 120, bad: 50 },
  ]);
  await evaluatedThrough(store, 200);
  await newDecider(store, log, [plan('a')]).run();
  return log;
}
const THREE = ['fire@100 fast', 'resolve@110 fast', 'fire@120 fast'];
const heard = (receiver: Receiver) => receiver.requests.map((one) => one.said);

describe('who speaks', () => {
  const tiers = [
    tier('hour'),
    tier('day', { longWindowMs: 86_400_000, shortWindowMs: 7_200_000, severity: 'ticket' }),
  ];
  const windows = (hour: number, day: number) => ({ 300: hour, 3_600: hour, 7_200: day, 86_400: day });

  /** What the receiver hears, and what the table says, of hours and days that burn or not. */
  async function tell(rows: readonly (readonly [at: number, hour: number, day: number])[]) {
    const log = await openLog();
    const receiver = await receive();
    await insertBurn(
      store,
      rows.map(([at, hour, day]) => ({ slo: 'a', at, bad: 0, windows: windows(hour, day) })),
    );
    await evaluatedThrough(store, 1_000);
    const count = await newDecider(store, log, [plan('a', { tiers })]).run();
    notify(store, log, [webhookReceiver('r', { url: receiver.url })]);
    await until(async () => (await rowsOf('r')).length === count);
    // A notification may follow upon the last row.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const table = (await rowsOf('r')).map((row) => `${row.said} ${row.outcome}`);
    return { heard: heard(receiver), table };
  }

  it('is the most urgent tier; one that was not told of is not resolved', async () => {
    const { heard: told, table } = await tell([
      [100, 50, 50],
      [200, 0, 0],
    ]);
    expect(told).toEqual(['fire@100 hour', 'resolve@200 hour']);
    expect(table).toEqual([
      'fire@100 hour delivered',
      'fire@100 day inhibited',
      'resolve@200 day inhibited',
      'resolve@200 hour delivered',
    ]);
  });

  it('is told of its resolve while a less urgent tier fires, which then speaks up', async () => {
    const { heard: told, table } = await tell([
      [100, 50, 50],
      [200, 0, 50],
      [300, 0, 0],
    ]);
    expect(told).toEqual(['fire@100 hour', 'resolve@200 hour', 'fire@200 day', 'resolve@300 day']);
    expect(table.every((line) => line.endsWith('delivered'))).toBe(true);
  });

  it('is told of its resolve while a more urgent tier fires', async () => {
    const { heard: told } = await tell([
      [100, 0, 50],
      [200, 50, 50],
      [300, 50, 0],
      [400, 0, 0],
    ]);
    expect(told).toEqual(['fire@100 day', 'fire@200 hour', 'resolve@300 day', 'resolve@400 hour']);
  });

  it('says nothing of a less urgent tier that ends before the one that speaks', async () => {
    const { heard: told } = await tell([
      [100, 50, 50],
      [200, 50, 0],
      [300, 0, 0],
    ]);
    expect(told).toEqual(['fire@100 hour', 'resolve@300 hour']);
  });

  it('pairs every fire that is told with its resolve, whatever the order in which tiers come and go', async () => {
    const patterns = [0b11, 0b01, 0b10, 0b11, 0b10, 0b00, 0b10, 0b11, 0b01, 0b00];
    const { heard: told } = await tell(
      patterns.map((bits, index) => [100 + index * 10, bits & 1 ? 50 : 0, bits & 2 ? 50 : 0] as const),
    );
    const open = new Set<string>();
    for (const line of told) {
      const [kind, name] = [line.slice(0, line.indexOf('@')), line.split(' ')[1]!];
      expect(open.has(name), line).toBe(kind === 'resolve');
      if (kind === 'fire') open.add(name);
      else open.delete(name);
    }
    expect(open.size).toBe(0);
  });
});

describe('receivers', () => {
  it('are tried again after errors that may pass, under the same key', async () => {
    const log = await threeDecisions();
    const receiver = await receive(({ count }) => (count <= 3 ? [500, 429, 503][count - 1]! : 204));
    notify(store, log, [webhookReceiver('r', { url: receiver.url })]);
    await until(async () => (await rowsOf('r')).length === 3);
    expect(heard(receiver)).toEqual([THREE[0], THREE[0], THREE[0], ...THREE]);
    expect(new Set(receiver.requests.map((one) => one.key)).size).toBe(3);
    expect((await rowsOf('r')).map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['delivered', 4],
      ['delivered', 1],
      ['delivered', 1],
    ]);
  });

  it.each([400, 410, 302])(
    'are not asked twice after a refusal (%i), and hear what comes next',
    async (status) => {
      const log = await threeDecisions();
      const other = await receive();
      const receiver = await receive(({ count }, response) => {
        // A redirect that is followed would make the page a GET and be answered with 204.
        response.setHeader('location', other.url);
        return count === 1 ? status : 204;
      });
      notify(store, log, [webhookReceiver('r', { url: receiver.url })]);
      await until(async () => (await rowsOf('r')).length === 3);
      expect(heard(receiver)).toEqual(THREE);
      expect(other.requests).toEqual([]);
      const [first, second] = await rowsOf('r');
      expect(first).toMatchObject({ outcome: 'failed', attempts: 1, error: `HTTP ${status}` });
      expect(second).toMatchObject({ outcome: 'delivered', error: '' });
    },
  );

  it('are given up after a bound, recorded as failed with the reason and without the URL', async () => {
    const log = await threeDecisions();
    const receiver = await receive(() => 503);
    const gone = await startReceiver();
    await gone.close();
    const to = [webhookReceiver('r', { url: receiver.url }), webhookReceiver('gone', { url: gone.url })];
    // History: one gets the full effort, then the receiver is only looked for.
    notify(store, log, to);
    await until(async () => (await notifications(store)).length === 6);
    expect((await rowsOf('r')).map((row) => row.attempts)).toEqual([8, 1, 1]);
    for (const row of await rowsOf('r')) expect(row).toMatchObject({ outcome: 'failed', error: 'HTTP 503' });
    for (const row of await rowsOf('gone')) {
      expect(row.outcome).toBe('failed');
      expect(row.error).toContain('ECONNREFUSED');
      expect(row.error).not.toContain('/page');
    }
  });

  it(
    'that do not answer are given ten seconds, and do not delay the others meanwhile',
    { timeout: 60_000 },
    async () => {
      const log = await threeDecisions();
      const [slow, fast] = [await receive(({ count }) => (count === 1 ? null : 204)), await receive()];
      const startMs = Date.now();
      notify(store, log, [
        webhookReceiver('slow', { url: slow.url }),
        webhookReceiver('fast', { url: fast.url }),
      ]);
      await until(async () => (await rowsOf('fast')).length === 3);
      expect(Date.now() - startMs).toBeLessThan(9_900);
      expect(await rowsOf('slow')).toEqual([]);
      // Decisions that are made meanwhile go out too.
      await insertBurn(store, [{ slo: 'a', at: 300, bad: 0 }]);
      await evaluatedThrough(store, 300);
      await newDecider(store, log, [plan('a')]).run();
      await until(() => fast.requests.length === 4);
      // A timeout that only weak references hold would be collected, and the request would wait for ever.
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      collect();
      await until(async () => {
        collect();
        return (await rowsOf('slow')).length === 4;
      });
      expect(Date.now() - startMs).toBeGreaterThan(9_900);
      expect(heard(slow)).toEqual([THREE[0], ...THREE, 'resolve@300 fast']);
    },
  );

  it('get names with any characters', async () => {
    const log = await openLog();
    const receiver = await receive();
    await insertBurn(store, [{ slo: 'é 流\n', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('é 流\n')]).run();
    notify(store, log, [webhookReceiver('r', { url: receiver.url })]);
    await until(async () => (await rowsOf('r')).length === 1);
    expect(await rowsOf('r')).toMatchObject([{ outcome: 'delivered', attempts: 1 }]);
  });

  it('must have names of their own', async () => {
    const log = await openLog();
    const twice = [
      webhookReceiver('r', { url: 'http://127.0.0.1:1/' }),
      webhookReceiver('r', { url: 'http://127.0.0.1:2/' }),
    ];
    expect(() => startNotifier(store, log, twice)).toThrow('same name');
  });
});

describe('restarts', () => {
  it('send what a stop broke off in a retry, and nothing else twice', async () => {
    const log = await threeDecisions();
    let isDown = true;
    const [flaky, steady] = [
      await receive(({ count }) => (isDown && count > 1 ? 503 : 204)),
      await receive(),
    ];
    const both = [
      webhookReceiver('flaky', { url: flaky.url }),
      webhookReceiver('steady', { url: steady.url }),
    ];
    const first = notify(store, log, both, systemClock);
    await until(() => flaky.requests.length >= 3 && steady.requests.length === 3);
    await until(async () => (await rowsOf('steady')).length === 3);
    await first.stop();
    isDown = false;
    const added = await receive();
    notify(store, log, [...both, webhookReceiver('added', { url: added.url })]);
    await until(async () => (await rowsOf('flaky')).length === 3);
    expect(flaky.requests.filter((one) => one.status === 204).map((one) => one.said)).toEqual(THREE);
    expect(heard(steady)).toEqual(THREE);
    expect(added.requests).toEqual([]);
  });

  const crashes = [
    ['before the table', 'alert_decisions', 1, false],
    ['after the table', 'alert_decisions', 1, true],
    ['before the first outcome', 'alert_notifications', 1, false],
    ['after the first outcome', 'alert_notifications', 1, true],
    ['before the last outcome', 'alert_notifications', 3, false],
    ['before the commit', 'commit', 1, false],
    ['after the commit', 'commit', 1, true],
    ['before the second commit', 'commit', 2, false],
    ['after the second commit', 'commit', 2, true],
  ] as const;

  it.each(crashes)('after a crash %s: nothing lost, the same keys', async (_name, where, call, isAfter) => {
    const log = await threeDecisions();
    const receiver = await receive();
    const to = [webhookReceiver('r', { url: receiver.url })];
    const matches = (table: unknown) => table === where;
    const parts =
      where === 'commit'
        ? {
            store,
            log: withDyingCommits(log, { call, isAfter, staysDead: true }),
          }
        : { store: failingAt(store, 'insertRows', { call, isAfter, staysDead: true, matches }), log };
    await expect(notify(parts.store, parts.log, to).ended).rejects.toThrow('crash');
    notify(store, log, to);
    await until(async () => (await rowsOf('r')).length === 3);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const keys = receiver.requests.map((one) => one.key);
    expect([...new Set(heard(receiver))]).toEqual(THREE);
    expect(new Set(keys).size).toBe(3);
    expect((await rowsOf('r')).map((row) => `${row.said} ${row.outcome}`)).toEqual(
      THREE.map((line) => `${line} delivered`),
    );
  });

  it('after dying between each send and what follows upon it: the same keys, on the embedded log', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'burnline-alerting-'));
    try {
      const receiver = await receive();
      for (let round = 0; round < 3; round += 1) {
        const log = await openEmbeddedLog({ directory });
        await log.ensureTopics([topicsOf('live', { partitionCount: 1, kind: 'live' }).decisions]);
        await insertBurn(store, [{ slo: 'a', at: 100 + round * 10, bad: round === 1 ? 0 : 50 }]);
        await evaluatedThrough(store, 100 + round * 10);
        await newDecider(store, log, [plan('a')]).run();
        // Nothing that is written behind the send arrives, and nothing is committed.
        const dead = withMethod(store, 'insertRows', (table, rows) =>
          table === 'alert_notifications'
            ? Promise.reject(new Error('killed'))
            : store.insertRows(table, rows),
        );
        const sentCount = receiver.requests.length;
        const dying = withMethod(log, 'consume', async (options) => {
          const consumer = await log.consume(options);
          return withMethod(consumer, 'commit', (positions) =>
            receiver.requests.length > sentCount
              ? Promise.reject(new Error('killed'))
              : consumer.commit(positions),
          );
        });
        await expect(
          notify(dead, dying, [webhookReceiver('r', { url: receiver.url })]).ended,
        ).rejects.toThrow(/killed|crash/);
        await log.close();
      }
      const log = await openEmbeddedLog({ directory });
      const last = notify(store, log, [webhookReceiver('r', { url: receiver.url })]);
      await until(async () => (await rowsOf('r')).length === 3);
      await last.stop();
      await log.close();
      expect(heard(receiver)).toEqual([THREE[0], THREE[0], THREE[0], ...THREE]);
      expect(new Set(receiver.requests.map((one) => one.key)).size).toBe(3);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

it('makes tables and receivers agree where two alerters decide and notify at once', async () => {
  const disk = createMemoryDisk();
  const log = await openLog(disk);
  const receiver = await receive();
  const to = [webhookReceiver('r', { url: receiver.url })];
  const [one, other] = [newDecider(store, log, [plan('a')]), newDecider(store, log, [plan('a')])];
  const first = notify(store, log, to);
  notify(store, log, to, hurriedClock);
  for (let round = 0; round < 6; round += 1) {
    await insertBurn(store, [{ slo: 'a', at: 100 + round * 10, bad: round % 2 === 0 ? 50 : 0 }]);
    await evaluatedThrough(store, 100 + round * 10);
    await Promise.all([one.run(), other.run()]);
    if (round === 3) await first.stop();
  }
  await until(async () => (await rowsOf('r')).length === 6);
  const table = await rowsOf('r');
  expect([...new Set(heard(receiver))]).toEqual(table.map((row) => row.said));
  expect(table.every((row) => row.outcome === 'delivered')).toBe(true);
});
