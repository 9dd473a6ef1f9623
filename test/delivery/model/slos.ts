import type { PredicateNode, SliPlan } from '@burnline/core';
import { specRevOf } from '@burnline/contracts';
import type { EpochSettings } from '@burnline/runtime';

/** Small enough that every bound is met within one short history. */
export const SETTINGS: EpochSettings = {
  intervalMs: 2_000,
  chunkEventsMax: 8,
  repeatWindowMessages: 6,
  paneMs: 1_000,
};

const field = (name: string, type: 'string' | 'double' | 'bool', nullable = false) =>
  ({ kind: 'field', name, type, nullable }) as const;
const text = (name: string, value: string): PredicateNode => ({
  kind: 'compare',
  operator: '==',
  left: field(name, 'string'),
  right: { kind: 'literal', type: 'string', value },
});

function plan(slo: string, over: Partial<SliPlan>): SliPlan {
  const counted: Omit<SliPlan, 'specRev'> = {
    slo,
    stream: 'inference',
    scope: null,
    total: null,
    verdict: { kind: 'good', where: text('status', 'ok') },
    groupBy: { dimensions: [], seriesCountMax: 1 },
    sums: [],
    histogram: null,
    ...over,
  };
  return { ...counted, specRev: specRevOf(counted) };
}

const FIRST_PLANS: readonly SliPlan[] = [
  plan('availability', {
    sums: ['output_tokens'],
    histogram: { field: 'input_tokens', scale: 3 },
  }),
  plan('by-provider', {
    scope: text('region', 'eu'),
    groupBy: { dimensions: ['provider'], seriesCountMax: 2 },
  }),
  plan('latency', {
    total: { kind: 'has', operand: field('ttft_ms', 'double', true) },
    verdict: {
      kind: 'bad',
      where: {
        kind: 'compare',
        operator: '>',
        left: field('ttft_ms', 'double', true),
        right: { kind: 'literal', type: 'double', value: 500 },
      },
    },
  }),
  plan('quality', {
    stream: 'verdicts',
    verdict: { kind: 'good', where: field('passed', 'bool') },
    groupBy: { dimensions: ['evaluator'], seriesCountMax: 50 },
  }),
];

/** What may be counted: each SLI, and each once more as the revision that it gets when it is announced after an end. */
export const PLANS: readonly SliPlan[] = [
  ...FIRST_PLANS,
  ...FIRST_PLANS.map((one) => ({ ...one, specRev: `${one.specRev}.2` })),
];

export const FIRST_REVISIONS: readonly string[] = FIRST_PLANS.map((one) => one.specRev);
