import { describe, expect, it } from 'vitest';
import { budgetOf, type Budget } from './budget.ts';
import { burnRate, isBurning, maxBurnRate } from './burn.ts';
import { calendarPeriodAt, type CalendarPeriod } from './calendar.ts';
import { multiplyRatios, parseExactRatio, ratioToNumber, reduceRatio } from './exact-ratio.ts';
import { budgetShareOf } from './tier-check.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';

/**
 * Figures that the tools of the field print, recomputed here: where they are right ours are the same, and where their
 * documentation is wrong ours are not. Tables of tiers are in tiers.test.ts.
 */
const whole = (
  bad: number,
  total: number,
  target: string,
  over: { filledMs?: number; periodMs?: number } = {},
): Budget => {
  const periodMs = over.periodMs ?? 28 * DAY_MS;
  return budgetOf({
    good: total - bad,
    total,
    target: parseExactRatio(target),
    periodMs,
    filledMs: over.filledMs ?? periodMs,
    coverage: 1,
  });
};

describe("slo-generator's report", () => {
  it('has minutes left: SLI less goal, times the window', () => {
    const minutes = (28 * DAY_MS) / MINUTE_MS;
    const { remainingRatio } = whole(5, 1_000, '0.99');
    expect(remainingRatio! * (1 - 0.99) * minutes).toBeCloseTo((0.995 - 0.99) * minutes, 6);
    expect(burnRate({ bad: 5, total: 1_000 }, parseExactRatio('0.99'))).toBeCloseTo(
      (1 - 0.995) / (1 - 0.99),
      12,
    );
  });

  it('rounds a burn rate of 9.04 to 9.0 and stays silent above 9, which is not reproduced', () => {
    const counts = { bad: 904, total: 10_000 };
    const target = parseExactRatio('0.99');
    expect(Number(burnRate(counts, target).toFixed(1)) > 9).toBe(false);
    expect(isBurning(counts, { factor: parseExactRatio('9'), operator: '>' }, target)).toBe(true);
  });

  it('has a spent share of five budgets where its fixture says 19.99', () => {
    expect(whole(5, 100, '0.99').spentRatio).toBeCloseTo(5, 12);
  });
});

describe("Google's workbook", () => {
  it('has 1 failure of 10 an hour at 99.9 % burn 100 times, not 1,000, and spend 13.9 % of the month', () => {
    const target = parseExactRatio('0.999');
    expect(burnRate({ bad: 1, total: 10 }, target)).toBeCloseTo(100, 9);
    expect(whole(1, 10 * 24 * 30, '0.999').spentRatio).toBeCloseTo(0.1389, 4);
  });

  it.each([
    ['0.9', [null, 216, 432, 432]],
    ['0.95', [43.2, 108, 216, 216]],
    ['0.99', [8.64, 21.6, 43.2, 43.2]],
    ['0.999', [0.864, 2.16, 4.32, 4.32]],
  ])('pages at a total outage, at a target of %s, after %j minutes', (text, minutes) => {
    const target = parseExactRatio(text);
    const tiers = [
      ['14.4', 1],
      ['6', 6],
      ['3', 24],
      ['1', 72],
    ] as const;
    tiers.forEach(([factor, longHours], index) => {
      const share = multiplyRatios(
        parseExactRatio(factor),
        reduceRatio(BigInt(target.denominator - target.numerator), BigInt(target.denominator)),
      );
      const expected = minutes[index];
      if (expected === null) expect(ratioToNumber(share)).toBeGreaterThan(1);
      else expect(ratioToNumber(share) * longHours * 60).toBeCloseTo(expected!, 9);
    });
  });

  it.each([
    ['0.9999', 695],
    ['0.999', 70],
    ['0.995', 14],
    ['0.99', 7],
    ['0.95', 2],
  ])('at %s a single failure is no page from %d events on', (text, count) => {
    const target = parseExactRatio(text);
    const tier = { factor: parseExactRatio('14.4'), operator: '>=' } as const;
    expect(isBurning({ bad: 1, total: count }, tier, target)).toBe(false);
    expect(isBurning({ bad: 1, total: count - 1 }, tier, target)).toBe(true);
  });
});

describe('Sloth', () => {
  it('takes the mean of ratios over a period, six times what the events say', () => {
    // 999 good and 1 bad a minute for 12 hours, then 86 and 14 for an hour and a half.
    const [quiet, broken] = [12 * 60, 90];
    const mean = (quiet * 0.001 + broken * 0.14) / (quiet + broken);
    const bad = quiet + broken * 14;
    const total = quiet * 1_000 + broken * 100;
    expect(mean).toBeCloseTo(0.016444, 6);
    expect(burnRate({ bad, total }, parseExactRatio('0.9')) * 0.1).toBeCloseTo(0.002716, 6);
  });

  it('spends of 95 % in an hour with 100 of 120 failed 2.31 %, of the traffic it had 2.22 %', () => {
    const target = parseExactRatio('0.95');
    const burn = burnRate({ bad: 100, total: 120 }, target);
    const share = (burn * HOUR_MS) / (30 * DAY_MS);
    expect(share * 100).toBeCloseTo(2.31, 2);
    // 125 an hour are usual.
    expect(whole(100, 90_000, '0.95').spentRatio! * 100).toBeCloseTo(2.22, 2);
  });
});

