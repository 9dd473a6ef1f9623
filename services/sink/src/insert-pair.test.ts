import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runInPairs } from './insert-pair.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('inserts in pairs', () => {
  it('run in their order, never more than two at once, and leave nothing under way behind an error', async () => {
    const steps = fc.array(fc.record({ turns: fc.nat({ max: 4 }), fails: fc.nat({ max: 9 }) }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (planned) => {
        const begun: number[] = [];
        let underWay = 0;
        let underWayMax = 0;
        const failed: number[] = [];
        const run = async (
          index: number,
          { turns, fails }: { turns: number; fails: number },
        ): Promise<void> => {
          // Nothing is begun once a failure is known.
          expect(failed).toEqual([]);
          begun.push(index);
          underWay += 1;
          underWayMax = Math.max(underWayMax, underWay);
          for (let count = 0; count < turns; count += 1) await turn();
          underWay -= 1;
          if (fails !== 0) return;
          failed.push(index);
          throw new Error(`step ${index}`);
        };
        const outcome = await runInPairs(planned.map((step, index) => () => run(index, step))).then(
          () => null,
          (error: unknown) => (error as Error).message,
        );
        expect(underWay).toBe(0);
        expect(underWayMax).toBeLessThanOrEqual(2);
        expect(outcome).toBe(failed.length === 0 ? null : `step ${failed[0]!}`);
        expect(begun).toEqual(planned.map((_, index) => index).slice(0, begun.length));
        if (failed.length === 0) expect(begun).toHaveLength(planned.length);
      }),
      { numRuns: 50 },
    );
  });
});
