import { budgetOf, burnRate, type Derivation, type ExactRatio } from '@burnline/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { windowGroupOf, type PlanGroup } from '../../packages/judging/dist/evaluation/evaluation-plan.js';
import { sumsAt } from '../../packages/judging/dist/evaluation/window-sums.js';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: budgets of slices of time come to the figures that others publish for them.
 *
 * Method: panes of the described traffic in a real engine, and the sums and budgets that are made of them. Sources: OpenSLO,
 * examples/budgeting-method (two weeks at 95 %: 16 h 48 min of bad slices; its 13 h 45 min of attack are exactly 13 h 42.9 min);
 * Kibana's tests of computeSLI for time slices and its issue 203279.
 */
const MINUTE_MS = 60_000;
const SLICE_MS = 5 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START_MS = Date.UTC(2026, 0, 5);
const RATIO = (numerator: number, denominator: number): ExactRatio => ({ numerator, denominator });

interface Traffic {
  readonly slices: number;
  /** Of a slice: how many of its 100 events are good; null: it has none. */
  readonly goodOf: (slice: number) => number | null;
}

let database: TestDatabase;
let streamNumber = 0;

async function write({ slices, goodOf }: Traffic): Promise<string> {
  const stream = `s${(streamNumber += 1)}`;
  const rows = Array.from({ length: slices }, (_, slice) => {
    const paneS = (START_MS + slice * SLICE_MS) / 1_000;
    const good = goodOf(slice);
    if (good === null) return [];
    return [
      {
        stream,
        stream_epoch: stream,
        slo: 'a',
        spec_rev: 'r',
        series: 0,
        pane: paneS,
        partition: 0,
        chunk: slice,
        version: 1,
        log_interval: paneS,
        good,
        total: 100,
        kept_since: paneS,
      },
    ];
  });
  await database.store.insertRows('sli_panes', rows.flat());
  return stream;
}

/** Good and total over the period, and over the last hour, at the end of the traffic. */
async function sumsOf(
  traffic: Traffic,
  derivation: Derivation,
): Promise<{ readonly good: readonly number[]; readonly total: readonly number[] }> {
  const stream = await write(traffic);
  const atMs = START_MS + traffic.slices * SLICE_MS;
  const group: PlanGroup = {
    plans: [{ slo: 'a', sli: { specRev: 'r' } } as PlanGroup['plans'][number]],
    period: { kind: 'rolling', durationMs: traffic.slices * SLICE_MS, text: 'x' },
    tierWindowsMs: [60 * MINUTE_MS],
    derivation,
  };
  const windows = windowGroupOf(group, { fromMs: atMs, toMs: atMs });
  const [sums] = await sumsAt(database.store, { stream, group: windows, atMs, paneMs: 10_000 });
  return sums!;
}

async function remaining(traffic: Traffic, derivation: Derivation, target: ExactRatio): Promise<number> {
  const { good, total } = await sumsOf(traffic, derivation);
  const periodMs = traffic.slices * SLICE_MS;
  const budget = budgetOf({
    good: good[0]!,
    total: total[0]!,
    target,
    periodMs,
    filledMs: periodMs,
    coverage: 1,
  });
  return budget.remainingRatio!;
}

const TWO_WEEKS = (14 * DAY_MS) / SLICE_MS;
/** 99 % good by itself, and 1 % in an attack of so many slices. */
const attacked = (slices: number): Traffic => ({
  slices: TWO_WEEKS,
  goodOf: (slice) => (slice >= 1_000 && slice < 1_000 + slices ? 1 : 99),
});
const timeslices = (
  more: Partial<Extract<Derivation, { kind: 'timeslices' }>> = {},
): Extract<Derivation, { kind: 'timeslices' }> => ({
  kind: 'timeslices',
  sliceMs: SLICE_MS,
  target: RATIO(9, 10),
  ...more,
});

