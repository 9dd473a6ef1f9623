import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import type { TimeRange } from '../sql-values.ts';

/** Events that carry a mark of their own: one value of one attribute. */
export interface EventMark {
  readonly stream: string;
  readonly attribute: string;
  readonly value: string;
}

/** An event as the database has it, repeats left out. */
export interface StoredEvent {
  readonly id: string;
  /** More than one: it is there twice and was taken for a repeat by nobody. */
  readonly rows: number;
  /** Epoch microseconds: as it was sent, or earlier where the log's clock is behind the sender's. */
  readonly atMicros: number;
}

/** In which of these an event may be like marked ones; it never has their mark. */
export interface ForeignKind {
  readonly isSameService: boolean;
  readonly isSameEnvironment: boolean;
  readonly isSameProvider: boolean;
}

/** Far more than a drill makes. */
const EVENTS_MAX = 5_000_000;

/** Marked events of a service that happened from a moment (epoch ms) on. Rejects with QUERY_TOO_LARGE. */
export async function readMarkedEvents(
  store: Store,
  mark: EventMark & { readonly service: string; readonly fromMs: number; readonly limit?: number },
): Promise<readonly StoredEvent[]> {
  const { fromMs, limit = EVENTS_MAX, ...values } = mark;
  return readWhole<StoredEvent>(store, MARKED_SQL, { ...values, from: Math.max(0, fromMs), limit });
}

const MARKED_SQL = `
SELECT toString(event_id) AS id, toFloat64(count()) AS rows,
       toFloat64(min(toUnixTimestamp64Micro(occurred_at))) AS atMicros
FROM inference_events FINAL
WHERE stream = {stream:String} AND service = {service:String} AND NOT is_repeat
  AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND attributes[{attribute:String}] = {value:String}
GROUP BY id LIMIT {limit:UInt32}`;

/** How the events of a time that lack the mark are like those that have it. At most eight kinds. */
export async function readForeignKinds(
  store: Store,
  query: EventMark &
    TimeRange & {
      readonly service: string;
      readonly environment: string;
      readonly providers: readonly string[];
    },
): Promise<readonly ForeignKind[]> {
  const { fromMs: from, toMs: to, ...values } = query;
  const rows = await store.query<{
    sameService: number;
    sameEnvironment: number;
    sameProvider: number;
  }>(KINDS_SQL, { ...values, from, to });
  return rows.map((row) => ({
    isSameService: row.sameService === 1,
    isSameEnvironment: row.sameEnvironment === 1,
    isSameProvider: row.sameProvider === 1,
  }));
}

const KINDS_SQL = `
SELECT DISTINCT service = {service:String} AS sameService, environment = {environment:String} AS sameEnvironment,
       provider IN {providers:Array(String)} AS sameProvider
FROM inference_events FINAL
WHERE stream = {stream:String} AND attributes[{attribute:String}] != {value:String}
  AND occurred_at >= fromUnixTimestamp64Milli({from:Int64}) AND occurred_at < fromUnixTimestamp64Milli({to:Int64})`;
