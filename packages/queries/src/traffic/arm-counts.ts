import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import type { ArmCounts, SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { labelConditions } from './label-conditions.ts';
import { dateTimeOfMs, type TimeRange } from '../sql-values.ts';

/** Fields by whose values arms are told apart. `variant` is what an experiment assigned; the others are what was there. */
export const ARM_DIMENSIONS = [
  'variant',
  'model_served',
  'prompt_version',
  'model_requested',
  'deployment',
  'provider',
  'region',
] as const;
export type ArmDimension = (typeof ARM_DIMENSIONS)[number];

export interface ArmsQuery extends TimeRange {
  readonly stream: string;
  /** Counted as this revision counts, see readBudgetSpecs. */
  readonly plan: SliPlan;
  readonly by: ArmDimension;
  readonly arms: readonly string[];
  /** Only events with these group values; absent: all series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Only what was logged up to here, epoch ms; absent: all. */
  readonly loggedByMs?: number;
}

interface ArmRow {
  arm: string;
  seen: number;
  bad: number;
  total: number;
  squares: number;
}

/** The last millisecond that the tables' times can hold. */
const LAST_MS = 4_294_967_295_000;

const NOTHING: ArmCounts = { seen: 0, bad: 0, total: 0, squares: 0 };

/**
 * What an SLO counts of each arm in a range of event time, over all its series: raw rows, repeats left out, by the same SQL as a
 * backfill counts them; of a sampled stream what its events stand for. In the order of the arms that are asked for. Raw rows
 * live for 35 days.
 */
export async function readArmCounts(store: Store, query: ArmsQuery): Promise<readonly ArmCounts[]> {
  const labels = labelConditions(query.plan, query.labels ?? {});
  const rows = await store.query<ArmRow>(armsSql(query, labels.sql), {
    ...labels.params,
    stream: query.stream,
    from: dateTimeOfMs(query.fromMs),
    to: dateTimeOfMs(query.toMs),
    arms: query.arms,
    logged_by: query.loggedByMs ?? LAST_MS,
  });
  return query.arms.map((name) => {
    const row = rows.find(({ arm }) => arm === name);
    return row === undefined
      ? NOTHING
      : { seen: row.seen, bad: row.bad, total: row.total, squares: row.squares };
  });
}

/** Sums of thousandths are whole numbers, so that no order of rows changes them. */
function armsSql({ plan, by }: Pick<ArmsQuery, 'plan' | 'by'>, labels: string): string {
  const { isInScope, isTotal, isGood } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')}
       AND ${by} IN {arms:Array(String)} AND log_time <= fromUnixTimestamp64Milli({logged_by:Int64})`,
    columns: [`toString(${by}) AS arm_value`],
  });
  return `
SELECT arm_value AS arm, toFloat64(count()) AS seen, sumIf(1000 + extra, NOT is_good) / 1000 AS bad,
       sum(1000 + extra) / 1000 AS total, sum(pow((1000 + extra) / 1000, 2)) AS squares
FROM (SELECT arm_value, extra, ${isGood} AS is_good FROM (${records}) WHERE ${isInScope} AND ${isTotal}${labels})
GROUP BY arm ORDER BY arm`;
}
