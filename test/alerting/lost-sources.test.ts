import { describe, expect, it } from 'vitest';
import { decisionsOf, plan, tier } from './bench.ts';
import { useSources } from './sources-bench.ts';

/**
 * Goal: silence is not recovery. An alert whose source was lost is frozen until data comes back, the source reports a stop,
 * or it is known that there was nothing.
 */
const bench = useSources();
const { reports, events, pipelineOf, said } = bench;

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
    expect((await decisionsOf(bench.log))[0]?.evidence.long).toMatchObject({ bad: 100, total: 200 });
    await pipeline.at(5_400);
    expect((await said()).slice(1)).toEqual(['resolve@8602 a']);
  });
});
