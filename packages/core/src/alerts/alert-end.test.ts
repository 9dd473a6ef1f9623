import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDecision, isFiringState, newAlert, step as stepTimed } from './alert-machine.ts';
import type {
  AlertDecision,
  AlertEvaluation,
  AlertState,
  AlertTiming,
  DecisionKind,
} from './alert-machine.ts';

/** Goal: an alert ends once it is clear for long enough, and a fire is never late for it. */
const holds = (at: number): AlertEvaluation => ({ at, burning: true, covered: true });
const clear = (at: number): AlertEvaluation => ({ at, burning: false, covered: true });
const unknown = (at: number): AlertEvaluation => ({ at, burning: false, covered: false });

function run(evaluations: readonly AlertEvaluation[], timing: AlertTiming) {
  let state = newAlert();
  const decisions: AlertDecision[] = [];
  for (const evaluation of evaluations) {
    const result = stepTimed(state, evaluation, timing);
    state = result.state;
    decisions.push(...result.decisions);
  }
  return { state, decisions: decisions.map(({ kind, at }) => `${kind}@${at}`) };
}

const inactive: AlertState = { kind: 'inactive', evaluatedAt: 100, decidedAt: null };
const resolved: AlertState = {
  kind: 'resolved',
  firedAt: 10,
  resolvedAt: 20,
  evaluatedAt: 100,
  decidedAt: 20,
};
const firing: AlertState = { kind: 'firing', firedAt: 10, evaluatedAt: 100, decidedAt: 10 };
const frozen: AlertState = { kind: 'frozen', firedAt: 10, frozenAt: 20, evaluatedAt: 100, decidedAt: 20 };
const pending: AlertState = {
  kind: 'pending',
  since: 90,
  deadline: 150,
  before: { kind: 'inactive' },
  evaluatedAt: 100,
  decidedAt: null,
};

describe('the end of an alert', () => {
  const timing: AlertTiming = { holdMs: 0, resolveHoldMs: 60, gapMs: 180 };

  // States that are clear for less than their end asks for, last evaluated at 100 and due at 150.
  const clearing: AlertState = {
    kind: 'clearing',
    since: 90,
    deadline: 150,
    before: { kind: 'firing', firedAt: 10 },
    evaluatedAt: 100,
    decidedAt: 10,
  };
  const thawing: AlertState = { ...clearing, before: { kind: 'frozen', firedAt: 10, frozenAt: 20 } };

  it.each<[string, AlertState, AlertEvaluation, string, DecisionKind | null]>([
    ['firing', firing, clear(110), 'clearing', null],
    ['frozen', frozen, clear(110), 'clearing', null],
    ['clearing', clearing, holds(110), 'firing', null],
    ['clearing', clearing, clear(149), 'clearing', null],
    ['clearing', clearing, clear(150), 'resolved', 'resolve'],
    ['clearing', clearing, unknown(150), 'frozen', 'freeze'],
    ['clearing from frozen', thawing, holds(110), 'firing', 'thaw'],
    ['clearing from frozen', thawing, clear(149), 'clearing', null],
    ['clearing from frozen', thawing, clear(150), 'resolved', 'resolve'],
    ['clearing from frozen', thawing, unknown(150), 'frozen', null],
  ])('%s (%j), %j: %s, %s', (_name, before, evaluation, kind, decision) => {
    const { state, decisions } = stepTimed(before, evaluation, timing);
    expect([state.kind, state.evaluatedAt]).toEqual([kind, evaluation.at]);
    expect(decisions).toEqual(decision === null ? [] : [{ kind: decision, at: evaluation.at }]);
  });

  it('comes when it was clear for long enough, whether or not an evaluation falls there', () => {
    expect(run([holds(0), clear(100), clear(159)], timing).decisions).toEqual(['fire@0']);
    expect(run([holds(0), clear(100), clear(1000)], timing).decisions).toEqual(['fire@0', 'resolve@160']);
    expect(run([holds(0), clear(100), unknown(1000)], timing).decisions).toEqual(['fire@0', 'resolve@160']);
    expect(run([holds(0), clear(100), holds(160)], timing).decisions).toEqual(['fire@0']);
    expect(run([holds(0), clear(100), holds(159), clear(160), clear(219)], timing).decisions).toEqual([
      'fire@0',
    ]);
  });

  it('waits for the gap where the alert fired again within it', () => {
    const twice = [holds(0), clear(100), holds(300)];
    expect(run([...twice, clear(400), clear(579)], timing).decisions).toEqual([
      'fire@0',
      'resolve@160',
      'fire@300',
    ]);
    expect(run([...twice, clear(400), clear(580)], timing).decisions.at(-1)).toBe('resolve@580');
    const later = [holds(0), clear(100), holds(340)];
    expect(run([...later, clear(400), clear(460)], timing).decisions.at(-1)).toBe('resolve@460');
  });

  it('counts as firing until then', () => {
    for (const state of [firing, frozen, clearing, thawing]) expect(isFiringState(state)).toBe(true);
    for (const state of [inactive, pending, resolved]) expect(isFiringState(state)).toBe(false);
  });

  const sequences = fc.array(fc.constantFrom('h', 'c', 'u'), { minLength: 1, maxLength: 80 });
  const make = { h: holds, c: clear, u: unknown };
  const evaluate = (ticks: readonly ('h' | 'c' | 'u')[]) => ticks.map((tick, index) => make[tick](index));

  it('never delays a fire, and a fire is never lost', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 9 }), (ticks, hold) => {
        let state = newAlert();
        for (const evaluation of evaluate(ticks)) {
          state = stepTimed(state, evaluation, { holdMs: 0, resolveHoldMs: hold, gapMs: 3 * hold }).state;
          if (evaluation.burning) expect(state.kind).toBe('firing');
        }
      }),
    );
  });

  it('keeps fires of one alert apart: a third one is never within the gap of the second', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 1, max: 6 }), (ticks, hold) => {
        const gapMs = 3 * hold;
        const { decisions } = run(evaluate(ticks), {
          holdMs: 0,
          resolveHoldMs: hold,
          gapMs,
        });
        const fires = decisions.filter((one) => one.startsWith('fire')).map((one) => Number(one.slice(5)));
        fires.forEach((at, index) => {
          const [second, third] = [fires[index + 1] ?? Infinity, fires[index + 2] ?? Infinity];
          expect(second - at).toBeGreaterThan(hold);
          expect(third - at).toBeGreaterThan(gapMs);
        });
      }),
    );
  });

  it('is rebuilt from the log and one gap of evaluations', () => {
    fc.assert(
      fc.property(sequences, fc.integer({ min: 0, max: 5 }), (ticks, hold) => {
        const all = evaluate(ticks);
        const holding = { holdMs: 0, resolveHoldMs: hold, gapMs: 3 * hold };
        const whole = run(all, holding);
        let state = newAlert();
        let before = newAlert();
        for (const evaluation of all) {
          const { decisions, state: next } = stepTimed(before, evaluation, holding);
          before = next;
          for (const decision of decisions) state = applyDecision(state, decision).state;
        }
        const last = all.length - 1;
        for (const evaluation of all.filter(({ at }) => at >= last - 3 * hold)) {
          const again = stepTimed(state, evaluation, holding);
          expect(again.decisions).toEqual([]);
          state = again.state;
        }
        expect(state).toEqual(whole.state);
      }),
    );
  });
});
