import { describe, expect, it } from 'vitest';
import { PREDICATE_DEPTH_MAX } from './predicate-check.ts';
import type { FieldNode, PredicateNode } from './predicate-node.ts';
import { predicateToSql } from './predicate-sql.ts';

const FIELDS = {
  tenant: { type: 'string', nullable: false },
  status: { type: 'string', nullable: false },
  output_tokens: { type: 'int', nullable: false },
  cost_nano_usd: { type: 'int', nullable: true },
  ttft_ms: { type: 'double', nullable: true },
  is_final: { type: 'bool', nullable: false },
  schema_valid: { type: 'bool', nullable: true },
} as const;
const field = (name: keyof typeof FIELDS): FieldNode => ({ kind: 'field', name, ...FIELDS[name] });
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

describe('predicateToSql', () => {
  const ok = compare(field('status'), '==', str('ok'));
  it.each<[string, PredicateNode, string]>([
    ['a required field as it is', ok, "(status = 'ok')"],
    [
      'an optional one as false where it is NULL',
      compare(field('cost_nano_usd'), '<=', num(5)),
      'ifNull((cost_nano_usd <= 5), 0)',
    ],
    [
      'a double only where it is finite',
      compare(field('ttft_ms'), '<', num(800, 'double')),
      'ifNull((ifNotFinite(ttft_ms + 0, NULL) < 800.), 0)',
    ],
    [
      'connectives flat',
      {
        kind: 'and',
        left: { kind: 'and', left: ok, right: field('is_final') },
        right: not(field('schema_valid')),
      },
      "((status = 'ok') AND (is_final = 1) AND (NOT ifNull((schema_valid = 1), 0)))",
    ],
    [
      'a map entry only where its key is',
      compare(attribute("a'b"), '==', str('x')),
      "ifNull((if(mapContains(attributes, 'a\\'b'), attributes['a\\'b'], NULL) = 'x'), 0)",
    ],
    ['presence', { kind: 'has', operand: field('cost_nano_usd') }, '(cost_nano_usd IS NOT NULL)'],
    ['presence of what is required', { kind: 'has', operand: field('tenant') }, '1'],
    [
      'text escaped',
      compare(field('tenant'), '==', str("\\'; DROP\n\u0085")),
      "(tenant = '\\\\\\'; DROP\\x0a\\xc2\\x85')",
    ],
    [
      'lists of texts',
      { kind: 'in', operand: field('tenant'), values: [{ kind: 'literal', type: 'string', value: 'a' }] },
      "(tenant IN ('a'))",
    ],
    [
      'negative numbers in parentheses',
      compare(field('output_tokens'), '>', num(-5)),
      '(output_tokens > (-5))',
    ],
    [
      'division without an exception',
      compare(calculate(field('output_tokens'), '/', num(2)), '==', num(1)),
      'ifNull(((trunc(toFloat64(output_tokens) / nullIf(2., 0)) + 0) = 1), 0)',
    ],
  ])('writes %s', (_, node, expected) => {
    expect(predicateToSql(node)).toBe(expected);
  });

  it('takes the columns it is told', () => {
    expect(predicateToSql(ok, { column: (name) => `e.${name}` })).toBe("(e.status = 'ok')");
  });

  it('grows no faster than the tree', () => {
    let sum: PredicateNode = field('output_tokens');
    for (let depth = 0; depth < PREDICATE_DEPTH_MAX - 3; depth++)
      sum = calculate(sum, '*', field('output_tokens'));
    expect(predicateToSql(compare(sum, '>', num(0))).length).toBeLessThan(20_000);
  });
});
