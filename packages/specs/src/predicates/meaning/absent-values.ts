import type { PredicateNode } from '@burnline/core';
import { all, constant } from './condition.ts';
import type { Condition, ConditionReader } from './condition.ts';
import { maySatisfy } from './satisfiable.ts';
import { referenceName, referencesIn } from './terms.ts';
import type { Reference } from './terms.ts';

/** References whose presence a predicate asks for itself: whoever wrote it has thought of absent values. */
function askedFor(node: PredicateNode): readonly string[] {
  switch (node.kind) {
    case 'has':
      return [referenceName(node.operand)];
    case 'literal':
    case 'field':
    case 'entry':
      return [];
    case 'not':
    case 'negate':
    case 'size':
    case 'in':
      return askedFor(node.operand);
    case 'and':
    case 'or':
    case 'compare':
    case 'arithmetic':
      return [...askedFor(node.left), ...askedFor(node.right)];
    case 'text':
      return [...askedFor(node.operand), ...askedFor(node.argument)];
    case 'conditional':
      return [node.test, node.then, node.otherwise].flatMap(askedFor);
  }
}

/** The condition with everything that it asks of a reference granted. */
function granted(condition: Condition, name: string): Condition {
  switch (condition.kind) {
    case 'constant':
      return condition;
    case 'atom':
      return condition.references.some((one) => referenceName(one) === name) ? constant(true) : condition;
    case 'all':
    case 'any':
      return { kind: condition.kind, parts: condition.parts.map((part) => granted(part, name)) };
  }
}

const mayBeAbsent = (reference: Reference): boolean => reference.kind === 'entry' || reference.nullable;

/**
 * References without which a predicate cannot hold, in events that are counted and that nothing else speaks against: their
 * absence alone decides.
 */
export function decidedByAbsence(
  reader: ConditionReader,
  node: PredicateNode,
  context: readonly Condition[],
): readonly Reference[] {
  const asked = new Set(askedFor(node));
  const candidates = new Map(
    referencesIn(node)
      .filter((reference) => mayBeAbsent(reference) && !asked.has(referenceName(reference)))
      .map((reference) => [referenceName(reference), reference]),
  );
  const holds = reader.read(node);
  return [...candidates.values()].filter((reference) => {
    const without = [...context, reader.has(reference, false)];
    return (
      !maySatisfy(all(...without), holds) &&
      maySatisfy(all(...without), granted(holds, referenceName(reference)))
    );
  });
}
