import { readFile } from 'node:fs/promises';
import type { SloPlan } from '@burnline/core';
import { BurnStage, createLiveClock } from '@burnline/processor';
import { systemClock, type LocalEventLog, type Store, type StreamEpoch } from '@burnline/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';
import { decisionsOf, insertStream, newDecider, openLog, plan, tier } from './bench.ts';

/**
 * Goal: sources that are lost, stop, fall silent, drop events or come back show in the coverage, the states and the alerts
 * of the SLOs that they concern, and in no others.
 *
 * Method: reports and panes as the sink and the processor write them, in a real engine; the real live clock, burn stage and
 * decider over them, at chosen instants. Expected figures are counted by hand.
 */
/** Times of the tests are seconds after this; recent, as reports expire. */
const BASE_S = Math.floor(Date.now() / 10_000) * 10 - 7_200;

let database: TestDatabase;
let store: Store;
let log: LocalEventLog;
let offset = 0;
/** Each test has a live stream of its own. */
let stream = '';
let streamCount = 0;

beforeAll(async () => {
  database = await startTestDatabase();
  store = database.store;
});
afterAll(() => database.close());
beforeEach(async () => {
  stream = `live-${(streamCount += 1)}`;
  await insertStream(store, stream);
  log = await openLog();
});

const epochNow = (): StreamEpoch => ({
  stream,
  topic: stream,
  epoch: `${stream}@1`,
  clock: 'live',
  partitionCount: 1,
  startOffsets: [0],
  createdAtMs: 0,
});

interface Reporting {
  readonly service?: string;
  /** The report of another stream, a replay's. */
  readonly stream?: string;
  readonly emitted?: number;
  readonly dropped?: number;
  /** The last of them is final. */
  readonly stops?: true;
  /** When the log takes them, if not as they end. */
  readonly loggedS?: number;
  /** How far the source's clock is ahead. */
  readonly skewS?: number;
}

/** A source that reports every 10 s in [fromS, toS). */
async function reports(instance: string, fromS: number, toS: number, over: Reporting = {}): Promise<void> {
  const { emitted = 100, dropped = 0, skewS = 0 } = over;
  const time = (second: number): string =>
    new Date((BASE_S + second + skewS) * 1_000).toISOString().slice(0, -1);
  const rows = Array.from({ length: (toS - fromS) / 10 }, (_, index) => {
    const endS = fromS + index * 10 + 10;
    offset += 1;
    return {
      stream: over.stream ?? stream,
      stream_epoch: `${over.stream ?? stream}@1`,
      partition: 0,
      offset,
      event_index: 0,
      instance,
      service: over.service ?? 'chat',
      environment: 'test',
      interval_start: time(endS - 10),
      interval_end: time(endS),
      is_final: over.stops === true && endS === toS,
      emitted_count: emitted,
      acknowledged_count: emitted - dropped,
      retried_count: 0,
      dropped_by_reason: dropped === 0 ? {} : { buffer_full: dropped },
      kept_since: BASE_S + (over.loggedS ?? endS),
    };
  });
  await store.insertRows('source_reports', rows);
}

/** As in life, a revision is of one SLO. */
const revisionOf = (slo: string): string => `revision-${slo}`;

async function events(
  slo: string,
  atS: number,
  counts: { bad: number; total: number; series?: number },
): Promise<void> {
  offset += 1;
  await store.insertRows('sli_panes', [
    {
      stream,
      stream_epoch: `${stream}@1`,
      slo,
      spec_rev: revisionOf(slo),
      series: counts.series ?? 0,
      pane: BASE_S + atS,
      partition: 0,
      chunk: offset,
      version: 1,
      log_interval: BASE_S + atS,
      good: counts.total - counts.bad,
      total: counts.total,
      excluded: 0,
      sums: {},
      histogram: {},
      zero_count: 0,
      kept_since: BASE_S + atS,
    },
  ]);
}

