import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { LINK_FAULTS, away } from './faults.ts';
import { Closing } from './closing.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

const FAULT_MS = 4_000;
/** BURNLINE_DATABASE_AWAY_MS=60000 for a minute. */
const DATABASE_AWAY_MS = Number(process.env['BURNLINE_DATABASE_AWAY_MS'] ?? 20_000);

/** Goal: however the links to Kafka and to ClickHouse behave, nothing is lost and nothing counted twice. */
describe.skipIf(!inject('canStartKafka'))('links that break', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(`broken links: seed ${SEED} (BURNLINE_SEED)`);
    rig = await startRig();
    closing.add(() => rig.close());
    fleet = await startFleet(rig, { stream: 'links' });
    closing.add(() => fleet.close());
  });
  afterAll(() => closing.all());

  it.each(LINK_FAULTS)('the one to Kafka $name', async ({ strike }) => {
    const { acknowledgedCount } = await underLoad(fleet, () => strike(rig.kafkaLink, FAULT_MS));
    expect(acknowledgedCount).toBeGreaterThan(200);
  });

  it.each(LINK_FAULTS)('the one to ClickHouse $name', async ({ strike }) => {
    const { acknowledgedCount } = await underLoad(fleet, () => strike(rig.databaseLink, FAULT_MS));
    expect(acknowledgedCount).toBeGreaterThan(200);
  });

  it(`ClickHouse is away for ${DATABASE_AWAY_MS} ms: events are taken all the while`, async () => {
    const { acknowledgedCount, refusedCount } = await underLoad(fleet, async () => {
      await away(rig.databaseLink, DATABASE_AWAY_MS);
      await sleep(1_000);
    });
    expect(refusedCount).toBe(0);
    expect(acknowledgedCount).toBeGreaterThan(DATABASE_AWAY_MS / 20);
  });
});
