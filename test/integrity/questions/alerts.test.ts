import { readAlertHistory, readOpenAlerts, type PastAlert } from '@burnline/queries';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../../support/database.ts';

/**
 * Goal: an alert is one row from the decision that fired it to the one that ended it, with what was seen then, what was
 * looked up beside it and who was told; the same key that fires again is another alert.
 *
 * Method: decisions, notifications and contexts as the alerter writes them, put into a real engine by hand.
 */
const AT_S = 1_780_000_000 - (1_780_000_000 % 60);
const KEY = "live|slo'a|7|1h&5m";
let database: TestDatabase;

interface Decided {
  readonly decision: string;
  readonly atS: number;
  readonly more?: object;
}

const decisionsOf = (alertKey: string, decided: readonly Decided[], firstOffset: number): readonly object[] =>
  decided.map(({ decision, atS, more }, index) => ({
    ...{ decision_key: `${alertKey}@${atS}`, alert_key: alertKey, stream: alertKey.split('|')[0] },
    ...{ slo: alertKey.split('|')[1], spec_rev: 'r', series: '7', labels: { provider: 'a' }, tier: '1h&5m' },
    ...{ severity: 'SEV-1', decision, evaluated_at: AT_S + atS, long_window_s: 3_600, short_window_s: 300 },
    ...{ long_bad: 10 + atS, long_total: 100, short_bad: 3, short_total: 4, factor: 14.4, coverage: 1 },
    ...{ attribution: '[]', log_offset: firstOffset + index, ended_by: '', reason: '', ...more },
  }));

const told = (atS: number, receiver: string, outcome: string, attempts: number): object => ({
  decision_key: `${KEY}@${atS}`,
  ...{
    receiver,
    outcome,
    attempts,
    status_code: 200,
    error: '',
    finished_at: (AT_S + atS + attempts) * 1_000,
  },
});

beforeAll(async () => {
  database = await startTestDatabase();
  const { store } = database;
  await store.insertRows('alert_decisions', [
    ...decisionsOf(
      KEY,
      [
        { decision: 'fire', atS: 0 },
        { decision: 'freeze', atS: 60 },
        { decision: 'thaw', atS: 120 },
        { decision: 'resolve', atS: 600 },
        { decision: 'fire', atS: 900 },
        { decision: 'ended', atS: 1_000, more: { ended_by: 'kim', reason: 'known' } },
        { decision: 'fire', atS: 1_100 },
        { decision: 'freeze', atS: 1_200, more: { severity: 'SEV-2', coverage: 0.5 } },
      ],
      0,
    ),
    ...decisionsOf('other|slo-b|7|1h&5m', [{ decision: 'fire', atS: 0 }], 100),
  ]);
  // Written by an alerter that decided it a second time after a crash.
  await store.insertRows('alert_decisions', [...decisionsOf(KEY, [{ decision: 'fire', atS: 900 }], 4)]);
  await store.insertRows('alert_notifications', [
    told(0, 'chat', 'waiting', 1),
    told(0, 'pager', 'delivered', 2),
    told(600, 'pager', 'delivered', 1),
    told(1_100, 'pager', 'failed', 9),
  ]);
  await store.insertRows('alert_notifications', [told(0, 'chat', 'delivered', 4)]);
  await store.insertRows('alert_contexts', [
    {
      decision_key: `${KEY}@0`,
      attribution: JSON.stringify([{ dimension: 'tenant', value: 't', bad: 9, total: 10 }]),
      remaining_ratio: -0.25,
      error: '',
    },
  ]);
});
afterAll(() => database.close());

const RANGE = { fromMs: (AT_S - 60) * 1_000, toMs: (AT_S + 7_200) * 1_000 };

