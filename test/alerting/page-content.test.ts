import { webhookReceiver, type Decider } from '@burnline/alerter';
import { systemClock, type EventLog, type Store } from '@burnline/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  T0_S,
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  openLog,
  plan,
  startNotifier,
  startReceiver,
  tier,
  until,
  type Receiver,
} from './bench.ts';

/** Goal: a page says at night what there is to know, and says it as of the moment at which it is told. */
let database: TestDatabase;
let store: Store;
let log: EventLog;
let receiver: Receiver;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());

const startedMs = Date.now();
const nowMs = (): number => (T0_S + 401) * 1_000 + (Date.now() - startedMs);

beforeEach(async () => {
  await emptyTables(store);
  log = await openLog(undefined, nowMs);
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

/** Told once what stands beside the decisions is there: a machine under load may need longer than a page waits. */
async function tell(decider: Decider): Promise<void> {
  await decider.run();
  await decider.settled();
  const notifier = startNotifier(store, log, [webhookReceiver('r', { url: receiver.url })], {
    ...systemClock,
    nowMs,
  });
  onTestFinished(() => notifier.stop());
}

async function insertBudget(at: number, over: object): Promise<void> {
  await store.insertRows('budgets', [
    {
      stream: 'live',
      slo: 'a',
      spec_rev: plan('a').sli.specRev,
      series: '0',
      evaluated_at: T0_S + at,
      period_start: T0_S,
      good: 9_000,
      bad: 50,
      total: 9_050,
      remaining_ratio: 0.4,
      projected_remaining_ratio: null,
      is_estimated: false,
      state: 'ok',
      coverage: 1,
      ...over,
    },
  ]);
}

describe('a page', () => {
  it('carries burn rates, what is left of the budget and until when, a runbook and a line for people', async () => {
    await store.command('TRUNCATE TABLE budgets');
    await insertBudget(50, { remaining_ratio: 0.9 });
    await insertBudget(100, {});
    await insertBudget(200, { remaining_ratio: 0.1 });
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50, shortBad: 20 }]);
    await evaluatedThrough(store, 100);
    const runbook = 'https://wiki.example/chat';
    await tell(newDecider(store, log, [plan('a', { displayName: 'Chat answers', runbook })]));
    await until(() => receiver.requests.length === 1);
    const { body } = receiver.requests[0]!;
    // 50 and 20 of 100 at a target of 0.99.
    expect(body.burn_rate.long).toBeCloseTo(50, 9);
    expect(body.burn_rate.short).toBeCloseTo(20, 9);
    expect(body).toMatchObject({
      urgency: 'page',
      budget_remaining: 0.4,
      runbook,
      fired_at: body.evaluated_at,
    });
    // 40 % of what 28 days allow, at twenty times the rate: 13 h 26 min.
    const leftMs = Date.parse(body.budget_exhausted_at!) - Date.parse(body.evaluated_at);
    expect(Math.abs(leftMs - (0.4 * 28 * 86_400_000) / 20)).toBeLessThan(1_000);
    expect(body.summary).toBe(
      'Page SEV-1: Chat answers of chat: burns its budget 50x (50 of 100 bad in 1h, 20 of 100 in 5m); ' +
        '40 % of the budget left, gone in 13 h 26 min at this rate',
    );
    expect(body.details).toBe(`burnline status --stream live --as-of ${body.evaluated_at}`);
  });

  it('names a spent budget, and a ticket as one', async () => {
    await store.command('TRUNCATE TABLE budgets');
    await insertBudget(100, { remaining_ratio: -0.25 });
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    await tell(newDecider(store, log, [plan('a', { tiers: [tier('slow', { severity: 'ticket' })] })]));
    await until(() => receiver.requests.length === 1);
    expect(receiver.requests[0]!.body.summary).toMatch(/^Ticket SEV-2: .*budget spent \(-25 % left\)$/);
  });

  it('bounds what is shown of labels, however long they are', async () => {
    const wide = '流'.repeat(512);
    const dimensions = ['attributes.a', 'attributes.b', 'attributes.c', 'attributes.d'];
    const labels = Object.fromEntries(dimensions.map((name) => [name, wide]));
    const { sli } = plan('a');
    await store.insertRows('series', [{ slo: 'a', spec_rev: sli.specRev, series: '1', labels }]);
    await insertBurn(store, [{ slo: 'a', series: '1', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    const grouped = { ...sli, groupBy: { dimensions, seriesCountMax: 10 } };
    await tell(newDecider(store, log, [plan('a', { sli: grouped })]));
    await until(() => receiver.requests.length === 1);
    for (const value of Object.values(receiver.requests[0]!.body.labels)) expect(value).toHaveLength(200);
    const contexts = await store.query<{ error: string }>('SELECT error FROM alert_contexts');
    expect(contexts).toEqual([{ error: '' }]);
  });
});

describe('a page of a composite', () => {
  const REVISIONS: Readonly<Record<string, string>> = { bad: '00000000000000bb', calm: '00000000000000cc' };
  const partOf = (slo: string, weight: number) => ({
    ...{ slo, specRev: REVISIONS[slo]!, weight: { numerator: weight, denominator: 1 } },
    target: { numerator: 9, denominator: 10 },
  });
  const { sli } = plan('a');
  const composite = plan('a', { sli: { ...sli, composite: [partOf('calm', 1), partOf('bad', 2)] } });
  const PARTS = [
    { dimension: 'slo', value: 'bad', bad: 5, total: 10, burnRate: 10 },
    { dimension: 'slo', value: 'calm', bad: 1, total: 10, burnRate: 1 },
  ];
  interface CompositeBody {
    readonly summary: string;
    readonly parts: readonly string[];
    readonly attribution: readonly {
      readonly part?: string;
      readonly dimension: string;
      readonly value: string;
    }[];
    readonly attribution_unread: boolean;
  }

  /** Panes of both parts, and the events that the one that burns most counts. */
  async function insertParts(): Promise<void> {
    const at = { pane: T0_S + 50, log_interval: T0_S + 50, kept_since: Math.floor(Date.now() / 1_000) };
    await store.insertRows(
      'sli_panes',
      PARTS.map(({ value: slo, bad, total }) => ({
        ...{ stream: 'live', stream_epoch: 'live@1', slo, spec_rev: REVISIONS[slo], series: 0 },
        ...{ partition: 0, chunk: 1, version: 1, good: total - bad, total, excluded: 0, ...at },
        ...{ sums: {}, histogram: {}, zero_count: 0 },
      })),
    );
    await store.insertRows('spec_revisions', [
      { slo: 'bad', spec_rev: REVISIONS['bad'], plan: JSON.stringify({ ...sli, slo: 'bad' }) },
    ]);
    await store.insertRows(
      'inference_events',
      Array.from({ length: 10 }, (_, offset) => ({
        ...{ stream: 'live', stream_epoch: 'live@1', partition: 0, offset, event_index: 0, is_repeat: false },
        ...{ log_time: '2026-01-01 00:00:50.000', occurred_at: '2026-01-01 00:00:50.000000' },
        ...{ kept_since: at.kept_since, status: offset < 5 ? 'error' : 'ok', attributes: {} },
        provider: offset < 5 ? 'openai' : 'bedrock',
      })),
    );
  }
  async function decide(): Promise<string> {
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    const decider = newDecider(store, log, [composite]);
    await decider.run();
    await decider.settled();
    const [row] = await store.query<{ decision_key: string }>(
      'SELECT decision_key FROM alert_contexts FINAL',
    );
    return row!.decision_key;
  }
  const write = (decision_key: string, attribution: readonly object[], error: string): Promise<void> =>
    store.insertRows('alert_contexts', [
      { decision_key, attribution: JSON.stringify(attribution), remaining_ratio: null, error },
    ]);
  async function told(): Promise<CompositeBody> {
    const receivers = [webhookReceiver('r', { url: receiver.url })];
    const notifier = startNotifier(store, log, receivers, { ...systemClock, nowMs });
    onTestFinished(() => notifier.stop());
    await until(() => receiver.requests.length === 1);
    return receiver.requests[0]!.body as unknown as CompositeBody;
  }

  it('names its parts by what they burn, and where the bad events of the worst one came from', async () => {
    await insertParts();
    await decide();
    const body = await told();
    expect(body.parts).toEqual(['calm', 'bad']);
    expect(body.attribution.slice(0, 2)).toEqual(
      PARTS.map((part) => ({ ...part, burnRate: expect.closeTo(part.burnRate, 9) as number })),
    );
    const values = body.attribution.slice(2);
    expect(new Set(values.map(({ part }) => part))).toEqual(new Set(['bad']));
    expect(values[0]).toMatchObject({ dimension: 'provider', value: 'openai', bad: 5, total: 5, excess: 5 });
    expect(body.attribution_unread).toBe(false);
    expect(body.summary).toContain('parts: bad 10x, calm 1x; in 1h');
  });

  it('waits no longer for a part than for anything else, and says that it could not be read', async () => {
    const key = await decide();
    await write(key, PARTS, 'PART_UNREAD');
    const body = await told();
    expect(body.attribution).toEqual(PARTS);
    expect(body.attribution_unread).toBe(true);
    expect(body.summary).toContain('parts: bad 10x, calm 1x');
  });

  it('takes what comes in time', async () => {
    const key = await decide();
    await write(key, PARTS, 'PART_UNREAD');
    const value = { ...{ dimension: 'provider', value: 'openai', bad: 5, total: 5 }, part: 'bad' };
    const telling = told();
    await write(key, [...PARTS, value], '');
    expect(await telling).toMatchObject({ attribution: [...PARTS, value], attribution_unread: false });
  });

  it('names its parts where nothing of them could be read', async () => {
    await write(await decide(), [], 'DATABASE_AWAY');
    expect(await told()).toMatchObject({ parts: ['calm', 'bad'], attribution: [], attribution_unread: true });
    expect((await told()).summary).toContain('parts: calm, bad; in 1h');
  });
});

describe('what a receiver gets', () => {
  it('is in order per series, with the counts of the moment at which it is told', async () => {
    const tiers = [
      tier('hour'),
      tier('day', { longWindowMs: 86_400_000, shortWindowMs: 7_200_000, severity: 'ticket' }),
    ];
    const windows = (hour: number, day: number) => ({ 300: hour, 3_600: hour, 7_200: day, 86_400: day });
    await insertBurn(store, [
      { slo: 'a', at: 100, bad: 0, windows: windows(50, 50) },
      { slo: 'a', at: 200, bad: 0, windows: windows(0, 40) },
      { slo: 'a', at: 300, bad: 0, windows: windows(0, 0) },
    ]);
    await evaluatedThrough(store, 400);
    await tell(newDecider(store, log, [plan('a', { tiers })]));
    await until(() => receiver.requests.length === 4);
    expect(receiver.requests.map(({ said }) => said)).toEqual([
      'fire@100 hour',
      'resolve@200 hour',
      'fire@200 day',
      'resolve@300 day',
    ]);
    const { body } = receiver.requests[2]!;
    expect(body).toMatchObject({ long_window: { bad: 40, total: 100 } });
    expect(body.burn_rate.long).toBeCloseTo(40, 9);
    // Under the key of its own fire.
    expect(body.decision_key).toContain(`|${(T0_S + 100) * 1_000}`);
    expect(Date.parse(body.fired_at!)).toBe((T0_S + 100) * 1_000);
  });
});
