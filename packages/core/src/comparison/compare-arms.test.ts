import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareArms, type ArmCounts, type ComparisonRule } from './compare-arms.ts';

/**
 * Goal: an arm that is not worse is called worse with a chance of alpha at most, however often anybody looks; one that is gets found; and
 * verdicts say no more than the bounds.
 *
 * Method: simulated arms from a seed, looked at all the way; the same looks by a test of fixed size, which they do mislead; laws.
 */
const counts = (bad: number, total: number): ArmCounts => ({ seen: total, bad, total, squares: total });
const rule: ComparisonRule = { alpha: 0.1, margin: 0, eventCountMin: 20 };

/** Marsaglia's xorshift: the same numbers everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What each look finds, while events come. */
function looks(
  {
    share,
    events,
    every,
  }: { readonly share: readonly [number, number]; readonly events: number; readonly every: number },
  random: () => number,
): readonly (readonly [ArmCounts, ArmCounts])[] {
  const found: (readonly [ArmCounts, ArmCounts])[] = [];
  const bad = [0, 0] as [number, number];
  for (let event = 1; event <= events; event += 1) {
    for (const arm of [0, 1] as const) if (random() < share[arm]) bad[arm] += 1;
    if (event % every === 0) found.push([counts(bad[0], event), counts(bad[1], event)]);
  }
  return found;
}

/** The 90 % quantile of the normal distribution. */
const Z = 1.2816;

/** By the two-sample test that holds at one look alone, as dashboards have it. */
function isWorseAtOneLook([a, b]: readonly [ArmCounts, ArmCounts]): boolean {
  const pooled = (a.bad + b.bad) / (a.total + b.total);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / a.total + 1 / b.total));
  return b.bad / b.total - a.bad / a.total > Z * error;
}

describe('compareArms', () => {
  it.each([0.02, 0.3])('calls no arm worse that has the same share of bad events: %d', (share) => {
    const random = randomFrom(20_260_511);
    const runs = 300;
    let [worse, misled] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const seen = looks({ share: [share, share], events: 3_000, every: 50 }, random);
      if (seen.some(([a, b]) => compareArms(a, b, rule).verdict === 'worse')) worse += 1;
      if (seen.some((look) => isWorseAtOneLook(look))) misled += 1;
    }
    expect(worse / runs).toBeLessThanOrEqual(rule.alpha);
    // Or the looks would be too few to mislead anybody.
    expect(misled / runs).toBeGreaterThan(2 * rule.alpha);
  });

  it('finds an arm that is worse, and its opposite better, and changes no mind of its own', () => {
    const random = randomFrom(7);
    for (let run = 0; run < 50; run += 1) {
      const seen = looks({ share: [0.02, 0.08], events: 4_000, every: 100 }, random);
      const verdicts = seen.map(([a, b]) => compareArms(a, b, rule).verdict);
      expect(verdicts.at(-1)).toBe('worse');
      expect(verdicts).not.toContain('better');
      const [a, b] = seen.at(-1)!;
      expect(compareArms(b, a, rule).verdict).toBe('better');
    }
  });

  it('says what the bounds do, of any counts', () => {
    const arm = fc
      .tuple(fc.nat(20_000), fc.nat(20_000), fc.double({ min: 1, max: 30, noNaN: true }))
      .map(([x, y, weight]) => ({
        bad: Math.min(x, y),
        total: Math.max(x, y),
        seen: Math.max(x, y) / weight,
        squares: weight * Math.max(x, y),
      }));
    const margin = fc.constantFrom(0, 0.001, 0.01, 0.2);
    fc.assert(
      fc.property(arm, arm, margin, (a, b, allowed) => {
        const { verdict, difference, baseline, candidate } = compareArms(a, b, { ...rule, margin: allowed });
        for (const one of [baseline, candidate]) {
          expect(one.bounds.low).toBeLessThanOrEqual(one.badRatio ?? 1);
          expect(one.bounds.high).toBeGreaterThanOrEqual(one.badRatio ?? 0);
        }
        if (verdict === 'worse') expect(difference.low).toBeGreaterThan(0);
        if (verdict === 'better') expect(difference.high).toBeLessThan(0);
        if (verdict === 'same-within-margin')
          expect(Math.max(-difference.low, difference.high)).toBeLessThanOrEqual(allowed);
        if (Math.min(a.seen, b.seen) < rule.eventCountMin) expect(verdict).toBe('insufficient');
        const turned = compareArms(b, a, { ...rule, margin: allowed });
        expect(turned.difference.low).toBeCloseTo(-difference.high, 12);
      }),
    );
  });

  it('is the same within a margin once that is sure', () => {
    const wide = { ...rule, margin: 0.05 };
    expect(compareArms(counts(1, 60), counts(1, 60), wide).verdict).toBe('insufficient');
    expect(compareArms(counts(200, 10_000), counts(220, 10_000), wide).verdict).toBe('same-within-margin');
    expect(compareArms(counts(200, 10_000), counts(220, 10_000), rule).verdict).toBe('insufficient');
  });

  it('takes events that stand for many for no more than they are', () => {
    const sampled = (arm: ArmCounts): ArmCounts => ({
      seen: arm.seen,
      bad: arm.bad * 20,
      total: arm.total * 20,
      squares: arm.total * 400,
    });
    const [a, b] = [counts(6, 300), counts(15, 300)];
    const { candidate } = compareArms(sampled(a), sampled(b), rule);
    expect(candidate.bounds.low).toBeCloseTo(compareArms(a, b, rule).candidate.bounds.low, 12);
  });

  it('knows nothing of no events', () => {
    const none = counts(0, 0);
    expect(compareArms(none, none, rule)).toMatchObject({
      verdict: 'insufficient',
      difference: { low: -1, high: 1 },
      candidate: { badRatio: null },
    });
  });
});
