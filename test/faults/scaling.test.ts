import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { Closing } from './closing.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

const PARTITION_COUNT = 4;

/** Goal: processors come and go under load, and every event is counted once. */
describe.skipIf(!inject('canStartKafka'))('more processors and fewer', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(`scaling: seed ${SEED} (BURNLINE_SEED)`);
    rig = await startRig();
    closing.add(() => rig.close());
    fleet = await startFleet(rig, { stream: 'scaling', partitionCount: PARTITION_COUNT });
    closing.add(() => fleet.close());
  });
  afterAll(() => closing.all());

  it('from one to four and back', async () => {
    await underLoad(fleet, async () => {
      while (fleet.members('processor').length < PARTITION_COUNT)
        await (await fleet.add('processor')).ready();
      await expect.poll(() => sharedBy(fleet), { timeout: 60_000, interval: 250 }).toBe(PARTITION_COUNT);
      while (fleet.members('processor').length > 1) await fleet.remove(fleet.members('processor')[0]!);
    });
    expect(await sharedBy(fleet)).toBe(1);
  });
});

/** How many processors have been given partitions of the events' topic, and have read messages of theirs. */
async function sharedBy(fleet: Fleet): Promise<number> {
  const texts = await Promise.all(fleet.members('processor').map((member) => member.metrics()));
  return texts.filter((text) => text.includes(`burnline_messages_applied_total{topic="${fleet.topic}"`))
    .length;
}
