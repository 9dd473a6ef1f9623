import { JUDGED_FIELDS, RESPONSE_ID_ATTRIBUTE, type InferenceEvent, type JudgedId } from '@burnline/core';
import type { Store } from '@burnline/runtime';

/** What a verdict takes over from the event that it judges. */
export interface JudgedEvent extends Pick<InferenceEvent, (typeof JUDGED_FIELDS)[number]> {
  /** Epoch microseconds, as it is counted. */
  readonly inference_at: number;
  readonly request_id: string;
}

/** What one reference asks for. */
export interface AskedEvent {
  readonly id: string;
  /** When the reference came into the log, epoch ms. */
  readonly askedMs: number;
}

export interface EventsWanted {
  readonly stream: string;
  readonly by: JudgedId;
  readonly asked: readonly AskedEvent[];
  /** Rows whose life began earlier are not looked at, epoch seconds. */
  readonly sinceS: number;
  /** How long before a reference its event may have come into the log, and how long after it, milliseconds. */
  readonly lookbackMs: number;
  readonly waitMs: number;
}

/** Each has a skip index of its own (sql/0043). */
const COLUMNS: Readonly<Record<JudgedId, string>> = {
  response_id: `attributes['${RESPONSE_ID_ATTRIBUTE}']`,
  span_id: 'span_id',
  request_id: 'request_id',
  trace_id: 'trace_id',
};
/** Each id lets a thousandth of all granules through the index: so many together a tenth, two thousand nearly all. */
const IDS_MAX = 100;

/** By which `findEvents` tells what was asked for. */
export const askedKey = ({ id, askedMs }: AskedEvent): string => `${askedMs} ${id}`;

/**
 * Raw events that references ask for, by `askedKey`: of those with its id that came in time the one that a reference judges. One that
 * was in the log before it goes before one that came later, then final before others, then the latest.
 */
export async function findEvents(
  store: Store,
  { by, asked, sinceS, ...params }: EventsWanted,
): Promise<ReadonlyMap<string, JudgedEvent>> {
  const fields = JUDGED_FIELDS.join(', ');
  const found = new Map<string, JudgedEvent>();
  for (const some of chunksOf(asked)) {
    const throughMs = Math.max(...some.map(({ askedMs }) => askedMs)) + params.waitMs;
    const rows = await store.query<JudgedEvent & { readonly asked_id: string; readonly asked_ms: number }>(
      `SELECT asked_id, asked_ms, inference_at, request_id, ${fields}
       FROM (
         SELECT ${COLUMNS[by]} AS asked_id, toUnixTimestamp64Micro(occurred_at) AS inference_at, request_id, is_final, attempt,
                event_id, toUnixTimestamp64Milli(log_time) AS log_ms, ${fields},
                arrayJoin(arrayDistinct(arrayFilter((at, id) -> id = asked_id, {times:Array(Int64)}, {ids:Array(String)}))) AS asked_ms
         FROM inference_events
         WHERE stream = {stream:String} AND ${COLUMNS[by]} IN {ids:Array(String)} AND NOT is_repeat
           AND kept_since BETWEEN toDateTime({sinceS:UInt32}, 'UTC') AND toDateTime({throughS:UInt32}, 'UTC')
       )
       WHERE log_ms BETWEEN asked_ms - {lookbackMs:Int64} AND asked_ms + {waitMs:Int64}
       ORDER BY log_ms <= asked_ms DESC, is_final DESC, inference_at DESC, attempt DESC, event_id
       LIMIT 1 BY asked_id, asked_ms`,
      {
        ...params,
        sinceS,
        throughS: Math.ceil(throughMs / 1_000),
        ids: some.map(({ id }) => id),
        times: some.map(({ askedMs }) => askedMs),
      },
    );
    for (const { asked_id: id, asked_ms: askedMs, ...event } of rows)
      found.set(askedKey({ id, askedMs }), event);
  }
  return found;
}

/** Those of the ids under which the table has verdicts that were kept since then, epoch seconds. */
export async function findVerdicts(
  store: Store,
  {
    stream,
    ids,
    sinceS,
  }: { readonly stream: string; readonly ids: readonly string[]; readonly sinceS: number },
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const some of chunksOf(ids)) {
    const rows = await store.query<{ readonly id: string }>(
      `SELECT DISTINCT toString(event_id) AS id FROM eval_verdicts
       WHERE stream = {stream:String} AND event_id IN {ids:Array(UUID)} AND kept_since >= toDateTime({sinceS:UInt32}, 'UTC')`,
      { stream, ids: some, sinceS },
    );
    for (const { id } of rows) found.add(id);
  }
  return found;
}

function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += IDS_MAX) yield all.slice(start, start + IDS_MAX);
}
