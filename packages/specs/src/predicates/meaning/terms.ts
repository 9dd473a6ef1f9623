import { typeOf } from '@burnline/core';
import type { EntryNode, FieldDefinition, FieldNode, PredicateNode } from '@burnline/core';
import { rangeOfField } from './field-ranges.ts';
import { ANY_NUMBER, numbers, words } from './value-set.ts';
import type { Span, ValueSet } from './value-set.ts';

/** What a term reads: a field or an entry of a map. */
export type Reference = FieldNode | EntryNode;

/** `ttft_ms`, `attributes.plan`: how a reference is called, and what tells it from others. */
export const referenceName = (node: Reference): string =>
  node.kind === 'field' ? node.name : `${node.map}['${node.key}']`;

/** What tells a term from others: equal keys have equal values in an event. */
export const termKey = (node: PredicateNode): string =>
  node.kind === 'field' || node.kind === 'entry' ? referenceName(node) : JSON.stringify(node);

/** The references that must have a value for the term to have one. */
export function neededBy(node: PredicateNode): readonly Reference[] {
  switch (node.kind) {
    case 'field':
    case 'entry':
      return [node];
    case 'negate':
    case 'size':
      return neededBy(node.operand);
    case 'arithmetic':
      return [...neededBy(node.left), ...neededBy(node.right)];
    case 'literal':
    case 'has':
    case 'not':
    case 'and':
    case 'or':
    case 'compare':
    case 'in':
    case 'text':
    case 'conditional':
      return [];
  }
}

/** Every reference within a part of a predicate. */
export function referencesIn(node: PredicateNode): readonly Reference[] {
  switch (node.kind) {
    case 'field':
    case 'entry':
      return [node];
    case 'literal':
      return [];
    case 'has':
    case 'not':
    case 'negate':
    case 'size':
    case 'in':
      return referencesIn(node.operand);
    case 'and':
    case 'or':
    case 'compare':
    case 'arithmetic':
      return [...referencesIn(node.left), ...referencesIn(node.right)];
    case 'text':
      return [...referencesIn(node.operand), ...referencesIn(node.argument)];
    case 'conditional':
      return [node.test, node.then, node.otherwise].flatMap(referencesIn);
  }
}

const isFromZero = (span: Span): boolean => span.min >= 0;

/** Numbers between which a term's values lie; rounding is monotonous, so that ends stay ends. */
function rangeOf(node: PredicateNode): Span {
  switch (node.kind) {
    case 'field':
      return rangeOfField(node.name);
    case 'size':
      return { min: 0, max: Infinity, isMinOpen: false, isMaxOpen: true };
    case 'literal': {
      const value = Number(node.value);
      return { min: value, max: value, isMinOpen: false, isMaxOpen: false };
    }
    case 'negate': {
      const { min, max, isMinOpen, isMaxOpen } = rangeOf(node.operand);
      return { min: -max, max: -min, isMinOpen: isMaxOpen, isMaxOpen: isMinOpen };
    }
    case 'arithmetic': {
      const [left, right] = [rangeOf(node.left), rangeOf(node.right)];
      if (node.operator === '-') return isFromZero(left) && right.max <= 0 ? upFrom(0) : ANY_NUMBER;
      if (node.operator === '%') return isFromZero(left) ? upFrom(0) : ANY_NUMBER;
      if (!isFromZero(left) || !isFromZero(right)) return ANY_NUMBER;
      return node.operator === '+' ? upFrom(left.min + right.min) : upFrom(0);
    }
    case 'entry':
    case 'has':
    case 'not':
    case 'and':
    case 'or':
    case 'compare':
    case 'in':
    case 'text':
    case 'conditional':
      return ANY_NUMBER;
  }
}

const upFrom = (min: number): Span => ({ min, max: Infinity, isMinOpen: false, isMaxOpen: true });

/** Everything that a term may be in any event. */
export function valuesOfTerm(node: PredicateNode, fields: readonly FieldDefinition[]): ValueSet {
  const mayBeAbsent = node.kind === 'field' ? node.nullable : true;
  const type = typeOf(node);
  if (type === 'int' || type === 'double')
    return { mayBeAbsent, values: numbers(type === 'int', rangeOf(node)) };
  if (type === 'bool') return { mayBeAbsent, values: words(['true', 'false']) };
  const name = node.kind === 'field' ? node.name : undefined;
  const symbols = fields.find((field) => field.name === name)?.symbols;
  return { mayBeAbsent, values: words(symbols ?? null) };
}
