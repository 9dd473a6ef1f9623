import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (total: string): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: money }
spec:
  service: chat
  indicator:
    metadata: { name: money }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: { ${total} } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.99 }]
`,
      },
    ],
    { mode: 'tolerant' },
  );

describe('a weight', () => {
  it.each([
    [
      'weight: cost_nano_usd, sum: [output_tokens]',
      { fields: ['cost_nano_usd'], perUnit: 1_000 },
      ['output_tokens', 'cost_nano_usd', 'good.cost_nano_usd'],
    ],
    [
      'weight: [input_tokens, output_tokens], sum: [output_tokens]',
      { fields: ['input_tokens', 'output_tokens'], perUnit: 1 },
      ['output_tokens', 'input_tokens', 'good.input_tokens', 'good.output_tokens'],
    ],
  ])('sums what it weighs by, over all and over good ones: %s', (total, weight, sums) => {
    const { plans, issues } = load(total);
    expect(issues).toEqual([]);
    expect(plans[0]!.sli.weight).toEqual(weight);
    expect(new Set(plans[0]!.sli.sums)).toEqual(new Set(sums));
  });

  it.each([
    ['weight: ttft_ms', 'is not a field to weigh events by'],
    ['weight: output_token', 'There is no field output_token'],
    ['weight: [output_tokens, cost_nano_usd]', 'by money and by something else at once'],
    ['weight: []', 'weight is empty'],
  ])('refuses %s', (total, message) => {
    const { plans, issues } = load(total);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
  });
});
