import { MAP_VALUE_CHARS_MAX } from '@burnline/contracts';
import { senseOf, type Looking } from './flag-sense.ts';

/** Labels of evaluators that say whether an answer was accepted, in lower case and without marks between words. */
const PASSED: ReadonlySet<string> = new Set(
  'pass passed ok correct good safe success accept accepted approved relevant faithful factual grounded thumbsup up like liked'.split(
    ' ',
  ),
);
const NOT_PASSED: ReadonlySet<string> = new Set(
  'fail failed incorrect wrong bad unsafe failure reject rejected irrelevant unrelated unfaithful hallucinated hallucination ungrounded toxic harmful biased thumbsdown down dislike disliked flagged blocked'.split(
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
/**
 * Labels that say no more than whether that is there what the judge is named after: of `Relevance` a yes is good, of `Toxicity` it is
 * not. Digits are not among them: a label `1` may as well be the worst of five grades.
 */
const IS_THERE: ReadonlyMap<string, boolean> = new Map([
  ...'true yes y positive detected present found'.split(' ').map((word) => [word, true] as const),
  ...'false no n negative none absent notdetected notpresent notfound'
    .split(' ')
    .map((word) => [word, false] as const),
]);
/** What judges of safety have in their names; all others are of quality. */
const OF_SAFETY =
  /safe|toxi|harm|jailbreak|injection|pii|privacy|leak|bias|hate|harass|abus|profan|violen|sexual|guard|moderation/i;

export interface Judged {
  readonly dimension: string;
  readonly passed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * What a judgement says, of an evaluator's name and label. A label that says neither leaves the verdict not passed, as any verdict
 * without it, with an attribute `undecided`: what a score or a label means is for an SLO to say. So does a yes or a no where the
 * name does not tell which of them is the good one.
 */
export function judgedBy(
  name: string,
  given: { readonly label: string | null; readonly dimension: string | null },
): Judged {
  const { label, dimension } = given;
  const passed = passedByLabel(name, wordOf(label ?? ''));
  return {
    dimension: dimension ?? (OF_SAFETY.test(name) ? 'safety' : 'quality'),
    passed: passed === true,
    attributes: {
      ...(label !== null && label.length <= MAP_VALUE_CHARS_MAX && { label }),
      ...(passed === null && { undecided: 'true' }),
    },
  };
}

/** null: the label does not say it. */
function passedByLabel(name: string, word: string): boolean | null {
  if (PASSED.has(word)) return true;
  if (NOT_PASSED.has(word)) return false;
  return passedByPresence(IS_THERE.get(word), name, 'evaluator');
}

function passedByPresence(isThere: boolean | undefined, name: string, looking: Looking): boolean | null {
  if (isThere === undefined) return null;
  const sense = senseOf(name, looking);
  return sense === null ? null : isThere === (sense === 'good');
}

const wordOf = (label: string): string => label.toLowerCase().replace(/[^a-z]/g, '');

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
  const word = wordOf(value);
  if (word === 'true' || word === 'false') return passedByPresence(word === 'true', type ?? '', 'guardrail');
  if (LET_THROUGH.has(word)) return true;
  return STEPPED_IN.has(word) ? false : null;
}
