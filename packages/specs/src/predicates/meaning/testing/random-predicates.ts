import type { FieldDefinition, LiteralNode, PredicateNode } from '@burnline/core';
import fc from 'fast-check';
import { inferenceFields } from '../../event-fields.ts';

/** Predicates and events over few fields and fewer values, so that random ones meet often. For tests. */
const NAMES = [
  'status',
  'is_final',
  'schema_valid',
  'http_status',
  'cost_nano_usd',
  'ttft_ms',
  'confidence',
  'input_tokens',
  'region',
  'finish_reason',
];
export const someFields: readonly FieldDefinition[] = [
  ...inferenceFields.filter(({ name }) => NAMES.includes(name)),
  { name: 'attributes', type: 'string_map', nullable: false },
  { name: 'measures', type: 'double_map', nullable: false },
];
const TEXTS = ['', 'a', 'ab', 'b', 'ba'];
const NUMBERS = [-1, 0, 0.5, 1, 2, 800];

const literal = (type: LiteralNode['type'], value: LiteralNode['value']): LiteralNode => ({
  kind: 'literal',
  type,
  value,
});

/** A field or entry of a type that is not a map, and a literal that it may be compared with. */
const operand = fc.oneof(
  fc
    .constantFrom(...someFields.filter(({ type }) => !type.endsWith('map')))
    .map(({ name, type, nullable, symbols }) => ({
      node: { kind: 'field', name, type, nullable } as PredicateNode,
      type,
      symbols,
    })),
  fc.constantFrom(
    {
      node: { kind: 'entry', map: 'attributes', key: 'k', type: 'string' } as PredicateNode,
      type: 'string',
      symbols: undefined,
    },
    {
      node: { kind: 'entry', map: 'measures', key: 'k', type: 'double' } as PredicateNode,
      type: 'double',
      symbols: undefined,
    },
  ),
);

function literalFor(type: string, symbols: readonly string[] | undefined): fc.Arbitrary<LiteralNode> {
  if (type === 'bool') return fc.boolean().map((value) => literal('bool', value));
  if (type === 'string')
    return fc.constantFrom(...(symbols ?? TEXTS)).map((value) => literal('string', value));
  return fc
    .constantFrom(...NUMBERS)
    .map((value) => literal(Number.isInteger(value) ? 'int' : 'double', value));
}

const equality = fc.constantFrom('==' as const, '!=' as const);
const comparison = fc.constantFrom('==', '!=', '<', '<=', '>', '>=' as const);

const atom: fc.Arbitrary<PredicateNode> = operand.chain(({ node, type, symbols }) => {
  const value = literalFor(type, symbols);
  const forms: fc.Arbitrary<PredicateNode>[] = [
    fc
      .tuple(symbols === undefined ? comparison : equality, value, fc.boolean())
      .map(([operator, right, isFlipped]) =>
        isFlipped
          ? { kind: 'compare', operator, left: right, right: node }
          : { kind: 'compare', operator, left: node, right },
      ),
    fc.array(value, { maxLength: 3 }).map((values) => ({ kind: 'in', operand: node, values })),
  ];
  if (node.kind === 'field' || node.kind === 'entry') forms.push(fc.constant({ kind: 'has', operand: node }));
  if (type === 'bool') forms.push(fc.constant(node));
  if (type === 'string' && symbols === undefined) {
    forms.push(
      fc
        .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains' as const), value)
        .map(([test, argument]) => ({ kind: 'text', test, operand: node, argument })),
      fc.tuple(comparison, fc.constantFrom(0, 1, 2)).map(([operator, size]) => ({
        kind: 'compare',
        operator,
        left: { kind: 'size', operand: node },
        right: literal('int', size),
      })),
    );
  }
  return fc.oneof(...forms);
});

const fieldNode = (name: string, type: LiteralNode['type'], nullable: boolean): PredicateNode => ({
  kind: 'field',
  name,
  type,
  nullable,
});
const INPUT_TOKENS = fieldNode('input_tokens', 'int', false);
const COST = fieldNode('cost_nano_usd', 'int', true);
const TTFT = fieldNode('ttft_ms', 'double', true);
const CONFIDENCE = fieldNode('confidence', 'double', true);

/** Terms that are not looked into: arithmetic, and fields beside each other. */
const opaque: fc.Arbitrary<PredicateNode> = fc.oneof(
  fc
    .tuple(comparison, fc.constantFrom('+', '-', '*', '/', '%' as const), fc.constantFrom(-1, 0, 1, 2))
    .map(([operator, calculation, value]): PredicateNode => ({
      kind: 'compare',
      operator,
      left: {
        kind: 'arithmetic',
        operator: calculation,
        type: 'int',
        left: INPUT_TOKENS,
        right: COST,
      },
      right: literal('int', value),
    })),
  fc
    .tuple(comparison, fc.constantFrom(TTFT, CONFIDENCE), fc.constantFrom(TTFT, INPUT_TOKENS))
    .map(([operator, left, right]): PredicateNode => ({
      kind: 'compare',
      operator,
      left,
      right,
    })),
  fc.tuple(comparison, fc.constantFrom(-1, 0, 1)).map(([operator, value]): PredicateNode => ({
    kind: 'compare',
    operator,
    left: { kind: 'negate', type: 'double', operand: TTFT },
    right: literal('int', value),
  })),
);

export const randomPredicate: fc.Arbitrary<PredicateNode> = fc.letrec<{ node: PredicateNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { arbitrary: atom, weight: 4 },
    { arbitrary: opaque, weight: 1 },
    { arbitrary: tie('node').map((one): PredicateNode => ({ kind: 'not', operand: one })), weight: 1 },
    {
      arbitrary: fc
        .tuple(fc.constantFrom('and', 'or' as const), tie('node'), tie('node'))
        .map(([kind, left, right]): PredicateNode => ({ kind, left, right })),
      weight: 5,
    },
    {
      arbitrary: fc
        .tuple(equality, tie('node'), tie('node'))
        .map(([operator, left, right]): PredicateNode => ({ kind: 'compare', operator, left, right })),
      weight: 1,
    },
    {
      arbitrary: fc
        .tuple(tie('node'), tie('node'), tie('node'))
        .map(([test, then, otherwise]): PredicateNode => ({ kind: 'conditional', test, then, otherwise })),
      weight: 1,
    },
  ),
})).node;

const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 2 });
const whole = fc.constantFrom(0, 1, 2, 3, 800);
const double = fc.constantFrom(0, 0.25, 0.5, 1, 1.5, 800, 801);

export const randomEvent: fc.Arbitrary<object> = fc.record({
  status: fc.constantFrom(...(someFields.find(({ name }) => name === 'status')?.symbols ?? [])),
  is_final: fc.boolean(),
  schema_valid: maybe(fc.boolean()),
  http_status: fc.constantFrom(0, 1, 200, 800, 999),
  cost_nano_usd: maybe(whole),
  ttft_ms: maybe(double),
  confidence: maybe(fc.constantFrom(0, 0.25, 0.5, 1)),
  input_tokens: whole,
  region: fc.constantFrom(...TEXTS),
  finish_reason: maybe(fc.constantFrom(...TEXTS)),
  attributes: fc.dictionary(fc.constant('k'), fc.constantFrom(...TEXTS)),
  measures: fc.dictionary(fc.constant('k'), fc.constantFrom(-800, -1, 0, 0.5, 1, 800)),
});
