import { AppError } from '@burnline/core';
import { describe, expect, test } from 'vitest';
import { parseMapping, type MappingIssue } from './parse-mapping.ts';

const HEAD = `apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: a }
spec:
  time: { kind: column, column: at, format: iso, zone: UTC, meaning: completion }
  inference:
    service: chat
    status: ok
    duration_ms: { column: ms, unit: ms }
`;

function issuesOf(text: string): readonly MappingIssue[] {
  try {
    parseMapping(text, 'mapping.yaml');
  } catch (error) {
    if (error instanceof AppError && error.code === 'MAPPING_INVALID') {
      return error.details['issues'] as readonly MappingIssue[];
    }
    throw error;
  }
  return [];
}

describe('parseMapping', () => {
  test('a second document is named as such', () => {
    expect(issuesOf(`${HEAD}---\n${HEAD}`)).toEqual([
      { path: '', line: 10, expected: 'one YAML document', found: 'the "---" of a second one' },
    ]);
  });

  test('all mistakes come at once, each with its path, its line and what was found', () => {
    const issues = issuesOf(`apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: Bad Name }
spec:
  on_bad_rows: skip
  time: { kind: column, column: at, format: fortnights, zone: Mars/Olympus, meaning: completion }
  inference:
    service: chat
    status: sometimes
    duration_ms: { column: latency_s }
    ttft_ms: { column: ttft, unit: hours }
    output_tokens: { column: out, null_when: { column: code, equals: 1.5 } }
    input_token: { column: in }
    is_final: { column: final, table: { 'yes': true, 'no': 0 } }
    streaming: { template: 'x' }
    region: { sum: ['a', 'b'] }
    model_served: { colunm: model }
    provider: { column: p, unit: s }
    tenant: { column: t, null_when: [{ column: a, equals: b, empty: true }, { column: a }] }
`);
    expect(issues.map(({ path, line, expected, found }) => `${line} ${path}: ${expected}; ${found}`)).toEqual(
      [
        '3 metadata.name: small letters, digits and hyphens; "Bad Name"',
        '5 spec.on_bad_rows: only known keys; unknown key on_bad_rows (did you mean on_bad_row?)',
        '6 spec.time.format: iso, epoch_s, elapsed_s (or _ms, _us, _ns of either) or a pattern of YYYY MM DD HH mm ss f Z (each at most once); "fortnights"',
        '6 spec.time.zone: UTC, an offset such as +02:00 or an IANA name; "Mars/Olympus"',
        '9 spec.inference.status: one of ok, error, timeout, rate_limited, content_filtered, malformed, cancelled; "sometimes"',
        '10 spec.inference.duration_ms.unit: a unit (s, ms, us, ns); nothing',
        '11 spec.inference.ttft_ms.unit: a unit (s, ms, us, ns); "hours"',
        '12 spec.inference.output_tokens.null_when.equals: a text in quotes (cells are compared as text); 1.5',
        '13 spec.inference.input_token: only known keys; unknown key input_token (did you mean input_tokens?)',
        '14 spec.inference.is_final.table.no: true or false; 0',
        '15 spec.inference.streaming: no template (only text fields take one); {"template":"x"}',
        '15 spec.inference.streaming: at least one {column} in the template; {"template":"x"}',
        '16 spec.inference.region: no sum (only durations, costs, counts and numbers take one); {"sum":["a","b"]}',
        '17 spec.inference.model_served: a constant, or one of column, template, sum, cases; {"colunm":"model"}',
        '18 spec.inference.provider.unit: no unit; "s"',
        '19 spec.inference.tenant.null_when.0: exactly one test of equals, not_equals, in, not_in, empty, at_least, less_than (here: equals and empty); {"column":"a","equals":"b","empty":true}',
        '19 spec.inference.tenant.null_when.1: exactly one test of equals, not_equals, in, not_in, empty, at_least, less_than (here: none); {"column":"a"}',
      ],
    );
  });

  test('what is missing is named', () => {
    const issues = issuesOf('apiVersion: burnline/v1\nkind: ReplayMapping\nspec:\n  inference: {}\n');
    expect(issues.map(({ path }) => path)).toEqual([
      'metadata',
      'spec.time',
      'spec.inference.service',
      'spec.inference.status',
    ]);
  });

  test('a text that is too long for a mapping is refused before it is read', () => {
    expect(issuesOf(`# ${'x'.repeat(1024 * 1024)}`)[0]?.expected).toBe('at most 1048576 characters');
  });

  test('text that is no YAML mapping is refused with its line', () => {
    expect(issuesOf('a: 1\nb: [2\n')[0]?.line).toBe(3);
    expect(issuesOf('')).toHaveLength(1);
    expect(issuesOf('- 1')).toHaveLength(1);
    expect(issuesOf(`${HEAD}---\na: 1\n`)[0]?.expected).toBe('one YAML document');
  });

  test('a sequence has no judging times', () => {
    const [issue] = issuesOf(`apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: a }
spec:
  time: { kind: sequence, group: run, ends: { column: end, format: epoch_s }, workers: 1 }
  inference: { service: a, status: ok, duration_ms: { column: ms, unit: ms } }
  verdicts:
    - evaluator: a
      kind: offline_suite
      dimension: quality
      passed: { column: pass }
      judged_at: { column: judged, format: iso }
`);
    expect(issue).toMatchObject({ path: 'spec.verdicts.0.judged_at', line: 12 });
  });

  test('the identity is that of the meaning: comments, key order and metadata do not change it, a unit does', () => {
    const { identity } = parseMapping(HEAD, 'a');
    expect(parseMapping(`# why\n${HEAD.replace('name: a', 'name: b')}`, 'b').identity).toBe(identity);
    const moved = HEAD.replace('{ column: ms, unit: ms }', '{ unit: ms, column: ms }');
    expect(parseMapping(moved, 'a').identity).toBe(identity);
    expect(parseMapping(HEAD.replace('unit: ms', 'unit: us'), 'a').identity).not.toBe(identity);
  });
});
