import { AppError } from '@burnline/core';
import { createMemoryDisk, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  LONG_S,
  SHORT_S,
  T0_S,
  decisionsOf,
  emptyTables,
  evaluatedThrough,
  failingAt,
  insertBurn,
  newDecider,
  openLog,
  plan,
  said,
  tier,
  withMethod,
} from './bench.ts';

/** Goal: what is decided follows from the evaluations and the log alone, is said once, and is never lost. */
let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(() => emptyTables(store));

describe('coverage', () => {
  it('freezes what fires, thaws it, resolves it only when data is complete again', async () => {
    const log = await openLog();
    const decider = newDecider(store, log, [plan('a')]);
    await insertBurn(store, [
      { slo: 'a', at: 100, bad: 50 },
      { slo: 'a', at: 110, bad: 0, coverage: 0.5 },
      { slo: 'a', at: 120, bad: 0, coverage: 0.89 },
      { slo: 'a', at: 130, bad: 50 },
      { slo: 'a', at: 140, bad: 0, coverage: 0.5 },
      { slo: 'a', at: 150, bad: 0, coverage: 0.9 },
    ]);
    await evaluatedThrough(store, 200);
    expect(await decider.run()).toBe(5);
    const all = ['fire@100 fast', 'freeze@110 fast', 'thaw@130 fast', 'freeze@140 fast', 'resolve@150 fast'];
    expect(await said(log)).toEqual(all);
    expect(await decider.run()).toBe(0);
  });

  it('fires on incomplete data only if it burns with everything missing counted good', async () => {
    const log = await openLog();
    await insertBurn(store, [
      // 10 % of what is seen burn; of twice as many events they would be 5 %.
      { slo: 'thin', at: 100, bad: 10, coverage: 0.5 },
      { slo: 'thick', at: 100, bad: 20, coverage: 0.5 },
      { slo: 'blind', at: 100, bad: 100, coverage: 0 },
    ]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('thin'), plan('thick'), plan('blind')]).run();
    expect((await decisionsOf(log)).map((one) => one.evidence.slo)).toEqual(['thick']);
  });
});

it('needs as many bad events as the low-traffic guard says', async () => {
  const log = await openLog();
  await insertBurn(store, [
    { slo: 'few', at: 100, bad: 4, total: 4 },
    { slo: 'enough', at: 100, bad: 5, total: 5 },
  ]);
  await evaluatedThrough(store, 100);
  const guarded = { badCountMin: 5 };
  await newDecider(store, log, [plan('few', guarded), plan('enough', guarded)]).run();
  expect((await decisionsOf(log)).map((one) => one.evidence.slo)).toEqual(['enough']);
});

it('says how severe a tier is for the criticality of the SLO', async () => {
  const log = await openLog();
  const tiers = [tier('page'), tier('ticket', { severity: 'ticket' })];
  const criticalities = ['critical', 'high', 'medium', 'low'] as const;
  await insertBurn(
    store,
    criticalities.map((slo) => ({ slo, at: 100, bad: 50 })),
  );
  await evaluatedThrough(store, 100);
  await newDecider(
    store,
    log,
    criticalities.map((criticality) => plan(criticality, { criticality, tiers })),
  ).run();
  const severities = (await decisionsOf(log)).map(({ evidence }) => [
    evidence.slo,
    evidence.tier,
    evidence.severity,
  ]);
  expect(severities.sort()).toEqual(
    [
      ['critical', 'page', 'SEV-1'],
      ['critical', 'ticket', 'SEV-2'],
      ['high', 'page', 'SEV-2'],
      ['high', 'ticket', 'SEV-3'],
      ['medium', 'page', 'SEV-2'],
      ['medium', 'ticket', 'SEV-3'],
      ['low', 'page', 'SEV-3'],
      ['low', 'ticket', 'SEV-3'],
    ].sort(),
  );
});

