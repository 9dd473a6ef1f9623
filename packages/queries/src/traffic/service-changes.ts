import { alertKeyOf, DAY_MS, decisionKeyOf, HOUR_MS, MINUTE_MS } from '@burnline/core';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs } from '../sql-values.ts';
import { BEFORE_MS, CHANGE_PAIRS_SQL, LOOKED_AT_MS, type ChangeBefore } from './changes-before.ts';

/** Something of a service that was not there before. */
export interface ServiceChange extends ChangeBefore {
  readonly service: string;
}

/** A change that somebody is to be told of, and what rows know it by. */
export interface UntoldChange extends ServiceChange {
  readonly key: string;
  /** When it was written down, epoch ms. */
  readonly recordedMs: number;
  /** How often a receiver was asked to take it. */
  readonly attempts: number;
}

/** How far back a look goes that follows another one within minutes, and the first of a process. */
const LOOK_MS = 5 * MINUTE_MS;
const FIRST_LOOK_MS = DAY_MS;
/** A field that has more new values in a day holds ids, and nobody changes anything. */
const NEW_VALUES_MAX = 20;
const FOUND_MAX = 1_000;
/** Told at one look; the rest at the next. */
const TOLD_MAX = 100;

/**
 * Writes down what came to be in the services of a stream since it was last looked: values of fields that no row names yet, and spec
 * revisions. What is there already when the stream is first looked at, or when a service begins, is no change, and what is older
 * than a day is not told. Two who look at once write the same.
 *
 * @returns fields that have more new values than anybody would change in a day; what is beyond is not written down
 */
export async function recordServiceChanges(
  store: Store,
  { stream, nowMs, isFirst }: { readonly stream: string; readonly nowMs: number; readonly isFirst: boolean },
): Promise<readonly { readonly service: string; readonly what: string }[]> {
  const begins = await readBegins(store, stream);
  const reachMs = begins.size === 0 ? LOOKED_AT_MS : isFirst ? FIRST_LOOK_MS : LOOK_MS;
  const found = await store.query<FoundChange>(FOUND_SQL, {
    // One more of each field says that there are more.
    ...{ stream, limit: FOUND_MAX, place_max: NEW_VALUES_MAX + 1 },
    from: dateTimeOfMs(Math.max(0, nowMs - reachMs)),
    today: dateTimeOfMs(Math.max(0, nowMs - DAY_MS)),
    to: dateTimeOfMs(nowMs + HOUR_MS),
  });
  const kept = found.filter(({ place }) => place <= NEW_VALUES_MAX);
  for (const { service, first_ms } of kept.filter(({ begin_ms }) => begin_ms === 0))
    begins.set(service, Math.min(begins.get(service) ?? Infinity, first_ms));
  await store.insertRows(
    'service_changes',
    kept.map(({ service, what, value, first_ms, begin_ms }) => ({
      ...{ stream, service, what, value, first_at: dateTime64OfMs(first_ms) },
      is_told:
        first_ms >= nowMs - DAY_MS &&
        first_ms >= (begin_ms === 0 ? (begins.get(service) ?? Infinity) : begin_ms) + BEFORE_MS,
      recorded_at: dateTime64OfMs(nowMs),
    })),
  );
  const beyond = found.filter(({ place }) => place > NEW_VALUES_MAX);
  return [...new Map(beyond.map((one) => [`${one.service} ${one.what}`, one])).values()];
}

interface FoundChange {
  readonly service: string;
  readonly what: ServiceChange['what'];
  readonly value: string;
  readonly first_ms: number;
  /** When what it belongs to began; 0: that follows from rows. */
  readonly begin_ms: number;
  /** Its place among the new values of its field within a day, from 1. */
  readonly place: number;
}

/** When the events of each service were first seen, epoch ms. */
async function readBegins(store: Store, stream: string): Promise<Map<string, number>> {
  const rows = await readWhole<{ readonly service: string; readonly begin_ms: number }>(
    store,
    `SELECT toString(service) AS service, toUnixTimestamp64Milli(min(first_at)) AS begin_ms FROM service_changes
     WHERE stream = {stream:String} AND what != 'spec_revision' GROUP BY service ORDER BY service LIMIT {limit:UInt32}`,
    { stream, limit: SERVICES_MAX },
  );
  return new Map(rows.map(({ service, begin_ms }) => [service, begin_ms]));
}

/**
 * Changes of the last day that a receiver has neither taken nor was asked about for that long, first to last; of some services, or of all
 * where none is named.
 */
