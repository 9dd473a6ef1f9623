import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICIES, type BudgetPolicy } from './policy-plan.ts';
import { serviceActions } from './service-actions.ts';

/** Goal: sampling and marks go by the levels of a budget's ladder, and change no more often than those. */
const HOUR_MS = 3_600_000;
const policy: BudgetPolicy = {
  ...DEFAULT_POLICIES[1]!,
  ...{ name: 'p', track: null, services: ['chat'] },
  sampling: { ok: 0.05, warn: 0.2, approval: 0.5, freeze: 1 },
  rollbackAt: 'freeze',
};

const actionsOf = (spent: readonly number[], policies: readonly BudgetPolicy[] = [policy], total = 1_000) => {
  const moments = spent.map((one, index) => ({ atMs: index * HOUR_MS, spent: one, total }));
  const asOfMs = Math.max(0, spent.length - 1) * HOUR_MS;
  return serviceActions({
    ...{ service: 'chat', asOfMs, policies, evaluatedMs: asOfMs },
    slos: [{ slo: 'a', track: 'infrastructure', series: [{ labels: {}, moments, coverage: 1 }] }],
  });
};

describe('what policies ask for beside the gate', () => {
  it.each([
    [0.05, [0]],
    [0.2, [0, 0.5]],
    [0.5, [0.8]],
    [1, [1.1, 0.8]],
    [0.05, [1.1, 0.1]],
  ] as const)('samples %s after %j', (rate, spent) => {
    expect(actionsOf(spent)).toMatchObject({ samplingRate: rate, isComplete: true });
  });

  it('marks from the level on that the policy names, since it was reached', () => {
    expect(actionsOf([0, 1.2, 0.9]).marked).toEqual([
      { policy: 'p', slo: 'a', labels: {}, level: 'freeze', sinceMs: HOUR_MS },
    ]);
    expect(actionsOf([0.9]).marked).toEqual([]);
  });

  it('says nothing where no policy does, takes the highest of several, and says what is incomplete', () => {
    expect(actionsOf([1], [{ ...policy, sampling: null, rollbackAt: null }])).toEqual({
      ...{ samplingRate: null, marked: [], isComplete: true },
    });
    const other = { ...policy, name: 'q', sampling: { ok: 0.3, warn: 0.3, approval: 0.3, freeze: 0.3 } };
    expect(actionsOf([0], [policy, other]).samplingRate).toBe(0.3);
    expect(actionsOf([0], [policy], 10).isComplete).toBe(false);
  });

  it('does not flap: between two rises to the freeze the share went all the way down and up again', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 40 }), (spent) => {
        const rates = spent.map((_, index) => actionsOf(spent.slice(0, index + 1)).samplingRate);
        const rises = rates.filter((rate, index) => rate === 1 && index > 0 && rates[index - 1] !== 1).length;
        const path = spent.slice(1).reduce((sum, one, index) => sum + Math.abs(one - spent[index]!), 0);
        const { at, liftBelow } = policy.ladder.freeze;
        expect(Math.max(0, rises - 1) * 2 * (at - liftBelow)).toBeLessThanOrEqual(path + 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});
