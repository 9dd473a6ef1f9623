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
/** Words of guardrails, written alike: what was let through, and what they stepped in for. What they change and let go is neither. */
const LET_THROUGH: ReadonlySet<string> = new Set(
  'allow allowed pass passed none nomatchfound success safe notblocked'.split(' '),
);
const STEPPED_IN: ReadonlySet<string> = new Set(
  'deny denied block blocked reject rejected fail failed flagged guardrailintervened guardrailflagged intervened matchfound unsafe'.split(
    ' ',
  ),
);
/** Of which a flag says that the guardrail stepped in, and of which that it did not. */
const FLAG_OF_TROUBLE = /trip|trigger|flag|block|match|detect|violat/i;
const FLAG_OF_PASSING = /pass|valid|allow|safe/i;
/** What judges of safety have in their names; all others are of quality. */
const OF_SAFETY =
  /safe|toxic|harm|jailbreak|injection|pii|privacy|bias|hate|violence|sexual|guard|moderation/i;

export interface Judged {
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

/** What a guardrail said, in its provider's own words. */
interface GuardrailResult {
  readonly value: string;
  /** Which of the provider's results it is. */
  readonly type: string | null;
  readonly action: string | null;
  readonly category: string | null;
  readonly source: string | null;
}

/** The same of a guardrail, of whose words it keeps each. A severity, or a word that says neither, is for an SLO to decide. */
export function guardedBy(result: GuardrailResult, dimension: string | null): Judged {
  const passed = passedBy(result);
  const words = Object.entries<string | null>({ ...result }).flatMap(([name, word]) =>
    word !== null && word.length <= MAP_VALUE_CHARS_MAX ? [[`guardrail_${name}`, word] as const] : [],
  );
  return {
    dimension: dimension ?? 'safety',
    passed: passed === true,
    attributes: {
      ...Object.fromEntries(words),
      ...(passed === null && { undecided: 'true' }),
    },
  };
}

/** null: the words do not say it. */
function passedBy({ value, type }: GuardrailResult): boolean | null {
  if (value === 'true' || value === 'false') {
    const isOfTrouble = FLAG_OF_TROUBLE.test(type ?? '');
    return isOfTrouble || FLAG_OF_PASSING.test(type ?? '') ? (value === 'true') !== isOfTrouble : null;
  }
  const word = value.toLowerCase().replace(/[^a-z]/g, '');
  if (LET_THROUGH.has(word)) return true;
  return STEPPED_IN.has(word) ? false : null;
}