describe('holds', () => {
  const held = [plan('a', { tiers: [tier('fast', { holdMs: 60_000 })] })];

  it('fires at the end of the hold even if no further row comes, with what it saw', async () => {
    const log = await openLog();
    const decider = newDecider(store, log, held);
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 159);
    expect(await decider.run()).toBe(0);
    await evaluatedThrough(store, 160);
    expect(await decider.run()).toBe(1);
    await insertBurn(store, [{ slo: 'a', at: 1_000, bad: 0 }]);
    await evaluatedThrough(store, 1_000);
    await decider.run();
    expect(await said(log)).toEqual(['fire@160 fast', 'resolve@1000 fast']);
    expect((await decisionsOf(log))[0]!.evidence.long).toMatchObject({ bad: 50, total: 100 });
  });

  it('shows the counts that held, not those of the row that came after', async () => {
    const log = await openLog();
    await insertBurn(store, [
      { slo: 'a', at: 100, bad: 50 },
      { slo: 'a', at: 1_000, bad: 0 },
    ]);
    await evaluatedThrough(store, 1_000);
    await newDecider(store, log, held).run();
    expect(await said(log)).toEqual(['fire@160 fast', 'resolve@1000 fast']);
    expect((await decisionsOf(log))[0]!.evidence.long).toMatchObject({ bad: 50, total: 100 });
  });

  it('goes on with a hold after a restart', async () => {
    const log = await openLog();
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    for (const second of [110, 130, 159, 160]) {
      await evaluatedThrough(store, second);
      await newDecider(store, log, held).run();
    }
    expect(await said(log)).toEqual(['fire@160 fast']);
  });

  it('is not started again by what another alerter says of other alerts', async () => {
    const log = await openLog();
    const [one, other] = [newDecider(store, log, held), newDecider(store, log, [plan('b')])];
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 110);
    await one.run();
    await insertBurn(store, [
      { slo: 'b', at: 120, bad: 50 },
      { slo: 'a', at: 130, bad: 51 },
    ]);
    await evaluatedThrough(store, 120);
    await other.run();
    await evaluatedThrough(store, 200);
    await one.run();
    expect(await said(log)).toEqual(['fire@120 fast', 'fire@160 fast']);
  });

  it('does not contradict itself where late data changed rows that a restart reads again', async () => {
    const log = await openLog();
    const plans = [plan('a', { tiers: [tier('fast'), tier('held', { holdMs: 600_000 })] })];
    await insertBurn(store, [
      { slo: 'a', at: 100, bad: 50 },
      { slo: 'a', at: 110, bad: 50 },
      { slo: 'a', at: 120, bad: 50 },
    ]);
    await evaluatedThrough(store, 130);
    await newDecider(store, log, plans).run();
    await insertBurn(store, [{ slo: 'a', at: 110, bad: 0 }]);
    await evaluatedThrough(store, 140);
    await newDecider(store, log, plans).run();
    expect(await said(log)).toEqual(['fire@100 fast']);
  });
});

