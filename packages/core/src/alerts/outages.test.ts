import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';
import { resolveTiers } from '../burn/tiers.ts';
import type { AlertDecision } from './alert-machine.ts';
import { alertTimingOf } from './alert-timing.ts';
import { simulate, type Traffic } from './testing/simulate-outages.ts';

/**
 * Goal: one outage is one notification per tier; none comes later than from a tier that resolves at once, none is missed.
 * Five seeds each; `before` is what a tier without a resolve hold says of the same events.
 */
const TARGET = { numerator: 99, denominator: 100 };
const RULE = {
  target: TARGET,
  badCountMin: 5,
  tiers: resolveTiers({ target: TARGET, periodMs: 28 * DAY_MS, preset: 'google' }),
};
const SEEDS = [1, 2, 3, 4, 5];
/** When the outage begins: windows are full of good events by then. */
const BEGIN_MS = 6 * HOUR_MS;

const within = (lengthMs: number, share: number) => (atMs: number) =>
  atMs >= BEGIN_MS && atMs < BEGIN_MS + lengthMs ? share : 0;

interface Outage {
  readonly name: string;
  readonly traffic: Traffic;
  readonly lengthMs: number;
  /** Tiers that must tell of it: the name's long window. */
  readonly told: readonly string[];
  /** Notifications of a tier; 1 if absent. */
  readonly firesMax?: number;
}

const OUTAGES: readonly Outage[] = [
  {
    name: 'sudden, all of 600 events a minute fail for 25 minutes',
    traffic: { eventsPerMinute: 600, badShareAt: within(25 * MINUTE_MS, 1) },
    lengthMs: 25 * MINUTE_MS,
    told: ['1h&5m', '6h&30m'],
  },
  {
    name: 'low traffic, 40 % of two events a minute for 90 minutes',
    traffic: { eventsPerMinute: 2, badShareAt: within(90 * MINUTE_MS, 0.4) },
    lengthMs: 90 * MINUTE_MS,
    told: ['1h&5m', '6h&30m'],
  },
  {
    name: 'flapping, 60 % for 4 of every 12 minutes, for 3 hours',
    traffic: {
      eventsPerMinute: 120,
      badShareAt: (atMs) => (atMs % (12 * MINUTE_MS) < 4 * MINUTE_MS ? within(3 * HOUR_MS, 0.6)(atMs) : 0),
    },
    lengthMs: 3 * HOUR_MS,
    told: ['1h&5m', '6h&30m'],
  },
  {
    name: 'slow, from 0 to 30 % over 4 hours',
    traffic: {
      eventsPerMinute: 60,
      badShareAt: (atMs) => within(4 * HOUR_MS, (0.3 * (atMs - BEGIN_MS)) / (4 * HOUR_MS))(atMs),
    },
    lengthMs: 4 * HOUR_MS,
    told: ['1h&5m', '6h&30m'],
  },
  {
    name: 'near the factor, 14 % of ten events a minute for 3 hours',
    traffic: { eventsPerMinute: 10, badShareAt: within(3 * HOUR_MS, 0.14) },
    lengthMs: 3 * HOUR_MS,
    told: [],
    // The fast tier's long window is at its factor too, and once in a while below it for longer than the hold.
    firesMax: 2,
  },
];

const NO_HOLD = { holdMs: 0, resolveHoldMs: 0, gapMs: 0 };
const timesOf = (kind: string, decisions: readonly AlertDecision[] | undefined): readonly number[] =>
  (decisions ?? []).filter((one) => one.kind === kind).map((one) => one.at);

describe.each(OUTAGES)('an outage: $name', ({ name, traffic, lengthMs, told, firesMax = 1 }) => {
  const history = { lengthMs: BEGIN_MS + lengthMs + 2 * DAY_MS };
  const runs = SEEDS.map((seed) => ({
    before: simulate(traffic, { ...RULE, timingOf: () => NO_HOLD }, { ...history, seed }),
    after: simulate(traffic, { ...RULE, timingOf: alertTimingOf }, { ...history, seed }),
  }));

  it('is one notification per tier', () => {
    for (const { name: tier } of RULE.tiers) {
      const [before, after] = (['before', 'after'] as const).map((when) =>
        runs.map((run) => timesOf('fire', run[when].get(tier)).length),
      ) as [number[], number[]];
      console.log(`${name}: ${tier}: fires before ${before.join(' ')}, after ${after.join(' ')}`);
      for (const count of after) expect(count).toBeLessThanOrEqual(firesMax);
      if (told.includes(tier)) expect(after).toEqual(SEEDS.map(() => 1));
    }
  });

  it('is told no later, and its end is told', () => {
    for (const { before, after } of runs) {
      for (const { name: tier } of RULE.tiers) {
        expect(timesOf('fire', after.get(tier))[0]).toBe(timesOf('fire', before.get(tier))[0]);
        const [fires, ends] = (['fire', 'resolve'] as const).map((kind) => timesOf(kind, after.get(tier)));
        expect(ends).toHaveLength(fires!.length);
      }
    }
  });
});

it('tells of two outages that lie a day apart as two', () => {
  const badShareAt = (atMs: number): number => within(HOUR_MS, 1)(atMs) + within(HOUR_MS, 1)(atMs - DAY_MS);
  const decided = simulate(
    { eventsPerMinute: 60, badShareAt },
    { ...RULE, timingOf: alertTimingOf },
    { lengthMs: 3 * DAY_MS, seed: 1 },
  );
  expect(timesOf('fire', decided.get('1h&5m'))).toHaveLength(2);
});

it.each([0.4, 0.14])('makes a week at %f of two events a minute a few notifications', (share) => {
  const traffic: Traffic = { eventsPerMinute: 2, badShareAt: within(7 * DAY_MS, share) };
  const history = { lengthMs: BEGIN_MS + 8 * DAY_MS, seed: 7 };
  const [before, after] = [() => NO_HOLD, alertTimingOf].map((timingOf) =>
    [...simulate(traffic, { ...RULE, timingOf }, history)].map(
      ([tier, decisions]) => `${tier} ${timesOf('fire', decisions).length}`,
    ),
  );
  console.log(
    `a week at ${share} of two events a minute: before ${before!.join(', ')}; after ${after!.join(', ')}`,
  );
  const count = (lines: readonly string[]) =>
    lines.reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
  expect(count(after!)).toBeLessThan(count(before!) / 10);
});
