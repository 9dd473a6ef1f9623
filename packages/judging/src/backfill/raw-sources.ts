import {
  JUDGED_FIELDS,
  extraOfWeightSql,
  fieldsOf,
  sourceFieldsOf,
  sqlText,
  type SliPlan,
} from '@burnline/core';

/** A stretch of one partition: offsets `[from, to)`. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** Rows to read: of one epoch, in these ranges, kept since a time between two (epoch seconds, both included). */
export interface RawSpan {
  readonly epoch: string;
  readonly ranges: readonly OffsetRange[];
  readonly keptSinceMinS: number;
  readonly keptSinceMaxS: number;
}

/** What the plan reads of a record, by the names of top-level fields. */
function fieldsRead(plan: SliPlan): readonly string[] {
  const nodes = [plan.scope, plan.total, plan.verdict.where].filter((node) => node !== null);
  const dimensions = plan.groupBy.dimensions.flatMap(sourceFieldsOf);
  const numbers = [...plan.sums, ...(plan.histogram === null ? [] : sourceFieldsOf(plan.histogram.field))];
  return [...new Set([...fieldsOf(nodes), ...dimensions, ...numbers])];
}

/** What of the carrying event an inline verdict is judged by; the rest is its own. */
const CARRIER_FIELDS = new Set<string>(['request_id', ...JUDGED_FIELDS]);

function conditionOf({ epoch, ranges, keptSinceMinS, keptSinceMaxS }: RawSpan): string {
  const positions = ranges.map(
    ({ partition, from, to }) => `(partition = ${partition} AND offset >= ${from} AND offset < ${to})`,
  );
  // The table's partitions go by kept_since: others are not read.
  const kept = `kept_since >= toDateTime(${keptSinceMinS}) AND kept_since <= toDateTime(${keptSinceMaxS})`;
  return `stream_epoch = ${sqlText(epoch)} AND ${kept} AND (${positions.join(' OR ')}) AND NOT is_repeat`;
}

/**
 * The records that a plan's SLI looks at, as the stream counts them: repeats left out, verdicts that events carry beside
 * those that came on their own. Columns: partition, offset, event_index, item (number of an inline verdict), counted_at,
 * kept_since, extra (what the record stands for beyond itself, thousandths) and the fields that the plan reads.
 */
export function recordsSql(plan: SliPlan, span: RawSpan): string {
  const fields = fieldsRead(plan);
  const where = conditionOf(span);
  const eventExtra = `${extraOfWeightSql('sample_weight')} AS extra`;
  const own = (table: string, timeField: string, extra: string): string =>
    `SELECT ${['partition', 'offset', 'event_index', 'toUInt32(0) AS item', `${timeField} AS counted_at`, 'kept_since', extra, ...fields].join(', ')}
     FROM ${table} FINAL WHERE ${where}`;
  if (plan.stream === 'inference') return own('inference_events', 'occurred_at', eventExtra);
  const carried = fields.map((field) =>
    CARRIER_FIELDS.has(field) ? field : `tupleElement(verdict, '${field}') AS ${field}`,
  );
  return `${own('eval_verdicts', 'inference_at', 'toUInt64(0) AS extra')}
    UNION ALL
    SELECT ${['partition', 'offset', 'event_index', 'item', 'occurred_at AS counted_at', 'kept_since', eventExtra, ...carried].join(', ')}
    FROM inference_events FINAL ARRAY JOIN verdicts AS verdict, arrayEnumerate(verdicts) AS item WHERE ${where}`;
}

/** The raw tables that a plan's records are in, with how many records a row is. */
export function rawTablesOf(
  plan: SliPlan,
): readonly { readonly table: string; readonly recordCount: string; readonly time: string }[] {
  const events = { table: 'inference_events', time: 'occurred_at' };
  if (plan.stream === 'inference') return [{ ...events, recordCount: '1' }];
  return [
    { table: 'eval_verdicts', recordCount: '1', time: 'inference_at' },
    { ...events, recordCount: 'length(verdicts)' },
  ];
}