describe('crashes', () => {
  const plans = [
    plan('a'),
    plan('b', { tiers: [tier('fast', { holdMs: 60_000 }), tier('slow', { severity: 'ticket' })] }),
  ];
  const rows = [
    { slo: 'a', at: 100, bad: 50 },
    { slo: 'b', at: 100, bad: 50 },
    { slo: 'a', at: 150, bad: 0 },
    { slo: 'b', at: 200, bad: 0 },
    { slo: 'a', at: 220, bad: 50 },
  ];
  const expected = [
    'fire@100 fast',
    'fire@100 slow',
    'resolve@150 fast',
    'fire@160 fast',
    'resolve@200 slow',
    'resolve@200 fast',
    'fire@220 fast',
  ];
  const steps = [
    ['reading what is undecided', 'query', 1, false],
    ['reading burn rates', 'query', 2, false],
    ['reading the attribution', 'query', 3, false],
    ['reading a later attribution', 'query', 5, false],
    ['the append', 'append', 1, false],
    ['after the append', 'append', 1, true],
    ['the second append', 'append', 2, false],
    ['after the second append', 'append', 2, true],
    ['writing progress', 'insertRows', 1, false],
    ['after writing progress', 'insertRows', 1, true],
    ['writing progress again', 'insertRows', 2, false],
  ] as const;

  it.each(steps)('decides the same over a crash at %s', async (_name, method, call, isAfter) => {
    for (const restarts of [true, false]) {
      await emptyTables(store);
      const log = await openLog();
      await insertBurn(store, rows);
      const when = { call, isAfter };
      const parts =
        method === 'append'
          ? { store, log: failingAt(log, 'append', when) }
          : { store: failingAt(store, method, when), log };
      let decider = newDecider(parts.store, parts.log, plans);
      let crashCount = 0;
      for (const second of [120, 300, 300]) {
        await evaluatedThrough(store, second);
        try {
          await decider.run();
        } catch {
          crashCount += 1;
          if (restarts) decider = newDecider(store, log, plans);
          await decider.run();
        }
      }
      expect(crashCount).toBe(1);
      expect(await said(log)).toEqual(expected);
    }
  });

  it('says the rest where only a part of an append is in the log', async () => {
    for (const keptCount of [1, 2, 3, 4, 5, 6]) {
      await emptyTables(store);
      const log = await openLog(createMemoryDisk());
      await insertBurn(store, rows);
      await evaluatedThrough(store, 300);
      const torn = withMethod(log, 'append', async (batches) => {
        await log.append(
          batches.map((batch) => ({ ...batch, messages: batch.messages.slice(0, keptCount) })),
        );
        throw new AppError('LOG_BUSY', 'half of it', { outcome: 'halt' });
      });
      await expect(newDecider(store, torn, plans).run()).rejects.toThrow('half of it');
      await newDecider(store, log, plans).run();
      expect(await said(log)).toEqual(expected);
    }
  });

  it('outlasts a database that is away for a moment, and gives up when it stays away', async () => {
    const log = await openLog();
    await insertBurn(store, rows);
    await evaluatedThrough(store, 300);
    let failureCount = 3;
    let nowMs = 0;
    const away = withMethod(store, 'query', (sql, params) => {
      failureCount -= 1;
      if (failureCount < 0) return store.query(sql, params);
      return Promise.reject(new AppError('STORE_UNREACHABLE', 'away', { outcome: 'retry' }));
    });
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: () => Promise.resolve() };
    const decider = newDecider(away, log, plans, { clock });
    for (let look = 0; look < 3; look += 1) expect(await decider.run()).toBe(0);
    expect(await decider.run()).toBe(expected.length);
    expect(await said(log)).toEqual(expected);
    failureCount = 10;
    expect(await decider.run()).toBe(0);
    nowMs += 300_000;
    await expect(decider.run()).rejects.toThrow('away');
  });
});

it('lets the first message stand where two alerters decide at once', async () => {
  const log = await openLog();
  const [one, other] = [newDecider(store, log, [plan('a')]), newDecider(store, log, [plan('a')])];
  await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
  await evaluatedThrough(store, 100);
  await Promise.all([one.run(), other.run()]);
  // The other one looks again at 120, when late data has made it clear.
  await insertBurn(store, [{ slo: 'a', at: 120, bad: 50 }]);
  await evaluatedThrough(store, 120);
  await one.run();
  await store.command('TRUNCATE TABLE alert_progress');
  await insertBurn(store, [{ slo: 'a', at: 120, bad: 0 }]);
  await other.run();
  await insertBurn(store, [{ slo: 'a', at: 130, bad: 50 }]);
  await evaluatedThrough(store, 130);
  await Promise.all([one.run(), other.run()]);
  const standing = [...new Set(await said(log))];
  expect(standing).toEqual(['fire@100 fast', 'resolve@120 fast', 'fire@130 fast']);
});

