import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isRuleOf,
  isRuleShared,
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

  it('goes by evidence of what is left: a few events, or one of a mock, let nothing go', () => {
    expect(outOf(walk([[count('a', 20, 1_000), count('b', 10, 10)]])[0])).toEqual([]);
    expect(outOf(walk([[count('a', 20, 1_000), count('b', 30, 1_000), count('mock', 0, 1)]])[0])).toEqual([
      'b',
    ]);
    expect(outOf(walk([[count('a', 500, 1_000), count('b', 500, 1_000)]])[0])).toEqual([]);
  });

  it('ends a hold early once what is left does worse than what is out did', () => {
    const failing = [count('a', 50, 1_000), count('b', 1, 1_000)];
    const steps = [failing, [count('b', 49, 1_000)], [count('b', 51, 1_000)], [count('b', 900, 1_000)]];
    expect(walk(steps).map(outOf)).toEqual([['a'], ['a'], [], []]);
    // It is out at once where what came back shows that it does better; too few events of what is left show nothing.
    expect(outOf(walk([...steps, [count('a', 0, 100), count('b', 900, 1_000)]]).at(-1))).toEqual(['b']);
    expect(outOf(walk([failing, [count('b', 9, 10)]]).at(-1))).toEqual(['a']);
    // What has become worse itself stays out.
    expect(outOf(walk([failing, [count('a', 950, 1_000), count('b', 900, 1_000)]]).at(-1))).toEqual(['a']);
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

  it('leaves one that is known to be better than all it takes out, and flaps within no hold but where what is left is worse', () => {
    fc.assert(
      fc.property(fc.array(drawnStep, { maxLength: 60 }), drawnRule, (steps, rule) => {
        const all = walk(steps, rule);
        const wentOut = new Map<string, { readonly index: number; readonly share: number }>();
        all.forEach((states, index) => {
          const before = outOf(all[index - 1]);
          const out = outOf(states);
          const known = (steps[index] ?? []).filter(({ seen }) => seen >= rule.eventCountMin);
          const shares = new Map(known.map(({ value, errors, total }) => [value, errors / total]));
          const bestOf = (one: readonly string[]): number =>
            Math.min(...[...shares].filter(([value]) => !one.includes(value)).map(([, share]) => share));
          for (const value of before.filter((one) => !out.includes(one))) {
            const { index: last, share } = wentOut.get(value)!;
            const isHeld = (index - last) * STEP_MS < rule.holdMs;
            const isLeftWorse = bestOf(before) < Infinity && bestOf(before) > share;
            if (isHeld) expect(isLeftWorse).toBe(true);
          }
          for (const value of out.filter((one) => !before.includes(one))) {
            expect(shares.get(value)!).toBeGreaterThanOrEqual(rule.at);
            expect(bestOf(out)).toBeLessThan(shares.get(value)!);
            wentOut.set(value, { index, share: shares.get(value)! });
          }
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

describe('rules of environments', () => {
  it('are shared where the gateways of any one environment go by both', () => {
    const names = ['prod', 'staging', 'dev', 'elsewhere'];
    const rule = fc.record({ environments: fc.uniqueArray(fc.constantFrom(...names.slice(0, 3))) });
    fc.assert(
      fc.property(rule, rule, (a, b) => {
        const isAnyOfBoth = names.some((name) => isRuleOf(a, name) && isRuleOf(b, name));
        expect(isRuleShared(a, b)).toBe(isAnyOfBoth);
      }),
    );
  });
});
