import {
  OTHER_LABEL,
  ATTRIBUTION_DIMENSIONS,
  extraOfWeightSql,
  labelSql,
  predicateToSql,
  type SloPlan,
} from '@burnline/core';
import type { Contribution } from '@burnline/contracts';
import { partBurns, worstEntities } from '@burnline/judging';
import { EPOCH_SETTINGS, type Store } from '@burnline/runtime';
import { groupBy } from '../group-by.ts';

/** Values named per dimension: the page must stay readable. */
const VALUES_PER_DIMENSION = 3;
/** And entities, the worst first: who is awake begins with those. */
const ENTITIES_NAMED_MAX = 5;

const VIEWS = {
  inference: {
    view: 'inferences',
    time: 'occurred_at',
    /** And how an inference went: a verdict has none of these. */
    dimensions: [...ATTRIBUTION_DIMENSIONS, 'status', 'error_type', 'http_status'],
  },
  verdicts: { view: 'verdicts', time: 'inference_at', dimensions: ATTRIBUTION_DIMENSIONS },
} as const;

/** Series asked about in one query: their labels are a megabyte or so at most. */
const SERIES_PER_QUERY = 200;
/** Queries for series of which a label is `__other__`, each its own: the rest of a batch stays without attribution. */
const OTHER_QUERIES_MAX = 20;

export interface AttributionQuery {
  readonly plan: Pick<SloPlan, 'sli'>;
  readonly stream: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The labels of each series that is asked about. */
  readonly series: readonly Readonly<Record<string, string>>[];
  /** How long the database may take for one query. */
  readonly timeoutMs: number;
}

interface AttributionRow extends Contribution {
  readonly labels_key: readonly string[];
}

/**
 * Which values of which dimension hold the bad events of a window, per series, counted over the raw rows by the SLI's own
 * predicates, of a sampled stream as many as they stand for; one query for all series. What all events of a series have in common says nothing and is left out: its own
 * labels, and dimensions with one value. Entities beyond their envelopes, and parts of a composite, stand in their place. Null for a series that was not asked about, because the query would be too long.
 */
export async function attribute(
  store: Store,
  query: AttributionQuery,
): Promise<readonly (readonly Contribution[] | null)[]> {
  if (query.plan.sli.composite !== undefined) return attributeParts(store, query);
  if (query.plan.sli.derivation?.kind === 'envelope') return attributeEntities(store, query);
  const found: (readonly Contribution[] | null)[] = query.series.map(() => null);
  for (const { indexes, names } of batchesOf(query)) {
    const keys = indexes.map((index) => names.map((name) => query.series[index]?.[name] ?? ''));
    const rows = await store.query<AttributionRow>(attributionSql(query, names), {
      stream: query.stream,
      from: query.fromMs,
      to: query.toMs,
      keys,
    });
    const byKey = groupBy(rows, (row) => JSON.stringify(row.labels_key));
    indexes.forEach((index, place) => {
      const own = byKey.get(JSON.stringify(keys[place])) ?? [];
      found[index] = own.map(({ dimension, value, bad, total }) => ({ dimension, value, bad, total }));
    });
  }
  return found;
}

/**
 * Which entities are beyond their envelopes, by the rows that the SLO is judged on: they are there before it is, as raw rows
 * are not. All of them are one series.
 */
async function attributeEntities(
  store: Store,
  { plan, stream, fromMs, toMs, series, timeoutMs }: AttributionQuery,
): Promise<readonly (readonly Contribution[] | null)[]> {
  const worst = await worstEntities(store, {
    ...{ plan, stream, fromMs, toMs, timeoutMs },
    ...{ paneMs: EPOCH_SETTINGS.paneMs, countMax: ENTITIES_NAMED_MAX },
  });
  const contributions = worst.map(({ labels, consumed, allowed }): Contribution => {
    const names = Object.keys(labels).sort();
    const value = names.map((name) => labels[name] ?? '').join(' ');
    return { dimension: names.join(' '), value, bad: 1, total: 1, consumed, allowed };
  });
  return series.map((labels) => (Object.values(labels).includes(OTHER_LABEL) ? [] : contributions));
}

