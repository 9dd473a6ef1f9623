import { evaluatePredicate, typeOf } from '@burnline/core';
import type { CompareOperator, FieldDefinition, LiteralNode, PredicateNode } from '@burnline/core';
import { neededBy, referencesIn, termKey, valuesOfTerm } from './terms.ts';
import type { Reference } from './terms.ts';
import { numbers, texts, words } from './value-set.ts';
import type { Span, Values, ValueSet } from './value-set.ts';

/** A term of the event lies in a set. `references`: what it reads. */
interface Atom {
  readonly kind: 'atom';
  readonly key: string;
  readonly allowed: ValueSet;
  /** Everything that the term may be. */
  readonly possible: ValueSet;
  readonly references: readonly Reference[];
}

/** A predicate without negations: what must hold of the terms of an event. */
export type Condition =
  | Atom
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Condition[] };

export const constant = (holds: boolean): Condition => ({ kind: 'constant', holds });
export const all = (...parts: readonly Condition[]): Condition => ({ kind: 'all', parts });
const any = (...parts: readonly Condition[]): Condition => ({ kind: 'any', parts });

type Node<Kind extends PredicateNode['kind']> = Extract<PredicateNode, { kind: Kind }>;

const FLIPPED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};
const OPPOSITE: Readonly<Record<CompareOperator, CompareOperator>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
};
/** How two terms stand to each other where both have a value, and which comparisons hold then. */
const ORDERS: Readonly<Record<CompareOperator, readonly string[]>> = {
  '==': ['equal'],
  '!=': ['below', 'above'],
  '<': ['below'],
  '<=': ['below', 'equal'],
  '>': ['above'],
  '>=': ['equal', 'above'],
};

const isTruth = (node: PredicateNode): boolean =>
  ['has', 'not', 'and', 'or', 'compare', 'in', 'text'].includes(node.kind);

function spansOf(operator: CompareOperator, value: number): readonly Span[] {
  const below = (isMaxOpen: boolean): Span => ({ min: -Infinity, max: value, isMinOpen: true, isMaxOpen });
  const above = (isMinOpen: boolean): Span => ({ min: value, max: Infinity, isMinOpen, isMaxOpen: true });
  switch (operator) {
    case '==':
      return [{ min: value, max: value, isMinOpen: false, isMaxOpen: false }];
    case '!=':
      return [below(true), above(true)];
    case '<':
      return [below(true)];
    case '<=':
      return [below(false)];
    case '>':
      return [above(true)];
    case '>=':
      return [above(false)];
  }
}

/** The values for which `term operator literal` holds. */
function valuesThat(operator: CompareOperator, { value }: LiteralNode): Values {
  if (typeof value === 'number') return numbers(false, ...spansOf(operator, value));
  const word = String(value);
  switch (operator) {
    case '==':
      return words([word]);
    case '!=':
      return words(null, [word]);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return texts({ test: operator, argument: word, holds: true });
  }
}

/**
 * Reads predicates as conditions. What it cannot see into (arithmetic, two fields compared) becomes a term of its own, so
 * that a condition may seem to hold of events that there are not, and never fails to hold of one that there is.
 */
export class ConditionReader {
  readonly #fields: readonly FieldDefinition[];

  constructor(fields: readonly FieldDefinition[]) {
    this.#fields = fields;
  }

  /** The condition that a predicate holds, or that it does not. */
  read(node: PredicateNode, holds = true): Condition {
    if (node.kind !== 'literal' && referencesIn(node).length === 0 && typeOf(node) === 'bool') {
      return constant(evaluatePredicate(node, {}) === holds);
    }
    switch (node.kind) {
      case 'literal':
        return constant((node.value === true) === holds);
      case 'field':
      case 'entry':
        return this.#atom(node, words(['true']), holds);
      case 'has':
        return this.has(node.operand, holds);
      case 'not':
        return this.read(node.operand, !holds);
      case 'and':
      case 'or': {
        const parts = [this.read(node.left, holds), this.read(node.right, holds)];
        return { kind: (node.kind === 'and') === holds ? 'all' : 'any', parts };
      }
      case 'compare':
        return this.#compare(node, holds);
      case 'in':
        return this.#atom(node.operand, listOf(node), holds);
      case 'text':
        return this.#text(node, holds);
      case 'conditional': {
        const then = all(this.read(node.test), this.read(node.then, holds));
        return any(then, all(this.read(node.test, false), this.read(node.otherwise, holds)));
      }
      case 'arithmetic':
      case 'negate':
      case 'size':
        return constant(!holds);
    }
  }

