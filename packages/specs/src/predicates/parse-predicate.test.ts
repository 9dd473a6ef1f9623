import { Environment } from '@marcbachmann/cel-js';
import { evaluatePredicate } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferenceFields, verdictFields } from './event-fields.ts';
import { EXPRESSION_BYTES_MAX, parsePredicate } from './parse-predicate.ts';
import type { PredicateIssue } from './predicate-issue.ts';

const RECORD = {
  status: 'ok',
  service: 'chat-completions',
  feature: 'search',
  ttft_ms: 640.5,
  duration_ms: 2100,
  output_tokens: 180,
  input_tokens: 40,
  cost_nano_usd: 1_500_000,
  is_final: true,
  streaming: false,
  schema_valid: true,
  http_status: 200,
  attributes: { plan: 'pro', 'a b': 'ü😀' },
  measures: { drift: 0.25, predicted: 3 },
};

function holds(source: string, record: object = RECORD): boolean {
  const result = parsePredicate(source, inferenceFields);
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join(' '));
  return evaluatePredicate(result.node, record);
}
function issuesOf(source: string, fields = inferenceFields): readonly PredicateIssue[] {
  const result = parsePredicate(source, fields);
  return result.ok ? [] : result.issues;
}

/** An independent reading of the same expression: the CEL library evaluates what we translate. */
function holdsInCel(source: string): unknown {
  const types = {
    string: 'string',
    int: 'int',
    double: 'double',
    bool: 'bool',
    string_map: 'map<string, string>',
    double_map: 'map<string, double>',
  };
  const environment = new Environment({ unlistedVariablesAreDyn: false });
  for (const { name, type } of inferenceFields) environment.registerVariable(name, types[type]);
  const ints = new Set(inferenceFields.filter(({ type }) => type === 'int').map(({ name }) => name));
  const values = Object.entries(RECORD).map(([name, value]) => [
    name,
    ints.has(name) ? BigInt(value as number) : value,
  ]);
  return environment.evaluate(source, Object.fromEntries(values) as Record<string, unknown>);
}