describe('Kibana', () => {
  it('counts slices that should have been, we those that were: both are told apart', () => {
    const bad = 10;
    expect(1 - bad / 10_080).toBeCloseTo(0.999008, 6);
    expect(whole(bad, 100, '0.95').good / 100).toBe(0.9);
    expect(whole(50, 2_016, '0.95').good / 2_016).toBeCloseTo(0.975198, 6);
  });

  it('burns 1.667 with one bad slice of an hour at 99 %, and not 100 for having seen one alone', () => {
    const target = parseExactRatio('0.99');
    expect(burnRate({ bad: 1, total: 60 }, target)).toBeCloseTo(1.667, 3);
    expect(burnRate({ bad: 1, total: 1 }, target)).toBeCloseTo(100, 9);
    // That is why an alert on slices needs two bad ones.
    expect(ratioToNumber(maxBurnRate(target))).toBe(100);
  });

  it('burns down within a calendar period to 1 - (1 - good / total) / budget, and never climbs by itself', () => {
    const periodMs = 31 * DAY_MS;
    const days = [
      { bad: 3, total: 1_000 },
      { bad: 0, total: 0 },
      { bad: 0, total: 0 },
      { bad: 12, total: 900 },
    ];
    let [bad, total] = [0, 0];
    const left = days.map((day, index) => {
      [bad, total] = [bad + day.bad, total + day.total];
      const budget = whole(bad, total, '0.99', { periodMs, filledMs: (index + 1) * DAY_MS });
      expect(budget.isEstimated).toBe(true);
      expect(budget.remainingRatio).toBeCloseTo(1 - (1 - (total - bad) / total) / 0.01, 12);
      return budget.remainingRatio!;
    });
    // Days without events leave it where it was.
    expect(left[1]).toBe(left[0]);
    expect(left[2]).toBe(left[0]);
    expect(left[3]).toBeLessThan(left[0]!);
  });
});

describe('Pyrra', () => {
  it.each([
    ['14', 1, 2.083],
    ['7', 6, 6.25],
    ['2', 24, 7.143],
    ['1', 96, 14.286],
  ])('has spent at %s over %d h a share of %d %% of 28 days', (factor, hours, percent) => {
    const share = budgetShareOf(parseExactRatio(factor), 28 * DAY_MS, hours * HOUR_MS);
    expect(ratioToNumber(share) * 100).toBeCloseTo(percent, 3);
  });
});

describe('calendar budgets', () => {
  const calendar = (unit: CalendarPeriod['unit'], timeZone: string): CalendarPeriod => ({
    ...{ kind: 'calendar', text: '', unit, count: 1, startLocal: '2026-01-01 00:00:00', timeZone },
  });
  const hoursFrom = (start: string, end: string, period: CalendarPeriod): readonly number[] => {
    const hours: number[] = [];
    for (let atMs = Date.parse(start); atMs < Date.parse(end);) {
      const { startMs, endMs } = calendarPeriodAt(atMs, period);
      hours.push((endMs - startMs) / HOUR_MS);
      atMs = endMs;
    }
    return hours;
  };

  it("of a year's days have all of its hours, 23 and 25 where the clock is changed", () => {
    const days = hoursFrom('2025-12-31T23:00:00Z', '2026-12-31T23:00:00Z', calendar('day', 'Europe/Berlin'));
    expect(days).toHaveLength(365);
    expect(days.reduce((sum, hours) => sum + hours, 0)).toBe(8_760);
    expect([days.indexOf(23), days.indexOf(25)]).toEqual([
      31 + 28 + 28,
      31 + 28 + 31 + 30 + 31 + 30 + 31 + 31 + 30 + 24,
    ]);
    const months = hoursFrom(
      '2025-12-31T23:00:00Z',
      '2026-12-31T23:00:00Z',
      calendar('month', 'Europe/Berlin'),
    );
    expect(months.map((hours) => hours / 24)).toEqual([
      31,
      28,
      31 - 1 / 24,
      30,
      31,
      30,
      31,
      31,
      30,
      31 + 1 / 24,
      30,
      31,
    ]);
  });

  it('have a leap day, and end with the year where they are', () => {
    const [february] = hoursFrom('2028-02-10T00:00:00Z', '2028-02-11T00:00:00Z', calendar('month', 'UTC'));
    expect(february).toBe(29 * 24);
    const { startMs, endMs } = calendarPeriodAt(
      Date.parse('2026-12-31T18:00:00Z'),
      calendar('month', 'Asia/Kathmandu'),
    );
    expect([startMs, endMs].map((ms) => new Date(ms).toISOString())).toEqual([
      '2026-11-30T18:15:00.000Z',
      '2026-12-31T18:15:00.000Z',
    ]);
    const [leapYear] = hoursFrom('2028-01-01T00:00:00Z', '2028-01-02T00:00:00Z', calendar('year', 'UTC'));
    expect(leapYear).toBe(366 * 24);
  });
});
