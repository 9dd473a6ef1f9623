import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideGate, type GateInput, type GovernedSlo } from './decide-gate.ts';
import { walkLadder, type BudgetMoment } from './ladder.ts';
import { isOverrideInForce, type PolicyOverride } from './override.ts';
import {
  CHANGE_KINDS,
  DEFAULT_POLICIES,
  EVIDENCE_DEFAULT,
  LADDER_DEFAULT,
  policiesOf,
  type BudgetPolicy,
  type Ladder,
} from './policy-plan.ts';

/** Goal: no policy flaps, no override outlives its time, nothing passes missing evidence, and an answer is a function of its rows. */
const moments = (...spent: readonly (number | null)[]): readonly BudgetMoment[] =>
  spent.map((one, index) => ({ atMs: index * 3_600_000, spent: one, total: one === null ? 0 : 1_000 }));
const levelOf = (...spent: readonly (number | null)[]): string =>
  walkLadder(moments(...spent), LADDER_DEFAULT, 100).level;

const ladders = fc
  .array(fc.integer({ min: 1, max: 200 }), { minLength: 6, maxLength: 6 })
  .map((given): Ladder => {
    const [a, b, c, d, e, f] = [...given].sort((x, y) => x - y).map((one, index) => (one + index) / 100) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      warn: { liftBelow: a, at: b },
      approval: { liftBelow: c, at: d },
      freeze: { liftBelow: e, at: f },
    };
  });