describe('parsePredicate', () => {
  it.each([
    "status == 'ok'",
    "status != 'ok' || is_final && !streaming",
    "status in ['ok', 'timeout']",
    'ttft_ms <= 800',
    'ttft_ms > 640.5',
    '800 >= ttft_ms',
    'cost_nano_usd <= 2000000 && output_tokens > -5',
    "attributes['plan'] == 'pro' && attributes.plan.startsWith('p')",
    "attributes['a b'].endsWith('😀') && size(attributes['a b']) == 2",
    "'plan' in attributes && !('other' in attributes)",
    'has(attributes.plan) && !has(attributes.other)',
    "measures['drift'] < 0.3 && measures.drift * 2.0 == 0.5",
    'output_tokens / 50 == 3 && output_tokens % 50 == 30',
    '-output_tokens / 50 == -3 && -output_tokens % 50 == -30',
    'output_tokens - 2 * input_tokens == 100',
    'double(output_tokens) / 50.0 > 3.5',
    '(streaming ? ttft_ms : duration_ms) <= 2500.0',
    "service.contains('completions') && service.size() == 16",
    "service < 'd' && service >= 'chat'",
    'http_status in [200, 201, -1]',
    'schema_valid == true && streaming == false',
    'http_status >= 200 && http_status < 300 // a comment',
    "r'a\\b' == 'a\\\\b'",
    'true',
    'service == "chat-completions" ? output_tokens > 1000 : false',
  ])('means what CEL means: %s', (source) => {
    expect(holds(source)).toBe(holdsInCel(source));
  });

  it('means what CEL means for random arithmetic and comparisons', () => {
    const number = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('output_tokens', 'input_tokens', 'http_status', '7', '(-3)', '1'),
        fc
          .tuple(tie('value'), fc.constantFrom('+', '-', '*', '/', '%'), tie('value'))
          .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
        tie('value').map((value) => `(-${value})`),
      ),
    })).value;
    const comparison = fc
      .tuple(number, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), number)
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(comparison, (source) => {
        let expected: unknown = false;
        try {
          expected = holdsInCel(source);
        } catch {
          // CEL fails on a division by zero; here its result is absent, and a comparison with it false.
        }
        expect(holds(source)).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('knows presence, which CEL has no word for on plain fields', () => {
    expect(holds('has(ttft_ms)')).toBe(true);
    expect(holds('has(ttft_ms)', { ...RECORD, ttft_ms: null })).toBe(false);
    expect(holds('!(ttft_ms > 800)', { ...RECORD, ttft_ms: null })).toBe(true);
  });

  it.each([
    ['tft_ms <= 800', 1, 'There is no field tft_ms.', 'Did you mean "ttft_ms"?'],
    ["status == 'okk'", 11, 'status is never "okk".', 'Did you mean "ok"?'],
    ["status in ['ok', 'timout']", 18, 'status is never "timout".', 'Did you mean "timeout"?'],
    ["status > 'ok'", 1, 'Words of a closed set have no order.', undefined],
    ["status.startsWith('o')", 1, 'Words of a closed set can only be compared.', undefined],
    ['status == service', 11, 'status can only be compared with a word.', undefined],
    ["ttft_ms <= '800'", 12, 'A double cannot be compared with text.', undefined],
    [
      'output_tokens + 1.5 > 2.0',
      1,
      '+ wants two integers or two doubles.',
      'Write whole numbers as 2.0, and integer fields as double(field).',
    ],
    ['ttft_ms', 1, 'The expression must be true or false, and this is a double.', undefined],
    ['attributes == 1', 1, 'attributes is a map of texts, not a value.', undefined],
    ['attributes[service] == "x"', 12, 'The key of attributes must be a literal text.', undefined],
    ["service['k'] == 'x'", 1, 'service is text and has no entries.', undefined],
    ['has(1)', 5, 'has() asks for a field or an entry.', undefined],
    ["service.matches('a.*')", 1, '.matches() is not supported in predicates.', undefined],
    ['[1].all(x, x > 1)', 1, '.all() is not supported in predicates.', undefined],
    ["timestamp('2026-01-01T00:00:00Z') > 1", 1, 'timestamp() is not supported in predicates.', undefined],
    ['dyn(ttft_ms) > 1', 1, 'dyn() is not supported in predicates.', undefined],
    [
      'ttft_ms == null',
      12,
      'null is not supported in predicates.',
      'Write has(field) to ask whether a field has a value, !has(field) for the opposite.',
    ],
    ['output_tokens > 9007199254740992', 17, 'The integer is too large.', undefined],
    ["status = 'ok'", 8, 'CEL: Unexpected character: =.', 'Write == to compare.'],
    ['is_final and streaming', 10, "CEL: Unexpected character: 'd'.", 'Write && for and.'],
    ['is_final &&', 12, 'CEL: Unexpected token: EOF.', undefined],
    [
      '',
      1,
      'CEL: Unexpected token: EOF.',
      "Write what holds of an event that counts, such as status == 'ok'.",
    ],
  ])('says what is wrong with %j', (source, column, message, remedy) => {
    const [issue, ...others] = issuesOf(source);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ line: 1, column, message });
    expect(issue?.remedy).toBe(remedy);
  });

  it('names what is supported where something is not, and the words of a closed set', () => {
    expect(issuesOf("service.matches('a')")[0]?.expected).toContain('startsWith');
    expect(issuesOf("kind == 'judge'", verdictFields)[0]?.expected).toBe(
      'online_judge, offline_suite, synthetic_probe, user_feedback or guardrail',
    );
  });

  it('reports every mistake of an expression, with line and column', () => {
    const source = "statu == 'ok' &&\n  ttft_ms < 'x' ||\n    region == 5";
    expect(issuesOf(source).map(({ line, column }) => [line, column])).toEqual([
      [1, 1],
      [2, 13],
      [3, 15],
    ]);
  });

  it('bounds length and depth, and never throws', () => {
    expect(issuesOf(`service == '${'x'.repeat(EXPRESSION_BYTES_MAX)}'`)).toHaveLength(1);
    expect(issuesOf('!'.repeat(4000) + 'is_final')[0]?.message).toMatch(/nests/);
    expect(issuesOf('('.repeat(2000) + 'is_final' + ')'.repeat(2000))[0]?.expected).toMatch(/limits/);
    expect(issuesOf(Array<string>(300).fill('is_final').join(' || '))).toEqual([]);
    const pieces = fc.constantFrom(
      'status',
      '==',
      "'ok'",
      '(',
      ')',
      '&&',
      '!',
      '-',
      '1',
      '1.5',
      '[',
      ']',
      ',',
      'in',
      'has(',
      '?',
      ':',
      '.',
      'x',
      '"',
      '\n',
      'attributes',
      '😀',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (words) => {
        const source = words.join(' ');
        const result = parsePredicate(source, inferenceFields);
        if (!result.ok) expect(result.issues.length).toBeGreaterThan(0);
        for (const issue of issuesOf(source)) {
          expect(issue.offset).toBeLessThanOrEqual(source.length);
          expect(issue.message).not.toBe('');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
