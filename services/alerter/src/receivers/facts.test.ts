import type { Contribution, DecisionRecord } from '@burnline/contracts';
import { describe, expect, it } from 'vitest';
import { factsOf, whereText } from './facts.ts';
import type { Notice, TellingContext } from './notice.ts';

/** Goal: a composite's page says what is known of its parts, and what of it could not be read in time; the pages of others say what they did. */
const window = { windowMs: 3_600_000, bad: 1, total: 2 };
const BURNS: readonly Contribution[] = [
  { dimension: 'slo', value: 'experience/available', bad: 5, total: 10, burnRate: 10 },
  { dimension: 'slo', value: 'experience/fast', bad: 0, total: 10, burnRate: 0 },
];
const VALUE: Contribution = {
  ...{ dimension: 'provider', value: 'openai', bad: 5, total: 5, lift: 2, part: 'experience/available' },
};

function told(context: TellingContext | null, over: object = {}): Readonly<Record<string, string>> {
  const parts = ['experience/fast', 'experience/available'];
  const evidence = { labels: {}, long: window, short: window, attribution: [], coverage: 1, parts };
  const decision = {
    ...{ alertKey: 'key', kind: 'fire', at: 0, evidence: { ...evidence, ...over } },
  } as unknown as DecisionRecord;
  const notice: Notice = {
    telling: { decision, isTold: true, key: 'key', firedAtMs: 0 },
    ...{ context, repeat: 0 },
  };
  const facts = Object.fromEntries(factsOf(notice).map(({ name, text }) => [name, text]));
  return { ...facts, where: whereText(notice) };
}
const known = (attribution: readonly Contribution[], isUnread = false): TellingContext => ({
  ...{ attribution, isUnread, budgetRemaining: null },
});

describe('facts of a composite', () => {
  it('are what its parts burn, and where the bad events of the worst came from', () => {
    const parts = 'experience/available 10x, experience/fast 0x';
    const values = 'provider=openai (5 bad, lift 2)';
    expect(told(known([...BURNS, VALUE]))).toMatchObject({
      ...{ Parts: parts, 'Bad events of experience/available are of': values },
      where: `Parts: ${parts}; Bad events of experience/available are of: ${values}`,
    });
  });

  it('say what could not be read in time', () => {
    expect(told(known(BURNS, true))).toMatchObject({
      'Bad events of experience/available are of': 'could not be read in time',
    });
    for (const context of [null, known([], true)])
      expect(told(context)['Parts']).toBe(
        'experience/fast, experience/available (what each burns could not be read in time)',
      );
  });

  it('say nothing of events where no part has any, or the worst one counts none', () => {
    expect(Object.keys(told(known(BURNS)))).not.toContain('Bad events of experience/available are of');
    expect(Object.keys(told(known(BURNS.slice(1)))).filter((name) => name.startsWith('Bad'))).toEqual([]);
  });

  it('are those of values where there are no parts', () => {
    expect(told(known([VALUE]), { parts: undefined })).toMatchObject({
      ...{ 'Bad events are of': 'provider=openai (5 bad, lift 2)', where: 'provider=openai (5 bad, lift 2)' },
    });
  });
});
