import { expect, it } from 'vitest';
import { STEP_COUNTS, runSeeds, seedsOfHalf } from './model/run-seeds.ts';

/** As delivery-faults.test.ts, in a process of its own: the suite has two cores. */
const seeds = seedsOfHalf(1);
it(
  `delivery is exact through ${seeds.count} more histories from seed ${seeds.first}`,
  { timeout: 120_000 + seeds.count * 500 },
  async () => {
    expect((await runSeeds(seeds, STEP_COUNTS)).messageCount).toBeGreaterThan(0);
  },
);
