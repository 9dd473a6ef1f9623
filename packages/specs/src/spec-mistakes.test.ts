import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs, SPEC_FILE_LENGTH_MAX } from './load-specs.ts';
import type { LoadedSpecs } from './load-specs.ts';
import type { SpecMode } from './documents/spec-context.ts';
import { formatIssues } from './documents/spec-issue.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`./fixtures/${name}.yaml`, import.meta.url), 'utf8');
const load = (text: string, mode: SpecMode = 'strict'): LoadedSpecs =>
  loadSpecs([{ file: 'a.yaml', text }], { mode });

/** Not called .yaml: one of its mistakes is that it is not YAML. */
const mistakes = readFileSync(new URL('./fixtures/mistakes.yaml.txt', import.meta.url), 'utf8');
const availability = fixture('availability');
/** The availability spec with one part replaced, which must be there. */
function changed(from: string, to: string, text = availability): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}
const firstIssue = (text: string, mode: SpecMode = 'strict') => load(text, mode).issues[0];

describe('mistakes', () => {
  it('are all reported at once, each with its place', () => {
    const { plans, issues } = load(mistakes);
    expect(plans).toEqual([]);
    expect(issues.map(({ document, line, column, path }) => `${document} ${line}:${column} ${path}`)).toEqual(
      [
        '1 4:9 metadata.name',
        '1 6:5 metadata.annotations.burnline.dev/critcality',
        '2 20:23 spec.ratioMetric.good.metricSource.spec.where',
        '2 21:18 spec.ratioMetric.good.metricSource.spec.where',
        '2 28:30 spec.ratioMetric.total.metricSource.spec.where',
        '2 29:26 spec.ratioMetric.total.metricSource.spec.by[1]',
        '2 30:11 spec.ratioMetric.total.metricSource.spec.serieMax',
        '3 36:12 spec.service',
        '3 37:17 spec.indicatorRef',
        '3 38:28 spec.timeWindow[0].duration',
        '3 41:15 spec.objectives[0].target',
        '4 46:1 ',
        '5 52:1 spec.budgetingMethod',
        '5 53:12 spec.service',
        '5 56:7 spec.indicator.spec.thresholdMetric.metricSource',
        '5 57:15 spec.timeWindow',
        '5 58:16 spec.objectives[0]',
        '6 60:1 apiVersion',
        '6 60:7 kind',
      ],
    );
    expect(issues.map(({ remedy }) => remedy)).toContain('Did you mean "ttft_ms"?');
  });

  it('read as text with file, line and column', () => {
    const [issue] = load(changed("status == 'ok'", "status == 'okk'")).issues;
    expect(formatIssues([issue!])).toBe(
      [
        'mistake a.yaml:29:32 spec.indicator.spec.ratioMetric.good.metricSource.spec.where: status is never "okk".',
        '    expected: ok, error, timeout, rate_limited, content_filtered, malformed or cancelled',
        "    found:    'okk'",
        '    remedy:   Did you mean "ok"?',
      ].join('\n'),
    );
  });

  it.each([
    ['a target of 0', 'target: 0.999', 'target: 0', 'A target of 0 is not a share.'],
    ['a target of 100 %', 'target: 0.999', 'targetPercent: 100', 'A target of 100 leaves no error budget.'],
    ['percent as a ratio', 'target: 0.999', 'target: 99.9', 'A target of 99.9 is not a share.'],
    ['an exponent', 'target: 0.999', 'target: 999e-3', '"999e-3" is not a plain decimal.'],
    [
      'two windows',
      'isRolling: true',
      'isRolling: true\n    - { duration: 1d, isRolling: true }',
      'spec.timeWindow has 2 entries.',
    ],
    [
      'seconds',
      'duration: 30d',
      'duration: 30s',
      'spec.timeWindow[0].duration is not a whole number and one of m h d w M Q Y, such as 28d.',
    ],
    [
      'a calendar without one',
      'isRolling: true',
      'isRolling: false',
      'A window that is not rolling needs a calendar.',
    ],
    [
      'a zone that is none',
      'isRolling: true',
      "isRolling: false\n      calendar: { startTime: '2026-01-01 00:00:00', timeZone: Mars/Base }",
      '"Mars/Base" is not a time zone.',
    ],
    [
      'another source',
      'type: burnline',
      'type: prometheus',
      'The metric source is of type prometheus; only burnline is counted here.',
    ],
    ['a counter', 'counter: false', 'counter: true', 'counter is true, but events are counted one by one.'],
    [
      'raw',
      'counter: false',
      'rawType: success',
      'rawType says what raw is a ratio of, and there is no raw.',
    ],
    ['a group-by of doubles', '[provider, region]', '[ttft_ms]', 'ttft_ms is not a field to group by.'],
    ['a group-by twice', '[provider, region]', '[region, region]', 'region is listed twice.'],
    [
      'a cap without groups',
      'by: [provider, region]',
      'sum: [output_tokens]',
      'seriesMax is given without by.',
    ],
    ['a sum of doubles', 'seriesMax: 50', 'sum: [duration_ms]', 'duration_ms is not a field to sum.'],
    [
      'a histogram of texts',
      'seriesMax: 50',
      'histogram: { field: status }',
      'status is not a field to keep a histogram of.',
    ],
    [
      'a histogram of all measures',
      'seriesMax: 50',
      'histogram: { field: measures }',
      'measures is not a field to keep a histogram of.',
    ],
    [
      'a stream in two ways',
      "where: status == 'ok'",
      "where: status == 'ok'\n              stream: verdicts",
      'good counts the stream verdicts, and total counts inference.',
    ],
    ['an unknown kind', 'kind: SLO', 'kind: SLOs', 'There is no kind "SLOs" in OpenSLO v1.'],
    [
      'another version',
      'apiVersion: openslo/v1\nkind: SLO',
      'apiVersion: openslo/v2\nkind: SLO',
      'apiVersion "openslo/v2" is not read here.',
    ],
    [
      'an annotation value',
      'burnline.dev/criticality: high',
      'burnline.dev/criticality: hihg',
      'burnline.dev/criticality is "hihg", not critical or high or medium or low.',
    ],
    [
      'numbers as labels',
      'team: [inference, platform]',
      'team: 5',
      'metadata.labels.team is not a text or a list of texts; put numbers in quotes.',
    ],
  ])('%s', (_, from, to, message) => {
    const { plans, issues } = load(changed(from, to));
    expect(issues.map((issue) => issue.message)).toEqual([message]);
    expect(plans).toEqual([]);
  });

  it('a policy for missing data that there is not', () => {
    const text = changed(
      'burnline.dev/criticality: critical',
      'burnline.dev/no-data: nodata',
      fixture('goodput'),
    );
    expect(firstIssue(text)?.message).toBe('burnline.dev/no-data is "nodata", not no_traffic or no_data.');
  });

  it.each([
    ['below', 'op: gte', 'op: lte', 'A burn rate alerts above its threshold; op: lte says below.'],
    ['beyond reach', 'threshold: 13.44', 'threshold: 101', 'the reachable maximum is 100'],
    [
      'a lookback as long as the period',
      'lookbackWindow: 3d',
      'lookbackWindow: 4w',
      'must be shorter than the budget period',
    ],
    [
      'too short',
      'lookbackWindow: 1h',
      'lookbackWindow: 5m',
      'its short window, a twelfth, would be under a minute',
    ],
    [
      'two alike',
      'lookbackWindow: 3d',
      'lookbackWindow: 1h',
      'Two alert policies have the same lookbackWindow or name.',
    ],
    [
      'a condition that is nowhere',
      'conditionRef: fast-burn',
      'conditionRef: fast-bun',
      'No AlertCondition in these files is named "fast-bun".',
    ],
    [
      'a target that is nowhere',
      'targetRef: on-call',
      'targetRef: oncall',
      'No AlertNotificationTarget in these files is named "oncall".',
    ],
    [
      'an annotation besides',
      'burnline.dev/criticality: critical',
      "burnline.dev/operator: '>'",
      'burnline.dev/operator speaks of the default tiers, and alertPolicies replace them.',
    ],
  ])('in a burn tier: %s', (_, from, to, message) => {
    const { plans, issues } = load(changed(from, to, fixture('goodput')));
    expect(issues.map((issue) => issue.message).join()).toContain(message);
    expect(issues).toHaveLength(1);
    expect(plans).toEqual([]);
  });

  it('never make it throw', () => {
    const texts = ['availability', 'latency', 'goodput', 'verdicts'].map(fixture).concat(mistakes);
    const edit = fc.record({
      at: fc.nat(3000),
      drop: fc.nat(40),
      insert: fc.oneof(
        fc.constantFrom(
          '',
          '\n',
          ': ',
          '- ',
          '{',
          '[',
          '&a ',
          '*a',
          '|',
          "'",
          '"',
          '---\n',
          '!!x ',
          '\t',
          'null',
        ),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<SpecMode>('strict', 'tolerant'),
        (text, edits, mode) => {
          const edited = edits.reduce(
            (now, { at, drop, insert }) => now.slice(0, at) + insert + now.slice(at + drop),
            text,
          );
          const { issues, warnings } = load(edited, mode);
          const lineCount = edited.split('\n').length;
          for (const { line, column, message } of [...issues, ...warnings]) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lineCount);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toBe('');
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are none in an empty file', () => {
    expect(load('')).toEqual({ plans: [], policies: [], services: [], issues: [], warnings: [] });
  });

  it('include files beyond the bounds', () => {
    expect(firstIssue('a'.repeat(SPEC_FILE_LENGTH_MAX + 1))?.message).toBe(
      'The file is too long; none of it is read.',
    );
    const levels = Array.from(
      { length: 12 },
      (_, index) => `b${index + 1}: &b${index + 1} [${Array<string>(9).fill(`*b${index}`).join(', ')}]`,
    );
    expect(firstIssue(`b0: &b0 [x]\n${levels.join('\n')}`)?.message).toBe(
      'The document expands too many aliases.',
    );
  });
});
