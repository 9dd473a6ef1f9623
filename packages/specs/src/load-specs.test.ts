import { readdirSync, readFileSync } from 'node:fs';
import { evaluatePredicate } from '@burnline/core';
import type { SloPlan } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs } from './load-specs.ts';
import type { LoadedSpecs } from './load-specs.ts';
import type { SpecMode } from './documents/spec-context.ts';
import { formatIssues } from './documents/spec-issue.ts';

const DAY_MS = 86_400_000;
const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.yaml`, import.meta.url), 'utf8');
const load = (text: string, mode: SpecMode = 'strict'): LoadedSpecs =>
  loadSpecs([{ file: 'a.yaml', text }], { mode });

/** The only plan of a text without mistakes. */
function planOf(text: string, mode: SpecMode = 'strict'): SloPlan {
  const { plans, issues } = load(text, mode);
  expect(formatIssues(issues)).toBe('');
  expect(plans).toHaveLength(1);
  return plans[0]!;
}
const availability = fixture('availability');
/** The availability spec with one part replaced, which must be there. */
function changed(from: string, to: string, text = availability): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

describe('the five shapes of an SLI', () => {
  it('availability: a ratio with group-by and a scope', () => {
    const plan = planOf(availability);
    expect(plan).toMatchObject({
      slo: 'chat-availability',
      displayName: 'Chat availability',
      service: 'chat-completions',
      track: 'infrastructure',
      criticality: 'high',
      target: { numerator: 999, denominator: 1000 },
      period: { kind: 'rolling', durationMs: 30 * DAY_MS, text: '30d' },
      badCountMin: 5,
      noData: 'no_traffic',
      source: { file: 'a.yaml', document: 2 },
    });
    expect(plan.tiers.map(({ factor }) => factor.numerator / factor.denominator)).toEqual([14.4, 6, 3, 1]);
    const { sli } = plan;
    expect(sli.groupBy).toEqual({ dimensions: ['provider', 'region'], seriesCountMax: 50 });
    const event = { service: 'chat-completions', is_final: true, status: 'timeout' };
    expect(evaluatePredicate(sli.scope!, event)).toBe(true);
    expect(evaluatePredicate(sli.total!, event)).toBe(true);
    expect(sli.verdict.kind).toBe('good');
    expect(evaluatePredicate(sli.verdict.where, event)).toBe(false);
  });

  it('latency: a threshold, a histogram, two objectives, a preset', () => {
    const { plans, issues, services, warnings } = load(fixture('latency'));
    expect([issues, warnings]).toEqual([[], []]);
    expect(services).toMatchObject([{ name: 'chat-completions', criticality: null }]);
    expect(
      plans.map(({ slo, target, displayName }) => [slo, target.numerator / target.denominator, displayName]),
    ).toEqual([
      ['chat-ttft/most', 0.9, 'Time to first token: Most'],
      ['chat-ttft/nearly-all', 0.995, 'Time to first token: Nearly all'],
    ]);
    expect(plans.every(({ tiers }) => tiers.every(({ operator }) => operator === '>'))).toBe(true);
    expect(plans[1]!.tiers.map(({ factor }) => factor.numerator)).toEqual([14, 7, 2, 1]);
    expect(plans[0]).toMatchObject({
      badCountMin: 20,
      sli: { slo: 'chat-ttft/most', histogram: { field: 'ttft_ms', scale: 5 } },
    });
  });

  it('goodput: silence as missing data', () => {
    const text = changed(
      'burnline.dev/criticality: critical',
      'burnline.dev/no-data: no_data',
      fixture('goodput'),
    );
    expect(planOf(text).noData).toBe('no_data');
  });

  it('goodput: several conditions, sums, tiers of its own', () => {
    const plan = planOf(fixture('goodput'));
    expect(plan.sli).toMatchObject({
      groupBy: { dimensions: ['model_served', 'attributes.plan'], seriesCountMax: 200 },
      sums: ['output_tokens', 'cost_nano_usd'],
    });
    expect(plan.tiers).toEqual([
      {
        name: 'fast-burn',
        longWindowMs: DAY_MS / 24,
        shortWindowMs: 300_000,
        budgetShare: { numerator: 1, denominator: 50 },
        factor: { numerator: 336, denominator: 25 },
        operator: '>=',
        severity: 'page',
        holdMs: 0,
      },
      {
        name: 'slow-burn',
        longWindowMs: 3 * DAY_MS,
        shortWindowMs: DAY_MS / 4,
        budgetShare: { numerator: 3, denominator: 28 },
        factor: { numerator: 1, denominator: 1 },
        operator: '>',
        severity: 'ticket',
        holdMs: 3_600_000,
      },
    ]);
  });

  it('verdicts: another stream, bad instead of good, a calendar month', () => {
    const plan = planOf(fixture('verdicts'));
    expect(plan).toMatchObject({
      track: 'model',
      labels: { owner: 'quality' },
      target: { numerator: 37, denominator: 40 },
      period: {
        kind: 'calendar',
        text: '1M',
        unit: 'month',
        count: 1,
        startLocal: '2026-01-01 00:00:00',
        timeZone: 'Europe/Berlin',
      },
      sli: { stream: 'verdicts', verdict: { kind: 'bad' } },
    });
  });

  it('cost: an envelope per request, unknown cost left out', () => {
    const { sli, track, criticality } = planOf(fixture('cost'));
    expect([track, criticality]).toEqual(['model', 'low']);
    expect(evaluatePredicate(sli.total!, { cost_nano_usd: null })).toBe(false);
    expect(evaluatePredicate(sli.verdict.where, { cost_nano_usd: 2_000_000 })).toBe(true);
    expect(evaluatePredicate(sli.verdict.where, { cost_nano_usd: 2_000_001 })).toBe(false);
  });

  it('load together, but for the names they share', () => {
    const names = readdirSync(new URL('./fixtures/', import.meta.url)).filter((name) =>
      name.endsWith('.yaml'),
    );
    const files = names.map((file) => ({ file, text: fixture(file.replace('.yaml', '')) }));
    const { plans, issues } = loadSpecs(files, { mode: 'strict' });
    expect(plans).toHaveLength(9);
    expect(issues.map(({ file, document, message }) => [file, document, message])).toEqual([
      [
        'latency.yaml',
        1,
        'Service chat-completions is defined twice; the first is document 1 of availability.yaml.',
      ],
    ]);
  });

  it('are what docs/slo-specs.md shows', () => {
    const page = readFileSync(new URL('../../../docs/slo-specs.md', import.meta.url), 'utf8');
    const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml);
    const { plans, issues } = loadSpecs([{ file: 'slo-specs.md', text: blocks.join('---\n') }], {
      mode: 'strict',
    });
    expect(formatIssues(issues)).toBe('');
    expect(plans).toHaveLength(18 + 34 - 9);
  });
});

describe('tolerant mode', () => {
  it.each([
    [
      'another spelling of the version',
      'apiVersion: openslo/v1\nkind: SLO',
      'apiVersion: openslo.com/v1\nkind: SLO',
    ],
    ['a target in quotes', 'target: 0.999', "target: '0.999'"],
    ['op and value beside a ratio', 'target: 0.999', 'target: 0.999\n      op: lte\n      value: 1'],
    ['a service that is not defined', 'service: chat-completions\n  indicator', 'service: chat\n  indicator'],
  ])('warns of %s, which strict mode refuses', (_, from, to) => {
    const text = changed(from, to);
    const [issue, ...others] = load(text).issues;
    expect(issue).toBeDefined();
    const { warnings } = load(text, 'tolerant');
    expect(warnings).toEqual([issue, ...others]);
    expect(planOf(text, 'tolerant').target).toEqual({ numerator: 999, denominator: 1000 });
  });

  it.each([
    ['goodput', 'alertWhenBreaching: true', 'alertWhenBreaching: false'],
    ['goodput', 'alertWhenBreaching: true', 'alertWhenNoData: true'],
    ['goodput', 'alertWhenBreaching: true', 'alertWhenResolved: false'],
    ['goodput', 'target: webhook', 'target: pagerduty'],
    ['latency', 'connectionDetails: {}', 'connectionDetails: { brokers: [a] }'],
  ])('warns of what has no effect (%s: %s changed to %s), which strict mode refuses', (name, from, to) => {
    const text = fixture(name);
    expect(load(text).issues).toEqual([]);
    const wished = changed(from, to, text);
    const issues = load(wished).issues;
    expect(issues.map(({ message }) => message)).toEqual([expect.stringContaining('no effect')]);
    const { warnings, plans } = load(wished, 'tolerant');
    expect(warnings).toEqual(issues);
    expect(plans).toHaveLength(load(text).plans.length);
  });

  it('warns of an SLI that nothing refers to', () => {
    const [, , sli = ''] = fixture('latency').split('---\n');
    const { warnings, issues } = load(
      `${availability}---\n${sli.replaceAll('metricSourceRef: inference-events', 'type: burnline')}`,
    );
    expect(issues).toEqual([]);
    expect(warnings.map(({ message }) => message)).toEqual(['Nothing refers to SLI ttft-under-800ms.']);
  });
});

describe('targets', () => {
  it('are read digit for digit, never through a double', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), fc.boolean(), (digits, isPercent) => {
        const text = String(digits).padStart(8, '0');
        const written = isPercent
          ? `targetPercent: ${text.slice(0, 2)}.${text.slice(2)}`
          : `target: 0.${text}`;
        const { numerator, denominator } = planOf(changed('target: 0.999', written)).target;
        expect(BigInt(numerator) * 100_000_000n).toBe(BigInt(digits) * BigInt(denominator));
      }),
      { numRuns: 40 },
    );
  });
});

describe('specRev', () => {
  const revision = (text: string): string => planOf(text).sli.specRev;
  const original = planOf(availability).sli.specRev;

  it('is 16 hexadecimal digits, the same in every process', () => {
    expect(original).toBe('6767e01859344aa2');
  });

  it.each([
    ['comments', 'kind: SLO', '# why\nkind: SLO # what'],
    [
      'formatting of an expression',
      "where: status == 'ok'",
      'where: >-\n                (status ==\n                "ok")',
    ],
    [
      'the order of keys',
      "scope: service == 'chat-completions' && is_final\n              where: status != 'cancelled'",
      "where: status != 'cancelled'\n              scope: service == 'chat-completions' && is_final",
    ],
    ['the target', 'target: 0.999', 'target: 0.99'],
    ['the period', 'duration: 30d', 'duration: 28d'],
    ['descriptions', 'description: Final', 'description: The final'],
  ])('does not change with %s', (_, from, to) => {
    expect(revision(changed(from, to))).toBe(original);
  });

  it.each([
    ['the condition', "where: status == 'ok'", "where: status != 'error'"],
    ['the scope', '&& is_final', '&& !is_final'],
    ['the groups', '[provider, region]', '[region]'],
    ['the cap', 'seriesMax: 50', 'seriesMax: 51'],
    ['the name', 'name: chat-availability\n  displayName', 'name: chat-up\n  displayName'],
    ['good becoming bad', 'good:', 'bad:'],
    ['a sum', 'seriesMax: 50', 'seriesMax: 50\n              sum: [output_tokens]'],
    ['a histogram', 'seriesMax: 50', 'seriesMax: 50\n              histogram: { field: ttft_ms }'],
    [
      'one of a measure',
      'seriesMax: 50',
      'seriesMax: 50\n              histogram: { field: measures.queue.ms }',
    ],
  ])('changes with %s', (_, from, to) => {
    expect(revision(changed(from, to))).not.toBe(original);
  });
});
