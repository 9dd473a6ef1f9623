import type { EntryNode, FieldNode, PredicateNode, SliPlan, SliStream, ValueType } from '@burnline/core';
import fc from 'fast-check';

/** Random SLIs over events and verdicts, for the tests of the kernel: every kind of node, group, sum and histogram. */

export const TEXTS = ['', 'ok', 'acme', 'ünï', '😀', 'a😀b', '\ufffd', 'timeout', '__proto__', '17'] as const;
export const KEYS = ['k', 'team', 'constructor', 'ü', 'a.b'] as const;

const field = (name: string, type: ValueType, nullable = false): FieldNode => ({
  kind: 'field',
  name,
  type,
  nullable,
});
const FIELDS: Readonly<Record<SliStream, Readonly<Record<ValueType, readonly FieldNode[]>>>> = {
  inference: {
    string: [
      field('tenant', 'string'),
      field('provider', 'string'),
      field('feature', 'string', true),
      field('status', 'string'),
      field('fallback_kind', 'string'),
    ],
    int: [
      field('output_tokens', 'int', true),
      field('step', 'int', true),
      field('cost_nano_usd', 'int', true),
    ],
    double: [field('duration_ms', 'double', true), field('ttft_ms', 'double', true)],
    bool: [field('is_final', 'bool'), field('schema_valid', 'bool', true)],
  },
  verdicts: {
    string: [field('tenant', 'string'), field('variant', 'string', true), field('kind', 'string')],
    int: [],
    double: [field('score', 'double', true)],
    bool: [field('passed', 'bool')],
  },
};
const DIMENSIONS: Readonly<Record<SliStream, readonly string[]>> = {
  inference: [
    'model',
    'outcome',
    'tenant',
    'feature',
    'status',
    'is_final',
    'schema_valid',
    'attempt',
    'ttft_ms',
    'attributes.team',
    'attributes.a.b',
    'measures.k',
  ],
  verdicts: ['model', 'tenant', 'variant', 'kind', 'passed', 'score', 'attributes.team'],
};
const NUMBERS: Readonly<Record<SliStream, readonly string[]>> = {
  inference: [
    'output_tokens',
    'cost_nano_usd',
    'step',
    'duration_ms',
    'ttft_ms',
    'tenant',
    'is_final',
    'measures.k',
  ],
  verdicts: ['score', 'tenant'],
};
/** What categories are taken of; a number has none. */
const CATEGORIES: Readonly<Record<SliStream, readonly string[]>> = {
  inference: [
    'model',
    'outcome',
    'tenant',
    'feature',
    'status',
    'is_final',
    'schema_valid',
    'attributes.team',
    'measures.k',
    'output_tokens',
  ],
  verdicts: ['model', 'variant', 'kind', 'passed', 'attributes.k', 'score'],
};
/** Sums are of integers and measures, of all or of good ones, and of doubles in fixed point; a field of another type has none to add. */
const SUMMED: Readonly<Record<SliStream, readonly string[]>> = {
  inference: [
    'output_tokens',
    'cost_nano_usd',
    'step',
    'attempt',
    'tenant',
    'is_final',
    'measures.k',
    'good.output_tokens',
    'good.measures.k',
    'duration_ms @6',
    'duration_ms - ttft_ms @3 ^2',
    'duration_ms - ttft_ms @3 ^2 !',
    'measures.k - measures.a.b @2',
    'good.measures.k @9 !',
    'output_tokens - attempt @0',
    'tenant @2',
    'ttft_ms - is_final @1 [0/3]',
    'measures.k - schema_valid @6 [2/3]',
    'good.measures.k - schema_valid @6 [0/3]',
    'measures.k - tenant @2 [1/2]',
    'tenant - is_final @2 [0/2]',
  ],
  verdicts: [
    'tenant',
    'passed',
    'good.passed',
    'score @4',
    'score @4 ^2',
    'score - passed @4 [0/4]',
    'good.score - passed @4 [3/4]',
  ],
};
const VALUES: Readonly<Record<ValueType, fc.Arbitrary<string | number | boolean>>> = {
  string: fc.constantFrom(...TEXTS),
  int: fc.oneof(fc.integer({ min: -2, max: 300 }), fc.constantFrom(Number.MAX_SAFE_INTEGER)),
  double: fc.oneof(fc.constantFrom(0, -0, 0.5, 1, 800), fc.double({ noNaN: true, noDefaultInfinity: true })),
  bool: fc.boolean(),
};
const literal = (type: ValueType): fc.Arbitrary<PredicateNode & { kind: 'literal' }> =>
  VALUES[type].map((value) => ({ kind: 'literal', type, value }));

type Nodes = fc.Arbitrary<PredicateNode>;
type TreeKind = 'string' | 'int' | 'double' | 'number' | 'bool';

const pairOf = (operand: Nodes): fc.Arbitrary<[PredicateNode, PredicateNode]> => fc.tuple(operand, operand);

function eitherOf(test: Nodes, operand: Nodes): Nodes {
  return fc
    .tuple(test, operand, operand)
    .map(([when, then, otherwise]) => ({ kind: 'conditional', test: when, then, otherwise }));
}

function comparisonOf(operand: Nodes): Nodes {
  return fc
    .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), pairOf(operand))
    .map(([operator, [left, right]]) => ({ kind: 'compare', operator, left, right }));
}

