import { predicateToSql, sqlText, type SloPlan } from '@burnline/core';
import type { Contribution } from '@burnline/contracts';
import type { Store } from '@burnline/runtime';

/** Where bad events may come from, on both views. */
const SHARED_DIMENSIONS = [
  'provider',
  'model_requested',
  'model_served',
  'deployment',
  'region',
  'endpoint',
  'prompt_version',
  'tenant',
  'variant',
] as const;
/** Values named per dimension: the page must stay readable. */
const VALUES_PER_DIMENSION = 3;

const VIEWS = {
  inference: {
    view: 'inferences',
    time: 'occurred_at',
    /** And how an inference went: a verdict has none of these. */
    dimensions: [...SHARED_DIMENSIONS, 'status', 'error_type', 'http_status'],
  },
  verdicts: { view: 'verdicts', time: 'inference_at', dimensions: SHARED_DIMENSIONS },
} as const;

/**
 * Which values of which dimension hold the bad events of a window, counted over the raw rows by the SLI's own predicates.
 * Dimensions in which everything has one value say nothing and are left out, unless all do.
 */
export async function attribute(
  store: Store,
  where: {
    readonly plan: SloPlan;
    readonly stream: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly fromMs: number;
    readonly toMs: number;
  },
): Promise<readonly Contribution[]> {
  const { sli } = where.plan;
  const { view, time, dimensions } = VIEWS[sli.stream];
  const held = [sli.scope, sli.total].flatMap((node) => (node === null ? [] : [predicateToSql(node)]));
  const verdict = predicateToSql(sli.verdict.where);
  const isBad = sli.verdict.kind === 'good' ? `NOT (${verdict})` : `(${verdict})`;
  // Names that the spec checked, never those that a row of the database brings: they become SQL.
  const labels = where.plan.sli.groupBy.dimensions.flatMap((name): [string, string][] => {
    const value = where.labels[name];
    return value === undefined || value === '__other__' ? [] : [[name, value]];
  });
  const labelTests = labels.map(([name], index) => `${labelSql(name)} = {label${index}:String}`);
  const pairs = dimensions.map((dimension) => `('${dimension}', ${valueSql(dimension)})`);
  const contributions = await store.query<Contribution>(
    `SELECT pair.1 AS dimension, pair.2 AS value, countIf(is_bad) AS bad, count() AS total
     FROM (SELECT ${isBad} AS is_bad, arrayJoin([${pairs.join(', ')}]) AS pair FROM ${view}
           WHERE ${[...held, ...labelTests, `stream = {stream:String}`, `${time} >= fromUnixTimestamp64Milli({from:Int64})`, `${time} < fromUnixTimestamp64Milli({to:Int64})`].join(' AND ')})
     WHERE pair.2 != ''
     GROUP BY dimension, value
     HAVING bad > 0
     ORDER BY bad DESC, dimension, value
     LIMIT ${VALUES_PER_DIMENSION} BY dimension`,
    {
      stream: where.stream,
      from: where.fromMs,
      to: where.toMs,
      ...Object.fromEntries(labels.map(([, value], index) => [`label${index}`, value])),
    },
  );
  return onlyTelling(contributions);
}

/** Leaves out dimensions in which one value holds every event; if none tells anything, where it happened is said. */
function onlyTelling(contributions: readonly Contribution[]): readonly Contribution[] {
  const everything = Math.max(0, ...contributions.map((one) => one.total));
  const telling = contributions.filter((one) => one.total < everything);
  return telling.length > 0
    ? telling
    : contributions.filter((one) => one.dimension === 'provider' || one.dimension === 'model_served');
}

/** The empty text stands for no value, which is no place where anything comes from. */
function valueSql(dimension: string): string {
  const text = `ifNull(toString(${dimension}), '')`;
  return dimension === 'http_status' ? `if(http_status = 0, '', ${text})` : text;
}

/** A group-by name as the spec checked it: a column, or an entry of a map. */
function labelSql(name: string): string {
  const dot = name.indexOf('.');
  if (dot < 0) return `ifNull(toString(${name}), '')`;
  return `${name.slice(0, dot)}[${sqlText(name.slice(dot + 1))}]`;
}
