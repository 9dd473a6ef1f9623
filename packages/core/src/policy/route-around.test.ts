import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextRoutes,
  ROUTE_RULE_DEFAULT,
  type RouteCount,
  type RouteRule,
  type RouteState,
} from './route-around.ts';

/** Goal: what is routed around does not flap, is never all there is, and comes back; under drawn series of errors. */
const RULE: RouteRule = { by: 'provider', ...ROUTE_RULE_DEFAULT };
const STEP_MS = 30_000;

const count = (value: string, errors: number, total: number): RouteCount => ({
  ...{ value, errors, total, seen: total },
});

/** The states after each step, of counts by value that stand for the window up to it. */
function walk(steps: readonly (readonly RouteCount[])[], rule = RULE): readonly (readonly RouteState[])[] {
  const all: (readonly RouteState[])[] = [];
  steps.forEach((counts, index) => {
    all.push(nextRoutes(all.at(-1) ?? [], { atMs: index * STEP_MS, counts }, rule));
  });
  return all;
}

const outOf = (states: readonly RouteState[] | undefined): readonly string[] =>
  (states ?? []).filter(({ isOut }) => isOut).map(({ value }) => value);

/** A step of three values; two may go without events. */
const drawnStep = fc
  .tuple(...['a', 'b', 'c'].map((value) => fc.tuple(fc.constant(value), fc.nat(120), fc.nat(100))))
  .map((all) =>
    all
      .filter(([, total]) => total > 0)
      .map(([value, total, percent]) => count(value, (total * percent) / 1_000, total)),
  );
const drawnRule = fc
  .record({ at: fc.integer({ min: 10, max: 90 }), gap: fc.integer({ min: 1, max: 9 }), hold: fc.nat(8) })
  .map(({ at, gap, hold }): RouteRule => ({
    ...RULE,
    ...{ at: at / 1_000, liftBelow: (at - gap) / 1_000, holdMs: hold * STEP_MS },
  }));

describe('routing around', () => {
  it('takes out what fails with evidence, and nothing else', () => {
    const [states] = walk([[count('a', 2, 100), count('b', 1, 100), count('c', 30, 40)]]);
    expect(outOf(states)).toEqual(['a']);
  });

  it('takes the worst first, and leaves the last one whatever it does', () => {
    const [states] = walk([[count('a', 10, 100), count('b', 30, 100), count('c', 20, 100)]]);
    expect(outOf(states)).toEqual(['b', 'c']);
    expect(outOf(walk([[count('a', 100, 100)]])[0])).toEqual([]);
  });

  it('tries one again after its hold where nobody knows how it does, and not where it is known', () => {
    const failing = [count('a', 50, 100), count('b', 0, 100)];
    const [silent, probed] = [[count('b', 0, 100)], failing];
    const holdSteps = RULE.holdMs / STEP_MS;
    const back = walk([failing, ...Array.from({ length: holdSteps }, () => silent)]);
    expect(outOf(back.at(-2))).toEqual(['a']);
    expect(outOf(back.at(-1))).toEqual([]);
    const kept = walk([failing, ...Array.from({ length: 3 * holdSteps }, () => probed)]);
    expect(outOf(kept.at(-1))).toEqual(['a']);
  });

  it('never takes away the last one that has events, and never flaps within a hold', () => {
    fc.assert(
      fc.property(fc.array(drawnStep, { maxLength: 60 }), drawnRule, (steps, rule) => {
        const all = walk(steps, rule);
        const wentOut = new Map<string, number>();
        all.forEach((states, index) => {
          const before = outOf(all[index - 1]);
          const out = outOf(states);
          const events = new Set((steps[index] ?? []).map(({ value }) => value));
          // Whatever went out at this step left another one that has events.
          for (const value of out.filter((one) => !before.includes(one))) {
            expect([...events].some((one) => !out.includes(one))).toBe(true);
            const last = wentOut.get(value);
            if (last !== undefined) expect((index - last) * STEP_MS).toBeGreaterThanOrEqual(rule.holdMs);
            wentOut.set(value, index);
          }
          for (const value of before.filter((one) => !out.includes(one)))
            expect((index - (wentOut.get(value) ?? 0)) * STEP_MS).toBeGreaterThanOrEqual(rule.holdMs);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing while the share stays between its two', () => {
    const between = fc.array(fc.tuple(fc.integer({ min: 10, max: 19 }), fc.integer({ min: 10, max: 19 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(between, fc.boolean(), (shares, isFailing) => {
        const begin = [count('a', isFailing ? 500 : 0, 1_000), count('b', 0, 1_000)];
        const all = walk([begin, ...shares.map(([a, b]) => [count('a', a, 1_000), count('b', b, 1_000)])]);
        for (const states of all) expect(outOf(states)).toEqual(isFailing ? ['a'] : []);
      }),
    );
  });

  it('knows no order of values', () => {
    fc.assert(
      fc.property(fc.array(drawnStep, { maxLength: 20 }), (steps) => {
        expect(walk(steps.map((counts) => [...counts].reverse()))).toEqual(walk(steps));
      }),
    );
  });
});