describe('walkLadder', () => {
  it.each([
    ['ok', [0, 0.49]],
    ['warn', [0, 0.5]],
    ['warn', [0.5, 0.41]],
    ['ok', [0.5, 0.39]],
    ['approval', [0.75]],
    ['freeze', [1]],
    ['freeze', [1.2, 0.76]],
    // A series ends with a row without events: a model that was retired while it was overspent.
    ['ok', [1.2, 0.76, null]],
    ['warn', [1.2, null, 0.6]],
    ['approval', [1.2, 0.74]],
    ['approval', [1.2, 0.61]],
    ['warn', [1.2, 0.59]],
    ['ok', [1.2, 0.1]],
    ['ok', []],
  ] as const)('is at %s after %j', (level, spent) => {
    expect(levelOf(...spent)).toBe(level);
  });

  it('does not flap: to come back to a level, a budget has to go all the way from one of its shares to the other', () => {
    const spents = fc.array(fc.double({ min: -0.5, max: 3, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(spents, ladders, (spent, ladder) => {
        const all = moments(...spent);
        const levels = all.map((_, index) => walkLadder(all.slice(0, index + 1), ladder, 100).level);
        let entries = 0;
        const path = spent.slice(1).reduce((sum, one, index) => sum + Math.abs(one - (spent[index] ?? 0)), 0);
        levels.forEach((level, index) => {
          if (level === 'freeze' && levels[index - 1] !== 'freeze') entries += 1;
        });
        const gap = ladder.freeze.at - ladder.freeze.liftBelow;
        // Between two entries the share fell below the one and rose to the other.
        expect(Math.max(0, entries - 1) * gap).toBeLessThanOrEqual(path + 1e-9);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never changes while the share moves within the band of its level', () => {
    const wiggle = fc.array(fc.double({ min: 0.75, max: 3, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(wiggle, (spent) => {
        expect(walkLadder(moments(1, ...spent), LADDER_DEFAULT, 100)).toEqual({
          level: 'freeze',
          sinceMs: 0,
        });
      }),
    );
  });

  it('stays where it is while the share of some events is not known', () => {
    const unknown: BudgetMoment = { atMs: 3_600_000, spent: null, total: 5 };
    expect(walkLadder([...moments(1.2), unknown], LADDER_DEFAULT, 100)).toEqual({
      level: 'freeze',
      sinceMs: 0,
    });
  });

  it('freezes nothing by too few events, and warns', () => {
    const few = moments(3).map((one) => ({ ...one, total: 99 }));
    expect(walkLadder(few, LADDER_DEFAULT, 100).level).toBe('warn');
  });
});

describe('an override', () => {
  it('holds at no moment before it is signed, or after it ends, whoever ends it', () => {
    const time = fc.nat(1_000);
    fc.assert(
      fc.property(time, time, fc.option(time), time, (addedMs, expiresMs, endedMs, atMs) => {
        const holds = isOverrideInForce({ addedMs, expiresMs, endedMs }, atMs);
        expect(holds).toBe(addedMs <= atMs && atMs < Math.min(expiresMs, endedMs ?? Infinity));
      }),
    );
  });
});

const slo = (
  name: string,
  track: GovernedSlo['track'],
  over: Partial<GovernedSlo['series'][number]> = {},
): GovernedSlo => ({
  slo: name,
  track,
  series: [{ labels: {}, moments: moments(0, 0.2), coverage: 1, ...over }],
});
const FINE = [slo('availability', 'infrastructure'), slo('quality', 'model')];
const AS_OF_MS = 10 * 3_600_000;
const ask = (over: Partial<GateInput> = {}) =>
  decideGate({
    ...{ service: 'chat', change: 'feature', asOfMs: AS_OF_MS, policies: [], slos: FINE },
    ...{ evaluatedMs: AS_OF_MS - 1_000, overrides: [], comparison: null },
    ...over,
  });
const override = (over: Partial<PolicyOverride> = {}): PolicyOverride => ({
  ...{ id: 'a1', service: 'chat', changes: ['feature'], author: 'ann', reason: 'contract' },
  ...{ addedMs: AS_OF_MS - 10, expiresMs: AS_OF_MS + 10, endedMs: null },
  ...over,
});
const SPENT = { moments: moments(0.2, 1.4) };
const policy = (over: Partial<BudgetPolicy>): BudgetPolicy => ({ ...DEFAULT_POLICIES[0]!, ...over });

describe('decideGate', () => {
  it('lets everything ship while budgets are fine', () => {
    for (const change of CHANGE_KINDS) expect(ask({ change }).answer).toBe('allow');
  });

  it('ships with both rules of the dual track', () => {
    const modelFails = [slo('availability', 'infrastructure'), slo('quality', 'model', SPENT)];
    const answers = (slos: readonly GovernedSlo[]) =>
      CHANGE_KINDS.map((change) => ask({ change, slos }).answer);
    // feature, fix, model, prompt, config
    expect(answers(modelFails)).toEqual(['deny', 'allow', 'deny', 'deny', 'allow']);
    const infrastructureFails = [slo('availability', 'infrastructure', SPENT), slo('quality', 'model')];
    expect(answers(infrastructureFails)).toEqual(['deny', 'allow', 'allow', 'allow', 'deny']);
  });

  it('asks for an approval from three quarters on, which an override gives until it expires', () => {
    const slos = [slo('availability', 'infrastructure', { moments: moments(0.8) })];
    expect(ask({ slos }).reasons).toMatchObject([{ effect: 'deny', code: 'approval-needed' }]);
    const approved = ask({ slos, overrides: [override()] });
    expect(approved).toMatchObject({ answer: 'allow', reasons: [{ effect: 'passed', override: 'a1' }] });
    for (const over of [
      { expiresMs: AS_OF_MS },
      { endedMs: AS_OF_MS },
      { addedMs: AS_OF_MS + 1 },
      { service: 'other' },
      { changes: ['config'] as const },
    ])
      expect(ask({ slos, overrides: [override(over)] }).answer).toBe('deny');
  });

  it('never lets a fix or an override pass missing evidence', () => {
    const faults: readonly Partial<GateInput>[] = [
      { evaluatedMs: null },
      { evaluatedMs: AS_OF_MS - EVIDENCE_DEFAULT.ageMsMax - 1 },
      { slos: [] },
      { slos: [{ slo: 'availability', track: 'infrastructure', series: [] }] },
      { slos: [slo('availability', 'infrastructure', { coverage: 0.5 })] },
      {
        slos: [
          slo('availability', 'infrastructure', { moments: moments(0).map((one) => ({ ...one, total: 5 })) }),
        ],
      },
    ];
    for (const fault of faults)
      for (const change of CHANGE_KINDS)
        expect(ask({ ...fault, change, overrides: [override({ changes: CHANGE_KINDS })] }).answer).toBe(
          'insufficient',
        );
  });

  it('answers as its policy says where data is incomplete', () => {
    for (const [whenIncomplete, answer] of [
      ['allow', 'allow'],
      ['deny', 'deny'],
      ['insufficient', 'insufficient'],
    ] as const)
      expect(ask({ evaluatedMs: null, policies: [policy({ track: null, whenIncomplete })] }).answer).toBe(
        answer,
      );
  });

  it('goes by the calendar, to the millisecond, and lets fixes through', () => {
    const freeze = {
      reason: 'quarter end',
      fromMs: AS_OF_MS,
      toMs: AS_OF_MS + 5,
      stops: ['feature'] as const,
    };
    const policies = [policy({ track: null, changeFreezes: [freeze] })];
    const at = (offset: number, change: GateInput['change'] = 'feature') =>
      ask({ policies, change, asOfMs: AS_OF_MS + offset }).answer;
    expect([at(-1), at(0), at(4), at(5)]).toEqual(['allow', 'deny', 'deny', 'allow']);
    expect([at(0, 'fix'), at(0, 'model')]).toEqual(['allow', 'allow']);
  });

  it('refuses a candidate that is worse, waits for one that is not shown, and compares no feature', () => {
    const compared = (
      verdict: 'worse' | 'insufficient' | 'same-within-margin',
      change: GateInput['change'] = 'model',
    ) =>
      ask({
        change,
        comparison: [{ slo: 'quality', verdict }],
        overrides: [override({ changes: CHANGE_KINDS })],
      }).answer;
    expect([compared('worse'), compared('insufficient'), compared('same-within-margin')]).toEqual([
      ...['deny', 'insufficient', 'allow'],
    ]);
    expect(compared('worse', 'feature')).toBe('allow');
    expect(ask({ change: 'prompt' }).reasons.map(({ code }) => code)).toEqual(['arms-not-given']);
    expect(ask({ change: 'prompt', comparison: [] }).answer).toBe('insufficient');
  });

  it('takes the policies that name a service before those for all, and those before the shipped ones', () => {
    const [own, general] = [policy({ name: 'own', services: ['chat'] }), policy({ name: 'general' })];
    expect(policiesOf([general, own], 'chat')).toEqual([own]);
    expect(policiesOf([general, own], 'search')).toEqual([general]);
    expect(policiesOf([own], 'search')).toEqual(DEFAULT_POLICIES);
  });

  it('is a function of its rows: the same rows, the same answer, and later ones do not change it', () => {
    const history = fc.array(fc.double({ min: -1, max: 2, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(history, fc.nat(29), (spent, cut) => {
        const until = moments(...spent).slice(0, cut + 1);
        const slos = [slo('availability', 'infrastructure', { moments: until })];
        const first = ask({ slos });
        expect(ask({ slos: structuredClone(slos) })).toEqual(first);
        expect(first.states[0]!.sinceMs ?? 0).toBeLessThanOrEqual(until.at(-1)!.atMs);
      }),
    );
  });
});
