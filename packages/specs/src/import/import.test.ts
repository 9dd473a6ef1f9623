import { readFileSync } from 'node:fs';
import { evaluatePredicate, ratioToNumber } from '@burnline/core';
import { describe, expect, it } from 'vitest';
import { formatIssues } from '../documents/spec-issue.ts';
import { loadSpecs, type LoadedSpecs } from '../load-specs.ts';
import { importPyrra } from './import-pyrra.ts';
import { importSloth } from './import-sloth.ts';
import type { Imported } from './imported-slo.ts';
import { matcherPredicate, type ImportMapping } from './matcher-predicate.ts';
import { parsePredicate } from '../predicates/parse-predicate.ts';
import { inferenceFields } from '../predicates/event-fields.ts';
import { difference, parseSelector, summedSelector } from './selector.ts';

const mapping: ImportMapping = {
  labels: {
    job: 'service',
    code: 'http_status',
    provider: 'provider',
    plan: 'attributes.plan',
    final: 'is_final',
    outcome: 'status',
  },
  scopes: {
    http_request_duration_seconds_count: 'is_final',
    http_request_duration_seconds: 'is_final',
    http_requests_total: 'true',
  },
  values: { http_request_duration_seconds: 'duration_ms' },
};
const NONE: ImportMapping = { labels: {}, scopes: {}, values: {} };
const file = (name: string) => ({
  file: name,
  text: readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8'),
});
const sloth = (given: ImportMapping): Imported =>
  importSloth([file('sloth.yml')], { mapping: given, period: '30d' });
const pyrra = (given: ImportMapping): Imported =>
  importPyrra([file('pyrra.yaml')], { mapping: given, service: 'gateway' });
const load = ({ text }: Imported): LoadedSpecs => loadSpecs([{ file: 'out.yaml', text }], { mode: 'strict' });

describe('selectors', () => {
  it.each([
    ['up', 'up', []],
    ['up{}', 'up', []],
    [
      `a_total{x="1",y=~'a|b' , z!="q\\"}"}`,
      'a_total',
      [
        ['x', '=', '1'],
        ['y', '=~', 'a|b'],
        ['z', '!=', 'q"}'],
      ],
    ],
    ['{__name__="m",x!~"y"}', 'm', [['x', '!~', 'y']]],
  ])('%s', (text, metric, matchers) => {
    const found = parseSelector(text);
    expect(found?.metric).toBe(metric);
    expect(found?.matchers.map(({ label, operator, value }) => [label, operator, value])).toEqual(matchers);
  });

  it.each(['rate(up[5m])', 'up{x}', 'up{x="1"} offset 5m', '{x="1"}', 'a + b', ''])('%s is none', (text) => {
    expect(parseSelector(text)).toBeNull();
  });

  it('are found in sums of rates alone', () => {
    expect(summedSelector('sum(rate(a{x="1"}[{{.window}}]))')?.metric).toBe('a');
    expect(summedSelector('(sum by (job) (increase(a[5m])))')?.metric).toBe('a');
    expect(summedSelector('sum(rate(a[5m])) by (job)')?.metric).toBe('a');
    for (const other of [
      'avg(rate(a[5m]))',
      'sum(rate(a[5m])) or vector(0)',
      'sum(rate(a[5m])) / 2',
      'sum(a)',
    ])
      expect(summedSelector(other)).toBeNull();
    expect(difference('(a{x="-"} - b)')?.map((one) => one.trim())).toEqual(['a{x="-"}', 'b']);
    expect(difference('sum(a - b)')).toBeNull();
  });
});

describe('matchers', () => {
  it.each([
    ['job', '=', 'gateway', "service == 'gateway'"],
    ['job', '!=', 'gateway', "!(service == 'gateway')"],
    ['job', '=~', 'a|b', "service in ['a', 'b']"],
    ['job', '=~', 'a\\.b', "service == 'a.b'"],
    ['job', '=~', 'api-.*', "service.startsWith('api-')"],
    ['job', '=~', '.*-api', "service.endsWith('-api')"],
    ['job', '=~', 'a|b-.*', "(service == 'a' || service.startsWith('b-'))"],
    ['code', '=', '200', 'http_status == 200'],
    ['code', '=~', '5..', 'http_status >= 500 && http_status <= 599'],
    ['code', '!~', '5..', '!(http_status >= 500 && http_status <= 599)'],
    ['code', '=~', '5[0-9]{2}', null],
    [
      'code',
      '=~',
      '[45]..',
      '((http_status >= 400 && http_status <= 499) || (http_status >= 500 && http_status <= 599))',
    ],
    ['code', '=~', '(5..|429)', '(http_status == 429 || http_status >= 500 && http_status <= 599)'],
    [
      'code',
      '=~',
      '50[0-3]',
      '((http_status == 500) || (http_status == 501) || (http_status == 502) || (http_status == 503))',
    ],
    ['final', '=', 'true', 'is_final'],
    ['final', '!=', 'true', '!(is_final)'],
    ['outcome', '=', 'timeout', "status == 'timeout'"],
    ['outcome', '=', 'broken', null],
    ['plan', '=~', 'pro', "attributes.plan == 'pro'"],
    ['job', '=~', 'a(b|c)', null],
    ['job', '=~', 'a.+', null],
    ['code', '=', 'ok', null],
  ] as const)('%s%s"%s"', (label, operator, value, cel) => {
    const made = matcherPredicate({ label, operator, value }, mapping);
    expect('cel' in made ? made.cel : null).toBe(cel);
    if (cel !== null) expect(parsePredicate(cel, inferenceFields)).toMatchObject({ ok: true });
  });

  it('over a label that nothing is said of are not guessed', () => {
    const made = matcherPredicate({ label: 'code', operator: '=', value: '200' }, NONE);
    expect(made).toEqual({
      problem: 'nothing says which field of the event the label code is',
      remedy: 'Say it: --label code=FIELD, such as --label code=http_status.',
    });
  });
});

