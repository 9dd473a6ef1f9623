import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyDecision, deadlineOf, isEnding, newAlert, step as stepTimed } from './alert-machine.ts';
import type {
  AlertDecision,
  AlertEvaluation,
  AlertState,
  AlertStep,
  AlertTiming,
  DecisionKind,
} from './alert-machine.ts';

const holds = (at: number): AlertEvaluation => ({ at, burning: true, covered: true });
const clear = (at: number): AlertEvaluation => ({ at, burning: false, covered: true });
const unknown = (at: number): AlertEvaluation => ({ at, burning: false, covered: false });

/** A tier that resolves at once, as most tests here want it. */
const atOnce = (holdMs: number): AlertTiming => ({ holdMs, resolveHoldMs: 0, gapMs: 0 });
const step = (state: AlertState, evaluation: AlertEvaluation, holdMs: number): AlertStep =>
  stepTimed(state, evaluation, atOnce(holdMs));

function run(evaluations: readonly AlertEvaluation[], hold: number | AlertTiming = 0) {
  let state = newAlert();
  const decisions: AlertDecision[] = [];
  for (const evaluation of evaluations) {
    const result = stepTimed(state, evaluation, typeof hold === 'number' ? atOnce(hold) : hold);
    state = result.state;
    decisions.push(...result.decisions);
  }
  return { state, decisions: decisions.map(({ kind, at }) => `${kind}@${at}`) };
}

/** One state of each kind, last evaluated at 100 and, where pending, due at 150. */
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
const pendingNew: AlertState = {
  kind: 'pending',
  since: 90,
  deadline: 150,
  before: { kind: 'inactive' },
  evaluatedAt: 100,
  decidedAt: null,
};
const pendingAgain: AlertState = {
  ...pendingNew,
  before: { kind: 'resolved', firedAt: 10, resolvedAt: 20 },
  decidedAt: 20,
};

describe('the transition table', () => {
  // The whole table: every state with every condition, without and with a hold, before and at a pending deadline.
  it.each<[string, AlertState, number, AlertEvaluation, string, DecisionKind | null]>([
    ['inactive', inactive, 0, holds(110), 'firing', 'fire'],
    ['inactive', inactive, 60, holds(110), 'pending', null],
    ['inactive', inactive, 0, clear(110), 'inactive', null],
    ['inactive', inactive, 60, clear(110), 'inactive', null],
    ['inactive', inactive, 0, unknown(110), 'inactive', null],
    ['inactive', inactive, 60, unknown(110), 'inactive', null],
    ['pending', pendingNew, 60, holds(149), 'pending', null],
    ['pending', pendingNew, 60, holds(150), 'firing', 'fire'],
    ['pending', pendingNew, 60, clear(150), 'inactive', null],
    ['pending', pendingNew, 60, unknown(150), 'inactive', null],
    ['pending again', pendingAgain, 60, holds(149), 'pending', null],
    ['pending again', pendingAgain, 60, holds(150), 'firing', 'fire'],
    ['pending again', pendingAgain, 60, clear(149), 'resolved', null],
    ['pending again', pendingAgain, 60, unknown(149), 'resolved', null],
    ['firing', firing, 0, holds(110), 'firing', null],
    ['firing', firing, 60, holds(110), 'firing', null],
    ['firing', firing, 0, clear(110), 'resolved', 'resolve'],
    ['firing', firing, 60, clear(110), 'resolved', 'resolve'],
    ['firing', firing, 0, unknown(110), 'frozen', 'freeze'],
    ['firing', firing, 60, unknown(110), 'frozen', 'freeze'],
    ['frozen', frozen, 0, holds(110), 'firing', 'thaw'],
    ['frozen', frozen, 60, holds(110), 'firing', 'thaw'],
    ['frozen', frozen, 0, clear(110), 'resolved', 'resolve'],
    ['frozen', frozen, 60, clear(110), 'resolved', 'resolve'],
    ['frozen', frozen, 0, unknown(110), 'frozen', null],
    ['frozen', frozen, 60, unknown(110), 'frozen', null],
    ['resolved', resolved, 0, holds(110), 'firing', 'fire'],
    ['resolved', resolved, 60, holds(110), 'pending', null],
    ['resolved', resolved, 0, clear(110), 'resolved', null],
    ['resolved', resolved, 60, clear(110), 'resolved', null],
    ['resolved', resolved, 0, unknown(110), 'resolved', null],
    ['resolved', resolved, 60, unknown(110), 'resolved', null],
  ])('%s (%j), hold %d, %j: %s, %s', (_name, before, holdMs, evaluation, kind, decision) => {
    const { state, decisions } = step(before, evaluation, holdMs);
    expect(state.kind).toBe(kind);
    expect(state.evaluatedAt).toBe(evaluation.at);
    expect(decisions).toEqual(decision === null ? [] : [{ kind: decision, at: evaluation.at }]);
  });

  const states: Record<string, AlertState> = { inactive, pendingNew, pendingAgain, firing, frozen, resolved };
  const applicable: Record<string, Partial<Record<DecisionKind, string>>> = {
    inactive: { fire: 'firing' },
    pendingNew: { fire: 'firing' },
    pendingAgain: { fire: 'firing' },
    resolved: { fire: 'firing' },
    firing: { resolve: 'resolved', freeze: 'frozen' },
    frozen: { resolve: 'resolved', thaw: 'firing' },
  };
  const pairs = Object.keys(states).flatMap((name) =>
    (['fire', 'resolve', 'freeze', 'thaw'] as const).map((kind) => ({ name, kind })),
  );

  it.each(pairs)('applies $kind to $name only where it makes sense', ({ name, kind }) => {
    const before = states[name]!;
    const { state: after, stands } = applyDecision(before, { kind, at: 200 });
    const expected = applicable[name]?.[kind];
    expect(stands).toBe(expected !== undefined);
    expect(after).toMatchObject({ kind: expected ?? before.kind, decidedAt: 200, evaluatedAt: 200 });
    if (!stands)
      expect({ ...after, decidedAt: null, evaluatedAt: 0 }).toEqual({
        ...before,
        decidedAt: null,
        evaluatedAt: 0,
      });
  });

  it.each(pairs)(
    'lets no second message about the time of one that was heard stand: $kind on $name',
    ({ name, kind }) => {
      const heard = applyDecision(states[name]!, { kind: 'freeze', at: 200 }).state;
      for (const at of [200, 199, 0]) {
        expect(applyDecision(heard, { kind, at })).toEqual({ state: heard, stands: false });
      }
    },
  );

  it('remembers when it fired, froze and ended', () => {
    expect(run([holds(1)]).state).toMatchObject({ kind: 'firing', firedAt: 1 });
    expect(run([holds(1), unknown(2)]).state).toMatchObject({ kind: 'frozen', firedAt: 1, frozenAt: 2 });
    expect(run([holds(1), unknown(2), holds(3)]).state).toMatchObject({ kind: 'firing', firedAt: 1 });
    expect(run([holds(1), unknown(2), clear(3)]).state).toMatchObject({
      kind: 'resolved',
      firedAt: 1,
      resolvedAt: 3,
    });
  });
});

