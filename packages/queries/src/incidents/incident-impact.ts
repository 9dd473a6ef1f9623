import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import { extraOfWeightSql, type SliPlan } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import { isWholeLabel } from '../traffic/label-conditions.ts';

/** A series whose bad events are part of an incident. */
export interface ImpactSeries {
  readonly plan: SliPlan;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImpactQuery extends TimeRange {
  readonly stream: string;
  readonly series: readonly ImpactSeries[];
}

/** What a series counted, of a sampled stream as many as its events stand for. */
interface SeriesImpact {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly bad: number;
  readonly total: number;
}

/** Inferences that were bad by any of the series, each once. */
export interface Impact {
  readonly series: readonly SeriesImpact[];
  /** As many as they stand for. */
  readonly events: number;
  /** Different ones seen: of a sampled stream there were more. */
  readonly users: number;
  readonly tenants: number;
  /** Events that name no user, seen. */
  readonly eventsWithoutUser: number;
  /** What they cost, 1e-9 USD, as much as they stand for; events without a cost count as none. */
  readonly costNanoUsd: number;
}

/** A bad event, as an evaluation case begins. */
export interface BadCase {
  readonly eventId: string;
  readonly requestId: string;
  /** Epoch ms. */
  readonly atMs: number;
  readonly provider: string;
  readonly modelServed: string;
  readonly promptName: string;
  readonly promptVersion: string;
  readonly status: string;
  readonly errorType: string;
}

/** Series of single events that can be found again: which ones `__other__` holds is written in no row, and alerts cut long values. */
export const isImpactCounted = ({ plan, labels }: ImpactSeries): boolean =>
  plan.composite === undefined &&
  plan.derivation === undefined &&
  Object.values(labels).every((value) => isWholeLabel(value));

/** Impact over raw rows (kept for 35 days) by the SLOs' own SQL forms, repeats left out; series that count no single events left out. */
export async function readImpact(store: Store, query: ImpactQuery): Promise<Impact> {
  const groups = groupsOf(query.series);
  const params = paramsOf(query, groups);
  const series: SeriesImpact[] = [];
  for (const [index, { plan, series: own }] of groups.entries()) {
    const rows = await store.query<{ values: readonly string[]; bad: number; total: number }>(
      `SELECT group_values AS values, sumIf(1000 + extra, NOT is_good) / 1000 AS bad, sum(1000 + extra) / 1000 AS total
       FROM (${recordsOf(plan, index)}) GROUP BY group_values`,
      params,
    );
    const counted = new Map(rows.map((row) => [JSON.stringify(row.values), row]));
    for (const labels of own) {
      const row = counted.get(JSON.stringify(valuesOf(plan, labels)));
      series.push({ slo: plan.slo, labels, bad: row?.bad ?? 0, total: row?.total ?? 0 });
    }
  }
  const [sums] =
    groups.length === 0 ? [] : await store.query<Omit<Impact, 'series'>>(sumsSql(groups), params);
  return {
    series,
    ...(sums ?? { events: 0, users: 0, tenants: 0, eventsWithoutUser: 0, costNanoUsd: 0 }),
  };
}

/** Bad events of an incident, one of each kind first (prompt, model, error), then as they came. */
export async function readBadCases(
  store: Store,
  query: ImpactQuery & { readonly limit: number },
): Promise<readonly BadCase[]> {
  const groups = groupsOf(query.series);
  if (groups.length === 0) return [];
  return store.query<BadCase>(
    `SELECT eventId, requestId, atMs, provider, modelServed, promptName, promptVersion, status, errorType FROM (
       SELECT toString(event_id) AS eventId, request_id AS requestId, toUnixTimestamp64Milli(toDateTime64(occurred_at, 3, 'UTC')) AS atMs,
              provider, model_served AS modelServed, prompt_name AS promptName, prompt_version AS promptVersion,
              toString(status) AS status, error_type AS errorType,
              row_number() OVER (PARTITION BY provider, model_served, prompt_name, prompt_version, status, error_type
                                 ORDER BY occurred_at, event_id) AS number
       FROM ${badInferences(groups)}
     )
     ORDER BY number, atMs, eventId LIMIT {limit:UInt32}`,
    { ...paramsOf(query, groups), limit: query.limit },
  );
}

/** Series that are counted alike: those of one revision of an SLO, by the place of their first. */
interface ImpactGroup {
  readonly plan: SliPlan;
  readonly series: readonly ImpactSeries['labels'][];
}

function groupsOf(series: readonly ImpactSeries[]): readonly ImpactGroup[] {
  const groups = new Map<string, { readonly plan: SliPlan; readonly series: ImpactSeries['labels'][] }>();
  for (const { plan, labels } of series.filter(isImpactCounted)) {
    const key = JSON.stringify(plan);
    const group = groups.get(key) ?? { plan, series: [] };
    groups.set(key, group);
    group.series.push(labels);
  }
  return [...groups.values()];
}

const valuesOf = ({ groupBy }: SliPlan, labels: ImpactSeries['labels']): readonly string[] =>
  groupBy.dimensions.map((name) => labels[name] ?? '');

function paramsOf({ stream, fromMs, toMs }: ImpactQuery, groups: readonly ImpactGroup[]): QueryParams {
  return {
    ...{ stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs) },
    ...Object.fromEntries(
      groups.map(({ plan, series }, index) => [
        `labels_${index}`,
        series.map((labels) => JSON.stringify(valuesOf(plan, labels))),
      ]),
    ),
  };
}

