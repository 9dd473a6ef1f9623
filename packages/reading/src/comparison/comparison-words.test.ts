import { COMPARISON_DEFAULTS, compareArms, type ArmCounts } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { comparisonAnswer, comparisonWord } from './comparison-words.ts';

/** Goal: the words say what the verdicts mean, why nothing is shown where nothing is, and the answer is the gate's: worse before unknown. */
const rule = { ...COMPARISON_DEFAULTS, margin: 0.02 };
const arm = (bad: number, total: number): ArmCounts => ({ seen: total, bad, total, squares: total });
const compared = (slo: string, baseline: ArmCounts, candidate: ArmCounts) => ({
  slo,
  ...compareArms(baseline, candidate, rule),
});
const WORSE = compared('ttft', arm(100, 10_000), arm(3_000, 10_000));
const BETTER = compared('quality', arm(3_000, 10_000), arm(100, 10_000));
const SAME = compared('availability', arm(1_000, 100_000), arm(1_000, 100_000));
const FEW = compared('rare', arm(0, 5_000), arm(99, 99));
const OPEN = compared('wide', arm(20, 200), arm(24, 200));

describe('the word for a comparison', () => {
  it.each([
    [WORSE, 'worse'],
    [BETTER, 'better'],
    [SAME, 'same within the margin'],
    [FEW, 'too few events'],
    [OPEN, 'no difference shown'],
  ] as const)('%#: %o', (comparison, word) => {
    expect(comparisonWord(comparison, rule)).toBe(word);
  });

  it('too few is of what was seen, not of what it stands for', () => {
    const sampled = { seen: 10, bad: 0, total: 10_000, squares: 10_000_000 };
    expect(comparisonWord(compared('sampled', sampled, sampled), rule)).toBe('too few events');
  });
});

describe('the answer of all SLOs', () => {
  it('is no where any is worse, whatever is not known or better', () => {
    const { answer, text } = comparisonAnswer([FEW, OPEN, BETTER, WORSE], rule);
    expect(answer).toBe('no');
    const { low, high } = WORSE.difference;
    expect(text).toBe(
      `It is worse by ttft (share of bad events ${(low * 100).toFixed(2)} to ${(high * 100).toFixed(2)} points higher).`,
    );
  });

  it('is not yet where any shows nothing, with the reason of each', () => {
    expect(comparisonAnswer([BETTER, FEW, OPEN], rule)).toEqual({
      answer: 'not-yet',
      text: 'By none it is shown to be worse, but an arm has fewer than 100 events for rare, and events do not tell the arms apart yet by wide: more events may tell.',
    });
  });

  it('is yes where all are decided and none is worse', () => {
    expect(comparisonAnswer([BETTER, SAME], rule).text).toBe(
      'It is better by quality, and no worse than by 2.00 % of events by the others.',
    );
    expect(comparisonAnswer([SAME], rule)).toEqual({
      answer: 'yes',
      text: 'It is no worse than by 2.00 % of events by all SLOs.',
    });
    expect(comparisonAnswer([BETTER], rule).text).toBe('It is better by all SLOs.');
  });

  it('is unknown of nothing, and names no more than three', () => {
    expect(comparisonAnswer([], rule).answer).toBe('unknown');
    const many = ['a', 'b', 'c', 'd', 'e'].map((slo) => ({ ...FEW, slo }));
    expect(comparisonAnswer(many, rule).text).toContain('for a, b, c and 2 more:');
  });
});
