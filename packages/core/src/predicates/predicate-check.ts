import { predicateError } from './predicate-error.ts';
import type { LiteralNode, PredicateNode, ValueType } from './predicate-node.ts';

/**
 * How deep a predicate may nest; a chain of the same `and` or `or` counts as one level. Generated SQL stays far below
 * ClickHouse's max_parser_depth of 1000, and no recursion here can exhaust the stack.
 */
export const PREDICATE_DEPTH_MAX = 64;

/** What may name a field: it becomes part of generated code and SQL. */
const IDENTIFIER = /^[a-z][a-z0-9_]{0,62}$/;
/** A half of a surrogate pair on its own has no UTF-8 form. */
const LONE_SURROGATE = /\p{Surrogate}/u;

const isNumeric = (type: ValueType): boolean => type === 'int' || type === 'double';

/** The operands of a chain of the same connective, left to right: `a and b and c` is three. */
export function chainOf(node: PredicateNode, kind: 'and' | 'or'): readonly PredicateNode[] {
  const operands: PredicateNode[] = [];
  let rest = node;
  while (rest.kind === kind) {
    operands.push(rest.right);
    rest = rest.left;
  }
  operands.push(rest);
  return operands.reverse();
}

export function childrenOf(node: PredicateNode): readonly PredicateNode[] {
  switch (node.kind) {
    case 'literal':
    case 'field':
    case 'entry':
      return [];
    case 'has':
    case 'not':
    case 'negate':
    case 'size':
      return [node.operand];
    case 'in':
      return [node.operand, ...node.values];
    case 'and':
    case 'or':
      return chainOf(node, node.kind);
    case 'compare':
    case 'arithmetic':
      return [node.left, node.right];
    case 'text':
      return [node.operand, node.argument];
    case 'conditional':
      return [node.test, node.then, node.otherwise];
  }
}

/** The type of a node's value. A conditional over an int and a double is a double. */
export function typeOf(node: PredicateNode): ValueType {
  switch (node.kind) {
    case 'literal':
    case 'field':
    case 'entry':
    case 'arithmetic':
    case 'negate':
      return node.type;
    case 'size':
      return 'int';
    case 'conditional': {
      const [then, otherwise] = [typeOf(node.then), typeOf(node.otherwise)];
      return then === otherwise ? then : 'double';
    }
    case 'has':
    case 'not':
    case 'and':
    case 'or':
    case 'compare':
    case 'in':
    case 'text':
      return 'bool';
  }
}

function checkLiteral({ type, value }: LiteralNode): void {
  const isSound =
    type === 'string'
      ? typeof value === 'string' && !LONE_SURROGATE.test(value)
      : type === 'bool'
        ? typeof value === 'boolean'
        : type === 'int'
          ? Number.isSafeInteger(value)
          : Number.isFinite(value);
  if (!isSound) throw predicateError(`${JSON.stringify(value)} is not a literal of type ${type}`);
}

const comparable = (left: ValueType, right: ValueType): boolean =>
  left === right || (isNumeric(left) && isNumeric(right));

function checkArithmetic(node: Extract<PredicateNode, { kind: 'arithmetic' | 'negate' }>): void {
  const operands = childrenOf(node);
  const isFitting = operands.every((operand) =>
    node.type === 'int' ? typeOf(operand) === 'int' : isNumeric(typeOf(operand)),
  );
  if (!isFitting) throw predicateError(`arithmetic of type ${node.type} over other types`);
  if (node.kind === 'arithmetic' && node.type === 'double' && node.operator === '%') {
    throw predicateError('% is for integers only');
  }
}

function requireTypes(nodes: readonly PredicateNode[], type: ValueType, what: string): void {
  if (nodes.every((node) => typeOf(node) === type)) return;
  throw predicateError(`${what} wants operands of type ${type}`);
}

function checkNode(node: PredicateNode): void {
  switch (node.kind) {
    case 'literal':
      checkLiteral(node);
      return;
    case 'field':
      if (!IDENTIFIER.test(node.name))
        throw predicateError(`${JSON.stringify(node.name)} is not a field name`);
      return;
    case 'entry':
      if (!IDENTIFIER.test(node.map)) throw predicateError(`${JSON.stringify(node.map)} is not a field name`);
      if (LONE_SURROGATE.test(node.key)) throw predicateError('a key is not well-formed text');
      return;
    case 'has':
      return;
    case 'not':
    case 'and':
    case 'or':
      requireTypes(childrenOf(node), 'bool', node.kind);
      return;
    case 'text':
    case 'size':
      requireTypes(childrenOf(node), 'string', node.kind);
      return;
    case 'compare':
    case 'in': {
      const [first, ...others] = childrenOf(node).map(typeOf);
      if (first === undefined || others.every((type) => comparable(first, type))) return;
      throw predicateError('a comparison of different types');
    }
    case 'arithmetic':
    case 'negate':
      checkArithmetic(node);
      return;
    case 'conditional':
      requireTypes([node.test], 'bool', 'a conditional');
      if (comparable(typeOf(node.then), typeOf(node.otherwise))) return;
      throw predicateError('a conditional over different types');
  }
}

function checkDeep(node: PredicateNode, depth: number): void {
  if (depth > PREDICATE_DEPTH_MAX) throw predicateError(`it nests deeper than ${PREDICATE_DEPTH_MAX} levels`);
  for (const child of childrenOf(node)) checkDeep(child, depth + 1);
  checkNode(node);
}

/**
 * Checks that a tree is well-typed, names fields that can stand in generated code, and nests within the bound.
 *
 * @throws AppError PREDICATE_INVALID
 */
export function checkPredicate(node: PredicateNode): void {
  checkDeep(node, 1);
  requireTypes([node], 'bool', 'a predicate');
}
