import { evaluatePredicate } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const specOf = (source: string, objectives: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: latency }
spec:
  service: chat
  indicator:
    metadata: { name: latency }
    spec: { thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [${objectives}]
`;
const load = (source: string, objectives: string): LoadedSpecs =>
  loadSpecs([{ file: 'slos.yaml', text: specOf(source, objectives) }], { mode: 'tolerant' });

const HOLDS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  lte: (value, threshold) => value <= threshold,
  lt: (value, threshold) => value < threshold,
  gte: (value, threshold) => value >= threshold,
  gt: (value, threshold) => value > threshold,
};

describe('thresholdMetric', () => {
  it('is good on its side of the threshold, of what has the number and counts', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 40, noNaN: true }));
    const fields = fc.constantFrom('ttft_ms', 'output_tokens', 'measures.queue_s');
    fc.assert(
      fc.property(
        fields,
        fc.constantFrom(...Object.keys(HOLDS)),
        number,
        fc.option(number),
        fc.constantFrom('ok', 'error'),
        (field, op, threshold, given, status) => {
          const value = given === null ? null : field === 'output_tokens' ? Math.round(given) : given;
          const objective = `{ op: ${op}, value: ${threshold}, target: 0.9 }`;
          const { plans, issues } = load(`field: ${field}, where: "status == 'ok'"`, objective);
          expect(issues).toEqual([]);
          const { sli } = plans[0]!;
          const event = field.startsWith('measures.')
            ? { status, measures: value === null ? {} : { queue_s: value } }
            : { status, [field]: value };
          const counts = status === 'ok' && value !== null;
          expect(evaluatePredicate(sli.total!, event)).toBe(counts);
          if (counts) expect(evaluatePredicate(sli.verdict.where, event)).toBe(HOLDS[op]!(value, threshold));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has a threshold for each objective, and revisions of their own', () => {
    const { plans, issues } = load(
      'field: ttft_ms, by: [model]',
      '{ displayName: fast, op: lte, value: 800, target: 0.9 }, { displayName: bearable, op: lt, value: 3000, target: 0.99 }',
    );
    expect(issues).toEqual([]);
    expect(plans.map(({ slo }) => slo)).toEqual(['latency/fast', 'latency/bearable']);
    expect(new Set(plans.map(({ sli }) => sli.specRev)).size).toBe(2);
    expect(plans[0]!.sli.groupBy.dimensions).toEqual(['model']);
  });

  it.each([
    ['no op', 'field: ttft_ms', '{ value: 800, target: 0.9 }', 'has no op'],
    ['no value', 'field: ttft_ms', '{ op: lte, target: 0.9 }', 'has no value'],
    ['no field', 'by: [model]', '{ op: lte, value: 800, target: 0.9 }', 'field'],
    [
      'another field',
      'field: model',
      '{ op: lte, value: 800, target: 0.9 }',
      'is not a field to hold against',
    ],
    ['a slip', 'field: ttft', '{ op: lte, value: 800, target: 0.9 }', 'There is no field ttft'],
  ])('refuses %s', (_, source, objectives, message) => {
    const { plans, issues } = load(source, objectives);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
  });
});
