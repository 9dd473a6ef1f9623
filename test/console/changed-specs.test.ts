import { serveConsole, type ConsoleServer } from '@burnline/console';
import type { SloPlan } from '@burnline/core';
import { readBudgetBurn, readStatus } from '@burnline/queries';
import { createLogger } from '@burnline/runtime';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dateTime64OfMs } from '../../packages/runtime/dist/clickhouse/timestamps.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { Asking } from './asking.ts';

/**
 * Goal: after SLOs were removed, or grouped otherwise, or given another target, the console shows what is judged now and nothing else,
 * and what it says of an alert is of the time when it fired.
 *
 * Method: rows as the judge and the alerter write them, put into a real engine by hand. The revision before has `by: [provider]` or
 * nothing; the judge goes on with each of its series under the revision after, at zero, and writes no name for it.
 */
const NOW_S = Math.floor(Date.now() / 60_000) * 60;
const FIRED_S = NOW_S - 1_800;
const DAY_S = 86_400;
const WINDOWS_S = [300, 1_800, 3_600, 21_600, 7_200, 86_400, 259_200];
/** 60 times within 90 days, and twice before. */
const FIRES_S = [
  ...Array.from({ length: 60 }, (_, index) => FIRED_S - index * DAY_S),
  ...[FIRED_S - 90 * DAY_S, FIRED_S - 91 * DAY_S],
];
const KEY = 'live|grouped|7|1h&5m';

function planOf(name: string, by: string): SloPlan {
  const text = `
apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { where: "true"${by} } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.9 }]`;
  const { plans, issues } = loadSpecs([{ file: 'slos.yaml', text }], { mode: 'strict' });
  expect(issues).toEqual([]);
  return plans[0]!;
}

let database: TestDatabase;
let server: ConsoleServer;
let ask: Asking;

interface Judged {
  readonly slo: string;
  readonly spec_rev: string;
  readonly series: number;
}

async function judge(of: Judged, atS: number, counts: { bad: number; total: number; rate: number }) {
  const { store } = database;
  const { bad, total, rate } = counts;
  const windows = (value: number): number[] => WINDOWS_S.map(() => value);
  const moment = { stream: 'live', ...of, evaluated_at: atS, coverage: 1 };
  await store.insertRows('burn_rates', [
    {
      ...{ ...moment, is_heard: true, lost_at: 0, window_s: WINDOWS_S, burn_rate: windows(rate) },
      ...{ bad: windows(bad), total: windows(total), bad_seen: windows(bad), total_seen: windows(total) },
    },
  ]);
  await store.insertRows('budgets', [
    {
      ...{ ...moment, period_start: atS - 30 * DAY_S, good: total - bad, bad, total, bad_seen: bad },
      ...{ total_seen: total, unassigned: 0, is_estimated: false, projected_remaining_ratio: null },
      remaining_ratio: total === 0 ? null : 1 - rate,
      state: total === 0 ? 'no_traffic' : rate > 1 ? 'breached' : 'ok',
    },
  ]);
}

async function know({ slo, sli, tiers }: SloPlan, spec_rev: string, activeAtS: readonly [string, number][]) {
  const { store } = database;
  await store.insertRows('slos', [
    {
      ...{ slo, spec_rev, display_name: slo, service: 'chat', track: 'infrastructure', criticality: 'high' },
      ...{ target_numerator: 9, target_denominator: 10, period: '30d', tiers: JSON.stringify(tiers) },
      ...{ dimensions: sli.groupBy.dimensions, loaded_at: dateTime64OfMs(0) },
    },
  ]);
  await store.insertRows('spec_revisions', [
    { slo, spec_rev, plan: JSON.stringify({ ...sli, specRev: spec_rev }) },
  ]);
  await store.insertRows(
    'active_specs',
    activeAtS.map(([rev, atS]) => ({
      ...{ stream: 'live', slo, spec_rev: rev, activated_at: dateTime64OfMs(atS * 1_000) },
    })),
  );
}

