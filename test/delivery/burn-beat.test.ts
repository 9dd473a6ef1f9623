import { burnRate, isTierBurning, type SloPlan } from '@burnline/core';
import { BurnStage, type EvaluationSpan } from '@burnline/judging';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: a live stream of many series writes few rows, and whoever holds the last row of each series still knows at every
 * tick which tiers burn and which windows are silent, the budget to a hundredth, and the counts of a minute ago.
 *
 * Method: random events in a real engine, tick by tick; the rows that hold are compared with a recount of the events.
 */
const NOW_MS = Date.UTC(2026, 10, 2, 12, 0, 0);
const TICK_MS = 5_000;
const TICK_COUNT = 26;
const SERIES_COUNT = 1_500;
const SPECS = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: availability }
spec:
  service: chat
  indicator:
    metadata: { name: availability }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { by: [provider], seriesMax: 2000 } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;
const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' });
const plan = plans[0]!;

interface Counts {
  bad: number;
  total: number;
}

interface Held extends Counts {
  readonly series: number;
  readonly at: number;
  readonly windows: readonly number[];
  readonly bads: readonly number[];
  readonly totals: readonly number[];
  readonly remaining: number | null;
}

/** Names of the tiers that burn where every window counts the same. */
function burningTiers({ bad, total }: Counts): readonly string[] {
  const counts = { bad, total, badSeen: bad, totalSeen: total };
  const { target, badCountMin } = plan;
  return plan.tiers
    .filter((tier) => isTierBurning({ tier, target, badCountMin, long: counts, short: counts }))
    .map(({ name }) => name);
}

function heldTiers({ windows, bads, totals }: Held): readonly string[] {
  const windowOf = (lengthMs: number): Counts => {
    const index = windows.indexOf(lengthMs / 1_000);
    return { bad: bads[index] ?? NaN, total: totals[index] ?? NaN };
  };
  const { target, badCountMin } = plan;
  return plan.tiers
    .filter((tier) => {
      const [long, short] = [windowOf(tier.longWindowMs), windowOf(tier.shortWindowMs)];
      return isTierBurning({ tier, target, badCountMin, long, short });
    })
    .map(({ name }) => name);
}

