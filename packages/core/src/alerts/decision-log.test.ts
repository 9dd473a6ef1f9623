import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newAlert, step } from './alert-machine.ts';
import type { AlertEvaluation, AlertState, DecisionKind } from './alert-machine.ts';
import { alertKeyOf, decisionKeyOf, foldDecisions } from './decision-log.ts';
import type { DecisionMessage } from './decision-log.ts';

const KEYS = ['live|ttft|0|1h&5m', 'live|ttft|0|6h&30m'] as const;

interface KeyedEvaluation extends AlertEvaluation {
  readonly alertKey: string;
}

const evaluations = fc
  .array(fc.record({ alertKey: fc.constantFrom(...KEYS), burning: fc.boolean(), covered: fc.boolean() }), {
    maxLength: 60,
  })
  .map((list) => list.map((one, at): KeyedEvaluation => ({ ...one, at })));

function stepAll(list: readonly KeyedEvaluation[], holdMs: number) {
  const states = new Map<string, AlertState>();
  const messages: DecisionMessage[] = [];
  for (const evaluation of list) {
    const { alertKey } = evaluation;
    const { state, decisions } = step(states.get(alertKey) ?? newAlert(), evaluation, {
      holdMs,
      resolveHoldMs: holdMs,
      gapMs: 3 * holdMs,
    });
    states.set(alertKey, state);
    messages.push(...decisions.map((decision) => ({ ...decision, alertKey })));
  }
  return { states, messages };
}

/** What the log can know of a state: not that it was pending or clearing, not what was evaluated since. */
function known(state: AlertState): unknown {
  const phase = state.kind === 'pending' || state.kind === 'clearing' ? state.before : state;
  return { ...phase, decidedAt: state.decidedAt, evaluatedAt: null };
}
const knownOf = (states: ReadonlyMap<string, AlertState>): Map<string, unknown> =>
  new Map(
    [...states].filter(([, state]) => state.decidedAt !== null).map(([key, state]) => [key, known(state)]),
  );

/** Any interleaving of two logs that keeps the order of each. */
function interleave(
  left: readonly DecisionMessage[],
  right: readonly DecisionMessage[],
  picks: readonly boolean[],
) {
  const [a, b] = [[...left], [...right]];
  const merged: DecisionMessage[] = [];
  for (let index = 0; a.length + b.length > 0; index += 1) {
    const fromLeft = b.length === 0 || (a.length > 0 && picks[index % Math.max(1, picks.length)] === true);
    merged.push((fromLeft ? a : b).shift()!);
  }
  return merged;
}

describe('foldDecisions', () => {
  it('replays the state of every alert from its decisions', () => {
    fc.assert(
      fc.property(evaluations, fc.integer({ min: 0, max: 6 }), (list, hold) => {
        const { states, messages } = stepAll(list, hold);
        expect(knownOf(foldDecisions(messages))).toEqual(knownOf(states));
      }),
    );
  });

  it('is not changed by a second writer that decides the same, however the two interleave', () => {
    fc.assert(
      fc.property(
        evaluations,
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
        fc.nat(60),
        (list, hold, picks, lag) => {
          const { messages } = stepAll(list, hold);
          const second = messages.slice(0, lag);
          expect(foldDecisions(interleave(messages, second, picks))).toEqual(foldDecisions(messages));
        },
      ),
    );
  });

  it('is not changed by repeated messages', () => {
    fc.assert(
      fc.property(evaluations, fc.array(fc.nat(100), { maxLength: 20 }), (list, repeats) => {
        const { messages } = stepAll(list, 0);
        const log = messages.flatMap((message, index) => [
          message,
          ...repeats.map((back) => messages[index - (back % (index + 1))]!),
        ]);
        expect(foldDecisions(log)).toEqual(foldDecisions(messages));
      }),
    );
  });

  const anyLog = fc.array(
    fc.record({
      alertKey: fc.constantFrom(...KEYS),
      at: fc.nat(20),
      kind: fc.constantFrom<DecisionKind>('fire', 'resolve', 'freeze', 'thaw'),
    }),
    { maxLength: 60 },
  );

  it('heeds the first message of an alert and evaluation time, whatever two disagreeing writers append', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const seen = new Set<string>();
        const firsts = log.filter(({ alertKey, at }) => {
          const count = seen.size;
          return seen.add(decisionKeyOf(alertKey, at)).size > count;
        });
        expect(foldDecisions(log)).toEqual(foldDecisions(firsts));
      }),
    );
  });

  it('agrees with a table of words over a clock that does not run back', () => {
    fc.assert(
      fc.property(anyLog, (log) => {
        const table: Record<string, Partial<Record<DecisionKind, string>>> = {
          down: { fire: 'up' },
          up: { resolve: 'down', freeze: 'stuck' },
          stuck: { resolve: 'down', thaw: 'up' },
        };
        const words = new Map<string, { word: string; at: number }>();
        for (const { alertKey, at, kind } of log) {
          const { word, at: last } = words.get(alertKey) ?? { word: 'down', at: -1 };
          if (at > last) words.set(alertKey, { word: table[word]![kind] ?? word, at });
        }
        const names: Record<string, string> = {
          inactive: 'down',
          resolved: 'down',
          firing: 'up',
          frozen: 'stuck',
        };
        expect(
          [...foldDecisions(log)].map(([key, state]) => [key, names[state.kind], state.decidedAt]),
        ).toEqual([...words].map(([key, { word, at }]) => [key, word, at]));
      }),
    );
  });

  it('continues from the fold of a prefix, and leaves that fold alone', () => {
    fc.assert(
      fc.property(anyLog, fc.nat(60), (log, cut) => {
        const prefix = foldDecisions(log.slice(0, cut));
        const copy = new Map(prefix);
        expect(foldDecisions(log.slice(cut), prefix)).toEqual(foldDecisions(log));
        expect(prefix).toEqual(copy);
      }),
    );
  });

  it('keeps the first of two writers that disagree about one evaluation', () => {
    const alertKey = KEYS[0];
    const log: DecisionMessage[] = [
      { alertKey, at: 10, kind: 'fire' },
      { alertKey, at: 30, kind: 'freeze' },
      { alertKey, at: 30, kind: 'resolve' },
      { alertKey, at: 20, kind: 'resolve' },
    ];
    expect(foldDecisions(log).get(alertKey)).toMatchObject({ kind: 'frozen', firedAt: 10, frozenAt: 30 });
  });
});

describe('keys', () => {
  it('reads stream|slo|series|tier', () => {
    const identity = { stream: 'live', slo: 'chat/ttft', seriesKey: '42', tier: '1h&5m' };
    expect(alertKeyOf(identity)).toBe('live|chat/ttft|42|1h&5m');
    expect(decisionKeyOf(alertKeyOf(identity), 1_800_000_000_000)).toBe(
      'live|chat/ttft|42|1h&5m|1800000000000',
    );
  });

  it('never gives two alerts one key: the parts can be read back', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '|', '%', '7', 'C', '2', '5', '%7C'), maxLength: 5 });
    fc.assert(
      fc.property(fc.record({ stream: part, slo: part, seriesKey: part, tier: part }), (identity) => {
        const parts = alertKeyOf(identity).split('|');
        expect(parts.map((text) => text.replaceAll('%7C', '|').replaceAll('%25', '%'))).toEqual([
          identity.stream,
          identity.slo,
          identity.seriesKey,
          identity.tier,
        ]);
      }),
    );
  });
});
