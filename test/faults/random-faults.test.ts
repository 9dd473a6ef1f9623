import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import { randomFrom } from '../support/random.ts';
import type { Fleet } from '../support/services/fleet.ts';
import { startRig, type Rig } from '../support/services/rig.ts';
import { FAULTS, drawn, type Fault } from './faults.ts';
import { Closing } from './closing.ts';
import { SEED, startFleet, underLoad } from './under-load.ts';

/**
 * Goal: faults that fall together do no more harm than one alone. Each run draws one to three of different targets and when
 * they begin from its own seed, lets them strike a fleet under load, and compares everything since the fleet's start with
 * the recount. BURNLINE_FAULT_RUNS says how many, BURNLINE_SEED where to begin: run k of seed s is run 0 of seed s + k, up to
 * what the runs before have left in the log.
 */
const RUN_COUNT = Number(process.env['BURNLINE_FAULT_RUNS'] ?? 20);
const FAULTS_PER_RUN_MAX = 3;
const START_SPREAD_MS = 2_000;

describe.skipIf(!inject('canStartKafka'))('faults at random', () => {
  const closing = new Closing();
  let rig: Rig;
  let fleet: Fleet;

  beforeAll(async () => {
    console.log(
      `${RUN_COUNT} runs of random faults from seed ${SEED} on (BURNLINE_FAULT_RUNS, BURNLINE_SEED)`,
    );
    rig = await startRig();
    closing.add(() => rig.close());
    fleet = await startFleet(rig, { stream: 'random', counts: { processor: 2 } });
    closing.add(() => fleet.close());
  });
  afterAll(() => closing.all());

  for (let run = 0; run < RUN_COUNT; run += 1) {
    const random = randomFrom(SEED + run);
    const faults = drawFaults(random);
    const names = faults.map(({ fault, startMs }) => `${fault.name} after ${startMs} ms`).join('; ');
    it(`seed ${SEED + run}: ${names}`, async () => {
      await underLoad(fleet, async () => {
        const strikes = faults.map(async ({ fault, startMs }) => {
          await sleep(startMs);
          await fault.strike({ rig, fleet, random });
        });
        // All of them come to their end, whatever one of them says: the next run starts from a rig that is whole.
        for (const outcome of await Promise.allSettled(strikes))
          if (outcome.status === 'rejected') throw outcome.reason;
      });
    });
  }
});

function drawFaults(random: () => number): readonly { readonly fault: Fault; readonly startMs: number }[] {
  const count = 1 + Math.floor(random() * FAULTS_PER_RUN_MAX);
  const faults: { fault: Fault; startMs: number }[] = [];
  while (faults.length < count) {
    const fault = drawn(
      FAULTS.filter(({ target }) => faults.every((other) => other.fault.target !== target)),
      random,
    );
    faults.push({ fault, startMs: Math.floor(random() * START_SPREAD_MS) });
  }
  return faults;
}
