import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareArms, COMPARISON_DEFAULTS, type ArmCounts } from './compare-arms.ts';
import { compareSuites } from './compare-suites.ts';

/** Goal: a suite is said to agree, or not, with traffic only where both are sure of what they say. */
const arm = (bad: number, total: number): ArmCounts => ({ seen: total, bad, total, squares: total });
const arms = (baseline: ArmCounts, candidate: ArmCounts) => ({ baseline, candidate });
const BETTER = arms(arm(900, 3_000), arm(150, 3_000));
const WORSE = arms(BETTER.candidate, BETTER.baseline);

describe('compareSuites', () => {
  it.each([
    ['agree', BETTER, BETTER],
    ['agree', WORSE, WORSE],
    ['disagree', WORSE, BETTER],
    ['disagree', BETTER, WORSE],
    ['insufficient', BETTER, arms(arm(3, 10), arm(0, 10))],
    ['insufficient', arms(arm(0, 0), arm(0, 0)), WORSE],
  ] as const)('says %s', (agreement, online, offline) => {
    expect(compareSuites({ online, offline }, COMPARISON_DEFAULTS).agreement).toBe(agreement);
  });

  it('calls no difference within the margin a contradiction of a small one', () => {
    const rule = { ...COMPARISON_DEFAULTS, margin: 0.01 };
    const same = arms(arm(20_000, 400_000), arm(20_000, 400_000));
    const little = arms(arm(22_000, 400_000), arm(18_000, 400_000));
    const found = compareSuites({ online: same, offline: little }, rule);
    expect([found.online.verdict, found.offline.verdict]).toEqual(['same-within-margin', 'better']);
    const isApart = found.offline.difference.high < found.online.difference.low;
    expect(found.agreement).toBe(isApart ? 'disagree' : 'insufficient');
  });

  it('has the bounds of two comparisons at half of alpha, and is the same seen from the other arm', () => {
    const anyArm = fc
      .tuple(fc.nat(4_000), fc.nat(4_000))
      .map(([a, b]) => arm(Math.min(a, b), Math.max(a, b)));
    const anyArms = fc.tuple(anyArm, anyArm).map(([a, b]) => arms(a, b));
    fc.assert(
      fc.property(anyArms, anyArms, (online, offline) => {
        const found = compareSuites({ online, offline }, COMPARISON_DEFAULTS);
        const half = { ...COMPARISON_DEFAULTS, alpha: COMPARISON_DEFAULTS.alpha / 2 };
        expect(found.online).toEqual(compareArms(online.baseline, online.candidate, half));
        expect(found.offline).toEqual(compareArms(offline.baseline, offline.candidate, half));
        const turned = compareSuites(
          {
            online: arms(online.candidate, online.baseline),
            offline: arms(offline.candidate, offline.baseline),
          },
          COMPARISON_DEFAULTS,
        );
        expect(turned.agreement).toBe(found.agreement);
        expect(compareSuites({ online: offline, offline: online }, COMPARISON_DEFAULTS).agreement).toBe(
          found.agreement,
        );
      }),
      { numRuns: 50 },
    );
  });
});
