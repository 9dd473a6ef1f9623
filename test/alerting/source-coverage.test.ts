import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { plan } from './bench.ts';
import { BASE_S, useSources } from './sources-bench.ts';

/**
 * Goal: sources that are lost, stop, fall silent, drop events or come back show in the coverage, the states and the alerts
 * of the SLOs that they concern, and in no others.
 *
 * Method: reports and panes as the sink and the processor write them, in a real engine; the real live clock, burn stage and
 * decider over them, at chosen instants. Expected figures are counted by hand.
 */
const bench = useSources();
const { reports, events, pipelineOf, said } = bench;

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
    await bench.store.command(
      `INSERT INTO source_reports SELECT * FROM source_reports WHERE stream = '${bench.stream}'`,
    );
    await reports('other', 0, 600, { service: 'search' });
    for (const slo of ['own', 'search', 'all']) await events(slo, 550, { bad: 0, total: 100 });
    const states = await pipelineOf(
      plan('own'),
      plan('search', { service: 'search' }),
      plan('all', { service: 'nobody-reports-so' }),
    ).at(600);
    expect(states).toEqual({ own: 'no_data 75', search: 'ok 100', all: 'no_data 83.3' });
    const [evaluation] = await bench.store.query(
      'SELECT coverage FROM evaluations FINAL WHERE stream = {stream:String}',
      { stream: bench.stream },
    );
    expect(evaluation).toEqual({ coverage: 1 - 150 / 900 });
  });

  it('that drop records as invalid are no concern of services that nobody reports for', async () => {
    await reports('good', 0, 600);
    await reports('bad', 0, 600, { emitted: 100, dropped: 40, reason: 'invalid' });
    await reports('late', 0, 600, { emitted: 100, dropped: 30, service: 'search' });
    for (const slo of ['own', 'other']) await events(slo, 550, { bad: 0, total: 100 });
    const states = await pipelineOf(plan('own'), plan('other', { service: 'nobody-reports-so' })).at(600);
    // Of its own service the records are missing all the same; of another what could not be delivered is: 30 of 300 %.
    expect(states).toEqual({ own: 'no_data 80', other: 'ok 90' });
    const [evaluation] = await bench.store.query<{ coverage: number }>(
      'SELECT coverage FROM evaluations FINAL WHERE stream = {stream:String}',
      { stream: bench.stream },
    );
    expect(evaluation!.coverage).toBeCloseTo(1 - 0.7 / 3, 9);
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
      `SELECT '${bench.stream}', '${bench.stream}@1', 0, ${bench.nextOffset() * 1_000_000} + number, 0, concat('${name}', toString(intDiv(number, 30))), '${service}', 'test',
              fromUnixTimestamp(toInt64(${BASE_S} + (number % 30) * 10)), fromUnixTimestamp(toInt64(${BASE_S} + (number % 30) * 10 + 10)),
              false, 100, 100, 0, if(${dropped} = 0, map(), map('rejected', ${dropped})), ${BASE_S} + (number % 30) * 10 + 10
       FROM numbers(${count * 30})`;
    for (const one of [fleet('pod', 'chat', 2_500, 0), fleet('lone', 'search', 1, 300)])
      await bench.store.command(`INSERT INTO source_reports ${one}`);
    await events('a', 250, { bad: 0, total: 100 });
    await events('b', 250, { bad: 0, total: 100 });
    const states = await pipelineOf(plan('a'), plan('b', { service: 'search' })).at(300);
    expect(states).toEqual({ a: 'ok 100', b: 'no_data 25' });
    const [evaluation] = await bench.store.query<{ coverage: number }>(
      'SELECT coverage FROM evaluations FINAL WHERE stream = {stream:String}',
      { stream: bench.stream },
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

describe('the view sources', () => {
  it('tells what each one is and what it dropped; the operating guide finds those that lower coverage', async () => {
    const nowS = Math.floor(Date.now() / 10_000) * 10 - BASE_S;
    await reports('alive', nowS - 100, nowS, { dropped: 3 });
    await reports('stopped', nowS - 100, nowS - 20, { stops: true });
    await reports('lost', nowS - 300, nowS - 200);
    await reports('lost long ago', nowS - 1_000, nowS - 500, { dropped: 2 });
    const rows = await bench.store.query(
      `SELECT instance, state, toUInt32(reports) AS reports, toUInt32(dropped) AS dropped,
              toUInt32(dropped_5m) AS dropped_5m, dropped_by_reason['buffer_full'] = dropped AS is_by_reason
       FROM sources WHERE stream = {stream:String} ORDER BY instance`,
      { stream: bench.stream },
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
    const found = await bench.store.query<{ instance: string }>(sql!.replace("'live'", `'${bench.stream}'`));
    expect(found.map((one) => one.instance)).toEqual(['alive', 'lost']);
  });
});
