import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf } from './budget.ts';
import type { WindowCounts } from './burn.ts';
import { parseExactRatio } from './exact-ratio.ts';
import { forecastOf, rateSince, type CountBucket, type ForecastInput } from './forecast.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';

const AT_MS = Date.parse('2026-05-20T12:00:00Z');
const PERIOD_MS = 28 * DAY_MS;

/** Hours that end `agoHours` before now, each with the same counts. */
const hours = (
  fromHoursAgo: number,
  toHoursAgo: number,
  counts: { readonly bad: number; readonly total: number },
): readonly CountBucket[] =>
  Array.from({ length: fromHoursAgo - toHoursAgo }, (_, index) => {
    const startMs = AT_MS - (fromHoursAgo - index) * HOUR_MS;
    return { startMs, endMs: startMs + HOUR_MS, ...counts };
  });

const rolling = (over: Partial<ForecastInput>): ForecastInput => ({
  target: parseExactRatio('0.99'),
  atMs: AT_MS,
  past: [],
  period: { lengthMs: PERIOD_MS },
  filledMs: PERIOD_MS,
  rate: { bad: 0, total: 100, overMs: HOUR_MS },
  ...over,
});

/** What a budget has left, by the forms that take no account of events that leave. */
const simpleForms = ({ past, rate, target }: ForecastInput): { remaining: number; pace: number } => {
  const [bad, total] = [past, past].map((all, index) =>
    all.reduce((sum, one) => sum + (index === 0 ? one.bad : one.total), 0),
  ) as [number, number];
  const share = 1 - target.numerator / target.denominator;
  const burn = rate.bad / rate.total / share;
  return { remaining: ((1 - bad / (total * share)) * PERIOD_MS) / burn, pace: PERIOD_MS / burn };
};

describe('a rolling period', () => {
  it('forgets what was bad as it leaves: remaining x W / burn would have it run out, W / burn too', () => {
    // Half of the budget at any time, for ever.
    const input = rolling({
      past: hours(672, 0, { bad: 1, total: 200 }),
      rate: { bad: 1, total: 200, overMs: HOUR_MS },
    });
    const { remaining, pace } = simpleForms(input);
    expect(remaining / PERIOD_MS).toBeCloseTo(1, 9);
    expect(pace / PERIOD_MS).toBeCloseTo(2, 9);
    expect(forecastOf(input)).toEqual({ kind: 'never' });
  });

  it('runs out later than remaining x W / burn says where the oldest hours were bad, and before W / burn', () => {
    // The oldest day spent half of the 672 that are allowed; now twice what the target allows comes.
    const past = [...hours(672, 648, { bad: 14, total: 100 }), ...hours(648, 0, { bad: 0, total: 100 })];
    const input = rolling({ past, rate: { bad: 2, total: 100, overMs: HOUR_MS } });
    const { remaining, pace } = simpleForms(input);
    expect(remaining / DAY_MS).toBeCloseTo(7, 9);
    expect(pace / DAY_MS).toBeCloseTo(14, 9);
    // After a day the old 336 are gone, and 2 an hour have come.
    expect(forecastOf(input)).toEqual({
      kind: 'runs_out',
      atMs: AT_MS + 336 * HOUR_MS + 1,
      recoversAtMs: null,
    });
  });

  it('runs out sooner than remaining x W / burn says where good old hours leave and nothing like them comes', () => {
    const past = [...hours(672, 336, { bad: 0, total: 1_000 }), ...hours(336, 0, { bad: 5, total: 100 })];
    const input = rolling({ past, rate: { bad: 1, total: 100, overMs: HOUR_MS } });
    const forecast = forecastOf(input);
    expect(forecast).toMatchObject({ kind: 'runs_out' });
    // 369,600 events allow 3,696; 1,680 are bad. Each hour takes 9 of what is allowed and adds one bad: 2,016 / 10.
    expect((forecast as { atMs: number }).atMs).toBe(AT_MS + 201.6 * HOUR_MS + 1);
    expect(simpleForms(input).remaining / HOUR_MS).toBeCloseTo((672 * 2_016) / 3_696, 6);
  });

  it('recovers when what was bad has left, at what comes', () => {
    const past = [
      ...hours(672, 660, { bad: 0, total: 100 }),
      ...hours(660, 650, { bad: 100, total: 100 }),
      ...hours(650, 0, { bad: 0, total: 100 }),
    ];
    // 1,000 are bad and 672 allowed. From the 13th hour on 100 leave in each: at 3.28 of them 672 are left.
    expect(forecastOf(rolling({ past }))).toEqual({
      kind: 'spent',
      recoversAtMs: AT_MS + 12 * HOUR_MS + 3.28 * HOUR_MS,
    });
    const stillBad = rolling({ past, rate: { bad: 2, total: 100, overMs: HOUR_MS } });
    expect(forecastOf(stillBad)).toEqual({
      kind: 'spent',
      // And two come: 1,000 + 2 x 12 less 98 an hour.
      recoversAtMs: AT_MS + Math.ceil((12 + 352 / 98) * HOUR_MS),
    });
  });

  it('knows no traffic, and an outage that all is', () => {
    const silent = { bad: 0, total: 0, overMs: DAY_MS };
    expect(forecastOf(rolling({ rate: silent }))).toEqual({ kind: 'no_traffic' });
    expect(forecastOf(rolling({ past: hours(5, 0, { bad: 0, total: 0 }), rate: silent }))).toEqual({
      kind: 'no_traffic',
    });
    expect(forecastOf(rolling({ past: hours(1, 0, { bad: 1, total: 1 }), rate: silent }))).toEqual({
      kind: 'spent',
      recoversAtMs: AT_MS + PERIOD_MS,
    });
    const outage = { bad: 1, total: 1, overMs: HOUR_MS };
    expect(forecastOf(rolling({ rate: outage }))).toEqual({
      kind: 'runs_out',
      atMs: AT_MS + 1,
      recoversAtMs: null,
    });
  });
});

