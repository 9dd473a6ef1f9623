import { describe, expect, it } from 'vitest';
import { History } from './model/history.ts';

/**
 * Goal: exactly once per position in the log, whatever fails and whenever. At every moment no reader sees more than the
 * truth; watermarks and commits are never ahead of rows; in the end everything is there, panes and raw rows alike.
 *
 * Method: the real workers, codecs and writers over an event log in memory and a table model, in virtual time; both ports
 * are wrapped by one that fails, delays, crashes and fences. The oracle recounts the log by positions. Every row is checked
 * as it arrives. A failure prints its seed; DELIVERY_SEED and DELIVERY_HISTORIES choose others.
 */
const FIRST_SEED = Number(process.env['DELIVERY_SEED'] ?? 1);
const HISTORY_COUNT = Number(process.env['DELIVERY_HISTORIES'] ?? 100);

describe('delivery', () => {
  it(
    `is exact through ${HISTORY_COUNT} random histories from seed ${FIRST_SEED}`,
    { timeout: 120_000 + HISTORY_COUNT * 500 },
    async () => {
      const sums = { messageCount: 0, crashCount: 0, zombieCount: 0 };
      for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORY_COUNT; seed += 1) {
        const figures = await new History(seed).run().catch((error: unknown) => {
          throw new Error(`history ${seed}: ${String(error)}`, { cause: error });
        });
        sums.messageCount += figures.messageCount;
        sums.crashCount += figures.crashCount;
        sums.zombieCount += figures.zombieCount;
      }
      console.log(`seeds ${FIRST_SEED} to ${FIRST_SEED + HISTORY_COUNT - 1}:`, sums);
      // A suite in which nothing fails proves nothing.
      expect(sums.crashCount).toBeGreaterThan(HISTORY_COUNT / 2);
      expect(sums.zombieCount).toBeGreaterThan(HISTORY_COUNT / 2);
    },
  );
});
