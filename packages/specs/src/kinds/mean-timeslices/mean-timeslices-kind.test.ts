import { evaluatePredicate } from '@burnline/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (source: string, objective: string, method = 'Timeslices'): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: error }
spec:
  service: forecasts
  indicator:
    metadata: { name: error }
    spec: { thresholdMetric: { metricSource: { type: burnline, spec: { ${source} } } } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ target: 0.99, ${objective} }]
`,
      },
    ],
    { mode: 'tolerant' },
  );
const RMSE = 'field: measures.predicted, minus: measures.expected, aggregate: root-mean-square';
const BELOW = 'op: lt, value: 0.15, timeSliceWindow: 5m';

describe('means of slices', () => {
  it('are a rule of the plan over a sum in fixed point, with what was cut beside it', () => {
    const { plans, issues } = load(`${RMSE}, minimum: 30`, BELOW);
    expect(issues).toEqual([]);
    expect(plans[0]).toMatchObject({
      badCountMin: 2,
      sli: {
        sums: [
          'measures.predicted - measures.expected @4 ^2',
          'measures.predicted - measures.expected @4 ^2 !',
        ],
        derivation: {
          kind: 'mean-timeslices',
          aggregate: 'root-mean-square',
          sliceMs: 300_000,
          operator: '<',
          bound: { numerator: 3, denominator: 20 },
          decimals: 4,
          countMin: 30,
        },
      },
    });
  });

  it.each([
    ['a score', 'stream: verdicts, field: score, aggregate: mean', 'op: gte, value: 0.8', 'score @6', 4],
    ['whole numbers', 'field: output_tokens, aggregate: mean', 'op: lt, value: 500', 'output_tokens @0', 500],
    [
      'other decimals',
      'field: ttft_ms, aggregate: mean, decimals: 2',
      'op: lt, value: 500',
      'ttft_ms @2',
      500,
    ],
    ['below zero', 'field: measures.bias, aggregate: mean', 'op: gt, value: -0.5', 'measures.bias @6', -1],
  ])('of %s are read', (_, source, bound, sum, numerator) => {
    const { plans, issues } = load(source, `${bound}, timeSliceTarget: 1, timeSliceWindow: 5m`);
    expect(issues).toEqual([]);
    expect(plans[0]!.sli).toMatchObject({ sums: [sum, `${sum} !`], derivation: { bound: { numerator } } });
  });

  it('count events by their own value', () => {
    const { plans } = load(RMSE, BELOW);
    const { total, verdict } = plans[0]!.sli;
    const numbers = fc.option(fc.double({ min: -1, max: 1, noNaN: true }));
    fc.assert(
      fc.property(numbers, numbers, (predicted, expected) => {
        const measures = {
          ...(predicted !== null && { predicted }),
          ...(expected !== null && { expected }),
        };
        const isWhole = predicted !== null && expected !== null;
        expect(evaluatePredicate(total!, { measures })).toBe(isWhole);
        if (isWhole)
          expect(evaluatePredicate(verdict.where, { measures })).toBe(Math.abs(predicted - expected) < 0.15);
      }),
    );
  });

  it.each([
    [
      'another aggregate',
      'field: ttft_ms, aggregate: median',
      BELOW,
      'mean, root-mean-square or calibration-error',
    ],
    ['no number', 'field: model, aggregate: mean', BELOW, 'is not a field to take the mean of'],
    [
      'numbers of two kinds',
      'field: ttft_ms, minus: output_tokens, aggregate: mean',
      BELOW,
      'nor both doubles',
    ],
    ['no bound', RMSE, 'timeSliceWindow: 5m', 'has no op'],
    ['a root below 0', RMSE, 'op: lt, value: -1, timeSliceWindow: 5m', 'never below 0'],
    ['a share', RMSE, `${BELOW}, timeSliceTarget: 0.9`, 'good or bad as a whole'],
    ['no slices', RMSE, 'op: lt, value: 1', 'has no timeSliceWindow'],
  ])('refuse %s', (_, source, objective, message) => {
    const { plans, issues } = load(source, objective);
    expect(plans).toEqual([]);
    expect(issues.flatMap((issue) => [issue.message, issue.expected]).join('\n')).toContain(message);
  });

  it.each(['Occurrences', 'RatioTimeslices'])('have no meaning under %s', (method) => {
    const { plans, issues } = load(RMSE, BELOW, method);
    expect(plans).toEqual([]);
    expect(issues.map(({ message }) => message)).toContain(
      `A mean is one figure of a slice of time. budgetingMethod ${method} does not fit it.`,
    );
  });
});
