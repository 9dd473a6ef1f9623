import { describe, expect, it } from 'vitest';
import { parseExactRatio } from '../burn/exact-ratio.ts';
import { resolveTiers } from '../burn/tiers.ts';
import type { AlertState } from './alert-machine.ts';
import { highestFiring, severityOf } from './severity.ts';

const firing: AlertState = { kind: 'firing', firedAt: 1, evaluatedAt: 1, decidedAt: 1 };
const frozen: AlertState = { kind: 'frozen', firedAt: 1, frozenAt: 2, evaluatedAt: 2, decidedAt: 2 };
const inactive: AlertState = { kind: 'inactive', evaluatedAt: 1, decidedAt: null };
const resolved: AlertState = { kind: 'resolved', firedAt: 1, resolvedAt: 2, evaluatedAt: 2, decidedAt: 2 };
const pending: AlertState = {
  kind: 'pending',
  since: 1,
  deadline: 9,
  before: { kind: 'inactive' },
  evaluatedAt: 1,
  decidedAt: null,
};

describe('severityOf', () => {
  it.each([
    ['page', 'critical', 'SEV-1'],
    ['page', 'high', 'SEV-2'],
    ['page', 'medium', 'SEV-2'],
    ['page', 'low', 'SEV-3'],
    ['ticket', 'critical', 'SEV-2'],
    ['ticket', 'high', 'SEV-3'],
    ['ticket', 'medium', 'SEV-3'],
    ['ticket', 'low', 'SEV-3'],
  ] as const)('makes a %s of a %s service %s', (severity, criticality, expected) => {
    expect(severityOf({ severity }, criticality)).toBe(expected);
  });
});

describe('highestFiring', () => {
  const tiersAt = (target: string) =>
    resolveTiers({ target: parseExactRatio(target), periodMs: 30 * 86_400_000, preset: 'google' });
  const highest = (target: string, states: readonly AlertState[]) =>
    highestFiring(tiersAt(target).map((tier, index) => ({ tier, state: states[index]! })))?.name;

  it.each(['0.999', '0.8'])('is the most urgent tier that fires, at %s', (target) => {
    const names = tiersAt(target).map((tier) => tier.name);
    for (let lowest = 0; lowest < 4; lowest += 1) {
      const states = names.map((_, index) => (index >= lowest ? firing : inactive));
      expect(highest(target, states)).toBe(names[lowest]);
    }
  });

  it('counts a frozen alert as firing, and no other state', () => {
    expect(highest('0.999', [pending, frozen, firing, firing])).toBe('6h&30m');
    expect(highest('0.999', [pending, resolved, inactive, firing])).toBe('3d&6h');
    expect(highest('0.999', [pending, resolved, inactive, inactive])).toBeUndefined();
    expect(highestFiring([])).toBeNull();
  });

  it('does not depend on the order of its input, and puts a page before any ticket', () => {
    const alerts = tiersAt('0.999').map((tier) => ({ tier, state: firing }));
    expect(highestFiring([...alerts].reverse())?.name).toBe('1h&5m');
    const slowPage = { ...alerts[3]!.tier, severity: 'page' as const };
    expect(highestFiring([alerts[2]!, { tier: slowPage, state: firing }])).toBe(slowPage);
  });
});