function membershipOf(type: ValueType, operand: Nodes): Nodes {
  return fc
    .tuple(operand, fc.array(literal(type), { maxLength: 9 }))
    .map(([inside, values]) => ({ kind: 'in', operand: inside, values }));
}

const DOUBLE_OPERATORS = ['+', '-', '*', '/'] as const;
const INT_OPERATORS = [...DOUBLE_OPERATORS, '%'] as const;

function arithmeticOf(type: 'int' | 'double', operand: Nodes): Nodes {
  const binary = fc
    .tuple(fc.constantFrom(...(type === 'int' ? INT_OPERATORS : DOUBLE_OPERATORS)), pairOf(operand))
    .map(([operator, [left, right]]): PredicateNode => ({ kind: 'arithmetic', type, operator, left, right }));
  return fc.oneof(
    binary,
    operand.map((negated): PredicateNode => ({ kind: 'negate', type, operand: negated })),
  );
}

function entryOf(map: string, type: 'string' | 'double'): fc.Arbitrary<EntryNode> {
  return fc.constantFrom(...KEYS).map((key) => ({ kind: 'entry', map, key, type }));
}

/** Tests whose operands are of every type. */
function testsOver(fields: readonly FieldNode[], tie: (kind: TreeKind) => Nodes): readonly Nodes[] {
  const presence = fc.oneof(fc.constantFrom(...fields), entryOf('attributes', 'string'));
  return [
    comparisonOf(tie('string')),
    comparisonOf(tie('number')),
    comparisonOf(tie('bool')),
    membershipOf('string', tie('string')),
    membershipOf('double', tie('number')),
    presence.map((operand): PredicateNode => ({ kind: 'has', operand })),
    tie('bool').map((operand): PredicateNode => ({ kind: 'not', operand })),
    eitherOf(tie('bool'), tie('bool')),
    fc
      .tuple(fc.constantFrom('and', 'or'), pairOf(tie('bool')))
      .map(([kind, [left, right]]): PredicateNode => ({ kind, left, right })),
    fc
      .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), pairOf(tie('string')))
      .map(([test, [operand, argument]]): PredicateNode => ({ kind: 'text', test, operand, argument })),
  ];
}

/** Random well-typed trees: one arbitrary per type, each built from the others. */
export function predicatesOver(stream: SliStream): Nodes {
  const fields = FIELDS[stream];
  const leaf = (type: ValueType): Nodes =>
    fields[type].length === 0 ? literal(type) : fc.constantFrom(...fields[type]);
  const measure = stream === 'inference' ? entryOf('measures', 'double') : literal('double');
  return fc.letrec<Record<TreeKind, PredicateNode>>((tie) => {
    const bounded = { maxDepth: 3, depthIdentifier: stream } as const;
    const strings = [entryOf('attributes', 'string'), eitherOf(tie('bool'), tie('string'))];
    const size = tie('string').map((operand): PredicateNode => ({ kind: 'size', operand }));
    const tests = testsOver(Object.values(fields).flat(), (kind) => tie(kind));
    return {
      string: fc.oneof(bounded, leaf('string'), literal('string'), ...strings),
      int: fc.oneof(bounded, leaf('int'), literal('int'), arithmeticOf('int', tie('int')), size),
      double: fc.oneof(
        bounded,
        leaf('double'),
        literal('double'),
        measure,
        arithmeticOf('double', tie('number')),
      ),
      number: fc.oneof(bounded, tie('int'), tie('double')),
      bool: fc.oneof(bounded, leaf('bool'), ...tests),
    };
  }).bool;
}

function slisOver(stream: SliStream): fc.Arbitrary<Omit<SliPlan, 'slo'>> {
  const predicate = predicatesOver(stream);
  return fc.record({
    specRev: fc.constant('0123456789abcdef'),
    stream: fc.constant(stream),
    scope: fc.option(predicate),
    total: fc.option(predicate),
    verdict: fc.record({ kind: fc.constantFrom('good', 'bad'), where: predicate }),
    groupBy: fc.record({
      dimensions: fc.subarray([...DIMENSIONS[stream]], { maxLength: 3 }),
      seriesCountMax: fc.integer({ min: 1, max: 4 }),
    }),
    sums: fc.subarray([...SUMMED[stream]], { maxLength: 3 }),
    histogram: fc.option(
      fc.oneof(
        fc.record({ field: fc.constantFrom(...NUMBERS[stream]), scale: fc.integer({ min: 0, max: 8 }) }),
        fc.record({
          categoryOf: fc.constantFrom(...CATEGORIES[stream]),
          categories: fc.option(fc.subarray([...TEXTS, 'true'], { minLength: 1 })),
        }),
      ),
    ),
  });
}

const overEvents = slisOver('inference');
const overVerdicts = slisOver('verdicts');

/** Some SLIs over events, and often some over verdicts. */
export const sliSets: fc.Arbitrary<readonly SliPlan[]> = fc
  .tuple(fc.array(overEvents, { maxLength: 6 }), fc.array(overVerdicts, { maxLength: 2 }))
  .map((parts) => parts.flat().map((sli, index) => ({ ...sli, slo: `slo-${index}` })));
