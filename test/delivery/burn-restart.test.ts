import type { SloPlan } from '@burnline/core';
import { BurnStage, createReplayClock, type EvaluationClock } from '@burnline/judging';
import type { Store, StreamEpoch } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { Random } from './model/random.ts';
import { RULES } from './model/slos.ts';

/**
 * Goal: a burn stage that is stopped anywhere in a replay, even between its writes, and started again leaves the same burn
 * rates and budgets as one that was not, projections of partly filled periods included.
 *
 * Method: random chunk rows (late ones and such of excluded events alone among them) in a real engine, judged by one stage
 * at once, and by stages that end after any of their inserts while the watermark moves on in random steps.
 */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const START_MS = Date.UTC(2024, 0, 30, 20, 0, 0);
const END_MS = START_MS + 40 * 60 * MINUTE_MS;

const tier = (name: string, longWindowMs: number, shortWindowMs: number): SloPlan['tiers'][number] => ({
  name,
  severity: 'page',
  longWindowMs,
  shortWindowMs,
  factor: { numerator: 10, denominator: 1 },
  budgetShare: { numerator: 1, denominator: 100 },
  operator: '>=',
  holdMs: 0,
});

const plan = (slo: string, period: SloPlan['period']): SloPlan =>
  ({
    slo,
    displayName: slo,
    service: 's',
    description: '',
    track: 'infrastructure',
    criticality: 'high',
    sli: { ...RULES[0]!.plan, slo, specRev: `rev-${slo}` },
    target: { numerator: 99, denominator: 100 },
    period,
    tiers: [tier('hour', 60 * MINUTE_MS, 5 * MINUTE_MS), tier('hours', 360 * MINUTE_MS, 30 * MINUTE_MS)],
    badCountMin: 5,
  }) as unknown as SloPlan;

const SLOS = [
  plan('rolling', { kind: 'rolling', durationMs: DAY_MS, text: '1d' }),
  plan('calendar', {
    kind: 'calendar',
    text: '1M',
    unit: 'month',
    count: 1,
    startLocal: '2024-01-01 00:00:00',
    timeZone: 'Europe/Paris',
  }),
];

let database: TestDatabase;

function epochOf(stream: string): StreamEpoch {
  const common = { stream, topic: stream, clock: 'replay', partitionCount: 1 } as const;
  return { ...common, epoch: stream, startOffsets: [0], createdAtMs: START_MS };
}

async function insertPanes(stream: string, random: Random): Promise<void> {
  const rows = Array.from({ length: 10 + random.below(60) }, (_, chunk) => {
    const seenMs = START_MS + random.below(39 * 60) * MINUTE_MS;
    const lateMs = random.pick([0, 0, 0, 10 * MINUTE_MS, 7 * 60 * MINUTE_MS, 3 * DAY_MS, 45 * DAY_MS]);
    const total = random.pick([0, 1, 5, 20]);
    const good = Math.max(0, total - random.pick([0, 0, 1, 3]));
    return {
      stream,
      stream_epoch: stream,
      slo: random.pick(SLOS).slo,
      series: random.pick([0, 7]),
      pane: (seenMs - lateMs) / 1_000 + random.below(6) * 10,
      partition: 0,
      chunk,
      version: 1,
      log_interval: seenMs / 1_000,
      good,
      total,
      excluded: total === 0 ? 1 : 0,
      sums: {},
      histogram: {},
      zero_count: 0,
      kept_since: START_MS / 1_000,
    };
  });
  await database.store.insertRows(
    'sli_panes',
    rows.map((row) => ({ ...row, spec_rev: `rev-${row.slo}` })),
  );
}

async function moveWatermark(stream: string, logTimeMs: number): Promise<void> {
  await database.store.insertRows('watermarks', [
    {
      consumer: 'processor',
      stream,
      stream_epoch: stream,
      topic: stream,
      partition: 0,
      position: logTimeMs / 1_000,
      log_time: new Date(logTimeMs).toISOString().slice(0, -1),
      last_timestamp_ms: 0,
      last_checksum: 0,
    },
  ]);
}

/** The store of a process that dies after so many inserts. */
function mortal(store: Store, insertsLeft: { count: number }): Store {
  const spend = (): void => {
    insertsLeft.count -= 1;
    if (insertsLeft.count < 0) throw new Error('died');
  };
  return {
    query: (sql, params) => store.query(sql, params),
    command: (sql, params) => store.command(sql, params),
    insertBytes: async (insert) => {
      spend();
      await store.insertBytes(insert);
    },
    close: () => Promise.resolve(),
    insertRows: async (table, rows) => {
      spend();
      await store.insertRows(table, rows);
    },
  };
}

