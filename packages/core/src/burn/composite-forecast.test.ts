import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compositeForecastOf, type CompositeForecastInput } from './composite-forecast.ts';
import { parseExactRatio } from './exact-ratio.ts';
import { forecastOf, type CountBucket } from './forecast.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../time/units.ts';

const AT_MS = Date.UTC(2026, 4, 20, 12);
const LENGTH_MS = 2 * DAY_MS;
const STEP_MS = 5 * MINUTE_MS;

const past = fc
  .array(fc.record({ bad: fc.nat({ max: 8 }), good: fc.nat({ max: 60 }) }), { minLength: 48, maxLength: 48 })
  .map((hours) =>
    hours.map(({ bad, good }, index): CountBucket => {
      const startMs = AT_MS - (48 - index) * HOUR_MS;
      return { startMs, endMs: startMs + HOUR_MS, bad, total: bad + good };
    }),
  );
const part = fc.record({
  weight: fc.constantFrom('1', '2', '0.5').map(parseExactRatio),
  target: fc.constantFrom('0.9', '0.95', '0.8').map(parseExactRatio),
  past,
  rate: fc
    .record({ bad: fc.nat({ max: 20 }), good: fc.nat({ max: 60 }) })
    .map(({ bad, good }) => ({ bad, total: bad + good, overMs: HOUR_MS })),
});
const period = fc.constantFrom<CompositeForecastInput['period']>(
  { lengthMs: LENGTH_MS },
  { lengthMs: LENGTH_MS, endMs: AT_MS + 7 * HOUR_MS },
);
const inputs: fc.Arbitrary<CompositeForecastInput> = fc.record({
  ...{ atMs: fc.constant(AT_MS), period, filledMs: fc.constantFrom(LENGTH_MS, 30 * HOUR_MS) },
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
});

/** What is burned of the budget at an instant, bucket by bucket, as doubles. */
function burnedAt({ parts, period: of, filledMs }: CompositeForecastInput, atMs: number): number {
  const afterMs = atMs - AT_MS;
  const oldestMs = of.endMs === undefined ? atMs - of.lengthMs : -Infinity;
  const burned = parts.reduce((sum, { weight, target, past: own, rate }) => {
    const count = (name: 'bad' | 'total'): number =>
      own.reduce((all, bucket) => {
        const stays = Math.min(1, Math.max(0, (bucket.endMs - oldestMs) / (bucket.endMs - bucket.startMs)));
        return all + bucket[name] * stays;
      }, 0) +
      (rate[name] * afterMs) / rate.overMs;
    const total = count('total');
    if (total === 0) return sum;
    const budget = 1 - target.numerator / target.denominator;
    return sum + ((weight.numerator / weight.denominator) * count('bad')) / total / budget;
  }, 0);
  return (burned * Math.min(of.lengthMs, filledMs + afterMs)) / of.lengthMs;
}

describe('a composite', () => {
  it('runs out at the first instant at which its parts together burn more than its budget', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const forecast = compositeForecastOf(input);
        const endMs = input.period.endMs ?? AT_MS + LENGTH_MS;
        const until = forecast.kind === 'runs_out' ? forecast.atMs : endMs;
        if (forecast.kind === 'spent') {
          expect(burnedAt(input, AT_MS)).toBeGreaterThan(1 - 1e-9);
          const { recoversAtMs } = forecast;
          if (recoversAtMs !== null) expect(burnedAt(input, recoversAtMs)).toBeLessThan(1 + 1e-9);
          return;
        }
        if (forecast.kind === 'no_traffic') return;
        for (let atMs = AT_MS; atMs < until; atMs += STEP_MS)
          expect(burnedAt(input, atMs), `${atMs - AT_MS}`).toBeLessThan(1 + 1e-9);
        if (forecast.kind !== 'runs_out') return;
        expect(burnedAt(input, forecast.atMs)).toBeGreaterThan(1 - 1e-9);
        expect(burnedAt(input, forecast.atMs - 1)).toBeLessThan(1 + 1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('of one part that weighs 1 runs out when that does', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const [only] = input.parts as readonly [CompositeForecastInput['parts'][number]];
        const alone = { ...only, weight: parseExactRatio('1') };
        const { past: own, rate, target } = alone;
        const plain = forecastOf({ ...input, past: own, rate, target });
        const composite = compositeForecastOf({ ...input, parts: [alone] });
        // Between two instants five minutes apart it may be spent and back again.
        if (plain.kind === composite.kind) {
          if (plain.kind === 'runs_out' && composite.kind === 'runs_out')
            expect(composite.atMs).toBeGreaterThanOrEqual(plain.atMs);
          return;
        }
        expect(plain.kind).toBe('runs_out');
        if (plain.kind !== 'runs_out') return;
        expect((plain.recoversAtMs ?? Infinity) - plain.atMs).toBeLessThan(STEP_MS);
      }),
      { numRuns: 200 },
    );
  });

  it('is exact to the millisecond: two parts that burn half each, and one that begins to burn more', () => {
    const steady = { past: [], weight: parseExactRatio('1'), target: parseExactRatio('0.9') };
    const hours = Array.from({ length: 48 }, (_, index): CountBucket => {
      const startMs = AT_MS - (48 - index) * HOUR_MS;
      return { startMs, endMs: startMs + HOUR_MS, bad: 5, total: 100 };
    });
    const rate = { bad: 5, total: 100, overMs: HOUR_MS };
    const input = (bad: number): CompositeForecastInput => ({
      ...{ atMs: AT_MS, period: { lengthMs: LENGTH_MS }, filledMs: LENGTH_MS },
      parts: [
        { ...steady, past: hours, rate },
        { ...steady, past: hours, rate: { ...rate, bad } },
      ],
    });
    // Half and half is all of it, and not more.
    expect(compositeForecastOf(input(5))).toEqual({ kind: 'never' });
    expect(compositeForecastOf(input(6))).toEqual({ kind: 'runs_out', atMs: AT_MS + 1, recoversAtMs: null });
    expect(
      compositeForecastOf({ ...input(5), parts: [{ ...steady, rate: { bad: 0, total: 0, overMs: 1 } }] }),
    ).toEqual({ kind: 'no_traffic' });
  });
});
