import { guardedBy } from '../judgement-words.ts';
import { GUARDRAIL_VALUES } from './aliases.ts';
import type { Judgement } from './judgement.ts';
import { scoreFact, scoreOf, textFact, wordFact, wordOf } from './read-facts.ts';
import type { Attributes, AttributeValue, LogRecord, Span } from './span.ts';

/** An event of a log or a span, and what tells it from others of its place. */
export type SaidEvent = Pick<LogRecord, 'traceId' | 'spanId' | 'timeNanos' | 'attributes'> & {
  readonly slot: string;
};

/** What a guardrail says in attributes of its own; one place may hold several, each of another category. */
interface Guarded {
  readonly judgement: Judgement;
  readonly slot: string;
}

/** Words of a guardrail that failed itself: missing data, and no failure of what it looked at. */
const FAILED_ITSELF: ReadonlySet<string> = new Set(['ERROR', 'error']);

/** The result of a guardrail with its provider's own words; null: the attributes hold none. */
export function guardrailOf(attributes: Attributes, slot: string): Guarded | null {
  const said = GUARDRAIL_VALUES.map((key) => attributes.get(key)).find((value) => value !== undefined);
  const own = said === undefined ? null : valueWord(said);
  if (own === null || FAILED_ITSELF.has(own) || wordFact(attributes, 'errorType') !== null) return null;
  const result = {
    value: own,
    type: wordFact(attributes, 'guardrailResult'),
    action: wordFact(attributes, 'guardrailAction'),
    category: wordFact(attributes, 'guardrailCategory'),
    source: wordFact(attributes, 'guardrailSource'),
  };
  return {
    judgement: {
      evaluator: textFact(attributes, 'guardrail'),
      evaluatorKey: 'gen_ai.guardrail.component.name',
      version: textFact(attributes, 'guardrailVersion'),
      kind: 'guardrail',
      label: own,
      // A severity is a result's own value.
      score: scoreFact(attributes, 'risk') ?? scoreOf(said),
      judged: () => guardedBy(result, textFact(attributes, 'dimension')),
    },
    slot: [slot, result.type, result.category, result.source].join('.'),
  };
}

/** A guardrail's span is beneath the one that it guards. */
export const guardedPlace = ({ parentSpanId, spanId }: Span): string =>
  parentSpanId === '' ? spanId : parentSpanId;

const valueWord = (value: AttributeValue): string | null =>
  typeof value === 'boolean' ? String(value) : wordOf(value);