describe('incomplete data', () => {
  it('keeps an alert from resolving', () => {
    expect(run([holds(1), unknown(2), unknown(3), unknown(4)]).decisions).toEqual(['fire@1', 'freeze@2']);
    expect(run([holds(1), unknown(2), clear(3)]).decisions).toEqual(['fire@1', 'freeze@2', 'resolve@3']);
  });

  it('does not keep it from firing when the condition holds with everything missing counted good', () => {
    expect(run([{ at: 1, burning: true, covered: false }]).decisions).toEqual(['fire@1']);
    const partial = { at: 3, burning: true, covered: false };
    expect(run([holds(1), unknown(2), partial]).decisions).toEqual(['fire@1', 'freeze@2', 'thaw@3']);
  });
});

describe('holds', () => {
  it('fires at the end of the hold even if no evaluation falls there', () => {
    expect(run([holds(100), holds(1000)], 60).decisions).toEqual(['fire@160']);
    expect(run([holds(100), clear(1000)], 60).decisions).toEqual(['fire@160', 'resolve@1000']);
    expect(run([holds(100), unknown(1000)], 60).decisions).toEqual(['fire@160', 'freeze@1000']);
    expect(run([holds(100), holds(160)], 60).decisions).toEqual(['fire@160']);
  });

  it('lets an evaluation at the very end of the hold speak for itself', () => {
    expect(run([holds(100), clear(160)], 60).decisions).toEqual([]);
    expect(run([holds(100), unknown(160)], 60).decisions).toEqual([]);
  });

  it('names the deadline, and only while pending', () => {
    expect(deadlineOf(run([holds(100)], 60).state)).toBe(160);
    expect(deadlineOf(run([holds(100), holds(120)], 60).state)).toBe(160);
    for (const state of [inactive, firing, frozen, resolved]) expect(deadlineOf(state)).toBeNull();
  });

  it('fires with the next evaluation where the log has passed the end of the hold', () => {
    const heard = applyDecision(pendingNew, { kind: 'resolve', at: 160 }).state;
    expect(heard.kind).toBe('pending');
    expect(step(heard, holds(160), 60).decisions).toEqual([]);
    expect(step(heard, holds(200), 60).decisions).toEqual([{ kind: 'fire', at: 200 }]);
    expect(step(heard, clear(200), 60)).toMatchObject({ decisions: [], state: { kind: 'inactive' } });
  });

  it('starts again after a break', () => {
    expect(run([holds(0), holds(50), clear(55), holds(60), holds(100)], 60).decisions).toEqual([]);
    expect(run([holds(0), holds(50), clear(55), holds(60), holds(120)], 60).decisions).toEqual(['fire@120']);
  });

  it('gives the same decisions however sparsely an unchanged condition is evaluated', () => {
    const segment = fc.record({
      condition: fc.constantFrom(holds, clear, unknown),
      ticks: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), fc.integer({ min: 0, max: 8 }), (segments, hold) => {
        const every: AlertEvaluation[] = [];
        const changes: AlertEvaluation[] = [];
        for (const { condition, ticks } of segments) {
          changes.push(condition(every.length));
          for (let tick = 0; tick < ticks; tick += 1) every.push(condition(every.length));
        }
        const end = { ...(every.at(-1) ?? clear(0)), at: every.length };
        expect(run([...changes, end], hold).decisions).toEqual(run([...every, end], hold).decisions);
      }),
    );
  });

  it('rebuilds a pending alert from one hold of evaluations', () => {
    const evaluations = fc.array(fc.constantFrom(holds, clear, unknown), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(evaluations, fc.integer({ min: 0, max: 8 }), (conditions, hold) => {
        const all = conditions.map((condition, index) => condition(index));
        const whole = run(all, hold).state;
        const last = all.length - 1;
        // After a crash the log still says this: the state, without pending and without the evaluations.
        let state = newAlert();
        let before = newAlert();
        for (const evaluation of all) {
          const { decisions, state: next } = step(before, evaluation, hold);
          before = next;
          for (const decision of decisions) state = applyDecision(state, decision).state;
        }
        for (const evaluation of all.filter(({ at }) => at >= last - hold)) {
          state = step(state, evaluation, hold).state;
        }
        expect(state).toEqual(whole);
      }),
    );
  });
});

