import fc from 'fast-check';
import rrule from 'rrule';
import { describe, expect, it } from 'vitest';
import { SilenceClock, hasGaps, isRule, type SilenceTimes } from './silence-times.ts';

/** Goal: a silence is in force when its rule says so, to the second and in its own zone, and never beyond its expiry. */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5, 2, 0, 0);
const times = (over: Partial<SilenceTimes> = {}): SilenceTimes => ({
  startMs: START_MS,
  expiresMs: START_MS + 200 * DAY_MS,
  rule: null,
  timeZone: 'UTC',
  lengthMs: 2 * HOUR_MS,
  ...over,
});

it('lasts from its begin until it expires where it does not recur', () => {
  const clock = new SilenceClock(times({ expiresMs: START_MS + HOUR_MS }));
  const at = [START_MS - 1, START_MS, START_MS + HOUR_MS - 1, START_MS + HOUR_MS];
  expect(at.map((ms) => clock.isInForceAt(ms))).toEqual([false, true, true, false]);
});

const weekday = fc.constantFrom('MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU');
const rules = fc.oneof(
  fc.integer({ min: 1, max: 9 }).map((every) => `FREQ=DAILY;INTERVAL=${every}`),
  fc
    .tuple(fc.uniqueArray(weekday, { minLength: 1 }), fc.integer({ min: 1, max: 4 }))
    .map(([days, every]) => `FREQ=WEEKLY;BYDAY=${days.join(',')};INTERVAL=${every}`),
  fc.integer({ min: 1, max: 31 }).map((day) => `FREQ=MONTHLY;BYMONTHDAY=${day}`),
  fc.tuple(fc.integer({ min: 1, max: 4 }), weekday).map(([nth, day]) => `FREQ=MONTHLY;BYDAY=${nth}${day}`),
  fc.integer({ min: 1, max: 20 }).map((count) => `FREQ=DAILY;COUNT=${count}`),
);

it('recurs as another library reads the rule, whatever instants it is asked about in whatever order', () => {
  const instants = fc.array(fc.integer({ min: -5 * DAY_MS, max: 210 * DAY_MS }), {
    minLength: 1,
    maxLength: 8,
  });
  const lengths = fc.integer({ min: 1, max: 6 * 24 }).map((hours) => hours * HOUR_MS);
  fc.assert(
    fc.property(rules, lengths, instants, (rule, lengthMs, offsets) => {
      const silence = times({ rule, lengthMs });
      expect(isRule(silence)).toBe(true);
      const other = new rrule.RRule({ ...rrule.RRule.parseString(rule), dtstart: new Date(START_MS) });
      const begins = other.between(new Date(START_MS), new Date(silence.expiresMs), true).map(Number);
      const clock = new SilenceClock(silence);
      for (const offset of offsets) {
        const nowMs = START_MS + offset;
        const isIn = begins.some((ms) => ms <= nowMs && nowMs < ms + lengthMs);
        expect(clock.isInForceAt(nowMs)).toBe(isIn && nowMs < silence.expiresMs);
      }
    }),
    { numRuns: 60 },
  );
});

it('stays at its time of the day when clocks change', () => {
  // 03:00 in Berlin is 02:00 UTC in winter and 01:00 UTC from March 29 on.
  const clock = new SilenceClock(times({ rule: 'FREQ=DAILY', timeZone: 'Europe/Berlin', lengthMs: HOUR_MS }));
  const at = (text: string): boolean => clock.isInForceAt(Date.parse(text));
  expect([at('2026-03-28T02:00:00Z'), at('2026-03-28T01:59:59Z')]).toEqual([true, false]);
  expect([at('2026-03-30T01:00:00Z'), at('2026-03-30T02:00:00Z')]).toEqual([true, false]);
});

describe('a rule', () => {
  it.each([
    'FREQ=HOURLY',
    'FREQ=SECONDLY;INTERVAL=1',
    'FREQ=DAILY;BYMINUTE=1',
    'FREQ=WEEKLY;BYDAY=XX',
    'FREQ=DAILY;FREQ=DAILY\nRRULE:FREQ=SECONDLY',
    'FREQ=YEARLY;INTERVAL=300000',
    'FREQ=MONTHLY;INTERVAL=20261231',
    'FREQ=DAILY;INTERVAL=999999999999',
    'FREQ=DAILY;COUNT=0',
    'every sunday',
    `FREQ=WEEKLY;BYDAY=${'SU,'.repeat(60)}SU`,
  ])('is none: %s', (rule) => {
    expect(isRule(times({ rule }))).toBe(false);
  });

  it.each([
    ['FREQ=DAILY', 25, false],
    ['FREQ=DAILY', 24, false],
    ['FREQ=DAILY', 23, true],
    ['FREQ=WEEKLY;BYDAY=MO,TU', 30, false],
    ['FREQ=WEEKLY;BYDAY=MO,TH', 30, true],
    ['FREQ=DAILY;COUNT=1', 30, true],
  ])('%s for %d hours is over in between: %s', (rule, hours, isOver) => {
    expect(hasGaps(times({ rule, lengthMs: hours * HOUR_MS }))).toBe(isOver);
  });

  it('that cannot be read silences nothing', () => {
    for (const wrong of ['FREQ=YEARLY;INTERVAL=300000', 'every sunday', 'FREQ=DAILY;BYDAY=XX']) {
      const clock = new SilenceClock(times({ rule: wrong }));
      expect([0, HOUR_MS, 30 * DAY_MS].map((ms) => clock.isInForceAt(START_MS + 3 * HOUR_MS + ms))).toEqual([
        ...[false, false, false],
      ]);
    }
    expect(new SilenceClock(times({ rule: 'FREQ=DAILY', timeZone: 'X/Y' })).isInForceAt(START_MS)).toBe(
      false,
    );
  });

  it('is read in a zone that there is', () => {
    expect(isRule(times({ rule: 'FREQ=DAILY', timeZone: 'Europe/Nowhere' }))).toBe(false);
  });
});