/** Records that count in any series of a group; the values of each are in a parameter of its number, as JSON. */
function recordsOf(plan: SliPlan, index: number): string {
  const { isInScope, isTotal, isGood, labels } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: ['event_id', 'request_id'],
  });
  const own = `(SELECT arrayJoin(arrayMap(one -> JSONExtract(one, 'Array(String)'), {labels_${index}:Array(String)})))`;
  return `SELECT event_id, request_id, item, extra, ${isGood} AS is_good, ${labels} AS group_values FROM (${records})
    WHERE ${isInScope} AND ${isTotal} AND ${labels} IN ${own}`;
}

/**
 * Verdicts that came on their own speak of a request: of its attempt that the caller got. Those alone are read for it, so that records of
 * inferences, of which there are most, are read once.
 */
function badInferences(groups: readonly ImpactGroup[]): string {
  const badOf = (what: string, isWanted: (plan: SliPlan) => boolean): readonly string[] =>
    groups.flatMap(({ plan }, index) =>
      isWanted(plan) ? [`SELECT ${what} FROM (${recordsOf(plan, index)}) WHERE NOT is_good`] : [],
    );
  const events = badOf('event_id', () => true);
  const requests = badOf(`if(item = 0, ifNull(request_id, ''), '')`, ({ stream }) => stream === 'verdicts');
  const isOfRequest =
    requests.length === 0
      ? ''
      : `OR (request_id != '' AND is_final AND request_id IN (${requests.join('\nUNION ALL\n')}))`;
  return `(
    SELECT * FROM inferences
    WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
      AND (event_id IN (${events.join('\nUNION ALL\n')}) ${isOfRequest})
  )`;
}

const sumsSql = (groups: readonly ImpactGroup[]): string => `
SELECT sum(1000 + extra) / 1000 AS events, toFloat64(uniqExactIf(user_hash, ifNull(user_hash, '') != '')) AS users,
       toFloat64(uniqExactIf(tenant, tenant != '')) AS tenants, toFloat64(countIf(ifNull(user_hash, '') = '')) AS eventsWithoutUser,
       toFloat64(sum(toInt128(ifNull(cost_nano_usd, 0)) * (1000 + extra))) / 1000 AS costNanoUsd
FROM (SELECT user_hash, tenant, cost_nano_usd, ${extraOfWeightSql('sample_weight')} AS extra FROM ${badInferences(groups)})`;