async function writtenThrough(seconds: { readonly processor: number; readonly sink: number }): Promise<void> {
  await store.insertRows(
    'watermarks',
    Object.entries(seconds).map(([consumer, second]) => ({
      consumer,
      stream,
      stream_epoch: `${stream}@1`,
      topic: stream,
      partition: 0,
      position: second,
      log_time: new Date((BASE_S + second) * 1_000).toISOString().slice(0, -1),
      last_timestamp_ms: 0,
      last_checksum: 0,
    })),
  );
}

/** Burn stage and decider of a pipeline whose wall clock shows what a test says. */
function pipelineOf(...given: readonly SloPlan[]): {
  at(second: number, sinkS?: number): Promise<Record<string, string>>;
} {
  const plans = given.map((one) => ({ ...one, sli: { ...one.sli, specRev: revisionOf(one.slo) } }));
  let nowS = 0;
  const clock = createLiveClock({
    store,
    clock: { ...systemClock, nowMs: () => (BASE_S + nowS) * 1_000 },
    epochs: [epochNow()],
  });
  const stage = new BurnStage(store, clock, {
    stream,
    kind: 'live',
    judged: () => plans,
    paneMs: 10_000,
    tickMs: 60_000,
  });
  const decider = newDecider(store, log, plans);
  return {
    /** Evaluates, and gives state and coverage in percent by SLO, as they are written. */
    async at(second, sinkS = second) {
      nowS = second;
      await writtenThrough({ processor: second, sink: sinkS });
      await stage.tick();
      await decider.run();
      const rows = await store.query<{ slo: string; state: string; coverage: number }>(
        `SELECT slo, state, coverage FROM budgets FINAL WHERE stream = {stream:String}
         ORDER BY evaluated_at DESC LIMIT 1 BY slo, series`,
        { stream },
      );
      return Object.fromEntries(
        rows.map(({ slo, state, coverage }) => [slo, `${state} ${Math.round(coverage * 1_000) / 10}`]),
      );
    },
  };
}

async function said(): Promise<readonly string[]> {
  return (await decisionsOf(log)).map((one) => `${one.kind}@${one.at / 1_000 - BASE_S} ${one.evidence.slo}`);
}

