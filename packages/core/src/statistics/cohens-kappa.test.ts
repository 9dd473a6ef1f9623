import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cohensKappa } from './cohens-kappa.ts';

const pairOf = (verdicts: readonly (readonly [boolean, boolean])[]) => ({
  bothPassed: verdicts.filter(([a, b]) => a && b).length,
  bothFailed: verdicts.filter(([a, b]) => !a && !b).length,
  onlyFirstPassed: verdicts.filter(([a, b]) => a && !b).length,
  onlySecondPassed: verdicts.filter(([a, b]) => !a && b).length,
});

describe('cohensKappa', () => {
  it('is that of the textbook', () => {
    // Observed 0.7, by chance 0.5 x 0.6 + 0.5 x 0.4.
    const pair = { bothPassed: 20, onlyFirstPassed: 5, onlySecondPassed: 10, bothFailed: 15 };
    expect(cohensKappa(pair)).toBeCloseTo(0.4, 12);
  });

  it('is observed agreement beyond that of all pairings of both, and 1 only where they never differ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 25 }),
        (verdicts) => {
          const observed = verdicts.filter(([a, b]) => a === b).length / verdicts.length;
          const pairings = verdicts.flatMap(([a]) => verdicts.map(([, b]) => a === b));
          const chance = pairings.filter(Boolean).length / pairings.length;
          const kappa = cohensKappa(pairOf(verdicts));
          if (chance === 1) expect(kappa).toBeNull();
          else {
            expect(kappa).toBeCloseTo((observed - chance) / (1 - chance), 9);
            expect(kappa === 1).toBe(observed === 1);
          }
        },
      ),
    );
  });

  it('says nothing of nothing', () => {
    expect(cohensKappa(pairOf([]))).toBeNull();
  });
});