/** Which parts of a composite burn how much, the hottest first; by the rows that it is judged on. It is one series. */
async function attributeParts(
  store: Store,
  { plan, stream, fromMs, toMs, series, timeoutMs }: AttributionQuery,
): Promise<readonly (readonly Contribution[] | null)[]> {
  const burns = await partBurns(store, {
    ...{ parts: plan.sli.composite ?? [], stream, fromMs, toMs, timeoutMs },
    paneMs: EPOCH_SETTINGS.paneMs,
  });
  const contributions = burns.map(({ slo, bad, total, burnRate }): Contribution => ({
    dimension: 'slo',
    value: slo,
    bad,
    total,
    burnRate,
  }));
  return series.map(() => contributions);
}

/** Which series go into one query, by the labels that tell them apart: a label that is `__other__` tells nothing. */
function batchesOf({
  plan,
  series,
}: AttributionQuery): readonly { readonly indexes: readonly number[]; readonly names: readonly string[] }[] {
  // Names that the spec checked, never those that a row of the database brings: they become SQL.
  const { dimensions } = plan.sli.groupBy;
  const telling = (index: number): readonly string[] =>
    dimensions.filter((name) => series[index]?.[name] !== undefined && series[index][name] !== OTHER_LABEL);
  const groups = [...groupBy(series.keys(), (index) => telling(index).join('|')).values()];
  const isWhole = (indexes: readonly number[]): boolean =>
    telling(indexes[0] ?? 0).length === dimensions.length;
  const others = groups.filter((indexes) => !isWhole(indexes)).slice(0, OTHER_QUERIES_MAX);
  return [...groups.filter(isWhole), ...others].flatMap((indexes) =>
    Array.from({ length: Math.ceil(indexes.length / SERIES_PER_QUERY) }, (_, batch) => ({
      indexes: indexes.slice(batch * SERIES_PER_QUERY, (batch + 1) * SERIES_PER_QUERY),
      names: telling(indexes[0] ?? 0),
    })),
  );
}

function attributionSql({ plan, timeoutMs }: AttributionQuery, names: readonly string[]): string {
  const { sli } = plan;
  const { view, time, dimensions } = VIEWS[sli.stream];
  const held = [sli.scope, sli.total].flatMap((node) => (node === null ? [] : [predicateToSql(node)]));
  const verdict = predicateToSql(sli.verdict.where);
  const isBad = sli.verdict.kind === 'good' ? `NOT (${verdict})` : `(${verdict})`;
  const pairs = dimensions
    .filter((dimension) => !names.includes(dimension))
    .map((dimension) => `('${dimension}', ${valueSql(dimension)})`);
  const key = `[${names.map((name) => labelSql(name, (column) => column)).join(', ')}]::Array(String)`;
  const conditions = [
    ...held,
    `stream = {stream:String}`,
    `${time} >= fromUnixTimestamp64Milli({from:Int64})`,
    `${time} < fromUnixTimestamp64Milli({to:Int64})`,
    `labels_key IN (SELECT arrayJoin({keys:Array(Array(String))}))`,
  ];
  return `SELECT labels_key, dimension, value, bad, total
     FROM (SELECT labels_key, pair.1 AS dimension, pair.2 AS value,
                  intDiv(sumIf(1000 + extra, is_bad) + 500, 1000) AS bad, intDiv(sum(1000 + extra) + 500, 1000) AS total,
                  count() OVER (PARTITION BY labels_key, dimension) AS value_count
           FROM (SELECT ${isBad} AS is_bad, ${key} AS labels_key, arrayJoin([${pairs.join(', ')}]) AS pair,
                        ${extraOfWeightSql('sample_weight')} AS extra FROM ${view}
                 WHERE ${conditions.join(' AND ')})
           GROUP BY labels_key, dimension, value)
     WHERE value != '' AND bad > 0 AND value_count > 1
     ORDER BY bad DESC, dimension, value
     LIMIT ${VALUES_PER_DIMENSION} BY labels_key, dimension
     SETTINGS max_execution_time = ${Math.ceil(timeoutMs / 1_000)}`;
}

/** The empty text stands for no value, which is no place where anything comes from. */
function valueSql(dimension: string): string {
  const text = `ifNull(toString(${dimension}), '')`;
  return dimension === 'http_status' ? `if(http_status = 0, '', ${text})` : text;
}
