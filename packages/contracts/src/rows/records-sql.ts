import {
  JUDGED_FIELDS,
  extraOfWeightSql,
  fieldsOf,
  histogramFieldOf,
  sourceFieldsOf,
  sumSourceFieldsOf,
  type SliPlan,
} from '@burnline/core';

/** What a plan reads of a record, by the names of top-level fields. */
export function fieldsRead(plan: SliPlan): readonly string[] {
  const nodes = [plan.scope, plan.total, plan.verdict.where].filter((node) => node !== null);
  const dimensions = plan.groupBy.dimensions.flatMap(sourceFieldsOf);
  const numbers = [
    ...plan.sums.flatMap(sumSourceFieldsOf),
    ...(plan.histogram === null ? [] : sourceFieldsOf(histogramFieldOf(plan.histogram))),
  ];
  return [...new Set([...fieldsOf(nodes), ...dimensions, ...numbers])];
}

/** What of the carrying event an inline verdict is judged by; the rest is its own. */
const CARRIER_FIELDS = new Set<string>(['request_id', ...JUDGED_FIELDS]);

export interface RecordsWanted {
  /** Tests on rows of a raw table; `time` is the column of the time at which its records count. Repeats are left out anyway. */
  readonly where: (time: string) => string;
  /** Further columns that both raw tables have, each as a row has it. */
  readonly columns?: readonly string[];
}

/**
 * The records that a plan's SLI looks at, as the stream counts them: repeats left out, verdicts that events carry beside
 * those that came on their own. Columns: partition, offset, event_index, item (number of an inline verdict), counted_at,
 * kept_since, extra (what the record stands for beyond itself, thousandths), those asked for, and the fields that the plan
 * reads.
 */
export function recordsSql(plan: SliPlan, { where, columns = [] }: RecordsWanted): string {
  const fields = fieldsRead(plan);
  const eventExtra = `${extraOfWeightSql('sample_weight')} AS extra`;
  const rowOf = (item: string, time: string, extra: string): readonly string[] => [
    ...['partition', 'offset', 'event_index', item, `${time} AS counted_at`, 'kept_since', extra],
    ...columns,
  ];
  const own = (table: string, time: string, extra: string): string =>
    `SELECT ${[...new Set([...rowOf('toUInt32(0) AS item', time, extra), ...fields])].join(', ')}
     FROM ${table} FINAL WHERE ${where(time)} AND NOT is_repeat`;
  if (plan.stream === 'inference') return own('inference_events', 'occurred_at', eventExtra);
  const carried = fields.map((field) =>
    CARRIER_FIELDS.has(field) ? field : `tupleElement(verdict, '${field}') AS ${field}`,
  );
  return `${own('eval_verdicts', 'inference_at', 'toUInt64(0) AS extra')}
    UNION ALL
    SELECT ${[...new Set([...rowOf('item', 'occurred_at', eventExtra), ...carried])].join(', ')}
    FROM inference_events FINAL ARRAY JOIN verdicts AS verdict, arrayEnumerate(verdicts) AS item
    WHERE ${where('occurred_at')} AND NOT is_repeat`;
}
