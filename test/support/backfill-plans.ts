import type { SliPlan } from '@burnline/core';

const field = (name: string, type: 'string' | 'double' | 'bool', nullable = false) =>
  ({ kind: 'field', name, type, nullable }) as const;
const isText = (name: string, value: string) =>
  ({
    kind: 'compare',
    operator: '==',
    left: field(name, 'string'),
    right: { kind: 'literal', type: 'string', value },
  }) as const;
export const planOf = (slo: string, over: Partial<SliPlan>): SliPlan => ({
  slo,
  specRev: `counted-${slo}`,
  stream: 'inference',
  scope: null,
  total: null,
  verdict: { kind: 'good', where: isText('status', 'ok') },
  groupBy: { dimensions: [], seriesCountMax: 1 },
  sums: [],
  histogram: null,
  ...over,
});
/** SLIs of every kind of group, sum and histogram. */
export const PLANS = [
  planOf('ungrouped', {
    total: { kind: 'has', operand: field('ttft_ms', 'double', true) },
    sums: [
      'output_tokens',
      'cost_nano_usd',
      'good.cost_nano_usd',
      'good.measures.queue.ms',
      'ttft_ms @9',
      'ttft_ms - measures.queue.ms @4 ^2',
      'cost_nano_usd @9 !',
    ],
    histogram: { field: 'ttft_ms', scale: 5 },
  }),
  planOf('capped', {
    scope: isText('region', 'eu'),
    verdict: { kind: 'bad', where: isText('status', 'error') },
    groupBy: {
      dimensions: ['model', 'outcome', 'provider', 'feature', 'attributes.team', 'is_final', 'step'],
      seriesCountMax: 3,
    },
    sums: [
      'input_tokens',
      'good.input_tokens',
      'measures.queue.ms',
      'good.measures.queue.ms @6',
      'input_tokens - output_tokens @2',
      'measures.other @0 ^2 !',
    ],
    histogram: { field: 'measures.queue.ms', scale: 8 },
  }),
  planOf('grouped', {
    groupBy: { dimensions: ['provider', 'tenant'], seriesCountMax: 100 },
    sums: ['output_tokens'],
    histogram: { field: 'ttft_ms', scale: 3 },
  }),
  planOf('verdicts', {
    stream: 'verdicts',
    verdict: { kind: 'good', where: field('passed', 'bool') },
    groupBy: { dimensions: ['evaluator', 'model'], seriesCountMax: 2 },
    sums: ['score @4', 'score @9 ^2', ...[0, 1, 2].map((place) => `score - passed @6 [${place}/3]`)],
    histogram: { field: 'score', scale: 2 },
  }),
  planOf('by-evaluator', {
    stream: 'verdicts',
    verdict: { kind: 'good', where: field('passed', 'bool') },
    histogram: { categoryOf: 'evaluator', categories: ['judge', '__other__'] },
  }),
  ...['model', 'outcome', 'feature', 'is_final', 'attributes.team'].map((categoryOf) =>
    planOf(`by-${categoryOf}`, { histogram: { categoryOf, categories: null } }),
  ),
  planOf('by-list', { histogram: { categoryOf: 'provider', categories: ['ünï', 'a=\nb', "'"] } }),
  planOf('calibration', {
    sums: [0, 1, 4].map((place) => `measures.queue.ms - schema_valid @3 [${place}/5]`),
  }),
] as const;
