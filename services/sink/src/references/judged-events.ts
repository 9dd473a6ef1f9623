import { JUDGED_FIELDS, RESPONSE_ID_ATTRIBUTE, type InferenceEvent, type JudgedId } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** What a verdict takes over from the event that it judges. */
export interface JudgedEvent extends Pick<InferenceEvent, (typeof JUDGED_FIELDS)[number]> {
  /** The id that it was found by. */
  readonly id: string;
  /** Epoch microseconds, as it is counted. */
  readonly inference_at: number;
  readonly request_id: string;
  /** Timestamp of its message, epoch ms. */
  readonly log_ms: number;
}

export interface EventsWanted {
  readonly stream: string;
  readonly by: JudgedId;
  readonly ids: readonly string[];
  /** Rows whose life began earlier are not looked at, epoch seconds. */
  readonly sinceS: number;
}

/** Each has a skip index of its own (sql/0043). */
const COLUMNS: Readonly<Record<JudgedId, string>> = {
  response_id: `attributes['${RESPONSE_ID_ATTRIBUTE}']`,
  span_id: 'span_id',
  request_id: 'request_id',
  trace_id: 'trace_id',
};
/** Of a request with more attempts, or a trace with more calls, the others are not looked at. */
const EVENTS_OF_ID_MAX = 16;

/** Raw events that have one of the ids, of each id the best ones first: final before others, later ones before earlier. */
export async function findEvents(
  store: Store,
  { by, ...params }: EventsWanted,
): Promise<ReadonlyMap<string, readonly JudgedEvent[]>> {
  const fields = JUDGED_FIELDS.join(', ');
  const rows = await store.query<JudgedEvent>(
    `SELECT ${COLUMNS[by]} AS id, toUnixTimestamp64Micro(occurred_at) AS inference_at, request_id,
            toUnixTimestamp64Milli(log_time) AS log_ms, ${fields}
     FROM inference_events
     WHERE stream = {stream:String} AND kept_since >= toDateTime({sinceS:UInt32}, 'UTC')
       AND ${COLUMNS[by]} IN {ids:Array(String)} AND NOT is_repeat
     ORDER BY is_final DESC, occurred_at DESC, attempt DESC, event_id
     LIMIT ${EVENTS_OF_ID_MAX} BY id`,
    params,
  );
  const found = new Map<string, JudgedEvent[]>();
  for (const row of rows) {
    const events = found.get(row.id) ?? [];
    events.push(row);
    found.set(row.id, events);
  }
  return found;
}

/** Those of the ids under which the table has verdicts. */
export async function findVerdicts(
  store: Store,
  stream: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ readonly id: string }>(
    `SELECT DISTINCT toString(event_id) AS id FROM eval_verdicts
     WHERE stream = {stream:String} AND event_id IN {ids:Array(UUID)}`,
    { stream, ids },
  );
  return new Set(rows.map(({ id }) => id));
}