async function name(of: Judged, labels: Readonly<Record<string, string>>) {
  await database.store.insertRows('series', [{ ...of, labels }]);
}

beforeAll(async () => {
  database = await startTestDatabase();
  const { store } = database;
  await store.insertRows('stream_epochs', [
    { stream: 'live', stream_epoch: 'e', clock: 'live', partition_count: 1, created_at: dateTime64OfMs(0) },
  ]);
  await store.insertRows('evaluations', [
    { stream: 'live', shard: 0, evaluated_through: NOW_S, data_start: NOW_S - DAY_S, coverage: 1 },
  ]);
  // Grouped by provider, then by model: `provider=a` went.
  await know(planOf('grouped', ', by: [model_requested]'), 'g2', [
    ['g1', NOW_S - DAY_S],
    ['g2', NOW_S - 600],
  ]);
  await name({ slo: 'grouped', spec_rev: 'g1', series: 7 }, { provider: 'a' });
  await name({ slo: 'grouped', spec_rev: 'g2', series: 8 }, { model_requested: 'm' });
  // Its target was 0.99 then: 20 of 100 burn at 20, and not at 2.
  await judge({ slo: 'grouped', spec_rev: 'g1', series: 7 }, FIRED_S, { bad: 20, total: 100, rate: 20 });
  await judge({ slo: 'grouped', spec_rev: 'g2', series: 7 }, NOW_S, { bad: 0, total: 0, rate: 0 });
  await judge({ slo: 'grouped', spec_rev: 'g2', series: 8 }, NOW_S, { bad: 30, total: 100, rate: 3 });
  // Grouped by provider, then not at all.
  await know(planOf('whole', ''), 'w2', [['w2', NOW_S - 600]]);
  await name({ slo: 'whole', spec_rev: 'w1', series: 7 }, { provider: 'a' });
  await name({ slo: 'whole', spec_rev: 'w2', series: 0 }, {});
  await judge({ slo: 'whole', spec_rev: 'w2', series: 0 }, NOW_S, { bad: 300, total: 1_000, rate: 3 });
  await judge({ slo: 'whole', spec_rev: 'w2', series: 7 }, NOW_S, { bad: 0, total: 0, rate: 0 });
  // Removed while it burned.
  await know(planOf('removed', ''), 'r1', [
    ['r1', NOW_S - DAY_S],
    ['', NOW_S - 600],
  ]);
  await name({ slo: 'removed', spec_rev: 'r1', series: 0 }, {});
  await judge({ slo: 'removed', spec_rev: 'r1', series: 0 }, NOW_S - 600, { bad: 90, total: 100, rate: 9 });
  await store.insertRows(
    'alert_decisions',
    FIRES_S.flatMap((firedS, index) =>
      (['fire', 'resolve'] as const).map((decision, place) => ({
        ...{ decision_key: `${KEY}@${firedS + 60 * place}`, alert_key: KEY, stream: 'live', slo: 'grouped' },
        ...{
          spec_rev: 'g1',
          series: 7,
          labels: { provider: 'a' },
          tier: '1h&5m',
          severity: 'SEV-1',
          decision,
        },
        ...{ evaluated_at: firedS + 60 * place, long_window_s: 3_600, short_window_s: 300, factor: 14.4 },
        ...{ long_bad: 20, long_total: 100, short_bad: 3, short_total: 10, coverage: 1, attribution: '[]' },
        ...{ log_offset: (FIRES_S.length - index) * 2 + place, ended_by: '', reason: '' },
      })),
    ),
  );
  const logger = createLogger({ name: 'console', level: 'silent' });
  server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
  ask = await Asking.open(server.url);
}, 120_000);
afterAll(async () => {
  await server.close();
  await database.close();
});

interface Row {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly total: number;
  readonly burn: { readonly word: string } | null;
}

