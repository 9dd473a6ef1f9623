import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { SESSION_TIMEOUT_MS, type Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { Closing } from './closing.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

/** Goal: whatever becomes of a process, nothing acknowledged is lost and nothing is counted twice. */
describe.skipIf(!inject('canStartKafka'))('processes that die, stall and come back', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(`processes under faults: seed ${SEED} (BURNLINE_SEED)`);
    rig = await startRig();
    closing.add(() => rig.close());
    fleet = await startFleet(rig, { stream: 'processes', counts: { processor: 2, sink: 2 } });
    closing.add(() => fleet.close());
  });
  afterAll(() => closing.all());

  it('nothing happens to them: what is sent again is marked, what comes late is in its own pane', async () => {
    const { repeatCount, refusedCount } = await underLoad(fleet, () => sleep(3_000));
    expect(refusedCount).toBe(0);
    expect(repeatCount).toBeGreaterThan(20);
  });

  it.each(['processor', 'sink', 'collector', 'alerter'] as const)('a %s is killed twice', async (role) => {
    const { acknowledgedCount } = await underLoad(fleet, async () => {
      for (let kill = 0; kill < 2; kill += 1) {
        const [first] = fleet.members(role);
        await (await fleet.killAndReplace(first!)).ready();
        await sleep(1_000);
      }
    });
    expect(acknowledgedCount).toBeGreaterThan(200);
  });

  it('the broker is killed and comes back on the same data', async () => {
    const { acknowledgedCount } = await underLoad(fleet, async () => {
      await rig.kafka.kill();
      await sleep(2_000);
      await rig.kafka.restart();
    });
    expect(acknowledgedCount).toBeGreaterThan(200);
  });

  it.each(['processor', 'sink'] as const)(
    'a %s stands still beyond its session and goes on as a zombie',
    async (role) => {
      await underLoad(fleet, async () => {
        const [zombie] = fleet.members(role);
        zombie!.pause();
        await sleep(SESSION_TIMEOUT_MS + 4_000);
        zombie!.resume();
        await sleep(2_000);
      });
    },
  );

  it('the broker stands still for longer than every session', async () => {
    await underLoad(fleet, async () => {
      rig.kafka.pause();
      await sleep(SESSION_TIMEOUT_MS + 2_000);
      rig.kafka.resume();
    });
  });

  it('processors and sinks are restarted one by one, each stop in order', async () => {
    await underLoad(fleet, async () => {
      for (const member of [...fleet.members('processor'), ...fleet.members('sink')])
        await (await fleet.stopAndReplace(member)).ready();
    });
  });
});
