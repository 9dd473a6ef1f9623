import { checkPredicate } from './predicate-check.ts';
import type { CompareOperator, PredicateNode, TextTest } from './predicate-node.ts';
import {
  codePointCount,
  compareText,
  doubleArithmetic,
  finiteDouble,
  intArithmetic,
} from './predicate-operations.ts';
import type { PredicateValue } from './predicate-operations.ts';

type Node<Kind extends PredicateNode['kind']> = Extract<PredicateNode, { kind: Kind }>;

function orderOf(left: PredicateValue, right: PredicateValue): number {
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  return Number(left) - Number(right);
}

function isOrdered(operator: CompareOperator, order: number): boolean {
  switch (operator) {
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

function holdsText(test: TextTest, text: PredicateValue, argument: PredicateValue): boolean {
  if (typeof text !== 'string' || typeof argument !== 'string') return false;
  switch (test) {
    case 'startsWith':
      return text.startsWith(argument);
    case 'endsWith':
      return text.endsWith(argument);
    case 'contains':
      return text.includes(argument);
  }
}

function readField(record: object, node: Node<'field'>): PredicateValue {
  const value = Reflect.get(record, node.name) as PredicateValue | undefined;
  if (node.type === 'double' && typeof value === 'number') return finiteDouble(value);
  return value ?? null;
}

function readEntry(record: object, node: Node<'entry'>): PredicateValue {
  const map = Reflect.get(record, node.map) as Readonly<Record<string, PredicateValue>> | null | undefined;
  if (map === null || map === undefined || !Object.hasOwn(map, node.key)) return null;
  const value = map[node.key] ?? null;
  return typeof value === 'number' ? finiteDouble(value) : value;
}

function arithmeticOf(node: Node<'arithmetic'>, record: object): number | null {
  const [left, right] = [numberOf(node.left, record), numberOf(node.right, record)];
  if (node.type === 'int' || node.operator === '%') return intArithmetic(node.operator, left, right);
  return doubleArithmetic(node.operator, left, right);
}

function numberOf(node: PredicateNode, record: object): number | null {
  const value = valueOf(node, record);
  return typeof value === 'number' ? value : null;
}

function compareOf(node: Node<'compare'>, record: object): boolean {
  const [left, right] = [valueOf(node.left, record), valueOf(node.right, record)];
  return left !== null && right !== null && isOrdered(node.operator, orderOf(left, right));
}

function valueOf(node: PredicateNode, record: object): PredicateValue {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'field':
      return readField(record, node);
    case 'entry':
      return readEntry(record, node);
    case 'has':
      return valueOf(node.operand, record) !== null;
    case 'not':
      return valueOf(node.operand, record) !== true;
    case 'and':
      return valueOf(node.left, record) === true && valueOf(node.right, record) === true;
    case 'or':
      return valueOf(node.left, record) === true || valueOf(node.right, record) === true;
    case 'compare':
      return compareOf(node, record);
    case 'in': {
      const operand = valueOf(node.operand, record);
      return operand !== null && node.values.some((literal) => literal.value === operand);
    }
    case 'arithmetic':
      return arithmeticOf(node, record);
    case 'negate': {
      const operand = numberOf(node.operand, record);
      return operand === null ? null : -operand;
    }
    case 'text':
      return holdsText(node.test, valueOf(node.operand, record), valueOf(node.argument, record));
    case 'size': {
      const text = valueOf(node.operand, record);
      return typeof text === 'string' ? codePointCount(text) : null;
    }
    case 'conditional':
      return valueOf(node.test, record) === true
        ? valueOf(node.then, record)
        : valueOf(node.otherwise, record);
  }
}

/**
 * Whether a predicate holds for a record: the readable definition that the compiled and the SQL form are tested against.
 * Slow; the stream uses `compilePredicates`.
 *
 * @param record a decoded event; absent fields are null or undefined
 * @throws AppError PREDICATE_INVALID
 */
export function evaluatePredicate(node: PredicateNode, record: object): boolean {
  checkPredicate(node);
  return valueOf(node, record) === true;
}
