import { EVALUATORS_TOPIC } from '@burnline/contracts';
import { shardOf } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { Closing } from './closing.ts';
import { topicEnds } from './oracle/topic-content.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

/** A session, a rebalance and some evaluations, on a busy machine. */
const TAKEOVER_MS = 60_000;

/**
 * Goal: several alerters judge every SLO, each by one of them, and whoever dies is replaced by the others without another
 * system: the shards are partitions of an empty topic.
 */
describe.skipIf(!inject('canStartKafka'))('several alerters', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;
  let shardCount: number;

  beforeAll(async () => {
    console.log(`alerters: seed ${SEED} (BURNLINE_SEED)`);
    rig = await startRig();
    closing.add(() => rig.close());
    fleet = await startFleet(rig, { stream: 'judged', counts: { alerter: 2 } });
    closing.add(() => fleet.close());
    shardCount = (await topicEnds(rig.kafka.directBrokers, EVALUATORS_TOPIC)).length;
  });
  afterAll(() => closing.all());

  /** How many shards each alerter says it holds. */
  async function held(): Promise<readonly number[]> {
    const texts = await Promise.all(fleet.members('alerter').map((member) => member.metrics()));
    return texts.map((text) => Number(/^burnline_shards_held\{.*\} (\d+)$/m.exec(text)?.[1] ?? 0));
  }

  /** Seconds since the least recent evaluation of any shard that has been evaluated. */
  async function ages(): Promise<readonly number[]> {
    const rows = await fleet.store.query<{ age: number }>(
      `SELECT dateDiff('second', max(evaluated_through), now()) AS age FROM evaluations
       WHERE stream = {stream:String} GROUP BY shard`,
      { stream: fleet.stream },
    );
    return rows.map(({ age }) => age);
  }

  const isJudged = async (): Promise<boolean> => {
    const all = await ages();
    return all.length === shardCount && Math.max(...all) < 12;
  };

  it('share the shards, and judge all of them', async () => {
    const sharedEvenly = async () => (await held()).join() === [shardCount / 2, shardCount / 2].join();
    await expect.poll(sharedEvenly, { timeout: TAKEOVER_MS }).toBe(true);
    await expect.poll(isJudged, { timeout: TAKEOVER_MS }).toBe(true);
    await underLoad(fleet, () => Promise.resolve());
  });

  it('take over from one that dies, and hand back to the next', async () => {
    const [victim] = fleet.members('alerter');
    await victim!.kill();
    fleet.forget(victim!);
    await expect.poll(async () => (await held()).join(), { timeout: TAKEOVER_MS }).toBe(String(shardCount));
    await expect.poll(isJudged, { timeout: TAKEOVER_MS }).toBe(true);
    await (await fleet.add('alerter')).ready();
    await expect.poll(async () => Math.min(...(await held())), { timeout: TAKEOVER_MS }).toBe(shardCount / 2);
    await expect.poll(isJudged, { timeout: TAKEOVER_MS }).toBe(true);
    await fleet.check();
  });

  it('the database and the processes divide the SLOs alike', async () => {
    const slos = ['a', 'chat-availability', 'agent-cost', 'größe'];
    const [row] = await fleet.store.query<{ shards: number[] }>(
      'SELECT arrayMap(slo -> CRC32(slo) % {count:UInt32}, {slos:Array(String)}) AS shards',
      { slos, count: shardCount },
    );
    expect(row!.shards).toEqual(slos.map((slo) => shardOf(slo, shardCount)));
  });
});
