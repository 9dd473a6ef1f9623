import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GovernedSlo } from './decide-gate.ts';
import { walkLadder, type BudgetMoment } from './ladder.ts';
import { levelChanges, type StoodTelling } from './level-changes.ts';
import { DEFAULT_POLICIES, POLICY_LEVELS, type BudgetPolicy, type LadderLevel } from './policy-plan.ts';

/** Goal: a level is told once when it is come to and once when it is left, whoever looks and how often, and missing data is no recovery. */
const HOUR_MS = 3_600_000;
const LEVELS = ['warn', 'approval', 'freeze'] as const satisfies readonly LadderLevel[];
const policy: BudgetPolicy = {
  ...DEFAULT_POLICIES[0]!,
  ...{ name: 'p', services: ['chat'], track: null },
  tellings: [
    ...LEVELS.map((at) => ({ action: 'notify' as const, at, receivers: [`people-${at}`] })),
    { action: 'webhook', at: 'freeze', receivers: ['bot'] },
  ],
};

interface Given {
  readonly coverage?: number;
  readonly ageMs?: number;
  readonly policies?: readonly BudgetPolicy[];
  readonly total?: number;
}

/** Budgets of two series, hour by hour. */
function sloOf(spent: readonly number[], { coverage = 1, total = 1_000 }: Given = {}): GovernedSlo {
  const moments = spent.map((one, index): BudgetMoment => ({ atMs: index * HOUR_MS, spent: one, total }));
  const calm = moments.map((one) => ({ ...one, spent: 0 }));
  return {
    ...{ slo: 'a', track: 'model' },
    series: [
      { labels: { model: 'calm' }, moments: calm, coverage: 1 },
      { labels: { model: 'x' }, moments, coverage },
    ],
  };
}

const look = (stood: readonly StoodTelling[], slos: readonly GovernedSlo[], given: Given = {}) =>
  levelChanges(
    {
      ...{ service: 'chat', asOfMs: 100 * HOUR_MS, policies: given.policies ?? [policy], slos },
      evaluatedMs: 100 * HOUR_MS - (given.ageMs ?? 0),
    },
    stood,
  );

/** What rows say after some changes. */
function after(stood: readonly StoodTelling[], changes: ReturnType<typeof look>): readonly StoodTelling[] {
  const key = (one: StoodTelling | ReturnType<typeof look>[number]): string =>
    `${one.policy} ${one.action} ${one.at}`;
  const changed = new Set(changes.map(key));
  return [
    ...stood.filter((one) => !changed.has(key(one))),
    ...changes
      .filter(({ kind }) => kind === 'entered')
      .map(({ policy: name, action, at, cause }) => ({ policy: name, action, at, slo: cause!.slo })),
  ];
}
const saidOf = (changes: ReturnType<typeof look>): readonly string[] =>
  changes.map(({ kind, action, at, receivers }) => `${kind} ${action} ${at} ${receivers.join()}`.trim());

describe('what is told of levels', () => {
  it('is every level that is come to, with the series that brought it there, and every one that is left', () => {
    const entered = look([], [sloOf([0, 0.8])]);
    expect(saidOf(entered)).toEqual([
      'entered notify warn people-warn',
      'entered notify approval people-approval',
    ]);
    expect(entered[0]!.cause).toMatchObject({ labels: { model: 'x' }, spent: 0.8, level: 'approval' });
    const frozen = look(after([], entered), [sloOf([0, 0.8, 1.1])]);
    expect(saidOf(frozen)).toEqual(['entered notify freeze people-freeze', 'entered webhook freeze bot']);
    const stood = after(after([], entered), frozen);
    expect(saidOf(look(stood, [sloOf([0, 0.8, 1.1, 0.62])]))).toEqual([
      'left notify freeze',
      'left webhook freeze',
    ]);
    expect(saidOf(look(stood, [sloOf([0, 0.8, 1.1, 0.1])]))).toHaveLength(4);
  });

  it('is what the ladder says at each look, once, however often it is looked at', () => {
    const spents = fc.array(fc.double({ min: -0.5, max: 2, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(spents, (spent) => {
        let stood: readonly StoodTelling[] = [];
        const told: string[] = [];
        spent.forEach((_, index) => {
          const slos = [sloOf(spent.slice(0, index + 1))];
          const changes = look(stood, slos);
          told.push(...saidOf(changes));
          stood = after(stood, changes);
          expect(look(stood, slos)).toEqual([]);
          const { level } = walkLadder(slos[0]!.series[1]!.moments, policy.ladder, 100);
          const standing = LEVELS.filter((at) => POLICY_LEVELS.indexOf(level) >= POLICY_LEVELS.indexOf(at));
          expect(
            stood
              .filter(({ action }) => action === 'notify')
              .map(({ at }) => at)
              .sort(),
          ).toEqual([...standing].sort());
        });
        for (const at of LEVELS) {
          const own = told.filter((one) => one.split(' ').slice(1, 3).join(' ') === `notify ${at}`);
          own.forEach((one, index) =>
            expect(one.startsWith(index % 2 === 0 ? 'entered' : 'left')).toBe(true),
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['an old evaluation', [sloOf([1.1, 0.1])], { ageMs: 2 * HOUR_MS }],
    ['low coverage', [sloOf([1.1, 0.1], { coverage: 0.5 })], {}],
    ['a budget that is not there', [{ ...sloOf([]), series: [] }], {}],
  ] as const)('is no recovery with %s', (_, slos, given) => {
    const stood = after([], look([], [sloOf([1.1])]));
    expect(look(stood, slos, given)).toEqual([]);
  });

  it('is a recovery whatever another SLO lacks', () => {
    const stood = after([], look([], [sloOf([1.1])]));
    const other = { ...sloOf([0.1], { coverage: 0.2 }), slo: 'b' };
    const unborn = { ...sloOf([]), slo: 'c', series: [] };
    expect(look(stood, [sloOf([1.1, 0.1]), other, unborn]).map(({ kind }) => kind)).toEqual(
      Array<string>(4).fill('left'),
    );
  });

  it('is no freeze with little evidence', () => {
    expect(saidOf(look([], [sloOf([3], { total: 10 })]))).toEqual(['entered notify warn people-warn']);
  });

  it('ends with the policy, and with what it looked at', () => {
    const stood = after([], look([], [sloOf([1.1])]));
    const kinds = (changes: ReturnType<typeof look>): readonly string[] => [
      ...new Set(changes.map(({ kind }) => kind)),
    ];
    expect(kinds(look(stood, [sloOf([1.1])], { policies: [{ ...policy, tellings: [] }] }))).toEqual([
      'removed',
    ]);
    expect(kinds(look(stood, [sloOf([1.1])], { policies: [] }))).toEqual(['removed']);
    expect(kinds(look(stood, []))).toEqual(['removed']);
  });
});
