import { parseVerdictReference, uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { VerdictReference } from '@burnline/core';
import { recordFault } from '../../records/record-fault.ts';
import { judgedBy } from '../judgement-words.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { EVALUATION_EVENT } from './aliases.ts';
import { JUDGEMENT_KEY, fieldText, scoreFact, scoreOf, textFact, wordFact, wordOf } from './read-facts.ts';
import { isSpanId, isTraceId } from './span-faults.ts';
import type { AttributeValue, Attributes, LogRecord, Span } from './span.ts';

const NANOS_PER_MICRO = 1_000n;

/** What somebody says of a call, in whatever form. */
interface Judgement {
  readonly evaluator: string | null;
  readonly version: string | null;
  readonly kind: 'online_judge' | 'user_feedback';
  readonly label: string | null;
  readonly score: number | null;
  readonly dimension: string | null;
}

/** What is judged, and where it is said. */
interface JudgedPlace {
  readonly responseId: string | null;
  readonly traceId: string;
  readonly spanId: string;
  readonly timeNanos: bigint;
  /** What tells judgements of one place apart. */
  readonly slot: string;
}

/** The verdict of an event of a log; null: of another kind, or of an evaluator that could not decide. Throws a record's fault. */
export function verdictOfLog(record: LogRecord): VerdictReference | null {
  return record.eventName === EVALUATION_EVENT ? verdictOfEvent({ ...record, slot: 'log' }) : null;
}

/** The verdicts that a span brings: in its events, and in attributes of OpenInference. Throws a record's fault. */
export function verdictsOfSpan(span: Span): readonly VerdictReference[] {
  const { traceId, spanId } = span;
  const ofEvents = span.events.flatMap((event, index) => {
    if (event.name !== EVALUATION_EVENT) return [];
    const verdict = verdictOfEvent({ ...event, traceId, spanId, slot: String(index) });
    return verdict === null ? [] : [verdict];
  });
  return [...ofEvents, ...carriedVerdicts(span)];
}

function verdictOfEvent(
  event: Pick<LogRecord, 'traceId' | 'spanId' | 'timeNanos' | 'attributes'> & { readonly slot: string },
): VerdictReference | null {
  const { attributes } = event;
  // A judge's own error is missing data and no failure of what it judged.
  if (wordFact(attributes, 'errorType') !== null) return null;
  const judgement: Judgement = {
    evaluator: textFact(attributes, 'evaluation'),
    version: textFact(attributes, 'evaluationVersion'),
    kind: 'online_judge',
    label: wordFact(attributes, 'evaluationLabel'),
    score: scoreFact(attributes),
    dimension: textFact(attributes, 'dimension'),
  };
  return verdictOf(judgement, { ...event, responseId: textFact(attributes, 'responseId') });
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
    const [, number, part] = JUDGEMENT_KEY.exec(key) ?? [];
    if (number === undefined || part === undefined) continue;
    const slot = `${key.slice(0, key.indexOf('.'))}.${number}`;
    const own = parts.get(slot) ?? new Map<string, AttributeValue>();
    parts.set(slot, own.set(part, value));
  }
  return new Map(
    [...parts].map(([slot, own]) => [
      slot,
      {
        evaluator: nameOf(own.get('name')),
        version: null,
        kind: own.get('annotator_kind') === 'HUMAN' ? 'user_feedback' : 'online_judge',
        label: wordOf(own.get('label')),
        score: scoreOf(own.get('score')),
        dimension: null,
      },
    ]),
  );
}

const nameOf = (value: AttributeValue | undefined): string | null =>
  typeof value === 'string' ? fieldText(value) : null;

function verdictOf(judgement: Judgement, place: JudgedPlace): VerdictReference {
  const { evaluator, version, kind, label, score, dimension } = judgement;
  const ids = {
    response_id: place.responseId,
    span_id: isSpanId(place.spanId) ? place.spanId : null,
    trace_id: isTraceId(place.traceId) ? place.traceId : null,
  };
  const wrong = [
    ...(evaluator === null ? [['gen_ai.evaluation.name', 'the name of the evaluation']] : []),
    ...(Object.values(ids).some((id) => id !== null)
      ? []
      : [['spanId', 'gen_ai.response.id, or the ids of what is judged']]),
    ...(place.timeNanos > 0n ? [] : [['timeUnixNano', 'epoch nanoseconds']]),
  ];
  if (wrong.length > 0 || evaluator === null)
    throw recordFault(
      wrong.map(([path = '', expected = '']) => ({
        path,
        code: 'invalid_value',
        expected,
        found: 'nothing',
      })),
    );
  const time = String(place.timeNanos);
  const said = [evaluator, label ?? '', String(score), time, place.slot];
  const of = [place.traceId, place.spanId, place.responseId ?? ''];
  return parseVerdictReference(
    {
      ...ids,
      event_id: uuidFromBytes(uuidFromContent('otlp-evaluation', ...of, ...said)),
      judged_at: Number(place.timeNanos / NANOS_PER_MICRO),
      evaluator,
      evaluator_version: version,
      kind,
      score,
      ...judgedBy(evaluator, { label, dimension }),
    },
    NOTHING_MADE_UP,
  );
}