export async function readUntoldChanges(
  store: Store,
  {
    stream,
    receiver,
    services,
    nowMs,
  }: {
    readonly stream: string;
    readonly receiver: string;
    readonly services: readonly string[];
    readonly nowMs: number;
  },
): Promise<readonly UntoldChange[]> {
  const since = dateTimeOfMs(Math.max(0, nowMs - DAY_MS));
  const changes = await store.query<
    Omit<FoundChange, 'begin_ms' | 'place'> & { readonly recorded_ms: number }
  >(
    `SELECT toString(service) AS service, toString(what) AS what, value, toUnixTimestamp64Milli(first_at) AS first_ms,
            toUnixTimestamp64Milli(recorded_at) AS recorded_ms
     FROM service_changes FINAL
     WHERE stream = {stream:String} AND is_told AND recorded_at >= {since:DateTime('UTC')}
       AND (empty({services:Array(String)}) OR service IN {services:Array(String)})
     ORDER BY first_at, service, what, value LIMIT {limit:UInt32}`,
    { stream, services, since, limit: FOUND_MAX },
  );
  const keyed = changes.map(({ first_ms: firstMs, recorded_ms: recordedMs, ...change }) => ({
    ...{ ...change, firstMs, recordedMs },
    key: keyOf(stream, { ...change, firstMs }),
  }));
  const told = await store.query<{ key: string; attempts: number; is_over: number }>(
    `SELECT decision_key AS key, attempts, outcome IN ('delivered', 'failed') AS is_over
     FROM alert_notifications FINAL WHERE receiver = {receiver:String} AND decision_key IN {keys:Array(String)}`,
    { receiver, keys: keyed.map(({ key }) => key) },
  );
  const known = new Map(told.map((one) => [one.key, one]));
  return keyed
    .filter(({ key }) => known.get(key)?.is_over !== 1)
    .slice(0, TOLD_MAX)
    .map((change) => ({ ...change, attempts: known.get(change.key)?.attempts ?? 0 }));
}

/** What a change is known by, as a decision is by its key. */
const keyOf = (stream: string, { service, what, value, firstMs }: ServiceChange): string =>
  decisionKeyOf(alertKeyOf({ stream, slo: 'change', seriesKey: service, tier: `${what}:${value}` }), firstMs);

const VALUE_LENGTH_MAX = 200;
const SERVICES_MAX = 10_000;

const FOUND_SQL = `
WITH (SELECT min(activated_at) FROM active_specs WHERE stream = {stream:String}) AS specs_begin,
     known AS (SELECT toString(service) AS service, toString(what) AS what, value, first_at, recorded_at FROM service_changes
               WHERE stream = {stream:String})
SELECT service, what, value, first_ms, begin_ms, place FROM (
SELECT f.service AS service, f.what AS what, f.value AS value, f.first_ms AS first_ms, f.begin_ms AS begin_ms,
       row_number() OVER (PARTITION BY f.service, f.what ORDER BY f.first_ms, f.value) + t.count AS place
FROM (
  SELECT service, what, value, toUnixTimestamp64Milli(toDateTime64(min(occurred_at), 3, 'UTC')) AS first_ms, toInt64(0) AS begin_ms
  FROM (SELECT toString(service) AS service, occurred_at, pair.1 AS what, substringUTF8(pair.2, 1, ${VALUE_LENGTH_MAX}) AS value
        FROM (SELECT service, occurred_at, arrayJoin([${CHANGE_PAIRS_SQL}]) AS pair FROM inferences
              WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}))
  WHERE value != '' AND (service, what, value) NOT IN (SELECT service, what, value FROM known)
  GROUP BY service, what, value
  UNION ALL
  SELECT s.service AS service, 'spec_revision' AS what, concat(a.slo, ' ', if(a.spec_rev = '', 'removed', a.spec_rev)) AS value,
         toUnixTimestamp64Milli(a.activated_at) AS first_ms, toUnixTimestamp64Milli(specs_begin) AS begin_ms
  FROM (SELECT toString(slo) AS slo, toString(spec_rev) AS spec_rev, activated_at FROM active_specs FINAL
        WHERE stream = {stream:String} AND activated_at >= {from:DateTime('UTC')}) AS a
  INNER JOIN (SELECT toString(slo) AS slo, toString(argMax(service, loaded_at)) AS service FROM slos GROUP BY slo) AS s ON s.slo = a.slo
  WHERE (value, a.activated_at) NOT IN (SELECT value, first_at FROM known WHERE what = 'spec_revision')
) AS f
LEFT JOIN (SELECT service, what, count() AS count FROM known WHERE recorded_at >= {today:DateTime('UTC')} GROUP BY service, what) AS t
  ON t.service = f.service AND t.what = f.what
)
WHERE place <= {place_max:UInt32}
ORDER BY first_ms, service, what, value LIMIT {limit:UInt32}`;
