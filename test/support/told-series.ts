import { webhookReceiver } from '@burnline/alerter';
import { systemClock } from '@burnline/runtime';
import type { RunningNotifier } from '../alerting/bench.ts';
import {
  T0_S,
  evaluatedThrough,
  insertBurn,
  insertStream,
  newDecider,
  openLog,
  plan,
  startNotifier,
  startReceiver,
  tier,
} from '../alerting/bench.ts';
import { startTestDatabase, type TestDatabase } from './database.ts';

/** A series whose key no double holds: as one it would read 9202981340292035000. */
export const LARGE_ID = '9202981340292034555';
/** East Asian wide characters take two columns each, an accent that combines none. */
export const WIDE_LABELS = { model_served: '深層言語模型-大規模版', tenant: 'Café 전자상거래' };

const FIRED_AT_S = 100;

export interface ToldSeries {
  readonly database: TestDatabase;
  /** What the receiver of the alert was sent. */
  readonly webhookBodies: readonly object[];
  /** By which a command reads the database as one of its own server. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Two SLOs of two services, judged at the start of 2026; a series of one fires, and its receiver was told. */
export async function startToldSeries(): Promise<ToldSeries> {
  const database = await startTestDatabase();
  const { store } = database;
  const plans = [
    plan('chat-ttft', { tiers: [tier('1h&5m')] }),
    plan('search-availability', { service: 'search' }),
  ];
  await insertStream(store);
  const specRev = plans[0]!.sli.specRev;
  const places = [
    { slo: 'chat-ttft', spec_rev: specRev, series: LARGE_ID },
    { slo: 'search-availability', spec_rev: specRev, series: '0' },
  ];
  await store.insertRows(
    'slos',
    plans.map(({ slo, service, period, tiers }) => ({
      slo,
      spec_rev: specRev,
      display_name: slo,
      service,
      target_numerator: 99,
      target_denominator: 100,
      period: period.text,
      budget_period: JSON.stringify(period),
      tiers: JSON.stringify(tiers),
      track: 'infrastructure',
      criticality: 'high',
      loaded_at: T0_S,
    })),
  );
  await store.insertRows(
    'spec_revisions',
    plans.map(({ slo, sli }) => ({ slo, spec_rev: specRev, plan: JSON.stringify({ ...sli, slo }) })),
  );
  await store.insertRows(
    'series',
    places.map((place) => ({ ...place, labels: place.series === '0' ? {} : WIDE_LABELS })),
  );
  await store.insertRows(
    'budgets',
    places.map((place) => ({
      stream: 'live',
      ...place,
      evaluated_at: T0_S + FIRED_AT_S,
      period_start: T0_S,
      good: place.series === '0' ? 100 : 12_345_678,
      bad: place.series === '0' ? 0 : 5_432_100,
      total: place.series === '0' ? 100 : 17_777_778,
      remaining_ratio: place.series === '0' ? 1 : -29.55,
      is_estimated: true,
      state: place.series === '0' ? 'ok' : 'breached',
      coverage: 0.95,
    })),
  );
  await insertBurn(store, [
    { slo: 'chat-ttft', series: LARGE_ID, at: FIRED_AT_S, bad: 50, coverage: 0.95 },
    { slo: 'search-availability', at: FIRED_AT_S, bad: 0 },
  ]);
  await evaluatedThrough(store, FIRED_AT_S);
  const startedMs = Date.now();
  const nowMs = (): number => (T0_S + FIRED_AT_S + 1) * 1_000 + (Date.now() - startedMs);
  const log = await openLog(undefined, nowMs);
  const decider = newDecider(store, log, plans);
  await decider.run();
  await decider.settled();
  const receiver = await startReceiver();
  const clock = { ...systemClock, nowMs };
  const notifier = startNotifier(store, log, [webhookReceiver('r', { url: receiver.url })], clock);
  await told(notifier, () => receiver.requests.length > 0);
  return {
    database,
    webhookBodies: receiver.requests.map(({ body }) => body),
    env: {
      CLICKHOUSE_URL: database.url,
      CLICKHOUSE_USER: 'burnline',
      CLICKHOUSE_PASSWORD: 'test',
    },
    async close() {
      await receiver.close();
      await database.close();
    },
  };
}

async function told(notifier: RunningNotifier, isTold: () => boolean): Promise<void> {
  while (!isTold()) await new Promise((resolve) => setTimeout(resolve, 20));
  await notifier.stop();
}
