import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import {
  ATTRIBUTION_DIMENSIONS,
  attributeBad,
  compareArms,
  COMPARISON_DEFAULTS,
  type ArmCounts,
  type AttributionCell,
  type Attribution,
  type SliPlan,
} from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';
import { readArmCounts } from './arm-counts.ts';
import { labelConditions } from './label-conditions.ts';

type AttributionDimension = (typeof ATTRIBUTION_DIMENSIONS)[number];

/** What is assigned at random where anything is. */
const RANDOMISED = 'variant' satisfies AttributionDimension;
/** An inference that failed has none. */
const OF_ANSWER = ['model_served'] satisfies AttributionDimension[];

export interface AttributionQuery extends TimeRange {
  readonly stream: string;
  /** Counted as this revision counts, see readBudgetSpecs. */
  readonly plan: SliPlan;
  /** Only events with these group values; none: all series. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface SloAttribution extends Attribution {
  /**
   * Variants of which it is shown that they fail more often than the others that were assigned, by bounds that hold at any moment: the
   * only values that may be called a cause.
   */
  readonly causes: readonly string[];
}

/** Values of a dimension that are looked at each for itself, the busiest; all further ones are one. */
const VALUES_MAX = 8;
const OTHER_VALUES = '(other values)';
/** As many different events as fit into a statement's answer; there are a thousand in a busy service. */
const CELLS_MAX = 100_000;
/** Values named of each dimension. */
const NAMED_MAX = 5;

/**
 * Where the bad events of an SLO came from in any range of event time, over raw rows (kept for 35 days) by the SLO's own SQL form.
 *
 * Rejects with QUERY_LABELS_UNKNOWN for labels that are no dimensions of the SLO, and with QUERY_TOO_LARGE.
 */
export async function readAttribution(store: Store, query: AttributionQuery): Promise<SloAttribution> {
  const { stream, plan, fromMs, toMs } = query;
  const cells = await readCells(store, query);
  const found = attributeBad({
    dimensions: ATTRIBUTION_DIMENSIONS,
    cells,
    randomised: RANDOMISED,
    ofAnswer: OF_ANSWER,
    valuesMax: NAMED_MAX,
  });
  const index = ATTRIBUTION_DIMENSIONS.indexOf(RANDOMISED);
  const variants = [...new Set(cells.map(({ values }) => values[index] ?? ''))]
    .filter((value) => value !== '' && value !== OTHER_VALUES)
    .sort();
  const counts = await readArmCounts(store, {
    ...{ stream, plan, fromMs, toMs, by: RANDOMISED, arms: variants, labels: query.labels },
  });
  return { ...found, causes: causesOf(variants, counts) };
}

/** Each variant against all others; all of them together are wrong with a chance of alpha at most. */
function causesOf(variants: readonly string[], counts: readonly ArmCounts[]): readonly string[] {
  if (variants.length < 2) return [];
  const rule = { ...COMPARISON_DEFAULTS, alpha: COMPARISON_DEFAULTS.alpha / variants.length };
  return variants.filter((_, index) => {
    const own = counts[index];
    const others = counts.filter((_, at) => at !== index).reduce(addCounts);
    return own !== undefined && compareArms(others, own, rule).verdict === 'worse';
  });
}

const addCounts = (a: ArmCounts, b: ArmCounts): ArmCounts => ({
  seen: a.seen + b.seen,
  bad: a.bad + b.bad,
  total: a.total + b.total,
  squares: a.squares + b.squares,
});

interface CellRow {
  readonly cell: readonly string[];
  readonly bad: number;
  readonly total: number;
}

async function readCells(store: Store, query: AttributionQuery): Promise<readonly AttributionCell[]> {
  const { stream, fromMs, toMs } = query;
  const labels = labelConditions(query.plan, query.labels);
  const rows = await readWhole<CellRow>(store, cellsSql(query.plan, labels.sql), {
    ...{ stream, from: dateTimeOfMs(fromMs), to: dateTimeOfMs(toMs), ...labels.params },
    limit: CELLS_MAX,
  });
  return rows.map(({ cell, bad, total }) => ({ values: cell, bad, total }));
}

/** The busiest values of every dimension come from the same rows, which are read twice: once for them, once for the cells. */
function cellsSql(plan: SliPlan, labels: string): string {
  const { isInScope, isTotal, isGood } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}`,
    columns: [...ATTRIBUTION_DIMENSIONS],
  });
  const values = ATTRIBUTION_DIMENSIONS.map((name) => `ifNull(toString(${name}), '')`).join(', ');
  const counted = `SELECT [${values}] AS own, extra, ${isGood} AS is_good FROM (${records})
    WHERE ${isInScope} AND ${isTotal}${labels}`;
  const busiest = ATTRIBUTION_DIMENSIONS.map((_, index) => `topK(${VALUES_MAX})(own[${index + 1}])`).join(
    ', ',
  );
  return `
WITH (SELECT [${busiest}] FROM (${counted})) AS busiest
SELECT arrayMap((value, index) -> if(value = '' OR has(busiest[index], value), value, '${OTHER_VALUES}'),
                own, arrayEnumerate(own)) AS cell,
       sumIf(1000 + extra, NOT is_good) / 1000 AS bad, sum(1000 + extra) / 1000 AS total
FROM (${counted}) GROUP BY cell ORDER BY cell LIMIT {limit:UInt32}`;
}