describe('what was judged before', () => {
  const brief = ({ slo, labels, total }: Pick<Row, 'slo' | 'labels' | 'total'>) => ({ slo, labels, total });
  const STANDING = [
    { slo: 'grouped', labels: { model_requested: 'm' }, total: 100 },
    { slo: 'whole', labels: {}, total: 1_000 },
  ];
  const bySlo = (a: { readonly slo: string }, b: { readonly slo: string }): number =>
    a.slo < b.slo ? -1 : 1;

  it('is no row of the overview, of services and of what Prometheus reads, and hides nothing that burns', async () => {
    const { rows } = (await ask.get<{ rows: Row[] }>('/overview')).body;
    expect(rows.map(brief).sort(bySlo)).toEqual(STANDING);
    // Over every window they burn at 3: the longest tier is at 1.
    for (const { slo, burn } of rows) expect(burn?.word, slo).toBe('critical');
    const { services } = (await ask.get<{ services: { budgets: { slo: string }[] }[] }>('/services')).body;
    expect(services.flatMap(({ budgets }) => budgets.map(({ slo }) => slo)).sort()).toEqual([
      'grouped',
      'whole',
    ]);
    // Page by page they are the same.
    const paged: typeof services = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { body } = await ask.get<{ services: typeof services; next: string | null; total: number }>(
        '/services',
        { limit: 1, ...(cursor !== undefined && { cursor }) },
      );
      expect([body.total, body.services.length]).toEqual([services.length, 1]);
      paged.push(...body.services);
      cursor = body.next;
    }
    expect(paged).toEqual(services);
    const metrics = await (await fetch(`${server.url}/metrics/slo`)).text();
    expect(metrics).toContain('sloth_slo="whole"');
    expect(metrics).not.toContain('removed');
    expect((await ask.get('/slos/removed')).status).toBe(404);
  });

  it('is no series of `burnline status`, now and at a moment', async () => {
    for (const asOfMs of [null, NOW_S * 1_000]) {
      const status = await readStatus(database.store, { asOfMs, stream: 'live' });
      expect(
        status
          .map(brief)
          .filter(({ slo }) => slo !== 'removed')
          .sort(bySlo),
      ).toEqual(STANDING);
    }
    const burn = await readBudgetBurn(database.store, { asOfMs: NOW_S * 1_000, slo: 'whole' });
    expect(burn.map(({ bad, total }) => ({ bad, total }))).toEqual(
      WINDOWS_S.map(() => ({ bad: 300, total: 1_000 })),
    );
  });
});

describe('an alert of before', () => {
  interface Told {
    readonly id: string;
    readonly firedAtMs: number;
    readonly long: { readonly burnRate: number };
    readonly short: { readonly burnRate: number };
    readonly seenIn90Days: number;
  }

  it('has its page, with the burn rates of then and how often it fired up to then', async () => {
    const { alerts } = (await ask.get<{ alerts: Told[] }>('/alerts')).body;
    expect(alerts.map(({ firedAtMs }) => firedAtMs / 1_000)).toEqual(FIRES_S);
    const [last] = alerts;
    expect(last!.long.burnRate).toBeCloseTo(20, 9);
    expect(last!.short.burnRate).toBeCloseTo(30, 9);
    const { status, body } = await ask.get<{ alert: Told; timeline: { what: string }[] }>(
      `/alerts/${last!.id}`,
    );
    expect(status).toBe(200);
    expect(body.alert).toEqual(last);
    expect(body.timeline.map(({ what }) => what)).toEqual(['fired', 'over']);
    // No rates of so long ago are kept: those of today's target, 0.9.
    expect(alerts.at(-1)!.long.burnRate).toBeCloseTo(2, 9);
    const expected = FIRES_S.map(
      (firedS) => FIRES_S.filter((one) => one <= firedS && one > firedS - 90 * DAY_S).length,
    );
    expect(expected[0]).toBe(60);
    expect(alerts.map(({ seenIn90Days }) => seenIn90Days)).toEqual(expected);
  });
});
