import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (source: string, objective = 'op: lte, value: 0.8', method = 'Timeslices'): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: capacity }
spec:
  service: chat
  indicator:
    metadata: { name: capacity }
    spec: { thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ target: 0.95, timeSliceWindow: 5m, ${objective} }]
`,
      },
    ],
    { mode: 'tolerant' },
  );
const STATED = 'use: requests, quota: 600';

describe('capacity of slices', () => {
  it('is a rule of the plan over what is used and a stated quota', () => {
    const { plans, issues } = load(`${STATED}, by: [provider]`);
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({
      total: null,
      sums: [],
      derivation: {
        kind: 'capacity-timeslices',
        used: [],
        quota: 600,
        sliceMs: 300_000,
        operator: '<=',
        bound: { numerator: 4, denominator: 5 },
      },
    });
  });

  it('takes the quota that events carry', () => {
    const { plans, issues } = load(
      "use: [input_tokens, output_tokens], quota: measures.limit, where: status == 'ok'",
    );
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({
      sums: ['input_tokens', 'output_tokens', 'measures.limit'],
      derivation: { used: ['input_tokens', 'output_tokens'], quota: 'measures.limit' },
    });
  });

  it.each([
    ['no use', 'quota: 600', undefined, 'use'],
    ['a quota of 0', 'use: requests, quota: 0', undefined, 'a whole number per minute'],
    ['half a request', 'use: requests, quota: 0.5', undefined, 'a whole number per minute'],
    ['a text as quota', 'use: requests, quota: model', undefined, 'is not a field to take for a quota'],
    ['a text as use', 'use: model, quota: 600', undefined, 'is not a field to count against a quota'],
    ['a floor', STATED, 'op: gte, value: 0.8', 'A quota is a ceiling'],
    ['no share', STATED, 'op: lte, value: 0', 'no share at all'],
    ['a share of slices', STATED, 'op: lte, value: 0.8, timeSliceTarget: 0.9', 'good or bad as a whole'],
  ])('refuses %s', (_, source, objective, message) => {
    const { plans, issues } = load(source, objective);
    expect(plans).toEqual([]);
    expect(issues.flatMap((issue) => [issue.message, issue.expected]).join('\n')).toContain(message);
  });

  it('has no meaning by events', () => {
    expect(load(STATED, undefined, 'Occurrences').issues.map(({ message }) => message)).toContain(
      'What is used per minute is one figure of a slice of time. budgetingMethod Occurrences does not fit it.',
    );
  });
});
