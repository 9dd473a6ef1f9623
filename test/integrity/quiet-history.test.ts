import type { SloPlan } from '@burnline/core';
import { loadSpecs } from '@burnline/specs';
import { BurnStage, type EvaluationClock } from '@burnline/judging';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: the time between a history's events costs nothing and changes nothing.
 *
 * Method: random rows with gaps of minutes to weeks, in a real engine, judged a day at a time and with quiet stretches passed
 * over; rows of burn rates and budgets are compared one by one, and the steps are counted.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START_MS = Date.UTC(2018, 1, 27, 21, 0, 0);

const slo = (name: string, timeWindow: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { where: "has(ttft_ms)" } } }
  timeWindow: [${timeWindow}]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]`;
const SPECS = [
  slo('rolling', '{ duration: 7d, isRolling: true }'),
  slo(
    'calendar',
    "{ duration: 1M, isRolling: false, calendar: { startTime: '2018-01-01 00:00:00', timeZone: Europe/Paris } }",
  ),
].join('\n---');

const gapMinutes = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 5 * 1_440 }), fc.nat({ max: 20 * 1_440 }));
const histories = fc.array(
  fc.record({ gapMinutes, lateMinutes: fc.constantFrom(0, 0, 3, 2_000), bad: fc.nat(3), good: fc.nat(9) }),
  { minLength: 1, maxLength: 3 },
);

let database: TestDatabase;
let plans: readonly SloPlan[];
let streamCount = 0;

/** Fills a stream; returns its name and the instant at which its history ends. */
async function fill(
  history: readonly { gapMinutes: number; lateMinutes: number; bad: number; good: number }[],
): Promise<{ readonly stream: string; readonly endMs: number }> {
  const stream = `quiet-${(streamCount += 1)}`;
  let seenMs = START_MS;
  const rows = history.map((one, chunk) => {
    seenMs += one.gapMinutes * MINUTE_MS;
    const { sli } = plans[chunk % plans.length]!;
    return {
      ...{ stream, stream_epoch: stream, slo: sli.slo, spec_rev: sli.specRev, series: 7 },
      ...{ pane: (seenMs - one.lateMinutes * MINUTE_MS) / 1_000, partition: 0, chunk, version: 1 },
      ...{ log_interval: seenMs / 1_000, good: one.good, total: one.good + one.bad, excluded: 0 },
      ...{ sums: {}, histogram: {}, zero_count: 0, kept_since: Math.floor(Date.now() / 1_000) },
    };
  });
  await database.store.insertRows('sli_panes', rows);
  return { stream, endMs: seenMs + MINUTE_MS };
}

/** Judges a stream from its start to its end; returns the number of steps. */
async function judge(
  { stream, endMs }: { readonly stream: string; readonly endMs: number },
  mayPassOver: boolean,
): Promise<number> {
  const clock: EvaluationClock = {
    due(lastMs) {
      const fromMs = lastMs ?? START_MS;
      const toMs = Math.min(endMs, fromMs + DAY_MS);
      const span = { fromMs, toMs, reachedMs: mayPassOver ? endMs : toMs, coverage: 1 };
      return Promise.resolve(fromMs >= endMs ? null : span);
    },
  };
  const stage = new BurnStage(database.store, clock, {
    stream,
    kind: 'replay',
    judged: () => plans,
    paneMs: 10_000,
    tickMs: MINUTE_MS,
  });
  let stepCount = 0;
  while ((await stage.tick()) !== null) stepCount += 1;
  return stepCount;
}

const rowsOf = (table: string, stream: string): Promise<object[]> =>
  database.store.query(
    `SELECT * EXCEPT (stream, written_at) FROM ${table} FINAL WHERE stream = {stream:String}
     ORDER BY slo, series, evaluated_at`,
    { stream },
  );

describe('a history with quiet stretches', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    plans = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' }).plans;
  });
  afterAll(() => database.close());

  it('is judged as it is a day at a time', async () => {
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        const [daily, swift] = [await fill(history), await fill(history)];
        await judge(daily, false);
        await judge(swift, true);
        for (const table of ['burn_rates', 'budgets'])
          expect(await rowsOf(table, swift.stream)).toEqual(await rowsOf(table, daily.stream));
      }),
      { numRuns: 3 },
    );
  }, 180_000);

  it('takes steps for what happens, not for the years between', async () => {
    const event = { lateMinutes: 0, bad: 1, good: 9 };
    const months = (count: number): { gapMinutes: number } => ({ gapMinutes: count * 30 * 1_440 });
    const near = await fill([1, 3].map((count) => ({ ...event, ...months(count) })));
    const far = await fill([1, 60].map((count) => ({ ...event, ...months(count) })));
    const steps = [await judge(near, true), await judge(far, true)];
    expect(steps[1]).toBeLessThanOrEqual(steps[0]! + 2);
  });
});
