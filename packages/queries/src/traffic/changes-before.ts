import { HOUR_MS, MINUTE_MS, predicateToSql, type SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import { labelConditions } from './label-conditions.ts';

/** Fields of which a new value may change how a service answers. */
const CHANGE_FIELDS = [
  'model_requested',
  'model_served',
  'system_fingerprint',
  'prompt_version',
  'deployment',
  'variant',
] as const;

/** Each field and its value of an event, for arrays; a value that it does not have is empty. */
export const CHANGE_PAIRS_SQL = CHANGE_FIELDS.map(
  (field) => `('${field}', ifNull(toString(${field}), ''))`,
).join(', ');

/** Something that was not there before: a value of a field, or a revision of the SLO itself. */
export interface ChangeBefore {
  readonly what: (typeof CHANGE_FIELDS)[number] | 'spec_revision';
  readonly value: string;
  /** When it was first seen, or activated, epoch ms. */
  readonly firstMs: number;
}

export interface ChangesQuery extends TimeRange {
  readonly stream: string;
  readonly plan: SliPlan;
  /** Whose inferences are looked at, where the SLO is of verdicts, or a composite. */
  readonly service: string;
  /** Only events with these group values, where the SLO is of inferences; absent: all of its scope. */
  readonly labels?: Readonly<Record<string, string>>;
  /** So long before the range changes count, ms; absent: a day. */
  readonly reachMs?: number;
}

/** So long before the range something new may have to do with it. */
const REACH_MS = 24 * HOUR_MS;
/** What is seen first where events begin is not new: there has to be so much before it, within a week. */
export const BEFORE_MS = 10 * MINUTE_MS;
/** What was not seen for so long is new. */
export const LOOKED_AT_MS = 7 * 24 * HOUR_MS;
const CHANGES_MAX = 50;

/**
 * What came to be within a day (`reachMs`) before a range of event time, or in it: values of fields whose first event of a week is there, and
 * revisions of the SLO. Newest first, at most 50. That something was new says nothing of what it did.
 *
 * Rejects with QUERY_LABELS_UNKNOWN for labels that are no dimensions of the SLO.
 */
export async function readChangesBefore(store: Store, query: ChangesQuery): Promise<readonly ChangeBefore[]> {
  const { plan, stream, service, fromMs, toMs, reachMs = REACH_MS } = query;
  const labels = labelConditions(plan, plan.stream === 'verdicts' ? {} : (query.labels ?? {}));
  const rows = await store.query<{ what: ChangeBefore['what']; value: string; first_ms: number }>(
    changesSql(plan, labels.sql),
    {
      ...{ stream, service, slo: plan.slo, ...labels.params },
      looked_from: dateTimeOfMs(Math.max(0, fromMs - LOOKED_AT_MS)),
      from: dateTimeOfMs(fromMs - reachMs),
      to: dateTimeOfMs(toMs),
      limit: CHANGES_MAX,
    },
  );
  return rows.map(({ what, value, first_ms: firstMs }) => ({ what, value, firstMs }));
}

function changesSql(plan: SliPlan, labels: string): string {
  const scope =
    plan.stream === 'verdicts' || plan.composite !== undefined
      ? 'service = {service:String}'
      : plan.scope === null
        ? '1'
        : predicateToSql(plan.scope);
  const looked = `FROM inferences
    WHERE stream = {stream:String} AND occurred_at >= {looked_from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
      AND ${scope}${labels}`;
  return `
WITH (SELECT min(occurred_at) ${looked}) AS begin
SELECT what, value, first_ms FROM (
  SELECT pair.1 AS what, pair.2 AS value, toUnixTimestamp64Milli(toDateTime64(min(occurred_at), 3, 'UTC')) AS first_ms
  FROM (SELECT occurred_at, arrayJoin([${CHANGE_PAIRS_SQL}]) AS pair ${looked})
  GROUP BY what, value
  HAVING value != '' AND min(occurred_at) >= {from:DateTime('UTC')}
    AND min(occurred_at) >= begin + INTERVAL ${BEFORE_MS / 1_000} SECOND
  UNION ALL
  SELECT 'spec_revision' AS what, spec_rev AS value, toUnixTimestamp64Milli(min(activated_at)) AS first_ms
  FROM active_specs WHERE stream = {stream:String} AND slo = {slo:String} AND spec_rev != ''
  GROUP BY value HAVING min(activated_at) >= {from:DateTime('UTC')} AND min(activated_at) < {to:DateTime('UTC')}
)
ORDER BY first_ms DESC, what, value LIMIT {limit:UInt32}`;
}