describe('sources', () => {
  it('lower coverage when they are lost, not when they stop, for as long as the gap is in sight', async () => {
    await reports('one', 0, 1_000);
    await reports('stops', 0, 600, { stops: true });
    await reports('lost', 0, 600);
    await events('a', 550, { bad: 0, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    expect(await pipeline.at(610)).toEqual({ a: 'ok 100' });
    // 300 s of one, 270 of the other two together with the 30 that nobody reported: 840 of 870.
    expect(await pipeline.at(630)).toEqual({ a: 'ok 96.6' });
    await events('a', 790, { bad: 0, total: 1 });
    expect(await pipeline.at(800)).toEqual({ a: 'ok 94.3' });
    expect(await pipeline.at(930)).toEqual({ a: 'ok 100' });
  });

  it('that drop events lower coverage by the share that they dropped, of SLOs of their service alone', async () => {
    await reports('good', 0, 600);
    await reports('bad', 0, 600, { emitted: 100, dropped: 50 });
    // A sink that starts again writes rows that are there already.
    await store.command(`INSERT INTO source_reports SELECT * FROM source_reports WHERE stream = '${stream}'`);
    await reports('other', 0, 600, { service: 'search' });
    for (const slo of ['own', 'search', 'all']) await events(slo, 550, { bad: 0, total: 100 });
    const states = await pipelineOf(
      plan('own'),
      plan('search', { service: 'search' }),
      plan('all', { service: 'nobody-reports-so' }),
    ).at(600);
    expect(states).toEqual({ own: 'no_data 75', search: 'ok 100', all: 'no_data 83.3' });
    const [evaluation] = await store.query(
      'SELECT coverage FROM evaluations FINAL WHERE stream = {stream:String}',
      { stream },
    );
    expect(evaluation).toEqual({ coverage: 1 - 150 / 900 });
  });

  it('of other streams and with wrong clocks change nothing', async () => {
    await reports('one', 0, 600);
    await reports('ahead', 0, 600, { skewS: 40_000 });
    await reports('behind', 0, 600, { skewS: -40_000 });
    await reports('replayed', 0, 400, { stream: 'replay-1' });
    await events('a', 550, { bad: 0, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    expect(await pipeline.at(600)).toEqual({ a: 'ok 100' });
    // Nor do they hide that they are lost: 30 s of 290 of each, then of 130. No count has changed.
    expect(await pipeline.at(630)).toEqual({ a: 'ok 90' });
    expect(await pipeline.at(640)).toEqual({ a: 'no_data 89.7' });
    expect(await pipeline.at(800)).toEqual({ a: 'no_data 76.9' });
  });

  it('are not silent because the sink is behind', async () => {
    await reports('one', 0, 600);
    await events('a', 650, { bad: 0, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    expect(await pipeline.at(700, 600)).toEqual({ a: 'ok 100' });
    await events('a', 690, { bad: 0, total: 1 });
    expect(await pipeline.at(701, 701)).toEqual({ a: 'no_data 86.9' });
  });

  it('more than are read are judged by some of them', async () => {
    const fleet = (name: string, service: string, count: number, dropped: number): string =>
      `SELECT '${stream}', '${stream}@1', 0, ${(offset += 1) * 1_000_000} + number, 0, concat('${name}', toString(intDiv(number, 30))), '${service}', 'test',
              fromUnixTimestamp(toInt64(${BASE_S} + (number % 30) * 10)), fromUnixTimestamp(toInt64(${BASE_S} + (number % 30) * 10 + 10)),
              false, 100, 100, 0, if(${dropped} = 0, map(), map('rejected', ${dropped})), ${BASE_S} + (number % 30) * 10 + 10
       FROM numbers(${count * 30})`;
    for (const one of [fleet('pod', 'chat', 2_500, 0), fleet('lone', 'search', 1, 300)])
      await store.command(`INSERT INTO source_reports ${one}`);
    await events('a', 250, { bad: 0, total: 100 });
    await events('b', 250, { bad: 0, total: 100 });
    const states = await pipelineOf(plan('a'), plan('b', { service: 'search' })).at(300);
    expect(states).toEqual({ a: 'ok 100', b: 'no_data 25' });
    const [evaluation] = await store.query<{ coverage: number }>(
      'SELECT coverage FROM evaluations FINAL WHERE stream = {stream:String}',
      { stream },
    );
    // One of the 501 that are read drops three of four.
    expect(evaluation!.coverage).toBeCloseTo(1 - 0.75 / 501, 9);
  });
});

describe('alerts', () => {
  it('that fire do not resolve while sources are lost, and do once their reports have come', async () => {
    await reports('one', 0, 600);
    await events('a', 400, { bad: 50, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    expect(await pipeline.at(600)).toEqual({ a: 'at_risk 100' });
    // The bad events have left the short window.
    expect(await pipeline.at(720)).toEqual({ a: 'no_data 85.7' });
    expect(await said()).toEqual(['fire@600 a', 'freeze@720 a']);
    await reports('one', 600, 730, { loggedS: 730 });
    expect(await pipeline.at(730)).toEqual({ a: 'at_risk 100' });
    expect(await said()).toEqual(['fire@600 a', 'freeze@720 a', 'resolve@730 a']);
  });

  it('fire on what is there, whatever is missing', async () => {
    await reports('one', 0, 600);
    await reports('two', 0, 600, { dropped: 100 });
    // Target 0.99 and factor 10: a tenth of what came must be bad.
    await events('thin', 550, { bad: 9, total: 100 });
    await events('thick', 550, { bad: 10, total: 100 });
    expect(await pipelineOf(plan('thin'), plan('thick')).at(600)).toEqual({
      thin: 'no_data 50',
      thick: 'no_data 50',
    });
    expect(await said()).toEqual(['fire@600 thick']);
  });

  it('are not muted by a report that claims losses, and no coverage by one that claims what cannot be', async () => {
    await reports('one', 0, 600);
    await reports('forged', 580, 600, { emitted: 9e15, dropped: 9e15 });
    await reports('liar', 580, 600, { service: 'search', emitted: 1_000, dropped: 1_000 });
    await events('a', 550, { bad: 50, total: 100 });
    await events('b', 550, { bad: 50, total: 100 });
    const pipeline = pipelineOf(plan('a'), plan('b', { service: 'search' }));
    expect(await pipeline.at(600)).toEqual({ a: 'at_risk 100', b: 'no_data 0' });
    expect(await said()).toEqual(['fire@600 a', 'fire@600 b']);
  });
});

describe('silence', () => {
  const policies = [plan('traffic', { noData: 'no_traffic' }), plan('data', { noData: 'no_data' })];

  it('of services that do not report is what the SLO says', async () => {
    for (const { slo } of policies) await events(slo, 400, { bad: 50, total: 100 });
    const pipeline = pipelineOf(...policies);
    expect(await pipeline.at(600)).toEqual({ traffic: 'at_risk 100', data: 'at_risk 100' });
    expect(await pipeline.at(720)).toEqual({ traffic: 'at_risk 100', data: 'no_data 0' });
    // Whatever it is for the budget, it is no recovery.
    expect((await said()).slice(2)).toEqual(['freeze@720 data', 'freeze@720 traffic']);
    for (const { slo } of policies) await events(slo, 725, { bad: 0, total: 1 });
    expect(await pipeline.at(730)).toMatchObject({ data: 'at_risk 100', traffic: 'at_risk 100' });
    expect((await said()).slice(4)).toEqual(['resolve@730 data', 'resolve@730 traffic']);
  });

  it('of one series is not that of the SLO', async () => {
    await events('data', 100, { bad: 0, total: 100, series: 1 });
    await events('data', 700, { bad: 0, total: 100, series: 2 });
    expect(await pipelineOf(...policies).at(720)).toEqual({ data: 'ok 100' });
  });

  it('of a service that reports is no traffic, unless its sources are gone', async () => {
    await reports('one', 0, 800, { emitted: 0 });
    await reports('other', 0, 1_900, { service: 'search' });
    for (const { slo } of policies) await events(slo, 100, { bad: 0, total: 100 });
    const pipeline = pipelineOf(...policies);
    expect(await pipeline.at(800)).toEqual({ traffic: 'ok 100', data: 'ok 100' });
    // The last of the lost source's gap is out of sight; then its reports are not read any more. It had never fed anything.
    expect(await pipeline.at(1_130)).toEqual({ traffic: 'ok 100', data: 'no_data 0' });
    expect(await pipeline.at(1_900)).toEqual({ traffic: 'ok 100', data: 'no_data 0' });
  });

  it('of a service whose source fed events and was lost is missing data, however long ago', async () => {
    await reports('one', 0, 800);
    for (const { slo } of policies) await events(slo, 100, { bad: 0, total: 100 });
    const pipeline = pipelineOf(...policies);
    expect(await pipeline.at(800)).toEqual({ traffic: 'ok 100', data: 'ok 100' });
    for (const second of [1_130, 1_900])
      expect(await pipeline.at(second)).toEqual({ traffic: 'no_data 0', data: 'no_data 0' });
  });

  it('from the first event on, without any in the period, is no traffic', async () => {
    await reports('one', 0, 100, { emitted: 0 });
    await events('traffic', 50, { bad: 0, total: 0 });
    expect(await pipelineOf(...policies).at(100)).toEqual({ traffic: 'no_traffic 100' });
  });
});

describe('a lost source', () => {
  /** An outage that fires at 400, and whose bad events have left the short window by 720. */
  async function outage(...slos: readonly string[]): Promise<void> {
    for (const slo of slos) await events(slo, 390, { bad: 50, total: 100 });
  }
  const all = [plan('a', { noData: 'no_traffic' }), plan('b', { noData: 'no_data' })];
  const fired = ['fire@400 a', 'fire@400 b'];
  const frozen = ['freeze@720 a', 'freeze@720 b'];

  it('keeps what it fed from resolving for days, over a restart, until it says that it stops', async () => {
    await reports('one', 0, 400);
    await outage('a', 'b');
    const pipeline = pipelineOf(...all);
    await pipeline.at(400);
    await pipeline.at(720);
    for (const second of [1_000, 1_500, 3_000]) await pipeline.at(second);
    expect(await said()).toEqual([...fired, ...frozen]);
    // Another process goes on, and the long windows are empty by now.
    const restarted = pipelineOf(...all);
    for (const second of [3_100, 5_000, 200_000]) await restarted.at(second);
    expect(await said()).toEqual([...fired, ...frozen]);
    await reports('one', 200_000, 200_010, { stops: true });
    await restarted.at(200_011);
    expect((await said()).slice(4)).toEqual(['resolve@200011 a', 'resolve@200011 b']);
  });

  it('is back when a source begins after it under another name and the series has events again', async () => {
    await reports('one', 0, 400);
    await outage('a', 'b');
    const pipeline = pipelineOf(...all);
    await pipeline.at(400);
    await pipeline.at(720);
    await reports('two', 800, 1_300);
    await events('a', 1_290, { bad: 0, total: 10 });
    await pipeline.at(1_300);
    expect((await said()).slice(4)).toEqual(['resolve@1300 a']);
    await reports('two', 1_300, 2_000);
    await pipeline.at(2_000);
    expect((await said()).slice(5)).toEqual([]);
    await events('b', 2_000, { bad: 0, total: 10 });
    await pipeline.at(2_010);
    expect((await said()).slice(5)).toEqual(['resolve@2010 b']);
  });

  it('is missing though another one sends, and so are two of which one came back', async () => {
    await reports('one', 0, 400);
    await reports('two', 0, 400);
    await reports('lives', 0, 3_000);
    await outage('a', 'b');
    const pipeline = pipelineOf(...all);
    await pipeline.at(400);
    for (const second of [800, 1_400]) {
      for (const { slo } of all) await events(slo, second - 10, { bad: 0, total: 100 });
      await pipeline.at(second);
    }
    expect(await said()).toEqual([...fired, 'freeze@800 a', 'freeze@800 b']);
    await reports('three', 1_400, 3_000);
    for (const { slo } of all) await events(slo, 1_990, { bad: 0, total: 100 });
    await pipeline.at(2_000);
    expect((await said()).length).toBe(4);
    await reports('four', 2_000, 3_000);
    for (const { slo } of all) await events(slo, 2_690, { bad: 0, total: 100 });
    await pipeline.at(2_700);
    expect((await said()).slice(4)).toEqual(['resolve@2700 a', 'resolve@2700 b']);
  });

  it('is known by silence alone if it never reported', async () => {
    await outage('a', 'b');
    await reports('elsewhere', 0, 5_000, { service: 'search' });
    const pipeline = pipelineOf(...all);
    await pipeline.at(400);
    for (const second of [720, 1_500, 5_000]) await pipeline.at(second);
    expect(await said()).toEqual([...fired, ...frozen]);
  });

  it('is waited for where the short window is shorter than its loss takes to be known', async () => {
    const tiers = [tier('fast', { shortWindowMs: 10_000 })];
    await reports('one', 0, 400);
    await reports('lives', 0, 2_000, { service: 'search' });
    for (const slo of ['a', 'b']) await events(slo, 390, { bad: 50, total: 100 });
    const pipeline = pipelineOf(plan('a', { tiers }), plan('b', { tiers, service: 'search' }));
    for (const second of [400, 415, 425, 500]) await pipeline.at(second);
    // The source of one was lost; the other's says all the time that it lives, and has nothing to send.
    const all = ['fire@400 a', 'fire@400 b', 'freeze@415 a', 'freeze@415 b', 'resolve@500 b'];
    expect(await said()).toEqual(all);
  });

  it('of long ago, which did not feed what fires now, keeps nothing', async () => {
    await reports('old', 0, 400);
    await reports('lives', 0, 9_000);
    await events('a', 8_000, { bad: 50, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    await pipeline.at(8_010);
    await pipeline.at(8_400);
    expect(await said()).toEqual(['fire@8010 a', 'resolve@8400 a']);
  });

  it('that had stopped, or lives and has nothing to send, lets alerts resolve', async () => {
    await reports('stops', 0, 400, { stops: true });
    await reports('lives', 0, 2_000, { service: 'search', emitted: 0 });
    await outage('a', 'b');
    const pipeline = pipelineOf(plan('a'), plan('b', { service: 'search' }));
    await pipeline.at(400);
    await pipeline.at(720);
    expect(await said()).toEqual([...fired, 'resolve@720 a', 'resolve@720 b']);
  });
});

describe('a clock that was ahead', () => {
  it('and is set right goes on to be judged by the present, in evaluations that never go back', async () => {
    await reports('one', 0, 9_000);
    await events('a', 5_000, { bad: 0, total: 100 });
    const pipeline = pipelineOf(plan('a'));
    await pipeline.at(8_600);
    await events('a', 5_000, { bad: 100, total: 100 });
    await pipeline.at(5_010);
    expect(await said()).toEqual(['fire@8601 a']);
    expect((await decisionsOf(log))[0]?.evidence.long).toMatchObject({ bad: 100, total: 200 });
    await pipeline.at(5_400);
    expect((await said()).slice(1)).toEqual(['resolve@8602 a']);
  });
});

describe('the view sources', () => {
  it('tells what each one is and what it dropped; the operating guide finds those that lower coverage', async () => {
    const nowS = Math.floor(Date.now() / 10_000) * 10 - BASE_S;
    await reports('alive', nowS - 100, nowS, { dropped: 3 });
    await reports('stopped', nowS - 100, nowS - 20, { stops: true });
    await reports('lost', nowS - 300, nowS - 200);
    await reports('lost long ago', nowS - 1_000, nowS - 500, { dropped: 2 });
    const rows = await store.query(
      `SELECT instance, state, toUInt32(reports) AS reports, toUInt32(dropped) AS dropped,
              toUInt32(dropped_5m) AS dropped_5m, dropped_by_reason['buffer_full'] = dropped AS is_by_reason
       FROM sources WHERE stream = {stream:String} ORDER BY instance`,
      { stream },
    );
    const common = { dropped: 0, dropped_5m: 0, is_by_reason: 1 };
    expect(rows).toEqual([
      { ...common, instance: 'alive', state: 'expected', reports: 10, dropped: 30, dropped_5m: 30 },
      { ...common, instance: 'lost', state: 'lost', reports: 10 },
      { ...common, instance: 'lost long ago', state: 'lost', reports: 50, dropped: 100 },
      { ...common, instance: 'stopped', state: 'stopped', reports: 8 },
    ]);
    const guide = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, sql] = /```sql\n(SELECT [^`]*state = 'lost' OR[^`]*)```/.exec(guide)!;
    const found = await store.query<{ instance: string }>(sql!.replace("'live'", `'${stream}'`));
    expect(found.map((one) => one.instance)).toEqual(['alive', 'lost']);
  });
});
