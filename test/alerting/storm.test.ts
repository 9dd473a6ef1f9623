import { webhookReceiver } from '@burnline/alerter';
import { systemClock, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
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

/** Goal: the bigger an outage, the later nothing: 200 series at once are a page or two, and hold back no other service's. */
const SERIES_COUNT = 200;
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));

/** Decisions are of the present: the log's clock and the notifier's go on from their evaluation. */
const startedMs = Date.now();
const nowMs = (): number => (T0_S + 101) * 1_000 + (Date.now() - startedMs);
const clock = { ...systemClock, nowMs };

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(answer);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** Raw rows for the attribution: every tenant's errors are of one region. */
async function insertRaw(): Promise<void> {
  await store.command(
    `INSERT INTO inference_events (stream, stream_epoch, partition, offset, event_index, is_repeat, log_time, kept_since,
            occurred_at, status, tenant, region, provider)
     SELECT 'live', 'live@1', 0, number, 0, false, fromUnixTimestamp(${T0_S} + 50), now(), fromUnixTimestamp(${T0_S} + 50),
            if(number % 2 = 0, 'error', 'ok'), concat('t', toString(intDiv(number, 20))), if(number % 2 = 0, 'r1', 'r2'), 'x'
     FROM numbers(${SERIES_COUNT * 20})`,
  );
}

const namedBy = ({ requests }: Receiver, slo: string): readonly string[] =>
  requests
    .filter(({ body }) => body.slo === slo && body.decision === 'fire')
    .flatMap(({ body }) => (body.group?.series ?? [body]).map(({ labels }) => labels['tenant'] ?? ''));

it(
  'pages early and names every series, with a dead receiver beside the live one',
  { timeout: 120_000 },
  async () => {
    const log = await openLog(undefined, nowMs);
    const [live, dead] = [await receive(), await receive(() => null)];
    const { sli } = plan('many');
    const tenants = Array.from({ length: SERIES_COUNT }, (_, index) => `t${index}`);
    await store.insertRows(
      'series',
      tenants.map((tenant, index) => ({
        slo: 'many',
        spec_rev: sli.specRev,
        series: String(index + 1),
        labels: { tenant },
      })),
    );
    await insertRaw();
    await insertBurn(store, [
      ...tenants.map((_, index) => ({ slo: 'many', series: String(index + 1), at: 100, bad: 50 })),
      { slo: 'other', at: 100, bad: 50 },
    ]);
    await evaluatedThrough(store, 100);
    const grouped = { ...sli, groupBy: { dimensions: ['tenant'], seriesCountMax: 1_000 } };
    const plans = [plan('many', { sli: grouped }), plan('other', { service: 'search' })];
    const notifier = startNotifier(
      store,
      log,
      [webhookReceiver('dead', { url: dead.url }), webhookReceiver('live', { url: live.url })],
      clock,
    );
    onTestFinished(() => notifier.stop());
    const startMs = performance.now();
    const decider = newDecider(store, log, plans);
    expect(await decider.run()).toBe(SERIES_COUNT + 1);
    const decidedMs = performance.now();
    await until(() => namedBy(live, 'many').length >= SERIES_COUNT && namedBy(live, 'other').length === 1);
    const seconds = (ms: number): string => `${((ms - startMs) / 1_000).toFixed(2)} s`;
    const firstOf = (slo: string): number => live.requests.find(({ body }) => body.slo === slo)!.atMs;
    console.log(
      `${SERIES_COUNT} series at once: decided after ${seconds(decidedMs)}, first page ${seconds(firstOf('many'))}, ` +
        `another service's ${seconds(firstOf('other'))}, all named ${seconds(live.requests.at(-1)!.atMs)}, ` +
        `${live.requests.length} notifications`,
    );
    expect(new Set(namedBy(live, 'many'))).toEqual(new Set(tenants));
    expect(namedBy(live, 'many')).toHaveLength(SERIES_COUNT);
    expect(live.requests.length).toBeLessThanOrEqual(5);
    expect(live.requests[0]!.body.summary).toContain('200 series');
    expect(live.requests[0]!.atMs - startMs).toBeLessThan(60_000);
    // The dead one has what waits for it, and nothing else is held back.
    await until(
      async () => (await notifications(store)).filter((row) => row.receiver === 'live').length === 201,
    );
    const outcomes = (await notifications(store)).map(({ receiver, outcome }) => `${receiver} ${outcome}`);
    expect(outcomes.filter((line) => line === 'live delivered')).toHaveLength(SERIES_COUNT + 1);
    expect(outcomes.filter((line) => line.startsWith('dead delivered'))).toEqual([]);
    // And each has where its bad events came from, looked up by one query beside the decisions.
    await decider.settled();
    const [counted] = await store.query<{ count: number }>(
      `SELECT count() AS count FROM alert_contexts FINAL WHERE attribution LIKE '%r1%'`,
    );
    expect(counted!.count).toBe(SERIES_COUNT + 1);
  },
);

it(
  'gathers what turns bad later in a storm, and the end of all is one notification as well',
  { timeout: 120_000 },
  async () => {
    const log = await openLog(undefined, nowMs);
    const live = await receive();
    const plans = [plan('many')];
    const decider = newDecider(store, log, plans);
    const hurried = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 10, signal),
    };
    const notifier = startNotifier(store, log, [webhookReceiver('r', { url: live.url })], hurried);
    onTestFinished(() => notifier.stop());
    const wave = async (at: number, bad: number, from: number, to: number): Promise<void> => {
      const series = Array.from({ length: to - from }, (_, index) => String(from + index));
      await insertBurn(
        store,
        series.map((one) => ({ slo: 'many', series: one, at, bad })),
      );
      await evaluatedThrough(store, at);
      await decider.run();
    };
    await wave(100, 50, 1, 4);
    await until(() => live.requests.length === 3);
    await wave(105, 50, 4, 30);
    await until(() => live.requests.length === 4);
    await wave(110, 50, 30, 60);
    await wave(115, 50, 60, 101);
    await until(async () => (await notifications(store)).length === 100);
    const counts = live.requests.map(({ body }) => body.group?.series_count ?? 1);
    expect(counts.slice(0, 4)).toEqual([1, 1, 1, 26]);
    // Two waves, or one of both: what comes while others gather goes with them.
    expect(counts.slice(4).reduce((sum, count) => sum + count, 0)).toBe(71);
    expect(counts.length).toBeLessThanOrEqual(6);
    await wave(200, 0, 1, 101);
    await until(async () => (await notifications(store)).length === 200);
    expect(live.requests.at(-1)!.body.group?.series_count).toBe(100);
    expect(new Set(live.requests.map(({ key }) => key)).size).toBe(live.requests.length);
  },
);
