import { planColumns, planSql, recordsSql } from '@burnline/contracts';
import type { SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { CountedAs } from './counted-events.ts';
import { dateTimeOfMs } from '../sql-values.ts';

/** How one SLO counted an event, or a verdict that it carried. */
export interface CountedBy {
  readonly slo: string;
  /** Before any cap on groups. */
  readonly labels: Readonly<Record<string, string>>;
  readonly countedAs: CountedAs;
}

interface CountedRow {
  place: number;
  labels: string[];
  counted_as: CountedAs;
}

export interface CountedByQuery {
  readonly stream: string;
  readonly eventId: string;
  /** When it happened, epoch ms: rows are looked up around it. */
  readonly atMs: number;
  /** Of the revisions that are judged. */
  readonly plans: readonly SliPlan[];
}

/** Statements of so many plans are a few hundred kilobytes at most. */
const PLANS_PER_QUERY = 50;
const AROUND_MS = 1_000;

/** The SLOs in whose scope an event is, and as what each counts it, by the same SQL as a backfill counts by. In the plans' order. */
export async function readCountedBy(store: Store, query: CountedByQuery): Promise<readonly CountedBy[]> {
  const { plans, stream, eventId, atMs } = query;
  const found: CountedBy[] = [];
  for (let first = 0; first < plans.length; first += PLANS_PER_QUERY) {
    const batch = plans.slice(first, first + PLANS_PER_QUERY);
    const rows = await store.query<CountedRow>(batch.map(countedSql).join('\nUNION ALL\n'), {
      stream,
      id: eventId,
      from: dateTimeOfMs(Math.max(0, atMs - AROUND_MS)),
      to: dateTimeOfMs(atMs + 2 * AROUND_MS),
    });
    for (const row of rows.sort((a, b) => a.place - b.place)) {
      const plan = batch[row.place];
      if (plan === undefined) continue;
      const names = plan.groupBy.dimensions;
      const labels = Object.fromEntries(names.map((name, index) => [name, row.labels[index] ?? '']));
      found.push({ slo: plan.slo, labels, countedAs: row.counted_as });
    }
  }
  return found;
}

function countedSql(plan: SliPlan, place: number): string {
  const { isInScope, isTotal, isGood, labels } = planSql(plan, planColumns(plan));
  const records = recordsSql(plan, {
    where: (time) =>
      `stream = {stream:String} AND ${time} >= {from:DateTime('UTC')} AND ${time} < {to:DateTime('UTC')} AND event_id = {id:UUID}`,
    columns: ['event_id'],
  });
  return `SELECT toUInt16(${place}) AS place, ${labels} AS labels,
       multiIf(NOT ${isTotal}, 'excluded', ${isGood}, 'good', 'bad') AS counted_as
FROM (${records}) WHERE ${isInScope} LIMIT 20`;
}