describe("Sloth's specs", () => {
  it('become SLOs that count the same, where the mapping says what things are', () => {
    const imported = sloth(mapping);
    expect(imported.issues.map(({ path, line }) => [path, line])).toEqual([['slos[2].sli', 31]]);
    expect(imported.warnings.map(({ path }) => path)).toEqual(['slos[0].alerting.ticket_alert.disable']);
    const { plans, services, issues } = load(imported);
    expect(services.map(({ name }) => name)).toEqual(['gateway']);
    // What is left to be filled in keeps the spec from being run.
    expect(issues.map(({ message }) => message)).toContain('There is no field fill_in.');
    const [availability, latency] = plans;
    expect(availability).toMatchObject({
      slo: 'requests-availability',
      labels: { owner: 'platform', category: 'availability' },
      target: { numerator: 999, denominator: 1000 },
      period: { text: '30d' },
    });
    expect(availability?.tiers.map(({ operator, factor }) => [operator, ratioToNumber(factor)])).toEqual([
      ['>', 14.4],
      ['>', 6],
      ['>', 3],
      ['>', 1],
    ]);
    const isBad = (http_status: number) =>
      evaluatePredicate(availability!.sli.verdict.where, { http_status });
    expect([200, 429, 430, 500, 599, 600].map(isBad)).toEqual([false, true, false, true, true, false]);
    const scope = { service: 'gateway', is_final: true, http_status: 200 };
    expect(evaluatePredicate(latency!.sli.scope!, scope)).toBe(true);
    expect(evaluatePredicate(latency!.sli.scope!, { ...scope, http_status: 503 })).toBe(false);
    expect(evaluatePredicate(latency!.sli.scope!, { ...scope, service: 'other' })).toBe(false);
    const isGood = (duration_ms: number) => evaluatePredicate(latency!.sli.verdict.where, { duration_ms });
    expect(latency?.sli.verdict.kind).toBe('good');
    expect([800, 800.1].map(isGood)).toEqual([true, false]);
  });

  it('without a mapping say where it is missing, and what to state', () => {
    const { issues } = sloth(NONE);
    expect(formatIssues(issues.slice(0, 2))).toBe(
      [
        'mistake sloth.yml:11:22 slos[0].sli.events.error_query: Left to be filled in: nothing says which field of the event the label code is.',
        '    expected: what can be said of an event, by the mapping that was given',
        '    found:    "sum(rate(http_request_duration_seconds_count{job=\\"gateway\\...',
        '    remedy:   Say it: --label code=FIELD, such as --label code=http_status.',
        '',
        'mistake sloth.yml:12:22 slos[0].sli.events.total_query: Left to be filled in: nothing says which events the metric http_request_duration_seconds_count counts.',
        '    expected: what can be said of an event, by the mapping that was given',
        '    found:    "sum(rate(http_request_duration_seconds_count{job=\\"gateway\\...',
        '    remedy:   Say it: --scope http_request_duration_seconds_count=CONDITION, or --scope http_request_duration_seconds_count=true for all events.',
      ].join('\n'),
    );
    expect(load(sloth(NONE)).plans).toEqual([]);
  });

  it('are not taken for what they are not', () => {
    const { issues, text } = importSloth([file('pyrra.yaml')], { mapping, period: '30d' });
    expect(text).toBe('');
    expect(issues[0]?.message).toBe("The document is none of Sloth's specs.");
    const wrapped = {
      file: 'k.yaml',
      text:
        'apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec:\n' +
        file('sloth.yml')
          .text.split('\n')
          .slice(1)
          .map((line) => `  ${line}`)
          .join('\n'),
    };
    expect(importSloth([wrapped], { mapping, period: '30d' }).text).toBe(sloth(mapping).text);
  });
});

describe("Pyrra's objectives", () => {
  it('become SLOs that count the same, where the mapping says what things are', () => {
    const imported = pyrra(mapping);
    expect(imported.issues.map(({ document, path }) => [document, path])).toEqual([[4, 'spec.indicator']]);
    const { plans } = load(imported);
    const [errors, latency, native] = plans;
    expect(errors).toMatchObject({
      slo: 'gateway-errors',
      service: 'gateway',
      target: { numerator: 199, denominator: 200 },
      period: { text: '2w' },
      sli: { groupBy: { dimensions: ['provider'] }, verdict: { kind: 'bad' } },
    });
    expect(
      errors?.tiers.map(({ factor, longWindowMs }) => [ratioToNumber(factor), longWindowMs / 60_000]),
    ).toEqual([
      [14, 30],
      [7, 180],
      [2, 720],
      [1, 2_880],
    ]);
    const isGood = (index: number, duration_ms: number) =>
      evaluatePredicate(plans[index]!.sli.verdict.where, { duration_ms });
    expect(latency?.sli.verdict.kind).toBe('good');
    expect([isGood(1, 1_000), isGood(1, 1_001), isGood(2, 250), isGood(2, 251)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    expect(native?.slo).toBe('gateway-native');
  });

  it('without a mapping say what to state', () => {
    const remedies = pyrra(NONE).issues.map(({ remedy }) => remedy ?? '');
    expect(remedies.join('\n')).toContain('--value http_request_duration_seconds=duration_ms');
    expect(remedies.join('\n')).toContain('--scope http_requests_total=CONDITION');
    expect(remedies.join('\n')).toContain('--label provider=FIELD');
  });
});
