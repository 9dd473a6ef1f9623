import type { PredicateNode } from './predicate-node.ts';

/**
 * The one text that a field has in every event that a predicate is true of, as far as the predicate says so plainly: by `==`, or by `in`
 * with one value, in any part that has to be true. Null: it does not.
 */
export function requiredText(node: PredicateNode | null, field: string): string | null {
  if (node?.kind === 'and') return requiredText(node.left, field) ?? requiredText(node.right, field);
  if (node?.kind === 'compare' && node.operator === '==') {
    if (isField(node.left, field)) return textOf(node.right);
    return isField(node.right, field) ? textOf(node.left) : null;
  }
  if (node?.kind === 'in' && isField(node.operand, field)) {
    const [only, ...others] = node.values;
    return only !== undefined && others.length === 0 ? textOf(only) : null;
  }
  return null;
}

const isField = (node: PredicateNode, name: string): boolean => node.kind === 'field' && node.name === name;

const textOf = (node: PredicateNode): string | null =>
  node.kind === 'literal' && typeof node.value === 'string' ? node.value : null;
