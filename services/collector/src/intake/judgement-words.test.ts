import { describe, expect, it } from 'vitest';
import { guardedBy, judgedBy } from './judgement-words.ts';

/** Goal: a yes counts by what it is a yes to; where nobody can tell, nothing passes and the verdict says that it is undecided. */
const verdictOf = (name: string, label: string): boolean | 'undecided' => {
  const { passed, attributes } = judgedBy(name, { label, dimension: null });
  expect(attributes['undecided'] === 'true' && passed).toBe(false);
  return attributes['undecided'] === 'true' ? 'undecided' : passed;
};

const TROUBLE =
  'Toxicity Hallucination PII pii_leak PIILeakage Jailbreak prompt-injection bias Profanity violence self_harm HateSpeech unsafe safety_violation is_incorrect irrelevance not_relevant hallucinationDetected lack_of_relevance password_leak blocked_by_policy';
const GOOD =
  'Correctness faithfulness answer_relevance Helpfulness groundedness is_safe Safety unbiased harmlessness non_toxic no_pii pii-free jailbreak_resistance toxicity_passed exact_match json_valid sentiment user-feedback free_form_correctness reference_free_correctness ReferenceFreeFaithfulness free_response_quality blockchain_accuracy toxicity_free';
/** A refusal is right or wrong by what was asked. */
const UNKNOWN =
  'judge refusal meets-rule-7 hallucination_accuracy language_detection safety_issue quality_degradation groundedness_gap passage_length';

describe('a yes or no', () => {
  it.each(TROUBLE.split(' '))('to %s passes where it is no', (name) => {
    for (const label of ['yes', 'true', 'True', 'positive', 'Y', 'detected'])
      expect([label, verdictOf(name, label)]).toEqual([label, false]);
    for (const label of ['no', 'false', 'negative', 'N', 'none', 'not detected'])
      expect([label, verdictOf(name, label)]).toEqual([label, true]);
  });

  it.each(GOOD.split(' '))('to %s passes where it is yes', (name) => {
    for (const label of ['yes', 'true', 'True', 'positive'])
      expect([label, verdictOf(name, label)]).toEqual([label, true]);
    for (const label of ['no', 'false', 'negative'])
      expect([label, verdictOf(name, label)]).toEqual([label, false]);
  });

  it.each(UNKNOWN.split(' '))('to %s is undecided', (name) => {
    for (const label of ['yes', 'true', 'no', 'false']) expect(verdictOf(name, label)).toBe('undecided');
  });
});

describe('a label', () => {
  it.each([
    ['Toxicity', 'pass', true],
    ['Toxicity', 'toxic', false],
    ['Toxicity', 'safe', true],
    ['judge', 'correct', true],
    ['judge', 'fail', false],
  ] as const)('of %s that is %s says it itself', (name, label, passed) => {
    expect(verdictOf(name, label)).toBe(passed);
  });

  it('of a judge with a name of a megabyte is read at once', () => {
    expect(verdictOf('in'.repeat(500_000), 'yes')).toBe('undecided');
  });

  it('of digits may be a grade', () => {
    expect([verdictOf('Relevance', '1'), verdictOf('Toxicity', '0')]).toEqual(['undecided', 'undecided']);
  });
});

it.each([
  ['tripwire_triggered', true, false],
  ['filter_match', true, false],
  ['pii_detected', false, true],
  ['validation_passed', true, true],
  ['invalid', true, false],
  ['not_blocked', true, true],
  ['safety_violation', false, true],
  ['outcome', true, 'undecided'],
] as const)('of a guardrail the flag %s: %s has passed: %s', (type, flag, expected) => {
  const { passed, attributes } = guardedBy(
    { value: String(flag), type, action: null, category: null, source: null },
    null,
  );
  expect(attributes['undecided'] === 'true' ? 'undecided' : passed).toBe(expected);
});
