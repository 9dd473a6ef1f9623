import { uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { Scalar } from '../../records/pick-members.ts';
import { missingIssue, recordFault, type RecordIssue } from '../../records/record-fault.ts';
import { judgedBy } from '../judgement-words.ts';
import { labelWord } from '../label-word.ts';
import type { Score } from './score.ts';

/** Of another kind of event, and texts of people, nothing is made. */
const SCORE_EVENT = 'score-create';
const TEXTS: ReadonlySet<string> = new Set(['TEXT', 'CORRECTION']);
/** Langfuse has no kind for what users say; its own guides call such scores so. */
const OF_USERS = /feedback|thumb|user[-_ ]?rating/i;
const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;

/** The facts of a score, whichever spelling they came in. */
interface Said {
  readonly id: string | null;
  readonly time: Scalar;
  readonly name: string | null;
  readonly type: string | null;
  readonly value: Scalar;
  readonly text: string | null;
  readonly source: string | null;
  readonly trace: string | null;
  readonly observation: string | null;
}

/**
 * The verdict by reference of a score, with the keys of our own JSON; null: of what is no judgement of an answer, such as scores of
 * sessions and data sets, and texts. Throws a record's fault.
 */
export function verdictOfScore(given: Score): Readonly<Record<string, unknown>> | null {
  if (given.type !== undefined && given.type !== SCORE_EVENT) return null;
  const said = saidBy(given);
  if (TEXTS.has(said.type ?? '') || (said.trace === null && said.observation === null)) return null;
  const ids = {
    trace_id: said.trace !== null && TRACE_ID.test(said.trace) ? said.trace : null,
    span_id: said.observation !== null && SPAN_ID.test(said.observation) ? said.observation : null,
  };
  const issues = issuesOf(said, ids.trace_id ?? ids.span_id);
  const { name } = said;
  if (issues.length > 0 || name === null) throw recordFault(issues);
  const isFlag = said.type === 'BOOLEAN' || typeof said.value === 'boolean';
  const score = typeof said.value === 'number' ? said.value : null;
  const label = isFlag ? String(said.value === true || said.value === 1) : labelWord(said.text);
  return {
    ...ids,
    event_id: uuidFromBytes(uuidFromContent('langfuse-score', said.id ?? '')),
    judged_at: said.time,
    evaluator: name,
    kind: said.source === 'ANNOTATION' || OF_USERS.test(name) ? 'user_feedback' : 'online_judge',
    score: isFlag ? null : score,
    ...judgedBy(name, { label, dimension: null }),
  };
}

function saidBy(given: Score): Said {
  const score = { ...given, ...given.body };
  const value = score.value ?? null;
  const textValue = textOf(score.stringValue) ?? textOf(score.string_value);
  return {
    id: textOf(score.id),
    time: score.timestamp ?? score.createdAt ?? score.created_at ?? given.timestamp ?? null,
    name: textOf(score.name),
    type: textOf(score.dataType) ?? textOf(score.data_type),
    value,
    text: textValue ?? textOf(value),
    source: textOf(score.source),
    trace: textOf(score.traceId) ?? textOf(score.trace_id),
    observation: textOf(score.observationId) ?? textOf(score.observation_id),
  };
}

const textOf = (value: Scalar | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function issuesOf(said: Said, id: string | null): readonly RecordIssue[] {
  return [
    ...(said.id === null ? [missingIssue('id', "the score's id: by it a repeat is known")] : []),
    ...(said.name === null ? [missingIssue('name', "the score's name")] : []),
    ...(said.time === null ? [missingIssue('timestamp', 'a time')] : []),
    ...(id === null ? [missingIssue('traceId', "W3C's id of a trace, or of a span as observationId")] : []),
  ];
}
