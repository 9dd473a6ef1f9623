import { describe, expect, it } from 'vitest';
import { HISTORY_COUNT, STEP_COUNTS, runSeeds, seedsOfHalf } from './model/run-seeds.ts';

/**
 * Goal: exactly once per position in the log, whatever fails and whenever, from the message to what a reader sums up. At
 * every moment no reader sees more than the truth, and of an active SLO no less than what is written; watermarks and commits
 * are never ahead of rows; in the end everything is there, panes, archive, backfills and raw rows alike.
 *
 * Method: the real workers, codecs, writers, sealers and rollouts over an event log in memory and a table model, in virtual
 * time; the ports are wrapped by some that fail, delay, crash and fence. Readers read by the real conditions. The oracle
 * recounts the log by positions. A failure prints its seed and the shortest history that fails too. How to run others, and
 * what is known to be caught: docs/testing.md. The other half of the seeds runs beside this one, on another core.
 */
describe('delivery', () => {
  const seeds = seedsOfHalf(0);
  it(
    `is exact through ${seeds.count} random histories from seed ${seeds.first}`,
    { timeout: 120_000 + seeds.count * 500 },
    async () => {
      const sums = await runSeeds(seeds, STEP_COUNTS);
      console.log(`seeds ${seeds.first} to ${seeds.first + seeds.count - 1}:`, sums);
      // A suite in which nothing fails, is sealed, read, backfilled or expired proves nothing.
      if (HISTORY_COUNT < 50) return;
      expect(sums.crashCount).toBeGreaterThan(seeds.count);
      expect(sums.zombieCount).toBeGreaterThan(seeds.count / 4);
      expect(sums.readCount).toBeGreaterThan(seeds.count);
      expect(sums.sealedCount).toBeGreaterThan(seeds.count);
      expect(sums.backfillCount).toBeGreaterThan(seeds.count / 2);
      expect(sums.expiredCount).toBeGreaterThan(0);
    },
  );
});