function stageOver(store: Store, stream: string): BurnStage {
  const clock = createReplayClock({ store, epochs: [epochOf(stream)], tickMs: MINUTE_MS });
  const common = { stream, kind: 'replay', judged: () => SLOS } as const;
  return new BurnStage(store, clock, { ...common, paneMs: 10_000, tickMs: MINUTE_MS });
}

async function judgeAll(stage: BurnStage): Promise<void> {
  while ((await stage.tick()) !== null);
}

async function written(stream: string): Promise<unknown[]> {
  const tables = ['burn_rates', 'budgets'].map((table) =>
    database.store.query(
      `SELECT * EXCEPT (stream, written_at) FROM ${table} FINAL WHERE stream = {stream:String}
       ORDER BY slo, series, evaluated_at`,
      { stream },
    ),
  );
  return Promise.all(tables);
}

describe('burn stage', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
  });
  afterAll(() => database.close());

  it('leaves the same rows after any restarts in a replay', { timeout: 120_000 }, async () => {
    const firstSeed = Number(process.env['DELIVERY_SEED'] ?? 1);
    let rowCount = 0;
    for (let seed = firstSeed; seed < firstSeed + 4; seed += 1) {
      const [whole, broken] = [`whole-${seed}`, `broken-${seed}`];
      for (const stream of [whole, broken]) await insertPanes(stream, new Random(seed));
      await moveWatermark(whole, END_MS);
      await judgeAll(stageOver(database.store, whole));
      const random = new Random(seed + 1_000);
      for (let reachedMs = START_MS + MINUTE_MS; reachedMs < END_MS;) {
        reachedMs = Math.min(END_MS, reachedMs + (1 + random.below(700)) * MINUTE_MS);
        await moveWatermark(broken, reachedMs);
        const store = mortal(database.store, { count: random.pick([0, 1, 2, 3, 4, 5, 100]) });
        const stage = stageOver(store, broken);
        await judgeAll(stage).catch(() => undefined);
        // The same process may also try again.
        if (random.chance(0.5)) await judgeAll(stage).catch(() => undefined);
      }
      await judgeAll(stageOver(database.store, broken));
      const [expected, actual] = [await written(whole), await written(broken)];
      expect(actual, `seed ${seed}`).toEqual(expected);
      rowCount += expected.flat().length;
    }
    expect(rowCount).toBeGreaterThan(500);
  });

  it(
    'live, shows the same after restarts at any moment, whatever stray events came',
    { timeout: 300_000 },
    async () => {
      const [whole, broken] = ['live-whole', 'live-broken'];
      const random = new Random(77);
      let nowMs = START_MS + 2 * DAY_MS;
      const clockOf = (): EvaluationClock => ({
        due: () =>
          Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1, writtenThroughMs: nowMs - 5_000 }),
      });
      const started = (stream: string): BurnStage =>
        new BurnStage(database.store, clockOf(), {
          stream,
          kind: 'live',
          judged: () => SLOS,
          paneMs: 10_000,
          tickMs: MINUTE_MS,
        });
      const stages = { whole: started(whole), broken: started(broken) };
      for (let chunk = 0; chunk < 10; chunk += 1) {
        nowMs += random.pick([5_000, 30_000, MINUTE_MS, 20 * MINUTE_MS]);
        const seenS = Math.floor(nowMs / MINUTE_MS) * 60;
        // A clock of 2020, one of yesterday, one within the period; else the present.
        const paneS = random.pick([
          seenS,
          seenS,
          seenS,
          Date.UTC(2020, 0, 1) / 1_000,
          seenS - 100_000,
          seenS - 3_600,
        ]);
        const { slo } = random.pick(SLOS);
        const total = random.pick([1, 5, 20]);
        const row = {
          stream_epoch: whole,
          slo,
          spec_rev: `rev-${slo}`,
          series: 7,
          pane: paneS,
          partition: 0,
          chunk,
          version: 1,
          log_interval: seenS,
          good: total - random.pick([0, 1]),
          total,
          excluded: 0,
          sums: {},
          histogram: {},
          zero_count: 0,
          kept_since: seenS,
        };
        await database.store.insertRows(
          'sli_panes',
          [whole, broken].map((stream) => ({ stream, ...row })),
        );
        if (random.chance(0.4)) stages.broken = started(broken);
        for (const stage of [stages.whole, stages.broken]) await stage.tick();
        const seen = [whole, broken].map((stream) =>
          database.store.query(
            `SELECT * EXCEPT (stream, evaluated_at, written_at) FROM budgets FINAL WHERE stream = {stream:String}
           ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`,
            { stream },
          ),
        );
        const [expected, actual] = await Promise.all(seen);
        expect(new Set(actual!.map((one) => JSON.stringify(one)))).toEqual(
          new Set(expected!.map((one) => JSON.stringify(one))),
        );
      }
    },
  );

  it('live, is not moved in time by one event of 2020', async () => {
    const stream = 'live-stray';
    const nowMs = START_MS + 2 * DAY_MS;
    const panes = [0, 10, 20].map((second, chunk) => ({
      pane: nowMs / 1_000 - 60 + second,
      chunk,
      good: 90,
      total: 100,
    }));
    const stray = { pane: Date.UTC(2020, 0, 1) / 1_000, chunk: 9, good: 1, total: 1 };
    await database.store.insertRows(
      'sli_panes',
      [...panes, stray].map((pane) => ({
        stream,
        stream_epoch: stream,
        slo: 'rolling',
        spec_rev: 'rev-rolling',
        series: 0,
        partition: 0,
        version: 1,
        log_interval: nowMs / 1_000 - 60,
        excluded: 0,
        sums: {},
        histogram: {},
        zero_count: 0,
        kept_since: nowMs / 1_000 - 60,
        ...pane,
      })),
    );
    const due = () => Promise.resolve({ fromMs: nowMs, toMs: nowMs, coverage: 1 });
    const options = { stream, kind: 'live', judged: () => SLOS, paneMs: 10_000, tickMs: MINUTE_MS } as const;
    for (let start = 0; start < 2; start += 1) {
      await new BurnStage(database.store, { due }, options).tick();
      const [row] = await database.store.query(
        `SELECT state, is_estimated, bad, total FROM budgets FINAL WHERE stream = {stream:String}`,
        { stream },
      );
      // Ten times overspent on a minute of a day: no day is spent by that.
      expect(row).toEqual({ state: 'at_risk', is_estimated: true, bad: 30, total: 300 });
    }
  });

  it('live, writes what changed and nothing else, also after a tick that failed', async () => {
    const stream = 'live-changes';
    await insertPanes(stream, new Random(5));
    const span = { fromMs: END_MS, toMs: END_MS, coverage: 0.5 };
    let inserted: string[] = [];
    let failing: string | null = 'budgets';
    const store: Store = {
      ...mortal(database.store, { count: Infinity }),
      insertBytes: async (insert) => {
        if (insert.table === failing) throw new Error('refused');
        await database.store.insertBytes(insert);
        inserted.push(insert.table);
      },
      insertRows: async (table, rows) => {
        await database.store.insertRows(table, rows);
        inserted.push(table);
      },
    };
    const clock = { due: () => Promise.resolve(span) };
    const common = { stream, kind: 'live', judged: () => SLOS } as const;
    const stage = new BurnStage(store, clock, { ...common, paneMs: 10_000, tickMs: MINUTE_MS });
    await expect(stage.tick()).rejects.toThrow('refused');
    failing = null;
    await stage.tick();
    const [burns, budgets] = (await written(stream)) as { coverage: number }[][];
    expect(budgets!.length).toBeGreaterThan(0);
    expect(burns!.length).toBe(budgets!.length);
    expect(budgets!.every((row) => row.coverage === 0.5)).toBe(true);
    inserted = [];
    await stage.tick();
    expect(inserted).toEqual(['evaluations']);
  });

  it('live, writes when data becomes complete, and zeros once for series that have left every window', async () => {
    const stream = 'live-ends';
    await insertPanes(stream, new Random(6));
    let span = { fromMs: END_MS, toMs: END_MS, coverage: 0.5 };
    const clock = { due: () => Promise.resolve(span) };
    const options = { stream, kind: 'live', judged: () => SLOS, paneMs: 10_000, tickMs: MINUTE_MS } as const;
    const stage = new BurnStage(database.store, clock, options);
    const rowsAt = async (atMs: number): Promise<{ total: number; coverage: number }[]> =>
      database.store.query(
        `SELECT total, coverage FROM budgets FINAL WHERE stream = {stream:String}
           AND evaluated_at = fromUnixTimestamp({at:UInt32})`,
        { stream, at: Math.floor(atMs / 1_000) },
      );
    await stage.tick();
    const first = await rowsAt(END_MS);
    const covered = END_MS + 1_000;
    span = { fromMs: covered, toMs: covered, coverage: 1 };
    await stage.tick();
    expect((await rowsAt(covered)).map((row) => row.coverage)).toEqual(first.map(() => 1));
    // A year on, by a stage that was started anew: nothing is left in any window.
    const later = END_MS + 366 * 24 * 60 * MINUTE_MS;
    span = { fromMs: later, toMs: later, coverage: 1 };
    await new BurnStage(database.store, clock, options).tick();
    const ended = await rowsAt(later);
    expect(ended.length).toBe(first.filter((row) => row.total > 0).length);
    expect(ended.every((row) => row.total === 0)).toBe(true);
  });
});
