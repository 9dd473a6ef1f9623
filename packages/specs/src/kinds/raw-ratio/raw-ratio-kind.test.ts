import { describe, expect, it } from 'vitest';
import { loadSpecs, type LoadedSpecs } from '../../load-specs.ts';

const source = (spec: string): string => `{ metricSource: { type: burnline, spec: { ${spec} } } }`;
const load = (metric: string, mode: 'strict' | 'tolerant' = 'tolerant'): LoadedSpecs =>
  loadSpecs(
    [
      {
        file: 'slos.yaml',
        text: `
apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: steps }
spec:
  service: chat
  indicator:
    metadata: { name: steps }
    spec: { ratioMetric: { ${metric} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ target: 0.9 }]
`,
      },
    ],
    { mode },
  );

describe('a raw ratio', () => {
  it.each(['strict', 'tolerant'] as const)('counts events for as much as they say, %s', (mode) => {
    const raw = `raw: ${source('field: measures.steps_done_ratio, scope: is_final')}`;
    for (const [rawType, of, bound] of [
      ['success', 'good', { operator: '>=', right: { value: 1 } }],
      ['failure', 'bad', { operator: '<=', right: { value: 0 } }],
    ] as const) {
      const { plans, issues } = load(`counter: false, rawType: ${rawType}, ${raw}`, mode);
      expect(issues).toEqual([]);
      expect(plans[0]!.sli).toMatchObject({
        weight: { shareSum: 'measures.steps_done_ratio @6', of },
        sums: ['measures.steps_done_ratio @6'],
        scope: { name: 'is_final' },
        verdict: { kind: 'good', where: bound },
        total: { kind: 'and' },
      });
      expect(plans[0]!.dimension).toBe('other');
    }
  });

  it.each([
    [`raw: ${source('field: confidence')}`, 'raw does not say what it is a ratio of'],
    [`rawType: success, raw: ${source('field: model')}`, 'is not a field to take for a ratio'],
    [`rawType: sometimes, raw: ${source('field: confidence')}`, 'success'],
    [
      `rawType: success, raw: ${source('field: confidence')}, total: ${source('')}`,
      'raw is the whole ratio of an event, and total counts events',
    ],
    [
      `rawType: success, good: ${source('where: is_final')}, total: ${source('')}`,
      'rawType says what raw is a ratio of, and there is no raw',
    ],
    [`counter: true, rawType: success, raw: ${source('field: confidence')}`, 'counter is true'],
  ])('refuses %s', (metric, message) => {
    const { plans, issues } = load(metric);
    expect(plans).toEqual([]);
    expect(issues.map((issue) => `${issue.message} ${issue.expected}`).join('\n')).toContain(message);
  });
});
