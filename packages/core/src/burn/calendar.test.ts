import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calendarPeriodAt, calendarPeriodStart, nominalPeriodMs } from './calendar.ts';
import type { CalendarPeriod } from './calendar.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';

const calendar = (over: Partial<CalendarPeriod>): CalendarPeriod => ({
  kind: 'calendar',
  text: '',
  unit: 'month',
  count: 1,
  startLocal: '2026-01-01 00:00:00',
  timeZone: 'UTC',
  ...over,
});
const at = (text: string): number => Date.parse(text);
const spanOf = (now: string, over: Partial<CalendarPeriod>): string[] => {
  const { startMs, endMs } = calendarPeriodAt(at(now), calendar(over));
  return [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
};

describe('calendarPeriodAt', () => {
  it.each<[string, Partial<CalendarPeriod>, string[]]>([
    ['2026-02-15T00:00:00Z', {}, ['2026-02-01T00:00', '2026-03-01T00:00']],
    ['2026-02-01T00:00:00Z', {}, ['2026-02-01T00:00', '2026-03-01T00:00']],
    ['2026-01-31T23:59:59.999Z', {}, ['2026-01-01T00:00', '2026-02-01T00:00']],
    ['2025-07-04T00:00:00Z', {}, ['2025-07-01T00:00', '2025-08-01T00:00']],
    ['2026-05-05T00:00:00Z', { unit: 'quarter' }, ['2026-04-01T00:00', '2026-07-01T00:00']],
    ['2024-03-01T00:00:00Z', { unit: 'year' }, ['2024-01-01T00:00', '2025-01-01T00:00']],
    ['2026-06-15T00:00:00Z', { count: 2 }, ['2026-05-01T00:00', '2026-07-01T00:00']],
    [
      '2026-01-14T12:00:00Z',
      { unit: 'week', startLocal: '2026-01-05 00:00:00' },
      ['2026-01-12T00:00', '2026-01-19T00:00'],
    ],
    // A month that lacks the day ends on its last, and the next one is not shortened for it.
    ['2026-03-05T00:00:00Z', { startLocal: '2026-01-31 00:00:00' }, ['2026-02-28T00:00', '2026-03-31T00:00']],
    ['2028-03-05T00:00:00Z', { startLocal: '2028-01-31 00:00:00' }, ['2028-02-29T00:00', '2028-03-31T00:00']],
    // Berlin: 23 hours in spring, 25 in autumn.
    [
      '2026-03-29T12:00:00Z',
      { unit: 'day', timeZone: 'Europe/Berlin' },
      ['2026-03-28T23:00', '2026-03-29T22:00'],
    ],
    [
      '2026-10-25T12:00:00Z',
      { unit: 'day', timeZone: 'Europe/Berlin' },
      ['2026-10-24T22:00', '2026-10-25T23:00'],
    ],
    // A start that spring leaves out begins at the change (02:30 does not exist on 2026-03-29, 03:00 follows 02:00).
    [
      '2026-03-29T12:00:00Z',
      { unit: 'day', timeZone: 'Europe/Berlin', startLocal: '2026-01-01 02:30:00' },
      ['2026-03-29T01:00', '2026-03-30T00:30'],
    ],
    // A start that comes twice in autumn is the first of the two.
    [
      '2026-10-25T00:45:00Z',
      { unit: 'day', timeZone: 'Europe/Berlin', startLocal: '2026-01-01 02:30:00' },
      ['2026-10-25T00:30', '2026-10-26T01:30'],
    ],
    // Cairo changes at midnight, so one day begins at 01:00.
    [
      '2026-04-24T12:00:00Z',
      { unit: 'day', timeZone: 'Africa/Cairo' },
      ['2026-04-23T22:00', '2026-04-24T21:00'],
    ],
    // Lord Howe moves by half an hour, Kathmandu is off by 45 minutes.
    [
      '2026-04-05T12:00:00Z',
      { unit: 'day', timeZone: 'Australia/Lord_Howe' },
      ['2026-04-04T13:00', '2026-04-05T13:30'],
    ],
    ['2026-02-10T00:00:00Z', { timeZone: 'Asia/Kathmandu' }, ['2026-01-31T18:15', '2026-02-28T18:15']],
    // Samoa left out 30 December 2011 altogether: that day has no instant, the 31st follows the 29th.
    [
      '2011-12-30T10:00:00Z',
      { unit: 'day', timeZone: 'Pacific/Apia', startLocal: '2011-12-01 00:00:00' },
      ['2011-12-30T10:00', '2011-12-31T10:00'],
    ],
  ])('at %s with %j', (now, over, expected) => {
    expect(spanOf(now, over)).toEqual(expected);
    expect(calendarPeriodStart(at(now), calendar(over))).toBe(at(`${expected[0]!}:00Z`));
  });

  /**
   * The oracle walks the minutes. It knows nothing of offsets: it reads each minute's wall clock from another format of
   * the runtime, and a period begins at the first minute whose wall clock shows its start, or later.
   */
  function walk(nowMs: number, period: CalendarPeriod, lengthDays: number): number {
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: period.timeZone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const boundaries: string[] = [];
    const anchor = Date.parse(`${period.startLocal.replace(' ', 'T')}Z`);
    for (let wallMs = anchor; wallMs < nowMs + 3 * DAY_MS; wallMs += lengthDays * DAY_MS) {
      boundaries.push(new Date(wallMs).toISOString().slice(0, 19).replace('T', ' '));
    }
    const fromMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - (lengthDays + 2) * DAY_MS;
    const first = format.format(fromMs);
    let next = boundaries.findIndex((text) => text > first);
    let startMs = NaN;
    for (let minuteMs = fromMs; minuteMs <= nowMs; minuteMs += MINUTE_MS) {
      const wall = format.format(minuteMs);
      while (boundaries[next]! <= wall) {
        startMs = minuteMs;
        next += 1;
      }
    }
    return startMs;
  }

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
    'Pacific/Chatham',
    'Africa/Casablanca',
  ];
  // Around the clock changes of these zones in 2026, and any other time of the year.
  const instants = fc.oneof(
    fc.integer({ min: at('2026-02-01T00:00:00Z'), max: at('2026-12-28T00:00:00Z') }),
    ...['2026-03-08', '2026-03-22', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-25', '2026-11-01'].map(
      (date) =>
        fc.integer({ min: at(`${date}T00:00:00Z`) - DAY_MS, max: at(`${date}T00:00:00Z`) + 2 * DAY_MS }),
    ),
  );

  it('agrees with a walk over the minutes', () => {
    const twoDigits = (value: number): string => String(value).padStart(2, '0');
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        instants,
        fc.constantFrom(1, 2, 7),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        (timeZone, nowMs, lengthDays, hour, minute) => {
          const period = calendar({
            unit: lengthDays === 7 ? 'week' : 'day',
            count: lengthDays === 7 ? 1 : lengthDays,
            startLocal: `2026-01-10 ${twoDigits(hour)}:${twoDigits(minute)}:00`,
            timeZone,
          });
          expect(calendarPeriodStart(nowMs, period)).toBe(walk(nowMs, period, lengthDays));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tiles time: every instant lies in its period, and the next one begins where it ends', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        instants,
        fc.constantFrom(
          'day' as const,
          'week' as const,
          'month' as const,
          'quarter' as const,
          'year' as const,
        ),
        fc.integer({ min: 1, max: 5 }),
        (timeZone, nowMs, unit, count) => {
          const period = calendar({ timeZone, unit, count, startLocal: '2026-01-31 01:30:00' });
          const { startMs, endMs } = calendarPeriodAt(nowMs, period);
          expect(startMs).toBeLessThanOrEqual(nowMs);
          expect(endMs).toBeGreaterThan(nowMs);
          expect(calendarPeriodAt(startMs, period)).toEqual({ startMs, endMs });
          expect(calendarPeriodAt(endMs - 1, period)).toEqual({ startMs, endMs });
          expect(calendarPeriodAt(endMs, period).startMs).toBe(endMs);
          expect(calendarPeriodAt(startMs - 1, period).endMs).toBe(startMs);
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each<Partial<CalendarPeriod>>([
    { timeZone: 'Mars/Olympus' },
    { startLocal: '2026-02-30 00:00:00' },
    { startLocal: '2026-01-01' },
    { startLocal: '2026-01-01 24:00:00' },
    { count: 0 },
    { count: 1.5 },
  ])('refuses %j', (over) => {
    expect(() => calendarPeriodAt(0, calendar(over))).toThrow(
      expect.objectContaining({ code: 'CALENDAR_INVALID' }),
    );
  });
});

describe('nominalPeriodMs', () => {
  it('is the duration, or the nominal length of the calendar units', () => {
    expect(nominalPeriodMs({ kind: 'rolling', durationMs: 5 * HOUR_MS, text: '5h' })).toBe(5 * HOUR_MS);
    const days = (['day', 'week', 'month', 'quarter', 'year'] as const).map(
      (unit) => nominalPeriodMs(calendar({ unit, count: 2 })) / DAY_MS,
    );
    expect(days).toEqual([2, 14, 60, 180, 730]);
  });
});
