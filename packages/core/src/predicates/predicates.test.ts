import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileInFrame, compilePredicates } from './compile-predicates.ts';
import { evaluatePredicate } from './evaluate-predicate.ts';
import { generatePredicates } from './generate-predicates.ts';
import { PREDICATE_DEPTH_MAX, checkPredicate } from './predicate-check.ts';
import { fieldsOf } from './predicate-inputs.ts';
import type { FieldNode, PredicateNode } from './predicate-node.ts';
import { predicateToSql } from './predicate-sql.ts';

const INT_MAX = Number.MAX_SAFE_INTEGER;

const FIELDS = {
  tenant: { type: 'string', nullable: false },
  feature: { type: 'string', nullable: true },
  status: { type: 'string', nullable: false },
  output_tokens: { type: 'int', nullable: false },
  cost_nano_usd: { type: 'int', nullable: true },
  duration_ms: { type: 'double', nullable: false },
  ttft_ms: { type: 'double', nullable: true },
  is_final: { type: 'bool', nullable: false },
  schema_valid: { type: 'bool', nullable: true },
} as const;
const field = (name: keyof typeof FIELDS): FieldNode => ({ kind: 'field', name, ...FIELDS[name] });

const TEXTS = [
  '',
  'ok',
  'ok ',
  'OK',
  'a\'b\\c"',
  'ü',
  '😀',
  '\uffff',
  'a😀b',
  'timeout',
  '\u0000\n',
  '\u2028',
  '__proto__',
];
const KEYS = ['k', 'constructor', '__proto__', 'ü', "a'b"];
const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'grapheme', maxLength: 3 }));
const int = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.maxSafeInteger(),
  fc.constantFrom(INT_MAX, -INT_MAX, 2 ** 27),
);
const double = fc.oneof(
  fc.constantFrom(0, -0, 0.5, 1, 2, 1e308, -1e308, 5e-324, 800),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const anyDouble = fc.oneof(double, fc.constantFrom(NaN, Infinity, -Infinity));
const absent = fc.constantFrom(null, undefined);

const record = fc.record({
  tenant: text,
  feature: fc.oneof(text, absent),
  status: fc.oneof(fc.constantFrom('ok', 'timeout', 'a_word_of_the_future'), text),
  output_tokens: int,
  cost_nano_usd: fc.oneof(int, absent),
  duration_ms: anyDouble,
  ttft_ms: fc.oneof(anyDouble, absent),
  is_final: fc.boolean(),
  schema_valid: fc.oneof(fc.boolean(), absent),
  attributes: fc.dictionary(fc.constantFrom(...KEYS), text),
  measures: fc.dictionary(fc.constantFrom(...KEYS), anyDouble),
});

const literal = (type: 'string' | 'int' | 'double' | 'bool') =>
  ({ string: text, int, double, bool: fc.boolean() })[type].map((value): PredicateNode => ({
    kind: 'literal',
    type,
    value,
  }));
const key = fc.constantFrom(...KEYS);

/** Random well-typed trees: one arbitrary per type, each built from the others. */
const trees = fc.letrec<Record<'string' | 'int' | 'double' | 'number' | 'bool', PredicateNode>>((tie) => {
  const bounded = { maxDepth: 5, depthIdentifier: 'tree' } as const;
  const pair = (operand: fc.Arbitrary<PredicateNode>) => fc.tuple(operand, operand);
  const either = (operand: fc.Arbitrary<PredicateNode>) =>
    fc
      .tuple(tie('bool'), operand, operand)
      .map(([test, then, otherwise]): PredicateNode => ({ kind: 'conditional', test, then, otherwise }));
  const mixed = fc
    .tuple(tie('bool'), tie('int'), tie('double'))
    .map(([test, then, otherwise]): PredicateNode => ({ kind: 'conditional', test, then, otherwise }));
  const operator = fc.constantFrom('==', '!=', '<', '<=', '>', '>=');
  const compare = (operand: fc.Arbitrary<PredicateNode>) =>
    fc
      .tuple(operator, pair(operand))
      .map(([operator, [left, right]]): PredicateNode => ({ kind: 'compare', operator, left, right }));
  const within = (type: 'string' | 'int' | 'double' | 'bool', operand: fc.Arbitrary<PredicateNode>) =>
    fc
      .tuple(operand, fc.array(literal(type), { maxLength: 9 }))
      .map(([operand, values]): PredicateNode => ({ kind: 'in', operand, values }) as PredicateNode);
  const arithmetic = (type: 'int' | 'double', operators: string, operand: fc.Arbitrary<PredicateNode>) =>
    fc
      .tuple(fc.constantFrom(...operators.split(' ')), pair(operand))
      .map(
        ([operator, [left, right]]) => ({ kind: 'arithmetic', type, operator, left, right }) as PredicateNode,
      );
  const negate = (type: 'int' | 'double') =>
    tie(type).map((operand): PredicateNode => ({ kind: 'negate', type, operand }));
  const entry = (map: string, type: 'string' | 'double') =>
    key.map((key): PredicateNode => ({ kind: 'entry', map, key, type }));
  const present = fc
    .oneof(
      fc.constantFrom(...Object.keys(FIELDS)).map((name) => field(name as keyof typeof FIELDS)),
      entry('measures', 'double'),
    )
    .map((operand): PredicateNode => ({ kind: 'has', operand }) as PredicateNode);
  const textTest = fc
    .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), pair(tie('string')))
    .map(([test, [operand, argument]]): PredicateNode => ({ kind: 'text', test, operand, argument }));
  const connective = fc
    .tuple(fc.constantFrom('and', 'or'), pair(tie('bool')))
    .map(([kind, [left, right]]): PredicateNode => ({ kind, left, right }));
  return {
    string: fc.oneof(
      bounded,
      fc.constantFrom(field('tenant'), field('feature'), field('status')),
      literal('string'),
      entry('attributes', 'string'),
      either(tie('string')),
    ),
    int: fc.oneof(
      bounded,
      fc.constantFrom(field('output_tokens'), field('cost_nano_usd')),
      literal('int'),
      arithmetic('int', '+ - * / %', tie('int')),
      negate('int'),
      tie('string').map((operand): PredicateNode => ({ kind: 'size', operand })),
      either(tie('int')),
    ),
    double: fc.oneof(
      bounded,
      fc.constantFrom(field('duration_ms'), field('ttft_ms')),
      literal('double'),
      entry('measures', 'double'),
      arithmetic('double', '+ - * /', tie('number')),
      negate('double'),
      mixed,
    ),
    number: fc.oneof(bounded, tie('int'), tie('double')),
    bool: fc.oneof(
      bounded,
      fc.constantFrom(field('is_final'), field('schema_valid')),
      literal('bool'),
      compare(tie('number')),
      compare(tie('string')),
      compare(tie('bool')),
      connective,
      present,
      textTest,
      within('string', tie('string')),
      within('int', tie('number')),
      within('double', tie('number')),
      within('bool', tie('bool')),
      tie('bool').map((operand): PredicateNode => ({ kind: 'not', operand })),
      either(tie('bool')),
    ),
  };
});

