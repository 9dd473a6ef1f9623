import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (drift: string, objective: string, more = '', field = 'measures.output_chars'): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: drift }
spec:
  service: chat
  indicator:
    metadata: { name: drift }
    spec:
      thresholdMetric:
        metricSource: { type: burnline, spec: { field: ${field}, drift: { ${drift} }${more} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Timeslices
  objectives: [{ target: 0.95, timeSliceWindow: 1h, ${objective} }]
  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: moved }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: moved }
            spec:
              severity: ticket
              condition: { kind: burnrate, op: gte, threshold: 1, lookbackWindow: 1d }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]
`,
      },
    ],
    { mode: 'tolerant' },
  );
const PINNED = "from: '2026-10-01T00:00Z', to: '2026-10-08T00:00Z'";

describe('drift of slices', () => {
  it('is a rule of the plan over the histogram that it keeps', () => {
    const { plans, issues } = load(`statistic: psi, trailing: 7d`, 'op: lt, value: 0.2');
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({
      histogram: { field: 'measures.output_chars', scale: 1 },
      derivation: {
        kind: 'drift-timeslices',
        statistic: 'psi',
        sliceMs: 3_600_000,
        operator: '<',
        bound: { numerator: 1, denominator: 5 },
        reference: { kind: 'trailing', lengthMs: 7 * 86_400_000 },
        countMin: 100,
      },
    });
  });

  it('is held against a pinned period', () => {
    const { plans, issues } = load(
      `statistic: chi-square, ${PINNED}, minimum: 30`,
      'op: gte, value: 0.01',
      ', scale: 0',
    );
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({
      histogram: { scale: 0 },
      derivation: {
        reference: { kind: 'pinned', fromMs: Date.UTC(2026, 9, 1), toMs: Date.UTC(2026, 9, 8) },
        countMin: 30,
      },
    });
  });

  it.each([
    ['finish_reason', '', null],
    ['model', '', null],
    ['outcome', ', categories: [ok, error]', ['ok', 'error']],
    ['is_final', '', null],
    ['attributes.plan', ", categories: ['']", ['']],
  ])('of categories is kept by their buckets: %s', (categoryOf, more, categories) => {
    const { plans, issues } = load(
      `statistic: psi, trailing: 7d${more}`,
      'op: lt, value: 0.2',
      '',
      categoryOf,
    );
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({ histogram: { categoryOf, categories }, total: { kind: 'has' } });
  });

  it.each([
    ['no order', 'statistic: kolmogorov-smirnov, trailing: 7d', '', 'finish_reason', 'psi or chi-square'],
    ['no scale', 'statistic: psi, trailing: 7d', ', scale: 1', 'finish_reason', 'by no scale'],
    ['each once', 'statistic: psi, trailing: 7d, categories: [a, a]', '', 'finish_reason', 'listed twice'],
    ['some', 'statistic: psi, trailing: 7d, categories: []', '', 'finish_reason', '1 to 100 texts'],
    ['none of a number', 'statistic: psi, trailing: 7d, categories: [a]', '', 'ttft_ms', 'has no categories'],
  ])('of categories has %s', (_, drift, more, field, message) => {
    const { plans, issues } = load(drift, 'op: lt, value: 0.2', more, field);
    expect(plans).toEqual([]);
    expect(issues.flatMap((issue) => [issue.message, issue.expected]).join('\n')).toContain(message);
  });

  it.each([
    ['another statistic', 'statistic: mmd, trailing: 7d', 'op: lt, value: 0.2', 'psi, kolmogorov-smirnov'],
    ['no reference', 'statistic: psi', 'op: lt, value: 0.2', 'what the distribution is held against'],
    ['two references', `statistic: psi, trailing: 7d, ${PINNED}`, 'op: lt, value: 0.2', 'held against'],
    ['half a period', "statistic: psi, from: '2026-10-01T00:00Z'", 'op: lt, value: 0.2', 'held against'],
    [
      'a period that ends before it begins',
      "statistic: psi, from: '2026-10-08T00:00Z', to: '2026-10-01T00:00Z'",
      'op: lt, value: 0.2',
      'is no period',
    ],
    [
      'a minute of a period',
      "statistic: psi, from: '2026-10-01T00:01Z', to: '2026-10-02T00:00Z'",
      'op: lt, value: 0.2',
      'is no period',
    ],
    [
      'a day that does not exist',
      "statistic: psi, from: '2026-13-01T00:00Z', to: '2026-10-02T00:00Z'",
      'op: lt, value: 0.2',
      'is no period',
    ],
    ['part of a slice', 'statistic: psi, trailing: 90m', 'op: lt, value: 0.2', 'made of whole slices'],
    ['too long a time', 'statistic: psi, trailing: 30d', 'op: lt, value: 0.2', 'made of whole slices'],
    ['a distance to be large', 'statistic: psi, trailing: 7d', 'op: gt, value: 0.2', 'below a bound'],
    ['a chance to be small', 'statistic: chi-square, trailing: 7d', 'op: lt, value: 0.05', 'above a bound'],
    ['a chance of two', 'statistic: chi-square, trailing: 7d', 'op: gte, value: 2', 'between 0 and 1'],
  ])('refuses %s', (_, drift, objective, message) => {
    const { plans, issues } = load(drift, objective);
    expect(plans).toEqual([]);
    expect(issues.flatMap((issue) => [issue.message, issue.expected]).join('\n')).toContain(message);
  });

  it('takes its histogram from the field, and no other', () => {
    const { issues } = load(
      'statistic: psi, trailing: 7d',
      'op: lt, value: 0.2',
      ', histogram: { field: ttft_ms }',
    );
    expect(issues).toHaveLength(1);
  });
});
