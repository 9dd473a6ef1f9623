import { AppError, INFERENCE_FIELDS, type FieldKind } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

export const FIELD_OPERATORS = ['=', '!=', '<', '<=', '>', '>='] as const;
export type FieldOperator = (typeof FIELD_OPERATORS)[number];

/** What an event is searched by: a field of it by its name, or `attributes.KEY`, against a value as text. */
export interface FieldTest {
  readonly field: string;
  readonly operator: FieldOperator;
  /** Of texts the text; a number; true or false. Empty: that there is none. */
  readonly value: string;
}

/** One inference event, as a list shows it. */
export interface RawEvent {
  readonly eventId: string;
  /** Epoch microseconds. */
  readonly atMicros: number;
  readonly service: string;
  readonly provider: string;
  readonly model: string;
  readonly status: string;
  readonly errorType: string;
  readonly durationMs: number | null;
  readonly ttftMs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** 1e-9 USD. */
  readonly costNanoUsd: number | null;
  readonly requestId: string;
  readonly attempt: number;
}

/** Where a page ended: the next one begins behind it. */
export interface RawCursor {
  readonly atMicros: number;
  readonly eventId: string;
}

export interface RawEventsQuery extends TimeRange {
  readonly stream: string;
  /** All of them hold. */
  readonly tests: readonly FieldTest[];
  readonly limit: number;
  readonly after?: RawCursor;
}

type SearchErrorCode = 'QUERY_FIELD_UNKNOWN' | 'QUERY_VALUE_INVALID';

/** A row as the table has it, field by field. */
export type EventRow = Readonly<Record<string, unknown>>;

/**
 * A page of inference events in a range of event time, the latest first, repeats left out. Events that come meanwhile move none.
 *
 * Rejects with QUERY_FIELD_UNKNOWN for a field that events do not have, and QUERY_VALUE_INVALID for a value that it cannot have.
 */
export async function readRawEvents(
  store: Store,
  query: RawEventsQuery,
): Promise<{ readonly events: readonly RawEvent[]; readonly next: RawCursor | null }> {
  const { after, tests } = query;
  const conditions = tests.map(conditionOf);
  const rows = await store.query<RawEvent>(
    `SELECT toString(event_id) AS eventId, toUnixTimestamp64Micro(occurred_at) AS atMicros, service, provider, model,
            toString(status) AS status, error_type AS errorType, duration_ms AS durationMs, ttft_ms AS ttftMs,
            input_tokens AS inputTokens, output_tokens AS outputTokens, cost_nano_usd AS costNanoUsd, request_id AS requestId,
            attempt
     FROM inferences
     WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
       ${conditions.map(({ sql }) => `AND ${sql}`).join(' ')}
       ${after === undefined ? '' : 'AND (atMicros < {at:Int64} OR (atMicros = {at:Int64} AND eventId > {id:String}))'}
     ORDER BY occurred_at DESC, eventId LIMIT {limit:UInt32}`,
    {
      ...Object.fromEntries(conditions.flatMap(({ params }) => Object.entries(params))),
      stream: query.stream,
      from: dateTimeOfMs(query.fromMs),
      to: dateTimeOfMs(query.toMs),
      limit: query.limit + 1,
      ...(after === undefined ? {} : { at: after.atMicros, id: after.eventId }),
    },
  );
  const events = rows.slice(0, query.limit);
  const last = events.at(-1);
  const isMore = rows.length > query.limit && last !== undefined;
  return { events, next: isMore ? { atMicros: last.atMicros, eventId: last.eventId } : null };
}

/** Every field of the event with this id, by the names of the tables; null: no row has it, or only repeats do. */
export async function readRawEvent(
  store: Store,
  { stream, eventId }: { readonly stream: string; readonly eventId: string },
): Promise<EventRow | null> {
  const [row] = await store.query<EventRow>(
    `SELECT * FROM inferences WHERE stream = {stream:String} AND event_id = {id:UUID} ORDER BY occurred_at LIMIT 1`,
    { stream, id: eventId },
  );
  return row ?? null;
}

/** More attempts than anybody makes at one request, and verdicts on it. */
const OF_REQUEST_MAX = 200;
/** How far attempts and verdicts of one request lie from each other. */
const REQUEST_MS = 86_400_000;

