import type { StoredDecision, StoredNotice } from '@burnline/queries';
import { expect, it } from 'vitest';
import { deliveredAtMs, toldOf } from './told.ts';

const START_MS = Date.parse('2026-11-30T12:00:00Z');
const at = (second: number): string => new Date(START_MS + second * 1_000).toISOString();

/** A decision at a second, and what became of its notifications. */
function decisionAt(
  second: number,
  decision: StoredDecision['decision'],
  notices: readonly (readonly [
    receiver: string,
    outcome: StoredNotice['outcome'],
    second: number,
    attempts?: number,
  ])[],
  alertKey = 'key',
): StoredDecision {
  return {
    ...{ alertKey, slo: 'slo', labels: {}, tier: 'tier', severity: 'SEV-2', decision, attribution: [] },
    decidedAtMs: START_MS + second * 1_000,
    notices: notices.map(([receiver, outcome, finished, attempts = 1]) => ({
      ...{ receiver, outcome, attempts, finishedAtMs: START_MS + finished * 1_000 },
    })),
  };
}

it('says by receiver what came of an alert, from its fire to its end', () => {
  const fire = decisionAt(1, 'fire', [
    ['oncall', 'delivered', 2],
    ['chat', 'waiting', 9, 3],
  ]);
  const decisions = [
    decisionAt(0, 'resolve', [['oncall', 'delivered', 0]]),
    fire,
    decisionAt(5, 'fire', [['oncall', 'delivered', 6]], 'another'),
    decisionAt(20, 'freeze', [['oncall', 'delivered', 21]]),
    decisionAt(60, 'resolve', [
      ['chat', 'silenced', 61, 0],
      ['oncall', 'delivered', 62, 2],
    ]),
    decisionAt(90, 'fire', [['oncall', 'delivered', 91]]),
  ];
  expect(toldOf(fire, decisions)).toEqual([
    {
      ...{ receiver: 'chat', firstToldAt: null, lastToldAt: null },
      ...{ outcome: 'silenced', decision: 'resolve', attempts: 3 },
    },
    {
      ...{ receiver: 'oncall', firstToldAt: at(2), lastToldAt: at(62) },
      ...{ outcome: 'delivered', decision: 'resolve', attempts: 4 },
    },
  ]);
  expect(
    toldOf(fire, decisions.slice(0, 3)).map(({ decision, outcome }) => `${decision} ${outcome}`),
  ).toEqual(['fire waiting', 'fire delivered']);
  expect(deliveredAtMs(fire)).toBe(START_MS + 2_000);
  expect(deliveredAtMs(decisionAt(1, 'fire', [['chat', 'failed', 5]]))).toBeNull();
});
