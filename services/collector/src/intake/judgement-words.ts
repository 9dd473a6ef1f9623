import { MAP_VALUE_CHARS_MAX } from '@burnline/contracts';

/** Labels of evaluators that say whether an answer was accepted, in lower case and without marks between words. */
const PASSED: ReadonlySet<string> = new Set(
  'pass passed true yes y ok correct good safe success positive accept accepted approved relevant faithful factual grounded thumbsup up like liked'.split(
    ' ',
  ),
);
const NOT_PASSED: ReadonlySet<string> = new Set(
  'fail failed false no n incorrect wrong bad unsafe failure negative reject rejected irrelevant unrelated unfaithful hallucinated hallucination ungrounded toxic harmful biased thumbsdown down dislike disliked flagged blocked'.split(
    ' ',
  ),
);
/** What judges of safety have in their names; all others are of quality. */
const OF_SAFETY =
  /safe|toxic|harm|jailbreak|injection|pii|privacy|bias|hate|violence|sexual|guard|moderation/i;

interface Judged {
  readonly dimension: string;
  readonly passed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * What a judgement says, of an evaluator's name and label. A label that says neither leaves the verdict not passed, as any verdict
 * without it, with an attribute `undecided`: what a score or a label means is for an SLO to say.
 */
export function judgedBy(
  name: string,
  given: { readonly label: string | null; readonly dimension: string | null },
): Judged {
  const { label, dimension } = given;
  const word = (label ?? '').toLowerCase().replace(/[^a-z]/g, '');
  const isDecided = PASSED.has(word) || NOT_PASSED.has(word);
  return {
    dimension: dimension ?? (OF_SAFETY.test(name) ? 'safety' : 'quality'),
    passed: PASSED.has(word),
    attributes: {
      ...(label !== null && label.length <= MAP_VALUE_CHARS_MAX && { label }),
      ...(!isDecided && { undecided: 'true' }),
    },
  };
}
