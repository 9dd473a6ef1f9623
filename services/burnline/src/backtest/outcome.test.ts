import type { DecisionRecord } from '@burnline/contracts';
import { parseExactRatio, type BurnTier, type DecisionKind, type SloPlan } from '@burnline/core';
import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';

const MINUTE_MS = 60_000;
const WEEK = { fromMs: 0, toMs: 7 * 24 * 60 * MINUTE_MS };
const tier = (name: string, severity: BurnTier['severity']): BurnTier => ({
  ...{ name, severity, longWindowMs: 12 * MINUTE_MS, shortWindowMs: MINUTE_MS, operator: '>=', holdMs: 0 },
  budgetShare: parseExactRatio('0.02'),
  factor: parseExactRatio('10'),
});
const TIERS = [tier('fast', 'page'), tier('slow', 'ticket')];
const plans = [{ slo: 'a', tiers: TIERS, groupFrom: 3 }] as unknown as readonly SloPlan[];

const decision = (
  kind: DecisionKind,
  minute: number,
  name: 'fast' | 'slow',
  { series = '1', isInhibited = false } = {},
): DecisionRecord => ({
  ...{ version: 1, kind, at: minute * MINUTE_MS, isInhibited, alertKey: `live|a|${series}|${name}` },
  evidence: {
    ...{ stream: 'live', slo: 'a', displayName: 'a', service: 's', specRev: 'r', series, labels: { series } },
    ...{ tier: name, severity: name === 'fast' ? 'SEV-2' : 'SEV-3', target: '0.99', factor: 10, coverage: 1 },
    urgency: name === 'fast' ? 'page' : 'ticket',
    long: { windowMs: 12 * MINUTE_MS, bad: 5, total: 9 },
    short: { windowMs: MINUTE_MS, bad: 3, total: 4 },
    attribution: [],
  },
});

it('a lesser tier is held back while a more urgent one fires, and told when that ends', () => {
  const { alerts, tiers } = outcomeOf(
    [
      decision('fire', 10, 'fast'),
      decision('fire', 10, 'slow', { isInhibited: true }),
      decision('resolve', 40, 'fast'),
      decision('resolve', 100, 'slow'),
    ],
    plans,
    WEEK,
  );
  const minutes = (atMs: number | null): number | null => (atMs === null ? null : atMs / MINUTE_MS);
  expect(
    alerts.map((one) => [one.tier, ...[one.firedAtMs, one.toldAtMs, one.endedAtMs].map(minutes)]),
  ).toEqual([
    ['fast', 10, 10, 40],
    ['slow', 10, 40, 100],
  ]);
  expect(
    tiers.map((one) => [one.tier, one.alertCount, one.firingMs / MINUTE_MS, one.notificationsPerWeek]),
  ).toEqual([
    ['fast', 1, 30, 1],
    ['slow', 1, 90, 1],
  ]);
});

it('what fires still has no end, what was held back all the time is told by nobody', () => {
  const { alerts, tiers } = outcomeOf(
    [
      decision('fire', 10, 'fast'),
      decision('fire', 11, 'slow', { isInhibited: true }),
      decision('freeze', 12, 'fast'),
      decision('resolve', 20, 'slow'),
    ],
    plans,
    { fromMs: 0, toMs: 30 * MINUTE_MS },
  );
  expect(alerts.map(({ tier, toldAtMs, endedAtMs }) => [tier, toldAtMs, endedAtMs])).toEqual([
    ['fast', 10 * MINUTE_MS, null],
    ['slow', null, 20 * MINUTE_MS],
  ]);
  expect(tiers.map((one) => [one.firingMs / MINUTE_MS, one.notificationCount])).toEqual([
    [20, 1],
    [9, 0],
  ]);
});

it('an alert that fires twice is two; series that fire together are one notification', () => {
  const twice = [decision('fire', 1, 'fast'), decision('resolve', 5, 'fast'), decision('fire', 9, 'fast')];
  expect(outcomeOf(twice, plans, WEEK).tiers[0]).toMatchObject({ alertCount: 2, notificationCount: 2 });
  const together = (count: number): readonly DecisionRecord[] =>
    Array.from({ length: count }, (_, series) => decision('fire', 1, 'fast', { series: String(series) }));
  const notificationsOf = (count: number): number | undefined =>
    outcomeOf(together(count), plans, WEEK).tiers[0]?.notificationCount;
  expect([2, 3, 50].map(notificationsOf)).toEqual([2, 1, 1]);
});