describe('rows of a live stream', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  async function insertEvents(
    atMs: number,
    events: ReadonlyMap<number, Counts>,
    stream = 'live',
  ): Promise<void> {
    const { slo, specRev: spec_rev } = plan.sli;
    const paneS = Math.floor(atMs / 10_000) * 10 - 10;
    await database.store.insertRows(
      'sli_panes',
      [...events].map(([series, { bad, total }]) => ({
        ...{ stream, stream_epoch: `${stream}@1`, slo, spec_rev, series, partition: 0, chunk: atMs },
        ...{ version: atMs, good: total - bad, total, excluded: 0, sums: {}, histogram: {}, zero_count: 0 },
        ...{ pane: paneS, log_interval: Math.floor(paneS / 60) * 60, kept_since: paneS },
      })),
    );
  }

  async function readHeld(): Promise<readonly Held[]> {
    return database.store.query<Held>(
      `SELECT toUInt32(b.series) AS series, toUnixTimestamp(b.evaluated_at) AS at, b.bad AS bad, b.total AS total,
              b.remaining_ratio AS remaining, r.window_s AS windows, r.bad AS bads, r.total AS totals
       FROM (SELECT * FROM budgets FINAL WHERE stream = 'live' ORDER BY evaluated_at DESC LIMIT 1 BY series) AS b
       INNER JOIN (SELECT * FROM burn_rates FINAL WHERE stream = 'live') AS r
         ON r.series = b.series AND r.evaluated_at = b.evaluated_at`,
    );
  }

  it('are few where little changes, and hold what matters at every tick', async () => {
    const random = randomFrom(7);
    const integer = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
    let nowMs = NOW_MS;
    const span = (): EvaluationSpan => ({ fromMs: nowMs, toMs: nowMs, coverage: 1 });
    const judged = (): readonly SloPlan[] => plans;
    const options = { stream: 'live', kind: 'live', judged, paneMs: 10_000, tickMs: 60_000 } as const;
    let stage = new BurnStage(database.store, { due: () => Promise.resolve(span()) }, options);
    const counted = new Map<number, Counts>();
    const history = new Map<number, ReadonlyMap<number, number>>();
    let unimportantMost = 0;
    for (let tick = 0; tick < TICK_COUNT; tick += 1) {
      nowMs = NOW_MS + tick * TICK_MS;
      const events = new Map<number, Counts>();
      const before = new Map([...counted].map(([series, { bad, total }]) => [series, { bad, total }]));
      for (let series = 1; series <= SERIES_COUNT; series += 1) {
        const isBurst = tick > 2 && integer(0, 300) === 0;
        const total = tick === 0 ? 5_000 : isBurst ? integer(50, 4_000) : integer(1, 30);
        const bad = isBurst ? integer(0, total) : 0;
        events.set(series, { bad, total });
        const sum = counted.get(series) ?? { bad: 0, total: 0 };
        counted.set(series, { bad: sum.bad + bad, total: sum.total + total });
      }
      await insertEvents(nowMs, events);
      history.set(nowMs / 1_000, new Map([...counted].map(([series, { total }]) => [series, total])));
      // A restart goes on with the beat where it was.
      if (tick === 13) stage = new BurnStage(database.store, { due: () => Promise.resolve(span()) }, options);
      await stage.tick();
      const held = await readHeld();
      expect(held.length).toBe(SERIES_COUNT);
      for (const row of held) {
        const now = counted.get(row.series)!;
        expect(heldTiers(row)).toEqual(burningTiers(now));
        expect(row.totals.map((count) => count > 0)).toEqual(row.totals.map(() => true));
        expect(Math.abs((row.remaining ?? NaN) - (1 - burnRate(now, plan.target)))).toBeLessThan(0.01);
        expect(nowMs / 1_000 - row.at).toBeLessThanOrEqual(60);
        expect(row.total).toBe(history.get(row.at)!.get(row.series));
      }
      if (tick === 0) continue;
      const written = held.filter(({ at }) => at === nowMs / 1_000);
      const unimportant = written.filter(({ series }) => {
        const [was, is] = [before.get(series)!, counted.get(series)!];
        return was.bad === is.bad && burningTiers(was).join() === burningTiers(is).join() && is.bad === 0;
      });
      unimportantMost = Math.max(unimportantMost, unimportant.length);
    }
    expect(unimportantMost).toBeLessThanOrEqual(Math.ceil(SERIES_COUNT / 12));
  });

  it('are written at every tick where series are few', async () => {
    let nowMs = NOW_MS;
    const due = (): Promise<EvaluationSpan> => Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1 });
    const options = {
      ...({ stream: 'few', kind: 'live', judged: () => plans } as const),
      ...{ paneMs: 10_000, tickMs: 60_000 },
    };
    const stage = new BurnStage(database.store, { due }, options);
    const few = Array.from({ length: 100 }, (_, index) => index + 1);
    for (let tick = 0; tick < 3; tick += 1) {
      nowMs = NOW_MS + tick * TICK_MS;
      await insertEvents(nowMs, new Map(few.map((series) => [series, { bad: 0, total: 1_000 }])), 'few');
      await stage.tick();
    }
    const rows = await database.store.query<{ at: number; total: number; count: number }>(
      `SELECT toUnixTimestamp(evaluated_at) - ${NOW_MS / 1_000} AS at, any(total) AS total, count() AS count
       FROM budgets FINAL WHERE stream = 'few' GROUP BY at ORDER BY at`,
    );
    expect(rows).toEqual([0, 5, 10].map((at, tick) => ({ at, total: 1_000 * (tick + 1), count: 100 })));
  });
});