describe('specs that changed', () => {
  it('ignores rows of unknown specs and of other windows', async () => {
    const log = await openLog();
    await insertBurn(store, [
      { slo: 'gone', at: 100, bad: 50 },
      { slo: 'a', specRev: '00000000000000bb', series: '7', at: 100, bad: 50 },
      { slo: 'a', at: 100, bad: 50, windows: { 60: 50, 120: 50 } },
    ]);
    await evaluatedThrough(store, 100);
    expect(await newDecider(store, log, [plan('a')]).run()).toBe(0);
  });

  it('resolves what fires for an SLO or a tier that is gone, and says that nothing was seen', async () => {
    const log = await openLog();
    const tiers = [tier('fast'), tier('slow', { severity: 'ticket' })];
    await insertBurn(store, [
      { slo: 'a', at: 100, bad: 50 },
      { slo: 'b', at: 100, bad: 50 },
    ]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('a', { tiers }), plan('b')]).run();
    await evaluatedThrough(store, 200);
    await newDecider(store, log, [plan('a')]).run();
    const later = (await decisionsOf(log)).slice(3);
    expect(
      later.map((one) => [one.kind, one.evidence.slo, one.evidence.tier, one.evidence.coverage]).sort(),
    ).toEqual([
      ['resolve', 'a', 'slow', 0],
      ['resolve', 'b', 'fast', 0],
    ]);
    expect(later[0]!.evidence.long).toEqual({ windowMs: LONG_S * 1_000, bad: 0, total: 0 });
  });

  it('gives a new revision one long window to go on with a series', async () => {
    const log = await openLog();
    await insertBurn(store, [
      { slo: 'a', series: '1', at: 100, bad: 50 },
      { slo: 'a', series: '2', at: 100, bad: 50 },
    ]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('a')]).run();
    const specRev = '00000000000000bb';
    const decider = newDecider(store, log, [plan('a', { sli: { ...plan('a').sli, specRev } })]);
    await insertBurn(store, [{ slo: 'a', specRev, series: '2', at: 200, bad: 50 }]);
    await evaluatedThrough(store, 100 + LONG_S - 1);
    expect(await decider.run()).toBe(0);
    await evaluatedThrough(store, 100 + LONG_S);
    expect(await decider.run()).toBe(1);
    const last = (await decisionsOf(log)).at(-1)!;
    expect([last.kind, last.evidence.series]).toEqual(['resolve', '1']);
  });

  it('leaves the alerts of streams alone that are not judged any further', async () => {
    const log = await openLog();
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('a')]).run();
    expect(await newDecider(store, log, []).run()).toBe(0);
  });
});

it('judges every row of a time at which more series change than a step takes', async () => {
  const log = await openLog();
  await store.command(
    `INSERT INTO burn_rates (stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, burn_rate, coverage)
     SELECT 'live', 'a', '00000000000000aa', number + 1, fromUnixTimestamp(${T0_S + 90} + if(number < 5, 0, 10)),
            [${SHORT_S}, ${LONG_S}], if(number % 4000 = 1, [50, 50], [0, 0]), [100, 100], [0, 0], 1 FROM numbers(24003)`,
  );
  await evaluatedThrough(store, 100);
  await newDecider(store, log, [plan('a')]).run();
  const series = (await decisionsOf(log)).map((one) => Number(one.evidence.series));
  expect(series.sort((a, b) => a - b)).toEqual([2, 4_002, 8_002, 12_002, 16_002, 20_002, 24_002]);
});

it('takes names with odd characters as they are', async () => {
  const log = await openLog();
  const stream = `o'dd|100%\\ {x:String} "é" 流`;
  await store.insertRows('stream_epochs', [
    {
      stream_epoch: 'odd@1',
      stream,
      topic: stream,
      clock: 'live',
      partition_count: 1,
      start_offsets: [0],
      interval_ms: 60_000,
      chunk_events_max: 1,
      repeat_window_messages: 1,
      pane_ms: 10_000,
      created_at: '2026-01-01 00:00:00.000',
    },
  ]);
  await insertBurn(store, [{ stream, slo: 'a', at: 100, bad: 50 }]);
  await evaluatedThrough(store, 100, stream);
  const decider = newDecider(store, log, [plan('a')]);
  expect(await decider.run()).toBe(1);
  expect(await decider.run()).toBe(0);
  const [fire] = await decisionsOf(log);
  expect(fire!.evidence.stream).toBe(stream);
  expect(fire!.alertKey.split('|')).toHaveLength(4);
});
