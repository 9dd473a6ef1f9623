import type { CompareOperator, PredicateNode } from '@burnline/core';
import type { SliReading } from './sli-reading.ts';

/** The words of OpenSLO's `op`. */
const OPERATORS = { lte: '<=', lt: '<', gte: '>=', gt: '>' } as const satisfies Readonly<
  Record<string, CompareOperator>
>;
export type BoundOperator = (typeof OPERATORS)[keyof typeof OPERATORS];

export function operatorOf(word: string | undefined): BoundOperator | undefined {
  return (OPERATORS as Readonly<Record<string, BoundOperator | undefined>>)[word ?? ''];
}

/** A number of the event. */
export type NumberNode = Extract<PredicateNode, { kind: 'field' | 'entry' }>;

/** The node of a name that `numberField` has found to be one. */
export function numberNode({ fields }: SliReading, name: string): NumberNode {
  const known = fields.find((field) => field.name === name);
  if (known?.type === 'int' || known?.type === 'double')
    return { kind: 'field', name, type: known.type, nullable: known.nullable };
  return { kind: 'entry', map: 'measures', key: name.slice('measures.'.length), type: 'double' };
}

/** Events that meet a condition, if there is one, and have the numbers. */
export function havingNumbers(
  where: PredicateNode | null,
  numbers: readonly NumberNode[],
): PredicateNode | null {
  const tests = numbers.map((operand): PredicateNode => ({ kind: 'has', operand }));
  return [...(where === null ? [] : [where]), ...tests].reduce<PredicateNode | null>(
    (left, right) => (left === null ? right : { kind: 'and', left, right }),
    null,
  );
}

/** A number held against another one. */
export const compared = (field: NumberNode, operator: BoundOperator, value: number): PredicateNode => ({
  kind: 'compare',
  operator,
  left: field,
  right: { kind: 'literal', type: 'double', value },
});

/** Whether a number is a share: from 0 to 1, both included; false of one that is absent. */
export const isShare = (field: NumberNode): PredicateNode => ({
  kind: 'and',
  left: compared(field, '>=', 0),
  right: compared(field, '<=', 1),
});
