import type { Contribution } from '@burnline/contracts';
import type { Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { randomFrom } from '../support/random.ts';
import {
  decisionsOf,
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  openLog,
  plan,
} from './bench.ts';

/** Goal: the evidence of a page names where its own bad events came from, whatever characters labels are made of. */
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));

let eventCount = 0;
async function insertEvents(events: readonly Record<string, unknown>[]): Promise<void> {
  await store.insertRows(
    'inference_events',
    events.map((event) => ({
      stream: 'live',
      stream_epoch: 'live@1',
      partition: 0,
      offset: (eventCount += 1),
      event_index: 0,
      is_repeat: false,
      log_time: '2026-01-01 00:00:50.000',
      // Within the table's time to live, whenever the test runs.
      kept_since: Math.floor(Date.now() / 1_000),
      occurred_at: '2026-01-01 00:00:50.000000',
      status: 'error',
      region: '',
      tenant: '',
      provider: '',
      attributes: {},
      ...event,
    })),
  );
}

async function attributionOf(dimension: string, label: string) {
  const log = await openLog();
  const { sli } = plan('a');
  await store.insertRows('series', [
    // A row that the spec knows nothing of must never become SQL.
    { slo: 'a', spec_rev: sli.specRev, series: '1', labels: { [dimension]: label, "1=1) OR ('": 'x' } },
  ]);
  await insertBurn(store, [{ slo: 'a', series: '1', at: 100, bad: 50 }]);
  await evaluatedThrough(store, 100);
  const grouped = { ...sli, groupBy: { dimensions: [dimension], seriesCountMax: 10 } };
  const decider = newDecider(store, log, [plan('a', { sli: grouped })]);
  await decider.run();
  // Decided and in the log without it, which is looked up beside.
  expect((await decisionsOf(log))[0]!.evidence.attribution).toEqual([]);
  await decider.settled();
  const [row] = await store.query<{ attribution: string }>('SELECT attribution FROM alert_contexts');
  return JSON.parse(row!.attribution) as Contribution[];
}

/** What is counted, without what it was held against. */
const counted = (found: readonly Contribution[]) =>
  found.map(({ dimension, value, bad, total }) => ({ dimension, value, bad, total }));

const FROM_R1 = [
  { dimension: 'region', value: 'r1', bad: 1, total: 1 },
  { dimension: 'status', value: 'error', bad: 1, total: 1 },
];

const ODD = [
  `it's`,
  `back\\slash`,
  `ends in \\`,
  `{label0:String}`,
  `"double" \`tick\``,
  `é 流 🔥`,
  `tab\tline\nreturn\r`,
  `'); DROP TABLE inference_events; --`,
  `%s $1 ?`,
];