describe('a calendar period', () => {
  const calendar = (filledDays: number, over: Partial<ForecastInput>): ForecastInput =>
    rolling({
      period: { lengthMs: PERIOD_MS, endMs: AT_MS + (28 - filledDays) * DAY_MS },
      filledMs: filledDays * DAY_MS,
      ...over,
    });

  it('runs out by remaining x W / burn of the projection with steady traffic, and not by W / burn', () => {
    const past = hours(240, 0, { bad: 2, total: 100 });
    const input = calendar(10, { past, rate: { bad: 2, total: 100, overMs: HOUR_MS } });
    const budget = budgetOf({
      ...{ good: 240 * 98, total: 240 * 100, target: input.target, periodMs: PERIOD_MS, coverage: 1 },
      filledMs: 10 * DAY_MS,
    });
    expect((budget.projectedRemainingRatio! * PERIOD_MS) / 2 / DAY_MS).toBeCloseTo(4, 9);
    expect(forecastOf(input)).toEqual({ kind: 'runs_out', atMs: AT_MS + 4 * DAY_MS + 1, recoversAtMs: null });
    expect(simpleForms(input).pace / DAY_MS).toBeCloseTo(14, 9);
  });

  it('lasts until its end where it does, and stays spent, since nothing leaves', () => {
    const past = hours(240, 0, { bad: 1, total: 100 });
    const calm = calendar(10, { past, rate: { bad: 1, total: 100, overMs: HOUR_MS } });
    expect(forecastOf(calm)).toEqual({ kind: 'lasts', untilMs: AT_MS + 18 * DAY_MS });
    const spent = calendar(10, {
      past: hours(240, 0, { bad: 3, total: 100 }),
      rate: { bad: 0, total: 100, overMs: HOUR_MS },
    });
    expect(forecastOf(spent)).toEqual({ kind: 'spent', recoversAtMs: null });
  });

  it('knows the last minute of a month', () => {
    const input = calendar(28, { past: hours(672, 0, { bad: 1, total: 100 }) });
    expect(forecastOf(input)).toEqual({ kind: 'lasts', untilMs: AT_MS });
  });
});