function compiled(nodes: readonly PredicateNode[], record: object): boolean[] {
  const out = new Uint8Array(nodes.length).fill(7);
  compilePredicates(nodes)(record, out);
  return [...out].map((value) => {
    expect(value).toBeLessThanOrEqual(1);
    return value === 1;
  });
}

const str = (value: string): PredicateNode => ({ kind: 'literal', type: 'string', value });
const num = (value: number, type: 'int' | 'double' = 'int'): PredicateNode => ({
  kind: 'literal',
  type,
  value,
});
const compare = (
  left: PredicateNode,
  operator: '==' | '!=' | '<' | '<=' | '>' | '>=',
  right: PredicateNode,
): PredicateNode => ({
  kind: 'compare',
  operator,
  left,
  right,
});
const calculate = (
  left: PredicateNode,
  operator: '+' | '-' | '*' | '/' | '%',
  right: PredicateNode,
): PredicateNode => ({
  kind: 'arithmetic',
  type: 'int',
  operator,
  left,
  right,
});
const not = (operand: PredicateNode): PredicateNode => ({ kind: 'not', operand });
const attribute = (key: string) => ({ kind: 'entry', map: 'attributes', key, type: 'string' }) as const;

describe('the compiled predicates', () => {
  it('agree with the interpreter on random trees and records', () => {
    fc.assert(
      fc.property(
        fc.array(trees.bool, { minLength: 1, maxLength: 4 }),
        fc.array(record, { minLength: 1, maxLength: 8 }),
        (nodes, records) => {
          // Twice the same trees: repeated ones are computed once and must mean the same.
          const set = [...nodes, ...nodes.map(not)];
          const evaluate = compilePredicates(set);
          const out = new Uint8Array(set.length);
          for (const one of records) {
            evaluate(one, out.fill(7));
            expect([...out]).toEqual(set.map((node) => Number(evaluatePredicate(node, one))));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('compute a condition that several predicates share once', () => {
    const isOk = compare(field('status'), '==', str('ok'));
    const isFast = compare(field('ttft_ms'), '<=', num(800));
    const { body } = generatePredicates([isOk, { kind: 'and', left: isOk, right: isFast }, not(isOk)]);
    expect(body.match(/"ok"/g)).toHaveLength(1);
  });

  it('take their values from any prologue', () => {
    const held = compileInFrame([compare(field('output_tokens'), '>', num(10))], {
      parameters: ['values', 'out'],
      prologue: (inputs) =>
        inputs.map(({ local }, index) => `let ${local} = values[${index}] * factor;`).join('\n'),
      scope: { factor: 3 },
    }) as (values: readonly number[], out: Uint8Array) => void;
    const out = new Uint8Array(1);
    held([4], out);
    expect(out[0]).toBe(1);
    held([3], out);
    expect(out[0]).toBe(0);
  });

  it('name the top-level fields they read, each once', () => {
    const node: PredicateNode = {
      kind: 'and',
      left: compare(attribute('a'), '==', attribute('b')),
      right: { kind: 'has', operand: field('ttft_ms') },
    };
    expect(fieldsOf([node, not(node)])).toEqual(['attributes', 'ttft_ms']);
  });

  it('treat texts in a tree as data', () => {
    const hostile = '"); throw new Error("out"); ("\u2028${x}`\\';
    const node: PredicateNode = {
      kind: 'and',
      left: compare(field('tenant'), '==', str(hostile)),
      right: { kind: 'has', operand: attribute(hostile) },
    };
    expect(compiled([node], { tenant: hostile, attributes: { [hostile]: '' } })).toEqual([true]);
  });
});

describe('the meaning of a predicate', () => {
  const one = {
    output_tokens: 7,
    cost_nano_usd: null,
    ttft_ms: null,
    schema_valid: null,
    tenant: '😀',
    attributes: { k: '' },
  };
  it.each<[string, PredicateNode, boolean]>([
    ['a comparison with an absent value is false', compare(field('ttft_ms'), '<=', num(5)), false],
    ['so is its opposite', compare(field('ttft_ms'), '!=', num(5)), false],
    ['negation is two-valued', not(compare(field('ttft_ms'), '>', num(5))), true],
    ['an absent boolean is false', field('schema_valid'), false],
    [
      'and compares as absent',
      compare(field('schema_valid'), '==', { kind: 'literal', type: 'bool', value: false }),
      false,
    ],
    ['an empty text is present', { kind: 'has', operand: attribute('k') }, true],
    ['a missing key is absent', { kind: 'has', operand: attribute('other') }, false],
    ['what objects inherit is absent', { kind: 'has', operand: attribute('constructor') }, false],
    [
      'arithmetic with an absent value is absent',
      compare(calculate(field('cost_nano_usd'), '-', field('cost_nano_usd')), '==', num(0)),
      false,
    ],
    ['division truncates toward zero', compare(calculate(num(-7), '/', num(2)), '==', num(-3)), true],
    [
      'a remainder has the sign of the dividend',
      compare(calculate(num(-7), '%', num(2)), '==', num(-1)),
      true,
    ],
    [
      'division by zero is absent',
      compare(calculate(field('output_tokens'), '/', num(0)), '!=', num(1)),
      false,
    ],
    ['2^53 - 1 is exact', compare(calculate(num(INT_MAX - 1), '+', num(1)), '==', num(INT_MAX)), true],
    ['beyond it is absent', compare(calculate(num(INT_MAX), '+', num(1)), '>', num(0)), false],
    ['size counts code points', compare({ kind: 'size', operand: field('tenant') }, '==', num(1)), true],
    ['texts are ordered by code point', compare(field('tenant'), '>', str('\uffff')), true],
    ['an empty list holds nothing', { kind: 'in', operand: field('tenant'), values: [] }, false],
  ])('%s', (_, node, expected) => {
    expect(evaluatePredicate(node, one)).toBe(expected);
    expect(compiled([node], one)).toEqual([expected]);
  });

  it.each<[string, PredicateNode]>([
    ['a name that is not an identifier', { kind: 'field', name: 'a"]', type: 'bool', nullable: false }],
    ['a map of such a name', { kind: 'has', operand: { ...attribute('k'), map: 'a b' } }],
    ['an integer beyond 2^53', compare(num(2 ** 53), '==', num(1))],
    ['half a surrogate pair', compare(field('tenant'), '==', str('\ud83d'))],
    ['a comparison of text with a number', compare(field('tenant'), '==', num(1))],
    ['a predicate that is a number', num(1)],
    [
      'a remainder of doubles',
      compare(
        { kind: 'arithmetic', type: 'double', operator: '%', left: num(1), right: num(2) },
        '==',
        num(1),
      ),
    ],
    ['integer arithmetic over doubles', compare(calculate(field('ttft_ms'), '+', num(1)), '==', num(1))],
  ])('refuses %s', (_, node) => {
    const refused: unknown = expect.objectContaining({ code: 'PREDICATE_INVALID' });
    expect(() => evaluatePredicate(node, {})).toThrow(refused);
    expect(() => compilePredicates([node])).toThrow(refused);
    expect(() => predicateToSql(node)).toThrow(refused);
  });

  it('bounds nesting, and counts a chain as one level', () => {
    let chain: PredicateNode = field('is_final');
    for (let count = 0; count < 1000; count++)
      chain = { kind: 'or', left: chain, right: field('schema_valid') };
    expect(compiled([chain], { is_final: true })).toEqual([true]);
    let deep: PredicateNode = field('is_final');
    for (let depth = 1; depth < PREDICATE_DEPTH_MAX; depth++) deep = not(deep);
    expect(() => checkPredicate(deep)).not.toThrow();
    expect(() => checkPredicate(not(deep))).toThrow(expect.objectContaining({ code: 'PREDICATE_INVALID' }));
  });
});
