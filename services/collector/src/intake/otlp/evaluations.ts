import type { VerdictReference } from '@burnline/core';
import { recordFault } from '../../records/record-fault.ts';
import { judgedBy } from '../judgement-words.ts';
import { EVALUATION_EVENT, GUARDRAIL_EVENT } from './aliases.ts';
import { guardedPlace, guardrailOf, type SaidEvent } from './guardrails.ts';
import { verdictOf, type Judgement } from './judgement.ts';
import {
  JUDGEMENT_KEY,
  fieldText,
  mayBeJudgement,
  scoreFact,
  scoreOf,
  textFact,
  wordFact,
  wordOf,
} from './read-facts.ts';
import type { AttributeValue, Attributes, LogRecord, Span } from './span.ts';

/** What names a judge. */
const EVALUATOR_KEY = 'gen_ai.evaluation.name';

/** The verdict of an event of a log; null: of another kind, or of a judge that could not decide. Throws a record's fault. */
export function verdictOfLog(record: LogRecord): VerdictReference | null {
  return verdictOfEvent(record.eventName, { ...record, slot: 'log' });
}

/** The verdicts that a span brings: in its events, of a guardrail's span its own, and in attributes of OpenInference. Throws a record's fault. */
export function verdictsOfSpan(span: Span): readonly VerdictReference[] {
  const { traceId, spanId, events, attributes, endNanos } = span;
  const own = guardrailOf(attributes, 'span');
  const guarded = own === null ? spanId : guardedPlace(span);
  const ofEvents = events.flatMap(({ name, ...event }, index) => {
    const judged = name === GUARDRAIL_EVENT ? guarded : spanId;
    const verdict = verdictOfEvent(name, { ...event, traceId, spanId: judged, slot: String(index) });
    return verdict === null ? [] : [verdict];
  });
  const isToldByEvents = events.some(({ name }) => name === GUARDRAIL_EVENT);
  const ofGuardrail =
    own === null || isToldByEvents
      ? []
      : [
          verdictOf(own.judgement, {
            ...{ responseId: null, traceId, spanId: guarded, timeNanos: endNanos },
            slot: `${spanId}.${own.slot}`,
          }),
        ];
  return [...ofEvents, ...ofGuardrail, ...carriedVerdicts(span)];
}

function verdictOfEvent(name: string, event: SaidEvent): VerdictReference | null {
  const { attributes } = event;
  const place = { ...event, responseId: textFact(attributes, 'responseId') };
  if (name === GUARDRAIL_EVENT) {
    const said = guardrailOf(attributes, event.slot);
    return said === null ? null : verdictOf(said.judgement, { ...place, slot: said.slot });
  }
  // A judge's own error is missing data and no failure of what it judged.
  if (name !== EVALUATION_EVENT || wordFact(attributes, 'errorType') !== null) return null;
  const label = wordFact(attributes, 'evaluationLabel');
  const dimension = textFact(attributes, 'dimension');
  const judgement: Judgement = {
    evaluator: textFact(attributes, 'evaluation'),
    evaluatorKey: EVALUATOR_KEY,
    version: textFact(attributes, 'evaluationVersion'),
    kind: 'online_judge',
    label,
    score: scoreFact(attributes, 'evaluation'),
    judged: (evaluator) => judgedBy(evaluator, { label, dimension }),
  };
  return verdictOf(judgement, place);
}

/**
 * Judgements in a span's attributes. One that comes after the fact is a span of its own, with a link to the span that it judges: its
 * parent is not that. Without a link it judges the span itself.
 */
function carriedVerdicts(span: Span): readonly VerdictReference[] {
  const carried = judgementsOf(span.attributes);
  if (carried.size === 0) return [];
  const [target = span, ...others] = span.links;
  if (others.length > 0) {
    const expected = 'one link, to the span that is judged';
    throw recordFault([{ path: 'links', code: 'invalid_value', expected, found: 'several' }]);
  }
  return [...carried].map(([slot, judgement]) =>
    verdictOf(judgement, {
      responseId: null,
      traceId: target.traceId,
      spanId: target.spanId,
      timeNanos: span.endNanos,
      slot: `${span.spanId}.${slot}`,
    }),
  );
}

/** By `evaluations.0` and the like. */
function judgementsOf(attributes: Attributes): ReadonlyMap<string, Judgement> {
  const parts = new Map<string, Map<string, AttributeValue>>();
  for (const [key, value] of attributes) {
    if (!mayBeJudgement(key)) continue;
    const [, number, part] = JUDGEMENT_KEY.exec(key) ?? [];
    if (number === undefined || part === undefined) continue;
    const slot = `${key.slice(0, key.indexOf('.'))}.${number}`;
    const own = parts.get(slot) ?? new Map<string, AttributeValue>();
    parts.set(slot, own.set(part, value));
  }
  return new Map([...parts].map(([slot, own]) => [slot, carriedJudgement(own)]));
}

function carriedJudgement(own: ReadonlyMap<string, AttributeValue>): Judgement {
  const label = wordOf(own.get('label'));
  return {
    evaluator: nameOf(own.get('name')),
    evaluatorKey: EVALUATOR_KEY,
    version: null,
    kind: own.get('annotator_kind') === 'HUMAN' ? 'user_feedback' : 'online_judge',
    label,
    score: scoreOf(own.get('score')),
    judged: (evaluator) => judgedBy(evaluator, { label, dimension: null }),
  };
}

const nameOf = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' ? fieldText(value) : null;