/** Attempts of one request around a moment (epoch ms), in their order; at most 200. */
export async function readAttempts(
  store: Store,
  query: { readonly stream: string; readonly requestId: string; readonly atMs: number },
): Promise<readonly EventRow[]> {
  return store.query<EventRow>(
    `SELECT * FROM inferences
     WHERE stream = {stream:String} AND request_id = {request:String} AND occurred_at >= {from:DateTime('UTC')}
       AND occurred_at < {to:DateTime('UTC')}
     ORDER BY attempt, occurred_at LIMIT {limit:UInt32}`,
    paramsOfRequest(query),
  );
}

/** Verdicts on one request around a moment, those that events carried included, in the order of time; at most 200. */
export async function readRequestVerdicts(
  store: Store,
  query: { readonly stream: string; readonly requestId: string; readonly atMs: number },
): Promise<readonly EventRow[]> {
  return store.query<EventRow>(
    `SELECT * FROM verdicts
     WHERE stream = {stream:String} AND request_id = {request:String} AND inference_at >= {from:DateTime('UTC')}
       AND inference_at < {to:DateTime('UTC')}
     ORDER BY judged_at, evaluator, dimension LIMIT {limit:UInt32}`,
    paramsOfRequest(query),
  );
}

function paramsOfRequest({
  stream,
  requestId,
  atMs,
}: {
  readonly stream: string;
  readonly requestId: string;
  readonly atMs: number;
}): QueryParams {
  const [from, to] = [Math.max(0, atMs - REQUEST_MS), atMs + REQUEST_MS].map(dateTimeOfMs);
  return { stream, request: requestId, from, to, limit: OF_REQUEST_MAX };
}

const ATTRIBUTE = /^attributes\.(.{1,200})$/s;
/** What the view adds to an event's own fields. */
const VIEW_FIELDS: Readonly<Record<string, FieldKind>> = { model: 'text', outcome: 'text' };

/** Whether events can be searched by a kind of field. */
export function isSearchable(kind: FieldKind): boolean {
  return !['time', 'texts', 'numbers', 'verdicts'].includes(kind);
}

interface Condition {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** SQL of one test; names of columns are those of the table of fields, values are parameters. */
function conditionOf({ field, operator, value }: FieldTest, place: number): Condition {
  const name = `test${place}`;
  const [, key] = ATTRIBUTE.exec(field) ?? [];
  if (key !== undefined)
    return textCondition(`attributes[{${name}k:String}]`, { operator, value, name }, { [`${name}k`]: key });
  const kind = kindOf(field);
  if (value === '')
    return { sql: `${operator === '!=' ? 'NOT ' : ''}empty(ifNull(toString(${field}), ''))`, params: {} };
  if (['text', 'word', 'id'].includes(kind))
    return textCondition(`ifNull(toString(${field}), '')`, { operator, value, name });
  if (kind === 'flag') {
    if (value !== 'true' && value !== 'false') throw invalidValue(field, value, 'true or false');
    return {
      sql: `ifNull(toUInt8(${field}), 2) ${operator} {${name}:UInt8}`,
      params: { [name]: value === 'true' ? 1 : 0 },
    };
  }
  const number = Number(value);
  if (!Number.isFinite(number)) throw invalidValue(field, value, 'a number');
  return {
    sql: `ifNull(toFloat64(${field}) ${operator} {${name}:Float64}, false)`,
    params: { [name]: number },
  };
}

function kindOf(field: string): FieldKind {
  const fields: Readonly<Record<string, { readonly kind: FieldKind }>> = INFERENCE_FIELDS;
  const kind = Object.hasOwn(VIEW_FIELDS, field)
    ? VIEW_FIELDS[field]
    : Object.hasOwn(fields, field)
      ? fields[field]?.kind
      : undefined;
  if (kind !== undefined && isSearchable(kind)) return kind;
  throw new AppError<SearchErrorCode>('QUERY_FIELD_UNKNOWN', `Events cannot be searched by ${field}`, {
    remedy: 'Name a field of the table of events (docs/events.md), or attributes.KEY.',
  });
}

function textCondition(
  column: string,
  {
    operator,
    value,
    name,
  }: { readonly operator: FieldOperator; readonly value: string; readonly name: string },
  params: Readonly<Record<string, unknown>> = {},
): Condition {
  return { sql: `${column} ${operator} {${name}:String}`, params: { ...params, [name]: value } };
}

function invalidValue(field: string, value: string, expected: string): AppError {
  return new AppError<SearchErrorCode>(
    'QUERY_VALUE_INVALID',
    `${value.slice(0, 60)} is no value of ${field}`,
    { remedy: `Give ${expected}.` },
  );
}
