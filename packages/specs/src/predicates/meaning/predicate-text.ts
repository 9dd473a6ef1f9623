import type { LiteralNode, PredicateNode } from '@burnline/core';
import { referenceName } from './terms.ts';

/** Longer parts are cut in messages. */
const TEXT_LENGTH_MAX = 80;

const literalText = ({ value, type }: LiteralNode): string => {
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&')}'`;
  return type === 'double' && Number.isInteger(value) ? `${String(value)}.0` : String(value);
};

/** Parts that need parentheses inside another operator. */
const isJoined = ({ kind }: PredicateNode): boolean =>
  ['and', 'or', 'compare', 'in', 'arithmetic', 'conditional'].includes(kind);

const inner = (node: PredicateNode): string => (isJoined(node) ? `(${textOf(node)})` : textOf(node));

/** An operand of && or ||: a comparison needs no parentheses there, nor does more of the same. */
const operand = (node: PredicateNode, within: 'and' | 'or'): string =>
  node.kind === within || node.kind === 'compare' || node.kind === 'in' ? textOf(node) : inner(node);

function textOf(node: PredicateNode): string {
  switch (node.kind) {
    case 'literal':
      return literalText(node);
    case 'field':
    case 'entry':
      return referenceName(node);
    case 'has':
      return `has(${referenceName(node.operand)})`;
    case 'not':
      return `!${inner(node.operand)}`;
    case 'and':
      return `${operand(node.left, 'and')} && ${operand(node.right, 'and')}`;
    case 'or':
      return `${operand(node.left, 'or')} || ${operand(node.right, 'or')}`;
    case 'compare':
    case 'arithmetic':
      return `${inner(node.left)} ${node.operator} ${inner(node.right)}`;
    case 'in':
      return `${inner(node.operand)} in [${node.values.map(literalText).join(', ')}]`;
    case 'negate':
      return `-${inner(node.operand)}`;
    case 'text':
      return `${inner(node.operand)}.${node.test}(${textOf(node.argument)})`;
    case 'size':
      return `size(${textOf(node.operand)})`;
    case 'conditional':
      return `${inner(node.test)} ? ${inner(node.then)} : ${inner(node.otherwise)}`;
  }
}

/** A part of a predicate as CEL, for messages: one line, cut where it is long. */
export function predicateText(node: PredicateNode): string {
  const text = textOf(node);
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX - 3)}...` : text;
}