describe('attribution', () => {
  it.each(ODD)('counts the events of the label %j alone', async (label) => {
    await insertEvents([
      { tenant: label, provider: 'x', region: 'r1' },
      { tenant: label, provider: 'x', region: 'r2', status: 'ok' },
      { tenant: 'other', provider: 'x', region: 'r3' },
    ]);
    const found = await attributionOf('tenant', label);
    expect(counted(found)).toEqual(FROM_R1);
  });

  it.each([
    `attributes.it's`,
    'attributes.a\\',
    'attributes.{from:Int64}',
    'attributes.a.b:c-d',
    'attributes.é\n',
  ])('counts the events of the map entry %j alone', async (dimension) => {
    const key = dimension.slice('attributes.'.length);
    await insertEvents([
      { attributes: { [key]: `it's` }, provider: 'x', region: 'r1' },
      { attributes: { [key]: `it's` }, provider: 'x', region: 'r2', status: 'ok' },
      { attributes: { [key]: 'its' }, provider: 'x', region: 'r3' },
    ]);
    expect(counted(await attributionOf(dimension, `it's`))).toEqual(FROM_R1);
  });

  it('counts booleans and whole numbers by their labels', async () => {
    await insertEvents([
      { http_status: 503, provider: 'x', region: 'r1' },
      { http_status: 503, provider: 'x', region: 'r2', status: 'ok' },
      { http_status: 500, provider: 'x', region: 'r3' },
    ]);
    expect(counted(await attributionOf('http_status', '503'))).toEqual(FROM_R1);
  });

  it('counts what the events of a sampled stream stand for', async () => {
    const shared = { tenant: 't', provider: 'x' };
    await insertEvents([
      { ...shared, region: 'r1', sample_weight: 2.5 },
      { ...shared, region: 'r1', sample_weight: 20, status: 'ok' },
      { ...shared, region: 'r2' },
    ]);
    const found = await attributionOf('tenant', 't');
    // By its traffic r1 would have had more: what has most excess is named first.
    expect(counted(found.filter(({ dimension }) => dimension === 'region'))).toEqual([
      { dimension: 'region', value: 'r2', bad: 1, total: 1 },
      { dimension: 'region', value: 'r1', bad: 3, total: 23 },
    ]);
  });

  it('says how the bad events went and which model was asked for', async () => {
    const shared = { tenant: 't', provider: 'x', region: 'r' };
    await insertEvents([
      { ...shared, model_requested: 'a', status: 'timeout', error_type: 'deadline', http_status: 504 },
      { ...shared, model_requested: 'a', status: 'timeout', error_type: 'deadline', http_status: 504 },
      { ...shared, model_requested: 'a', status: 'error', error_type: 'reset' },
      { ...shared, model_requested: 'b', status: 'ok', http_status: 200 },
    ]);
    const found = await attributionOf('tenant', 't');
    expect(found.map(({ dimension, value, bad, total }) => `${dimension} ${value} ${bad}/${total}`)).toEqual([
      'model_requested a 3/3',
      'error_type deadline 2/2',
      'http_status 504 2/2',
      'status timeout 2/2',
      'error_type reset 1/1',
      'status error 1/1',
    ]);
  });

  it('names busy values, puts the others together, and takes attributes but no ids, as a recount does', async () => {
    const random = randomFrom(77);
    const events = Array.from({ length: 2_000 }, (_, index) => {
      const tenant = `t${Math.floor(random() * random() * 40)}`;
      const plan = random() < 0.2 ? 'free' : 'paid';
      const isBad = random() < 0.02 + (plan === 'free' ? 0.3 : 0) + (tenant === 't3' ? 0.4 : 0);
      return {
        ...{ provider: 'x', region: 'r', tenant, status: isBad ? 'timeout' : 'ok' },
        attributes: { plan, trace: `id-${index}`, ...(index % 2 === 0 && { beta: 'yes' }) },
      };
    });
    await insertEvents(events);
    const found = await attributionOf('region', 'r');
    const recount = (isOwn: (event: (typeof events)[number]) => boolean) => {
      const own = events.filter(isOwn);
      return { bad: own.filter(({ status }) => status !== 'ok').length, total: own.length };
    };
    const all = recount(() => true);
    const byTenant = new Map(events.map(({ tenant }) => [tenant, recount((one) => one.tenant === tenant)]));
    const busiest = [...byTenant]
      .sort((a, b) => b[1].total - a[1].total || (a[0] < b[0] ? -1 : 1))
      .slice(0, 8)
      .map(([tenant]) => tenant);
    expect(found.filter(({ dimension }) => dimension === 'attributes.trace')).toEqual([]);
    const [free] = found;
    expect(free).toMatchObject({ dimension: 'attributes.plan', value: 'free', method: 'association' });
    const told = found.filter(({ dimension }) => dimension !== 'status');
    expect(new Set(told.map(({ dimension }) => dimension))).toEqual(
      new Set(['attributes.plan', 'attributes.beta', 'tenant']),
    );
    for (const { dimension, value, ...one } of told) {
      const isOwn = (event: (typeof events)[number]): boolean => {
        if (dimension !== 'tenant')
          return (
            (event.attributes as Record<string, string>)[dimension.slice('attributes.'.length)] === value
          );
        return value === '(other values)' ? !busiest.includes(event.tenant) : event.tenant === value;
      };
      const own = recount(isOwn);
      expect(one, value).toMatchObject(own);
      expect(one.lift).toBeCloseTo(own.bad / all.bad / (own.total / all.total), 9);
      const others = { bad: all.bad - own.bad, total: all.total - own.total };
      expect(one.excess).toBeCloseTo(own.bad - (own.total * others.bad) / others.total, 6);
    }
    expect(told.find(({ dimension }) => dimension === 'tenant')!.value).toBe('t3');
  });
});
