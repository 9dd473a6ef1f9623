import { invariant, labelSql, predicateToSql, type PredicateNode, type SliPlan } from '@burnline/core';
import { loadPackageSchemas } from '../events/schema-source.ts';
import { rawColumnSql } from './raw-columns.ts';

/** SQL of a field's value, as the stream reads it. */
export type ColumnOf = (name: string) => string;

/** The columns of the raw rows that a plan's records are in. */
export function planColumns(plan: SliPlan): ColumnOf {
  const schemas = loadPackageSchemas();
  const schema = schemas.schemaOf(
    schemas.idOf(plan.stream === 'inference' ? 'inference' : 'verdict'),
  )?.schema;
  invariant(schema !== undefined, 'the package has a schema of every kind');
  return rawColumnSql(schema);
}

/** How a plan counts a record, as SQL over the columns of `recordsSql`. */
export interface PlanSql {
  /** Whether the SLI speaks of the record at all. */
  readonly isInScope: string;
  /** Within the scope: whether it counts; what does not is excluded. */
  readonly isTotal: string;
  /** Of what counts: whether it is good. */
  readonly isGood: string;
  /** Values of the group-by dimensions in the spec's order, Array(String); before any cap on groups. */
  readonly labels: string;
}

/** The plan's predicates and dimensions in SQL: what a backfill counts by, and what shows a figure's rows. */
export function planSql(plan: SliPlan, column: ColumnOf): PlanSql {
  const test = (node: PredicateNode | null): string =>
    node === null ? '1' : predicateToSql(node, { column });
  const held = `(${test(plan.verdict.where)})`;
  const labels = plan.groupBy.dimensions.map((dimension) => labelSql(dimension, column));
  return {
    isInScope: test(plan.scope),
    isTotal: `(${test(plan.total)})`,
    isGood: plan.verdict.kind === 'good' ? held : `(NOT ${held})`,
    labels: `[${labels.join(', ')}]::Array(String)`,
  };
}
