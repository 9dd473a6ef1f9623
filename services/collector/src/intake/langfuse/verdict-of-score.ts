import { uuidFromBytes, uuidFromContent } from '@burnline/contracts';
import type { Scalar } from '../../records/pick-members.ts';
import { missingIssue, recordFault, type RecordIssue } from '../../records/record-fault.ts';
import { judgedBy } from '../judgement-words.ts';
import { labelWord } from '../label-word.ts';
import type { Score } from './score.ts';

const SCORE_EVENT = 'score-create';
/** Of other kinds of events of the ingestion, and texts of people, nothing is made. */
const OTHER_EVENT = /-(create|update)$|^sdk-log$/;
const TEXTS: ReadonlySet<string> = new Set(['TEXT', 'CORRECTION']);
/** Langfuse has no kind for what users say; its own guides call such scores so. */
const OF_USERS = /feedback|thumb|user[-_ ]?rating/i;
const TRACE_ID = /^[0-9a-f]{32}$/i;
const SPAN_ID = /^[0-9a-f]{16}$/i;
/** A BOOLEAN as the API, exports and people write it, in lower case. */
const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

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
  /** It is of a session or a run over a data set: of many answers. */
  readonly isOfMany: boolean;
}

/**
 * The verdict by reference of a score, with the keys of our own JSON; null: of what is no judgement of an answer, such as scores of
 * sessions and data sets, and texts. Throws a record's fault.
 */
export function verdictOfScore(given: Score): Readonly<Record<string, unknown>> | null {
  if (typeof given.type === 'string' && given.type !== SCORE_EVENT && OTHER_EVENT.test(given.type))
    return null;
  const said = saidBy(given);
  if (TEXTS.has(said.type ?? '')) return null;
  if (said.isOfMany && said.trace === null && said.observation === null) return null;
  const ids = {
    trace_id: said.trace !== null && TRACE_ID.test(said.trace) ? said.trace : null,
    span_id: said.observation !== null && SPAN_ID.test(said.observation) ? said.observation : null,
  };
  const flag = flagOf(said);
  const isFlag = flag !== null || said.type === 'BOOLEAN';
  const score = isFlag ? null : scoreOf(said);
  const issues = issuesOf(given, said, {
    id: ids.trace_id ?? ids.span_id,
    hasValue: flag !== null || score !== null || (!isFlag && said.type !== 'NUMERIC' && said.text !== null),
  });
  const { name } = said;
  if (issues.length > 0 || name === null) throw recordFault(issues);
  const label = flag === null ? labelWord(said.type === 'NUMERIC' ? null : said.text) : String(flag);
  return {
    ...ids,
    event_id: uuidFromBytes(uuidFromContent('langfuse-score', said.id ?? '')),
    judged_at: said.time,
    evaluator: name,
    kind: said.source === 'ANNOTATION' || OF_USERS.test(name) ? 'user_feedback' : 'online_judge',
    score,
    ...judgedBy(name, { label, dimension: null }),
  };
}

function saidBy(given: Score): Said {
  const score = { ...given, ...given.body };
  const value = score.value ?? null;
  const textValue = textOf(score.stringValue) ?? textOf(score.string_value);
  return {
    id: textOf(given.body?.id) ?? textOf(given.id),
    time: score.timestamp ?? score.createdAt ?? score.created_at ?? given.timestamp ?? null,
    name: textOf(score.name),
    type: textOf(score.dataType) ?? textOf(score.data_type),
    value,
    text: textValue ?? textOf(value),
    source: textOf(score.source),
    trace: textOf(score.traceId) ?? textOf(score.trace_id),
    observation: textOf(score.observationId) ?? textOf(score.observation_id),
    isOfMany: [score.sessionId, score.session_id, score.datasetRunId, score.dataset_run_id].some(
      (id) => textOf(id) !== null,
    ),
  };
}

/** null: no flag, or none that says anything. */
function flagOf({ type, value, text }: Said): boolean | null {
  if (typeof value === 'boolean') return value;
  if (type !== 'BOOLEAN') return null;
  return FLAGS.get(String(value ?? text ?? '').toLowerCase()) ?? null;
}

/** Numbers may be written as texts, where their kind is told. */
function scoreOf({ type, value }: Said): number | null {
  if (typeof value === 'number') return value;
  const number = type === 'NUMERIC' && typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;
  return Number.isFinite(number) ? number : null;
}

const textOf = (value: Scalar | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function issuesOf(
  given: Score,
  said: Said,
  { id, hasValue }: { readonly id: string | null; readonly hasValue: boolean },
): readonly RecordIssue[] {
  if (given.data === true || given.batch === true)
    return [
      missingIssue(given.data === true ? 'data' : 'batch', 'a page or a batch as a request of its own'),
    ];
  return [
    ...(said.id === null ? [missingIssue('id', "the score's id: by it a repeat is known")] : []),
    ...(said.name === null ? [missingIssue('name', "the score's name")] : []),
    ...(hasValue ? [] : [missingIssue('value', 'what was said, as its dataType has it')]),
    ...(said.time === null ? [missingIssue('timestamp', 'a time')] : []),
    ...(id === null ? [missingIssue('traceId', "W3C's id of a trace, or of a span as observationId")] : []),
  ];
}