describe('published figures of slices', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('an attack of 16 h 48 min takes two weeks of Timeslices at 95 %', async () => {
    const left = (slices: number) => remaining(attacked(slices), timeslices(), RATIO(19, 20));
    expect((201.6 * SLICE_MS) / MINUTE_MS).toBe(16 * 60 + 48);
    expect(await left(201)).toBeCloseTo(1 - 201 / 201.6, 12);
    expect(await left(202)).toBeCloseTo(1 - 202 / 201.6, 12);
  });

  it('one of 13 h 42.9 min takes two weeks of RatioTimeslices at 95 %', async () => {
    const derivation: Derivation = { kind: 'ratio-timeslices', sliceMs: SLICE_MS };
    const left = (slices: number) => remaining(attacked(slices), derivation, RATIO(19, 20));
    const lastingMinutes = (0.04 / 0.98) * 14 * 24 * 60;
    expect(lastingMinutes).toBeCloseTo(13 * 60 + 42.9, 1);
    const slices = Math.floor((lastingMinutes * MINUTE_MS) / SLICE_MS);
    expect(await left(slices)).toBeGreaterThan(0);
    expect(await left(slices + 1)).toBeLessThan(0);
    // Every slice is good for 99 or 1 of its 100 parts, to the millisecond.
    const { good, total } = await sumsOf(attacked(10), derivation);
    expect(total[0]).toBe(14 * DAY_MS);
    expect(good[0]).toBe(SLICE_MS * (0.99 * (TWO_WEEKS - 10) + 0.01 * 10));
  });

  it('10 bad slices of 100 observed ones, and 50 of a week', async () => {
    const week = (7 * DAY_MS) / SLICE_MS;
    const sparse = (bad: number, seen: number): Traffic => ({
      slices: week,
      goodOf: (slice) => (slice >= seen ? null : slice < bad ? 0 : 100),
    });
    const share = async (traffic: Traffic, derivation: Derivation): Promise<number> => {
      const { good, total } = await sumsOf(traffic, derivation);
      return good[0]! / total[0]!;
    };
    expect(week).toBe(2_016);
    expect(await share(sparse(10, 100), timeslices())).toBe(0.9);
    // Kibana: 0.999008 of 10,080 slices of a minute; here of 2,016.
    expect(await share(sparse(10, 100), timeslices({ empty: 'good' }))).toBe(2_006 / 2_016);
    expect(await share(sparse(50, 100), timeslices({ empty: 'good' }))).toBeCloseTo(0.975198, 6);
    expect(await share(sparse(10, 100), timeslices({ empty: 'bad' }))).toBe(90 / 2_016);
  });

  it('one bad slice of an hour burns by how many were expected, and not by how many were seen', async () => {
    const traffic: Traffic = { slices: 24, goodOf: (slice) => (slice === 0 ? 100 : slice === 20 ? 0 : null) };
    const burn = async (derivation: Derivation): Promise<number> => {
      const { good, total } = await sumsOf(traffic, derivation);
      return burnRate({ bad: total[1]! - good[1]!, total: total[1]! }, RATIO(99, 100));
    };
    expect(await burn(timeslices())).toBeCloseTo(100, 9);
    expect(await burn(timeslices({ empty: 'good' }))).toBeCloseTo(100 / 12, 9);
  });

  it('a probe every 15 minutes is up until the next check, and for no longer than stated', async () => {
    const traffic: Traffic = {
      slices: 36,
      // Four checks, the second of them bad; then the probe is gone.
      goodOf: (slice) => (slice % 3 === 0 && slice < 12 ? (slice === 3 ? 0 : 100) : null),
    };
    const strict = { target: RATIO(1, 1) };
    const held = await sumsOf(traffic, timeslices({ ...strict, holdMs: 3 * SLICE_MS }));
    expect([held.good[0], held.total[0]]).toEqual([10, 13]);
    const lost = await sumsOf(traffic, timeslices({ ...strict, holdMs: 3 * SLICE_MS, empty: 'bad' }));
    expect([lost.good[0], lost.total[0]]).toEqual([10, 36]);
  });
});
