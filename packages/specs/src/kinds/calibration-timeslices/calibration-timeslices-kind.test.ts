import { evaluatePredicate } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (source: string, objective = 'op: lte, value: 0.05', method = 'Timeslices'): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: stated }
spec:
  service: chat
  indicator:
    metadata: { name: stated }
    spec:
      thresholdMetric: { metricSource: { type: burnline, spec: { aggregate: calibration-error, ${source} } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ target: 0.95, timeSliceWindow: 5m, ${objective} }]
`,
      },
    ],
    { mode: 'tolerant' },
  );
const VERDICTS = 'stream: verdicts, field: score';
const shares = fc.option(fc.double({ min: -0.5, max: 1.5 }));

describe('calibration of slices', () => {
  it('is a rule of the plan over a sum for each bin', () => {
    const { plans, issues } = load(`${VERDICTS}, bins: 3, decimals: 2, minimum: 50, sum: []`);
    expect(issues).toEqual([]);
    const sums = [0, 1, 2].map((place) => `score - passed @2 [${place}/3]`);
    expect(plans[0]!.sli).toMatchObject({
      sums,
      derivation: {
        kind: 'calibration-timeslices',
        sums,
        decimals: 2,
        sliceMs: 300_000,
        operator: '<=',
        bound: { numerator: 1, denominator: 20 },
        countMin: 50,
      },
    });
  });

  it('counts what states a share and says whether it came true, which is what is good', () => {
    const { plans } = load("field: confidence, correct: schema_valid, where: status == 'ok'");
    const { total, verdict, sums } = plans[0]!.sli;
    expect(sums).toHaveLength(10);
    fc.assert(
      fc.property(
        shares,
        fc.option(fc.boolean()),
        fc.constantFrom('ok', 'error'),
        (share, isTrue, status) => {
          const record = { status, confidence: share, schema_valid: isTrue };
          const isStated = share !== null && share >= 0 && share <= 1 && isTrue !== null;
          expect(evaluatePredicate(total!, record)).toBe(status === 'ok' && isStated);
          expect(evaluatePredicate(verdict.where, record)).toBe(isTrue === true);
        },
      ),
    );
  });

  it.each([
    ['an event without what came true', 'field: confidence', undefined, 'events have no passed'],
    ['what is no boolean', `${VERDICTS}, correct: kind`, undefined, 'is not a field to go by'],
    [
      'what is no number',
      'stream: verdicts, field: kind',
      undefined,
      'is not a field to take for a confidence',
    ],
    ['one bin', `${VERDICTS}, bins: 1`, undefined, 'a whole number from 2 to 20'],
    ['another number beside it', `${VERDICTS}, minus: score`, undefined, 'minus'],
    ['a bound from below', VERDICTS, 'op: gt, value: 0.05', 'below a bound'],
    ['a bound of 0', VERDICTS, 'op: lte, value: 0', 'above 0 and below 1'],
    ['a bound of 1', VERDICTS, 'op: lt, value: 1', 'above 0 and below 1'],
    ['a share of slices', VERDICTS, 'op: lt, value: 0.1, timeSliceTarget: 0.9', 'good or bad as a whole'],
  ])('refuses %s', (_, source, objective, message) => {
    const { plans, issues } = load(source, objective);
    expect(plans).toEqual([]);
    expect(issues.flatMap((issue) => [issue.message, issue.expected]).join('\n')).toContain(message);
  });

  it('has no meaning by events', () => {
    expect(load(VERDICTS, undefined, 'Occurrences').issues.map(({ message }) => message)).toContain(
      'A calibration error is one figure of a slice of time. budgetingMethod Occurrences does not fit it.',
    );
  });
});
