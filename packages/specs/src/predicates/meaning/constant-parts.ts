import { typeOf } from '@burnline/core';
import type { PredicateNode } from '@burnline/core';
import type { Condition, ConditionReader } from './condition.ts';
import { maySatisfy } from './satisfiable.ts';

/** A part of a predicate that says nothing: it holds of every event that comes to it, or of none. */
export interface ConstantPart {
  readonly part: PredicateNode;
  readonly holds: boolean;
}

function booleanChildren(node: PredicateNode): readonly PredicateNode[] {
  switch (node.kind) {
    case 'not':
      return [node.operand];
    case 'and':
    case 'or':
    case 'compare':
      return [node.left, node.right].filter((child) => typeOf(child) === 'bool');
    case 'conditional':
      return [node.test, node.then, node.otherwise].filter((child) => typeOf(child) === 'bool');
    case 'literal':
    case 'field':
    case 'entry':
    case 'has':
    case 'in':
    case 'arithmetic':
    case 'negate':
    case 'text':
    case 'size':
      return [];
  }
}

/** Whether a predicate holds of every event within a context, of none, or (null) of some. */
export function constancy(
  reader: ConditionReader,
  node: PredicateNode,
  context: readonly Condition[],
): boolean | null {
  if (!maySatisfy(...context, reader.read(node))) return false;
  return maySatisfy(...context, reader.read(node, false)) ? null : true;
}

/** The largest constant parts of a predicate, given what holds of every event that it is asked of. */
export function constantParts(
  reader: ConditionReader,
  node: PredicateNode,
  context: readonly Condition[],
): readonly ConstantPart[] {
  if (node.kind === 'literal') return [];
  const holds = constancy(reader, node, context);
  if (holds !== null) return [{ part: node, holds }];
  return booleanChildren(node).flatMap((child) => constantParts(reader, child, context));
}