describe('past alerts', () => {
  it('are one from fire to end each, the latest first', async () => {
    const { alerts, next } = await readAlertHistory(database.store, { ...RANGE, stream: 'live', limit: 10 });
    expect(next).toBeNull();
    const brief = ({ firedAtMs, overAtMs, state, endedBy, reason, severity, long }: PastAlert) => [
      ...[firedAtMs / 1_000 - AT_S, overAtMs === null ? null : overAtMs / 1_000 - AT_S, state],
      ...[endedBy, reason, severity, long.bad],
    ];
    expect(alerts.map(brief)).toEqual([
      [1_100, null, 'frozen', '', '', 'SEV-2', 1_110],
      [900, 1_000, 'ended', 'kim', 'known', 'SEV-1', 910],
      [0, 600, 'resolved', '', '', 'SEV-1', 10],
    ]);
  });

  it('say what was seen, looked up and told', async () => {
    const { alerts } = await readAlertHistory(database.store, { ...RANGE, slo: "slo'a", limit: 10 });
    expect(alerts[2]).toMatchObject({
      alertKey: KEY,
      labels: { provider: 'a' },
      long: { windowMs: 3_600_000, bad: 10, total: 100 },
      short: { windowMs: 300_000, bad: 3, total: 4 },
      factor: 14.4,
      remainingRatio: -0.25,
      attribution: [{ dimension: 'tenant', value: 't', bad: 9, total: 10 }],
      deliveries: [
        {
          decision: 'fire',
          receiver: 'pager',
          outcome: 'delivered',
          attempts: 2,
          finishedAtMs: (AT_S + 2) * 1_000,
        },
        {
          decision: 'fire',
          receiver: 'chat',
          outcome: 'delivered',
          attempts: 4,
          finishedAtMs: (AT_S + 4) * 1_000,
        },
        {
          decision: 'resolve',
          receiver: 'pager',
          outcome: 'delivered',
          attempts: 1,
          finishedAtMs: (AT_S + 601) * 1_000,
        },
      ],
    });
    expect(alerts[1]).toMatchObject({ remainingRatio: null, attribution: [], deliveries: [] });
  });

  it('come in pages, within a range', async () => {
    const first = await readAlertHistory(database.store, { ...RANGE, limit: 2 });
    const second = await readAlertHistory(database.store, { ...RANGE, limit: 2, after: first.next! });
    expect(
      [...first.alerts, ...second.alerts].map(({ alertKey, firedAtMs }) => [alertKey, firedAtMs]),
    ).toEqual([
      [KEY, (AT_S + 1_100) * 1_000],
      [KEY, (AT_S + 900) * 1_000],
      [KEY, AT_S * 1_000],
      ['other|slo-b|7|1h&5m', AT_S * 1_000],
    ]);
    expect(second.next).toBeNull();
    const late = await readAlertHistory(database.store, { ...RANGE, fromMs: (AT_S + 901) * 1_000, limit: 9 });
    expect(late.alerts).toHaveLength(1);
  });
});

it('open alerts are those without an end, with what the last decision saw', async () => {
  const open = await readOpenAlerts(database.store);
  expect(open).toMatchObject([
    { alertKey: 'other|slo-b|7|1h&5m', state: 'firing', long: { bad: 10 }, severity: 'SEV-1' },
    {
      ...{ alertKey: KEY, state: 'frozen', severity: 'SEV-2', coverage: 0.5, long: { bad: 1_210 } },
      ...{ sinceMs: (AT_S + 1_100) * 1_000, decidedMs: (AT_S + 1_200) * 1_000 },
    },
  ]);
});

it('one alert of a key is open at most: the one before it ended unseen', async () => {
  const key = 'lost|slo-c|7|1h&5m';
  const fired = [0, 300].map((atS) => ({ decision: 'fire', atS }));
  await database.store.insertRows('alert_decisions', [...decisionsOf(key, fired, 200)]);
  const open = await readOpenAlerts(database.store);
  const own = open.filter(({ alertKey }) => alertKey === key);
  expect(own).toMatchObject([{ state: 'firing', sinceMs: (AT_S + 300) * 1_000 }]);
});
