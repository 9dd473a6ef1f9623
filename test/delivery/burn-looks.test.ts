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
/** Slices of which those without events are bad. */
const SLICED = SPECS.replace(
  'name: availability }',
  'name: up, annotations: { burnline.dev/empty-slices: bad } }',
)
  .replace('budgetingMethod: Occurrences', 'budgetingMethod: Timeslices')
  .replace('target: 0.99', 'target: 0.99, timeSliceTarget: 0.9, timeSliceWindow: 5m');
const { plans: slicedPlans } = loadSpecs([{ file: 'slos.yaml', text: SLICED }], { mode: 'tolerant' });

let database: TestDatabase;
let chunk = 0;

interface Written {
  readonly series: number;
  readonly bad: number;
  readonly total: number;
}

/** A live stream whose panes, time and progress the test moves by hand. */
function liveStream(stream: string, judged: () => readonly SloPlan[] = () => plans) {
  let [nowMs, position] = [NOW_MS, 0];
  const written = () => [{ epoch: stream, partition: 0, position, logTimeMs: nowMs - 20_000 }];
  const clock = {
    written: () => Promise.resolve(written()),
    due: (): Promise<EvaluationSpan> =>
      Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1, written: written() }),
  };
  const writeAll = async (series: readonly Written[]): Promise<void> => {
    chunk += 1;
    position += 1;
    const { slo, specRev: spec_rev } = plans[0]!.sli;
    const paneS = Math.floor(nowMs / 10_000) * 10 - 10;
    if (series.length === 0) return;
    await database.store.insertRows(
      'sli_panes',
      series.map((one) => ({
        ...{ stream, stream_epoch: stream, slo, spec_rev, series: one.series, partition: 0, chunk },
        ...{ version: position, good: one.total - one.bad, total: one.total, excluded: 0 },
        ...{ pane: paneS, log_interval: paneS, kept_since: paneS },
        ...{ sums: {}, histogram: {}, zero_count: 0 },
      })),
    );
  };
  const options = { stream, kind: 'live', judged, paneMs: 10_000, tickMs: 60_000 } as const;
  const stage = new BurnStage(database.store, clock, options);
  return {
    stage,
    later: (ms: number): void => void (nowMs += ms),
    write: (one: Written): Promise<void> => writeAll([one]),
    writeAll,
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

  it('reads what was touched by its names, and all where that is most of it, with the same rows', async () => {
    const live = liveStream('many');
    const bad = { bad: 20, total: 20 };
    const seriesOf = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => from + index);
    await live.writeAll(seriesOf(1, 6_000).map((series) => ({ series, bad: 0, total: 20 })));
    await live.stage.tick();
    live.later(1_000);
    await live.writeAll(seriesOf(1, 1_000).map((series) => ({ series, ...bad })));
    await live.stage.look();
    live.later(1_000);
    await live.writeAll(seriesOf(3_001, 1_001).map((series) => ({ series, ...bad })));
    await live.stage.look();
    const burnt = (await live.rows('burn_rates')).filter(({ at }) => at > 0);
    expect(burnt).toEqual([
      ...seriesOf(1, 1_000).map((series) => ({ at: 1, series })),
      ...seriesOf(3_001, 1_001).map((series) => ({ at: 2, series })),
    ]);
  });

  it('says of slices what it says of what was touched, and nothing of what was not', async () => {
    expect(slicedPlans).toHaveLength(1);
    const { slo, specRev } = slicedPlans[0]!.sli;
    const live = liveStream('sliced', () => slicedPlans);
    // Two series that have been there for longer than the period, with a good event in every slice of it.
    const every = (lengthS: number, one: { series: string; good: number; total: number; log: string }) =>
      database.store.command(
        `INSERT INTO sli_panes (stream, stream_epoch, slo, spec_rev, series, pane, partition, chunk, version, log_interval,
           good, total, excluded, kept_since)
         SELECT 'sliced', 'sliced', '${slo}', '${specRev}', arrayJoin(${one.series}), fromUnixTimestamp(at), 0,
           ${one.total} * 1000000 + number, ${one.total}, fromUnixTimestamp(toUInt32(${one.log})), ${one.good}, ${one.total}, 0, fromUnixTimestamp(at)
         FROM (SELECT number, toUInt32(${NOW_MS / 1_000} - 300 * (number + 1)) AS at FROM numbers(${lengthS / 300}))
         SETTINGS max_partitions_per_insert_block = 0`,
      );
    await every(30 * 86_400, { series: '[1, 2]', good: 1, total: 1, log: 'at' });
    await live.stage.tick();
    const before = await live.rows('burn_rates');
    expect(before).toEqual([
      { at: 0, series: 1 },
      { at: 0, series: 2 },
    ]);
    live.later(1_000);
    await every(900, { series: '[1]', good: 0, total: 20, log: `${NOW_MS / 1_000} - 60` });
    await live.writeAll([]);
    await live.stage.look();
    expect(await live.rows('burn_rates')).toEqual([...before, { at: 1, series: 1 }]);
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