  /** The condition that a field or entry is there, or absent. */
  has(reference: Reference, holds = true): Condition {
    const possible = valuesOfTerm(reference, this.#fields);
    const present: ValueSet = { ...possible, mayBeAbsent: false };
    const absent: ValueSet = {
      mayBeAbsent: true,
      values: possible.values.kind === 'numbers' ? numbers(false) : words([]),
    };
    const allowed = holds ? present : absent;
    return { kind: 'atom', key: termKey(reference), allowed, possible, references: [reference] };
  }

  /** A term has one of the values, or has not: absent counts as not. */
  #atom(term: PredicateNode, values: Values, holds: boolean): Condition {
    const possible = valuesOfTerm(term, this.#fields);
    const allowed = holds
      ? { mayBeAbsent: false, values }
      : { mayBeAbsent: true, values: complementOf(values) };
    const atom: Atom = {
      kind: 'atom',
      key: termKey(term),
      allowed,
      possible,
      references: referencesIn(term),
    };
    if (!holds || term.kind === 'field' || term.kind === 'entry') return atom;
    return all(atom, ...neededBy(term).map((reference) => this.has(reference)));
  }

  #compare(node: Node<'compare'>, holds: boolean): Condition {
    const { operator, left, right } = node;
    if (left.kind === 'literal') {
      if (right.kind === 'literal') return constant(evaluatePredicate(node, {}) === holds);
      return this.#compare({ ...node, operator: FLIPPED[operator], left: right, right: left }, holds);
    }
    const isEquality = operator === '==' || operator === '!=';
    if (isEquality && isTruth(left) && (right.kind === 'literal' || isTruth(right))) {
      const isSame = (operator === '==') === holds;
      const both = all(this.read(left), this.read(right, isSame));
      return any(both, all(this.read(left, false), this.read(right, !isSame)));
    }
    if (right.kind === 'literal') return this.#atom(left, valuesThat(operator, right), holds);
    return this.#relation(node, holds);
  }

  /** Two terms compared: how they stand to each other is a term of its own. */
  #relation({ operator, left, right }: Node<'compare'>, holds: boolean): Condition {
    const [first, second] = [termKey(left), termKey(right)];
    const isInOrder = first <= second;
    const orders = ORDERS[isInOrder ? operator : FLIPPED[operator]];
    const others = ORDERS[isInOrder ? OPPOSITE[operator] : FLIPPED[OPPOSITE[operator]]];
    const possible = {
      mayBeAbsent: [left, right].some((term) => valuesOfTerm(term, this.#fields).mayBeAbsent),
      values: words(first === second ? ['equal'] : ['below', 'equal', 'above']),
    };
    const atom: Atom = {
      kind: 'atom',
      key: JSON.stringify([first, second].sort()),
      allowed: { mayBeAbsent: !holds, values: words(holds ? orders : others) },
      possible,
      references: [...referencesIn(left), ...referencesIn(right)],
    };
    if (!holds) return atom;
    return all(atom, ...[...neededBy(left), ...neededBy(right)].map((reference) => this.has(reference)));
  }

  #text(node: Node<'text'>, holds: boolean): Condition {
    const { operand, argument, test } = node;
    if (operand.kind !== 'literal' && argument.kind === 'literal') {
      return this.#atom(operand, texts({ test, argument: String(argument.value), holds: true }), holds);
    }
    return this.#atom(node, words(['true']), holds);
  }
}

function listOf({ operand, values }: Node<'in'>): Values {
  const type = typeOf(operand);
  if (type !== 'int' && type !== 'double') return words(values.map(({ value }) => String(value)));
  return numbers(false, ...values.flatMap(({ value }) => spansOf('==', Number(value))));
}

/** Values that are none of these. Only for sets that one comparison or list makes. */
function complementOf(values: Values): Values {
  if (values.kind === 'words') {
    const [condition] = values.conditions;
    if (condition !== undefined) return texts({ ...condition, holds: !condition.holds });
    return values.only === null ? words(values.not) : words(null, values.only);
  }
  const gaps: Span[] = [];
  let [min, isMinOpen] = [-Infinity, true];
  for (const span of [...values.spans].sort((a, b) => a.min - b.min)) {
    gaps.push({ min, max: span.min, isMinOpen, isMaxOpen: !span.isMinOpen });
    [min, isMinOpen] = [span.max, !span.isMaxOpen];
  }
  gaps.push({ min, max: Infinity, isMinOpen, isMaxOpen: true });
  return numbers(false, ...gaps);
}