describe('any past and any rate', () => {
  /** What is left, by adding up at one instant what lies in the period: exact, and knows nothing of stretches. */
  function isSpentAt(input: ForecastInput, atMs: number): boolean {
    const { period, rate, past, target, filledMs } = input;
    const fromMs = period.endMs === undefined ? atMs - period.lengthMs : -Infinity;
    // In units of 1 / (width x over) events; every bucket of a test is as wide as the others.
    const width = past[0] === undefined ? 1 : past[0].endMs - past[0].startMs;
    const sum = (name: 'bad' | 'total'): bigint =>
      past.reduce((all, bucket) => {
        const withinMs = Math.min(width, Math.max(0, bucket.endMs - Math.max(fromMs, bucket.startMs)));
        return all + BigInt(bucket[name]) * BigInt(withinMs) * BigInt(rate.overMs);
      }, 0n) +
      BigInt(rate[name]) * BigInt(Math.min(atMs - input.atMs, period.lengthMs)) * BigInt(width);
    const filled = BigInt(Math.min(period.lengthMs, filledMs + atMs - input.atMs));
    const allowed = sum('total') * BigInt(target.denominator - target.numerator) * BigInt(period.lengthMs);
    return allowed < sum('bad') * BigInt(target.denominator) * filled;
  }

  const counts = fc
    .tuple(fc.nat(60), fc.oneof(fc.constant(0), fc.nat(20), fc.nat(60)))
    .map(([total, bad]) => ({ total, bad: Math.min(bad, total) }));
  const BUCKET_MS = 20 * MINUTE_MS;
  const inputs = fc
    .record({
      target: fc.constantFrom('0.5', '0.9', '0.97').map(parseExactRatio),
      bucketCount: fc.integer({ min: 1, max: 12 }),
      buckets: fc.oneof(
        fc.constant(Array<WindowCounts>(12).fill({ bad: 0, total: 0 })),
        fc.array(counts, { minLength: 12, maxLength: 12 }),
      ),
      rate: fc.oneof(counts, fc.constant({ bad: 0, total: 0 })),
      overMs: fc.constantFrom(7 * MINUTE_MS, HOUR_MS, 61_001),
      isCalendar: fc.boolean(),
      filledBuckets: fc.integer({ min: 0, max: 12 }),
    })
    .map(({ target, buckets, bucketCount, rate, overMs, isCalendar, filledBuckets }): ForecastInput => {
      const lengthMs = 12 * BUCKET_MS;
      const past = buckets.slice(0, bucketCount).map((one, index) => {
        const startMs = AT_MS - (bucketCount - index) * BUCKET_MS;
        return { startMs, endMs: startMs + BUCKET_MS, ...one };
      });
      return {
        ...{ target, atMs: AT_MS, past, rate: { ...rate, overMs } },
        period: { lengthMs, ...(isCalendar && { endMs: AT_MS + (12 - bucketCount) * BUCKET_MS + 1 }) },
        filledMs: Math.max(bucketCount, filledBuckets) * BUCKET_MS,
      };
    });

  it('is what a walk over the minutes finds, and exact to the millisecond', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(inputs, (input) => {
        const forecast = forecastOf(input);
        seen.add(forecast.kind);
        const endMs = input.period.endMs ?? AT_MS + input.period.lengthMs + 1;
        const spentMs =
          forecast.kind === 'spent' ? AT_MS : forecast.kind === 'runs_out' ? forecast.atMs : endMs;
        const backMs =
          forecast.kind === 'spent' || forecast.kind === 'runs_out'
            ? (forecast.recoversAtMs ?? endMs)
            : endMs;
        const minutes = Array.from({ length: Math.ceil((backMs - AT_MS) / MINUTE_MS) }, (_, index) => index);
        const wrong = minutes.filter((minute) => {
          const atMs = AT_MS + minute * MINUTE_MS;
          return isSpentAt(input, atMs) !== atMs >= spentMs;
        });
        expect(wrong).toEqual([]);
        for (const edgeMs of [spentMs, backMs].filter((atMs) => atMs < endMs)) {
          expect(isSpentAt(input, edgeMs)).toBe(edgeMs === spentMs);
          if (edgeMs > AT_MS) expect(isSpentAt(input, edgeMs - 1)).toBe(edgeMs !== spentMs);
        }
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].sort()).toEqual(['lasts', 'never', 'no_traffic', 'runs_out', 'spent']);
  });

  it('stays exact where counts are as large as they may be', () => {
    const total = Number.MAX_SAFE_INTEGER;
    const past = hours(672, 0, { bad: 0, total });
    const input = rolling({ past, rate: { bad: total, total, overMs: HOUR_MS } });
    // One hour of 672 is 1 / 672 of what counts, and a hundredth of it may be bad.
    expect(forecastOf(input)).toEqual({
      kind: 'runs_out',
      atMs: AT_MS + 6.72 * HOUR_MS + 1,
      recoversAtMs: null,
    });
  });
});

describe('rateSince', () => {
  it('is of the buckets since, over the time since', () => {
    const past = [...hours(30, 24, { bad: 9, total: 9 }), ...hours(24, 0, { bad: 1, total: 10 })];
    expect(rateSince(past, AT_MS - DAY_MS, AT_MS)).toEqual({ bad: 24, total: 240, overMs: DAY_MS });
    expect(rateSince(past, AT_MS, AT_MS)).toEqual({ bad: 0, total: 0, overMs: 1 });
  });
});

describe('what is refused', () => {
  const bucket = hours(1, 0, { bad: 0, total: 1 })[0]!;
  it.each([
    ['WINDOW_INVALID', { past: [bucket, bucket] }],
    ['WINDOW_INVALID', { past: [{ ...bucket, endMs: AT_MS + 1 }] }],
    ['WINDOW_INVALID', { past: hours(674, 673, { bad: 0, total: 1 }) }],
    ['WINDOW_INVALID', { filledMs: PERIOD_MS + 1 }],
    ['WINDOW_INVALID', { rate: { bad: 0, total: 0, overMs: 0 } }],
    ['COUNTS_INVALID', { rate: { bad: 2, total: 1, overMs: 1 } }],
    ['COUNTS_INVALID', { past: [{ ...bucket, bad: 2 }] }],
    ['TARGET_INVALID', { target: { numerator: 1, denominator: 1 } }],
  ] as const)('%s: %j', (code, over) => {
    expect(() => forecastOf(rolling(over as Partial<ForecastInput>))).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
