import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (objective: string, more = ''): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: SLO
metadata: { name: up${more} }
spec:
  service: chat
  indicator:
    metadata: { name: up }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total: { metricSource: { type: burnline, spec: {} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Timeslices
  objectives: [{ target: 0.99, ${objective} }]
`,
      },
    ],
    { mode: 'tolerant' },
  );

describe('timeslices', () => {
  it('are a rule of the plan, exact, with a guard of two slices', () => {
    const { plans, issues } = load('timeSliceTarget: 0.95, timeSliceWindow: 5m');
    expect(issues).toEqual([]);
    expect(plans[0]).toMatchObject({
      badCountMin: 2,
      sli: {
        derivation: { kind: 'timeslices', sliceMs: 300_000, target: { numerator: 19, denominator: 20 } },
      },
    });
  });

  it('of other targets or lengths are other revisions', () => {
    const revisions = ['0.95', '0.9', '1'].map(
      (target) => load(`timeSliceTarget: ${target}, timeSliceWindow: 5m`).plans[0]!.sli.specRev,
    );
    expect(new Set(revisions).size).toBe(3);
  });

  it('take the guard that the SLO names', () => {
    const { plans } = load(
      'timeSliceTarget: 0.95, timeSliceWindow: 5m',
      ", annotations: { burnline.dev/min-bad: '3' }",
    );
    expect(plans[0]!.badCountMin).toBe(3);
  });

  it.each([
    ['no target', 'timeSliceWindow: 5m', 'has no timeSliceTarget'],
    ['a target above one', 'timeSliceTarget: 1.5, timeSliceWindow: 5m', 'is no share'],
    ['no window', 'timeSliceTarget: 0.9', 'has no timeSliceWindow'],
    ['a minute', 'timeSliceTarget: 0.9, timeSliceWindow: 1m', 'is no length that slices are made in'],
    ['a day', 'timeSliceTarget: 0.9, timeSliceWindow: 1d', 'is no length that slices are made in'],
    ['more than a window', 'timeSliceTarget: 0.9, timeSliceWindow: 10m', 'longer than the shortest window'],
  ])('refuse %s', (_, objective, message) => {
    const { plans, issues } = load(objective);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
  });
});
