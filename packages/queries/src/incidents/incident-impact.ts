import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import { extraOfWeightSql, type SliPlan } from '@burnline/core';
import type { QueryParams, Store } from '@burnline/runtime';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

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

/** Which events `__other__` holds is written in no row. */
export const isImpactCounted = ({ plan, labels }: ImpactSeries): boolean =>
  plan.composite === undefined &&
  plan.derivation === undefined &&
  !Object.values(labels).includes('__other__');

/** Impact over raw rows (kept for 35 days) by the SLOs' own SQL forms, repeats left out; series that count no single events left out. */
export async function readImpact(store: Store, query: ImpactQuery): Promise<Impact> {
  const counted = query.series.filter(isImpactCounted);
  const params = paramsOf({ ...query, series: counted });
  const series: SeriesImpact[] = [];
  for (const [index, { plan, labels }] of counted.entries()) {
    const [row] = await store.query<{ bad: number; total: number }>(
      `SELECT sumIf(1000 + extra, NOT is_good) / 1000 AS bad, sum(1000 + extra) / 1000 AS total
       FROM (${recordsOf(plan, index)})`,
      params,
    );
    series.push({ slo: plan.slo, labels, bad: row?.bad ?? 0, total: row?.total ?? 0 });
  }
  const [sums] =
    counted.length === 0 ? [] : await store.query<Omit<Impact, 'series'>>(sumsSql(counted), params);
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
  const counted = query.series.filter(isImpactCounted);
  if (counted.length === 0) return [];
  return store.query<BadCase>(
    `SELECT eventId, requestId, atMs, provider, modelServed, promptName, promptVersion, status, errorType FROM (
       SELECT toString(event_id) AS eventId, request_id AS requestId, toUnixTimestamp64Milli(toDateTime64(occurred_at, 3, 'UTC')) AS atMs,
              provider, model_served AS modelServed, prompt_name AS promptName, prompt_version AS promptVersion,
              toString(status) AS status, error_type AS errorType,
              row_number() OVER (PARTITION BY provider, model_served, prompt_name, prompt_version, status, error_type
                                 ORDER BY occurred_at, event_id) AS number
       FROM ${badInferences(counted)}
     )
     ORDER BY number, atMs, eventId LIMIT {limit:UInt32}`,
    { ...paramsOf({ ...query, series: counted }), limit: query.limit },
  );
}

function paramsOf({ stream, fromMs, toMs, series }: ImpactQuery): QueryParams {
  return {
    ...{ stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs) },
    ...Object.fromEntries(
      series.map(({ plan, labels }, index) => [
        `labels_${index}`,
        plan.groupBy.dimensions.map((name) => labels[name] ?? ''),
      ]),
    ),
  };
}

/** Records that count in a series; its labels are a parameter of its number. */
function recordsOf(plan: SliPlan, index: number): string {
  const { isInScope, isTotal, isGood, labels } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: ['event_id', 'request_id'],
  });
  return `SELECT event_id, request_id, item, extra, ${isGood} AS is_good FROM (${records})
    WHERE ${isInScope} AND ${isTotal} AND ${labels} = {labels_${index}:Array(String)}`;
}

/** Verdicts that came on their own speak of a request: of its attempt that the caller got. */
function badInferences(series: readonly ImpactSeries[]): string {
  const bad = series.map(({ plan }, index) => {
    const request = plan.stream === 'verdicts' ? `if(item = 0, ifNull(request_id, ''), '')` : `''`;
    return `SELECT event_id, ${request} AS request FROM (${recordsOf(plan, index)}) WHERE NOT is_good`;
  });
  const all = bad.join('\nUNION ALL\n');
  return `(
    SELECT * FROM inferences
    WHERE stream = {stream:String} AND occurred_at >= {from:DateTime('UTC')} AND occurred_at < {to:DateTime('UTC')}
      AND (event_id IN (SELECT event_id FROM (${all}))
           OR (request_id != '' AND is_final AND request_id IN (SELECT request FROM (${all}))))
  )`;
}

const sumsSql = (series: readonly ImpactSeries[]): string => `
SELECT sum(1000 + extra) / 1000 AS events, toFloat64(uniqExactIf(user_hash, ifNull(user_hash, '') != '')) AS users,
       toFloat64(uniqExactIf(tenant, tenant != '')) AS tenants, toFloat64(countIf(ifNull(user_hash, '') = '')) AS eventsWithoutUser,
       toFloat64(sum(toInt128(ifNull(cost_nano_usd, 0)) * (1000 + extra))) / 1000 AS costNanoUsd
FROM (SELECT user_hash, tenant, cost_nano_usd, ${extraOfWeightSql('sample_weight')} AS extra FROM ${badInferences(series)})`;
