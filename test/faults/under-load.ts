import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../support/random.ts';
import { Fleet, type FleetOptions } from '../support/services/fleet.ts';
import type { Rig } from '../support/services/rig.ts';
import { SLO_COUNT } from './oracle/recount.ts';
import { Traffic } from './oracle/traffic.ts';
import { verify } from './oracle/verify.ts';

/** What every event is and which fault falls where follows from it. */
export const SEED = Number(process.env['BURNLINE_SEED'] ?? Date.now() % 100_000);

/** Load before a fault, and after it. */
const LOAD_MS = 1_500;
/** Numbers of one load's events; the next load's are others. */
const EVENTS_PER_LOAD_MAX = 1_000_000;

let loadCount = 0;

export interface LoadReport {
  readonly acknowledgedCount: number;
  /** In the whole log of the stream. */
  readonly repeatCount: number;
  readonly refusedCount: number;
}

/** A fleet of the rig, with both links behind their proxies. */
export function startFleet(
  rig: Rig,
  options: Pick<FleetOptions, 'stream'> & Partial<Pick<FleetOptions, 'counts' | 'partitionCount'>>,
): Promise<Fleet> {
  return Fleet.start({
    brokers: rig.kafka.brokers,
    directBrokers: rig.kafka.directBrokers,
    databaseUrl: `http://${rig.databaseLink.address}`,
    store: rig.database.store,
    partitionCount: 2,
    specsFile: SPECS_FILE,
    sloCount: SLO_COUNT,
    ...options,
  });
}

export const SPECS_FILE = new URL('slos.yaml', import.meta.url).pathname;

/** Publishes while the fault happens, waits until everybody is at the end of the log, and compares with the recount. */
export async function underLoad(fleet: Fleet, fault: () => Promise<void>): Promise<LoadReport> {
  loadCount += 1;
  const traffic = new Traffic({
    ...fleet.intake,
    random: randomFrom(SEED + loadCount),
    firstNumber: loadCount * EVENTS_PER_LOAD_MAX,
  });
  traffic.start();
  try {
    await sleep(LOAD_MS);
    await fault();
    await sleep(LOAD_MS);
  } finally {
    await traffic.stop();
  }
  const { repeatCount } = await verify(fleet, traffic.acknowledged);
  return {
    acknowledgedCount: traffic.acknowledged.size,
    repeatCount,
    refusedCount: traffic.refusedCount,
  };
}
