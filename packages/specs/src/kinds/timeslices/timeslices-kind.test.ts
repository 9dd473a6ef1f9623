import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const load = (objective: string, more = '', method = 'Timeslices'): LoadedSpecs =>
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
  budgetingMethod: ${method}
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

  it('hold a state, and count slices without data, as the SLO says', () => {
    const { plans, issues } = load(
      'timeSliceTarget: 1, timeSliceWindow: 5m',
      ', annotations: { burnline.dev/hold-state: 15m, burnline.dev/empty-slices: bad }',
    );
    expect(issues).toEqual([]);
    expect(plans[0]!.sli.derivation).toEqual({
      kind: 'timeslices',
      sliceMs: 300_000,
      holdMs: 900_000,
      empty: 'bad',
      target: { numerator: 1, denominator: 1 },
    });
    const observed = load(
      'timeSliceTarget: 1, timeSliceWindow: 5m',
      ', annotations: { burnline.dev/empty-slices: none }',
    );
    expect(observed.plans[0]!.sli.specRev).toBe(
      load('timeSliceTarget: 1, timeSliceWindow: 5m').plans[0]!.sli.specRev,
    );
  });

  it.each([
    ['a hold of part of a slice', 'hold-state: 7m', 'Timeslices', 'whole ones after it'],
    ['a hold of two days', 'hold-state: 2d', 'Timeslices', 'whole ones after it'],
    ['another word', 'empty-slices: ok', 'Timeslices', 'not none or good or bad'],
    ['a hold of events', 'hold-state: 5m', 'Occurrences', 'speaks of slices of time'],
    ['empty slices of events', 'empty-slices: bad', 'Occurrences', 'speaks of slices of time'],
  ])('refuse %s', (_, annotation, method, message) => {
    const slices = method === 'Occurrences' ? '' : 'timeSliceTarget: 1, timeSliceWindow: 5m';
    const { plans, issues } = load(slices, `, annotations: { burnline.dev/${annotation} }`, method);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => issue.message).join('\n')).toContain(message);
  });

  it('of RatioTimeslices need no target of their own', () => {
    const { plans, issues } = load('timeSliceWindow: 5m', '', 'RatioTimeslices');
    expect(issues).toEqual([]);
    expect(plans[0]).toMatchObject({
      badCountMin: 2,
      sli: { derivation: { kind: 'ratio-timeslices', sliceMs: 300_000 } },
    });
  });

  it('of a threshold are percentiles by the nearest rank, from either side', () => {
    const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 0, max: 20 }),
        (list, p, bound) => {
          const sorted = [...list].sort((a, b) => a - b);
          const nearest = (rank: number): number => sorted[rank - 1]!;
          const reaches = (isGood: (value: number) => boolean): boolean =>
            list.filter(isGood).length * 100 >= list.length * p;
          const rank = Math.ceil((p * list.length) / 100);
          expect(reaches((value) => value <= bound)).toBe(nearest(rank) <= bound);
          // From above: as many of the largest values.
          expect(reaches((value) => value > bound)).toBe(nearest(list.length - rank + 1) > bound);
        },
      ),
    );
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
