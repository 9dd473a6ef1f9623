import type { SloPlan } from '@burnline/core';
import { BurnStage, type EvaluationSpan } from '@burnline/judging';
import { loadSpecs } from '@burnline/specs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * Goal: between two ticks of a live stream, what begins to burn is written at once, and nothing else.
 *
 * Method: chunk rows in a real engine; the clock and how much is written are the test's.
 */
const NOW_MS = Date.UTC(2026, 10, 2, 12, 0, 0);
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
        total: { metricSource: { type: burnline, spec: { by: [provider] } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`;
const { plans } = loadSpecs([{ file: 'slos.yaml', text: SPECS }], { mode: 'tolerant' });

let database: TestDatabase;
let chunk = 0;

interface Written {
  readonly series: number;
  readonly bad: number;
  readonly total: number;
}

/** A live stream whose panes, time and progress the test moves by hand. */
function liveStream(stream: string, judged: () => readonly SloPlan[] = () => plans) {
  let [nowMs, writtenCount] = [NOW_MS, 0];
  const clock = {
    writtenCount: () => Promise.resolve(writtenCount),
    due: (): Promise<EvaluationSpan> =>
      Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1, writtenCount }),
  };
  const options = { stream, kind: 'live', judged, paneMs: 10_000, tickMs: 60_000 } as const;
  const stage = new BurnStage(database.store, clock, options);
  return {
    stage,
    later: (ms: number): void => void (nowMs += ms),
    write: async ({ series, bad, total }: Written): Promise<void> => {
      chunk += 1;
      writtenCount += 1;
      const { slo, specRev: spec_rev } = plans[0]!.sli;
      const paneS = Math.floor(nowMs / 10_000) * 10 - 10;
      await database.store.insertRows('sli_panes', [
        {
          ...{ stream, stream_epoch: stream, slo, spec_rev, series, partition: 0, chunk, version: 1 },
          ...{ pane: paneS, log_interval: paneS, good: total - bad, total, excluded: 0 },
          ...{ sums: {}, histogram: {}, zero_count: 0, kept_since: paneS },
        },
      ]);
    },
    /** Rows of one table since the test began: at which second, of which series, with how many bad. */
    rows: (table: 'burn_rates' | 'budgets') =>
      database.store.query<{ at: number; series: number }>(
        `SELECT toUnixTimestamp(evaluated_at) - ${NOW_MS / 1_000} AS at, toUInt32(series) AS series FROM ${table} FINAL
         WHERE stream = {stream:String} ORDER BY at, series`,
        { stream },
      ),
    evaluatedS: async (): Promise<number> => {
      const [row] = await database.store.query<{ at: number }>(
        `SELECT toUnixTimestamp(max(evaluated_through)) - ${NOW_MS / 1_000} AS at FROM evaluations WHERE stream = {stream:String}`,
        { stream },
      );
      return row!.at;
    },
  };
}

describe('a look between two ticks', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('writes what begins to burn, once, and leaves the rest to the tick', async () => {
    const live = liveStream('begins');
    await live.write({ series: 1, bad: 0, total: 100 });
    await live.write({ series: 2, bad: 0, total: 100 });
    await live.stage.tick();
    live.later(1_000);
    await live.write({ series: 1, bad: 0, total: 50 });
    await live.write({ series: 2, bad: 60, total: 60 });
    expect((await live.stage.look())?.toMs).toBe(NOW_MS + 1_000);
    const atFirst = [
      { at: 0, series: 1 },
      { at: 0, series: 2 },
    ];
    const burns = [...atFirst, { at: 1, series: 2 }];
    expect(await live.rows('burn_rates')).toEqual(burns);
    expect(await live.rows('budgets')).toEqual(burns);
    expect(await live.evaluatedS()).toBe(1);
    // It burns on: the tick says by how much.
    live.later(1_000);
    await live.write({ series: 2, bad: 60, total: 60 });
    expect(await live.stage.look()).toBeNull();
    expect(await live.evaluatedS()).toBe(1);
    live.later(3_000);
    await live.stage.tick();
    expect(await live.rows('burn_rates')).toEqual([...burns, { at: 5, series: 1 }, { at: 5, series: 2 }]);
  });

  it('judges nothing while nothing was written, before the first tick, or while other SLOs are to be judged', async () => {
    let judged: readonly SloPlan[] = plans;
    const live = liveStream('rests', () => judged);
    await live.write({ series: 1, bad: 100, total: 100 });
    expect(await live.stage.look()).toBeNull();
    await live.stage.tick();
    expect(await live.stage.look()).toBeNull();
    await live.write({ series: 3, bad: 100, total: 100 });
    judged = [...plans];
    expect(await live.stage.look()).toBeNull();
    live.later(5_000);
    await live.stage.tick();
    expect((await live.rows('burn_rates')).filter(({ series }) => series === 3)).toEqual([
      { at: 5, series: 3 },
    ]);
  });

  it('is as exact as a tick: too few bad events, or a short window that is well, are no burn', async () => {
    const live = liveStream('guards');
    await live.write({ series: 1, bad: 0, total: 10 });
    await live.stage.tick();
    live.later(1_000);
    const { badCountMin } = plans[0]!;
    await live.write({ series: 1, bad: badCountMin - 1, total: badCountMin - 1 });
    expect(await live.stage.look()).toBeNull();
    await live.write({ series: 1, bad: 1, total: 1 });
    expect(await live.stage.look()).not.toBeNull();
  });
});
