import { recordsSql } from '@burnline/contracts';
import { sqlText, type SliPlan } from '@burnline/core';

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

function conditionOf({ epoch, ranges, keptSinceMinS, keptSinceMaxS }: RawSpan): string {
  const positions = ranges.map(
    ({ partition, from, to }) => `(partition = ${partition} AND offset >= ${from} AND offset < ${to})`,
  );
  // The table's partitions go by kept_since: others are not read.
  const kept = `kept_since >= toDateTime(${keptSinceMinS}) AND kept_since <= toDateTime(${keptSinceMaxS})`;
  return `stream_epoch = ${sqlText(epoch)} AND ${kept} AND (${positions.join(' OR ')})`;
}

/** The records of a span that a plan's SLI looks at; `columns`: what else of their rows is read. */
export function spanRecordsSql(plan: SliPlan, span: RawSpan, columns: readonly string[] = []): string {
  return recordsSql(plan, { where: () => conditionOf(span), columns });
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