describe('idempotence', () => {
  it('ignores an evaluation at or before the last one', () => {
    const { state } = run([holds(100)]);
    for (const at of [100, 99, 0]) {
      for (const late of [holds(at), clear(at), unknown(at)]) {
        expect(step(state, late, 0)).toEqual({ state, decisions: [] });
      }
    }
  });

  it('is not changed by repeating evaluations already heeded', () => {
    const conditions = fc.array(fc.constantFrom(holds, clear, unknown), { maxLength: 30 });
    fc.assert(
      fc.property(conditions, fc.integer({ min: 0, max: 5 }), fc.nat(30), (list, hold, back) => {
        const all = list.map((condition, index) => condition(index));
        const repeated = all.flatMap((one, index) => [
          one,
          ...all.slice(Math.max(0, index - back), index + 1),
        ]);
        expect(run(repeated, hold)).toEqual(run(all, hold));
      }),
    );
  });
});

describe('against an independent model', () => {
  /** Without holds: the alert is up from the first tick that holds until one that is surely clear. */
  it('fires and resolves where a scan over the ticks says so', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('h', 'c', 'u'), { maxLength: 40 }), (ticks) => {
        const make = { h: holds, c: clear, u: unknown };
        const { decisions } = run(ticks.map((tick, index) => make[tick](index)));
        const text = ticks.join('');
        const expected: string[] = [];
        for (const match of text.matchAll(/h[hu]*c?/g)) {
          expected.push(`fire@${match.index}`);
          for (const gap of match[0].matchAll(/u+(h?)/g)) {
            const start = match.index + gap.index;
            expected.push(`freeze@${start}`);
            if (gap[1] === 'h') expected.push(`thaw@${start + gap[0].length - 1}`);
          }
          if (match[0].endsWith('c')) expected.push(`resolve@${match.index + match[0].length - 1}`);
        }
        expect(decisions).toEqual(expected);
      }),
    );
  });
});

describe('an end that no evaluation decides', () => {
  it.each(['removed', 'ended'] as const)(
    '%s: is over, like one that resolved, and can fire again',
    (kind) => {
      for (const open of [firing, frozen]) {
        const { state, stands } = applyDecision(open, { kind, at: 110 });
        expect([stands, state.kind]).toEqual([true, 'resolved']);
        expect(isEnding(kind)).toBe(true);
        expect(step(state, holds(120), 0).decisions).toEqual([{ kind: 'fire', at: 120 }]);
      }
      for (const closed of [inactive, resolved, pendingNew])
        expect(applyDecision(closed, { kind, at: 110 }).stands).toBe(false);
    },
  );
});
