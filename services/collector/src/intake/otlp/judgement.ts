import { parseVerdictReference, uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { VerdictReference } from '@burnline/core';
import { recordFault } from '../../records/record-fault.ts';
import type { Judged } from '../judgement-words.ts';
import { NOTHING_MADE_UP } from '../nothing-made-up.ts';
import { isSpanId, isTraceId } from './span-faults.ts';

const NANOS_PER_MICRO = 1_000n;

/** What somebody says of a call, in whatever form. */
export interface Judgement {
  readonly evaluator: string | null;
  /** The attribute that names the evaluator, for whoever left it out. */
  readonly evaluatorKey: string;
  readonly version: string | null;
  readonly kind: 'online_judge' | 'user_feedback' | 'guardrail';
  readonly label: string | null;
  readonly score: number | null;
  readonly judged: (evaluator: string) => Judged;
}

/** What is judged, and where it is said. */
export interface JudgedPlace {
  readonly responseId: string | null;
  readonly traceId: string;
  readonly spanId: string;
  readonly timeNanos: bigint;
  /** What tells judgements of one place apart. */
  readonly slot: string;
}

/** The verdict by reference of a judgement. Throws a record's fault. */
export function verdictOf(judgement: Judgement, place: JudgedPlace): VerdictReference {
  const { evaluator, evaluatorKey, version, kind, label, score } = judgement;
  const ids = {
    response_id: place.responseId,
    span_id: isSpanId(place.spanId) ? place.spanId : null,
    trace_id: isTraceId(place.traceId) ? place.traceId : null,
  };
  const wrong = [
    ...(evaluator === null ? [[evaluatorKey, 'the name of what judges']] : []),
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
      ...judgement.judged(evaluator),
    },
    NOTHING_MADE_UP,
  );
}
