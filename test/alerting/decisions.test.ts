import { Decider, StreamSlos } from '@burnline/alerter';
import { SpecCatalog } from '@burnline/counting';
import { JudgedSpecs } from '@burnline/judging';
import { createLogger, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  LONG_S,
  SHORT_S,
  T0_S,
  decisionsOf,
  emptyTables,
  evaluatedThrough,
  insertBurn,
  newDecider,
  openLog,
  plan,
  said,
  slosOf,
  tier,
} from './bench.ts';

/** Goal: what is decided follows from the evaluations and the log alone, is said once, and is never lost. */
const silent = createLogger({ name: 'test', level: 'silent' });
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

  it('fires on what is there, however little of the whole it is', async () => {
    const log = await openLog();
    await insertBurn(store, [
      { slo: 'thin', at: 100, bad: 9, coverage: 0.5 },
      { slo: 'thick', at: 100, bad: 10, coverage: 0.5 },
      { slo: 'blind', at: 100, bad: 100, coverage: 0 },
    ]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('thin'), plan('thick'), plan('blind')]).run();
    expect((await decisionsOf(log)).map((one) => one.evidence.slo)).toEqual(['blind', 'thick']);
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
    const plans = [...held, plan('b')];
    const [one, other] = [newDecider(store, log, plans), newDecider(store, log, plans)];
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 110);
    await one.run();
    await insertBurn(store, [
      { slo: 'b', at: 120, bad: 50 },
      { slo: 'a', at: 130, bad: 51 },
    ]);
    await evaluatedThrough(store, 140);
    await other.run();
    await evaluatedThrough(store, 200);
    await one.run();
    expect(await said(log)).toEqual(['fire@120 fast', 'fire@160 fast']);
  });

  it('is found by an alerter that was behind when it began', async () => {
    const log = await openLog();
    const [one, other] = [newDecider(store, log, held), newDecider(store, log, held)];
    await evaluatedThrough(store, 90);
    await Promise.all([one.run(), other.run()]);
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 120);
    await one.run();
    await evaluatedThrough(store, 200);
    await other.run();
    expect(await said(log)).toEqual(['fire@160 fast']);
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

describe('the hold before an end', () => {
  const held = [plan('a', { tiers: [tier('fast', { resolveHoldMs: 60_000 })] })];
  const flapping = [
    { slo: 'a', at: 100, bad: 50 },
    { slo: 'a', at: 130, bad: 0 },
    { slo: 'a', at: 150, bad: 50 },
    { slo: 'a', at: 200, bad: 0 },
    { slo: 'a', at: 230, bad: 1 },
    { slo: 'a', at: 900, bad: 50 },
  ];

  it('makes one notification of what is clear for a moment, and shows what held when it ends', async () => {
    const log = await openLog();
    await insertBurn(store, flapping);
    await evaluatedThrough(store, 1_000);
    await newDecider(store, log, held).run();
    expect(await said(log)).toEqual(['fire@100 fast', 'resolve@260 fast', 'fire@900 fast']);
    expect((await decisionsOf(log))[1]!.evidence.long).toMatchObject({ bad: 1, total: 100 });
  });

  it.each([true, false])('goes on over restarts at every moment (the same process: %s)', async (isSame) => {
    const log = await openLog();
    await insertBurn(store, flapping);
    let decider = newDecider(store, log, held);
    for (const second of [110, 131, 140, 155, 201, 225, 240, 259, 261, 500, 905]) {
      if (!isSame) decider = newDecider(store, log, held);
      await evaluatedThrough(store, second);
      await decider.run();
    }
    expect(await said(log)).toEqual(['fire@100 fast', 'resolve@260 fast', 'fire@900 fast']);
  });
});

it('isolates a row that cannot be judged, and says so', async () => {
  const log = await openLog();
  await insertBurn(store, [
    // More bad events than events: no count.
    { slo: 'poison', at: 100, bad: 50, total: 10 },
    { slo: 'a', at: 100, bad: 50 },
    { slo: 'poison', series: '2', at: 110, bad: 50 },
  ]);
  await evaluatedThrough(store, 120);
  const lines: string[] = [];
  const counts = { unjudged: 0 };
  const decider = new Decider({
    store,
    log,
    logger: { ...silent, error: (_fields, message) => void lines.push(message) },
    metrics: { decided: () => undefined, unjudged: () => void (counts.unjudged += 1) },
    slos: slosOf([plan('poison'), plan('a')]),
  });
  expect(await decider.run()).toBe(2);
  expect((await decisionsOf(log)).map(({ evidence }) => `${evidence.slo} ${evidence.series}`)).toEqual([
    'a 0',
    'poison 2',
  ]);
  expect(counts.unjudged).toBe(1);
  expect(lines).toEqual(['a row of burn rates cannot be judged; the others are']);
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

  it('says that what fires for an SLO or a tier that is gone was removed, and that nothing was seen', async () => {
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
      ['removed', 'a', 'slow', 0],
      ['removed', 'b', 'fast', 0],
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
    expect([last.kind, last.evidence.series]).toEqual(['removed', '1']);
  });

  it('takes what is judged for unknown, and not for gone, until it is known', async () => {
    const log = await openLog();
    await insertBurn(store, [{ slo: 'a', at: 100, bad: 50 }]);
    await evaluatedThrough(store, 100);
    await newDecider(store, log, [plan('a')]).run();
    const judged = new JudgedSpecs({ store, catalog: new SpecCatalog(store) }, 'live');
    const slos = new StreamSlos();
    slos.add('live', () => judged.known);
    await evaluatedThrough(store, 200);
    const decider = new Decider({ store, log, logger: silent, slos });
    expect(await decider.run()).toBe(0);
    await judged.refresh();
    expect(await decider.run()).toBe(1);
    expect(await said(log)).toEqual(['fire@100 fast', 'removed@200 fast']);
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
