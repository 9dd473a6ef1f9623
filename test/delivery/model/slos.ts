import type { EvalVerdict, InferenceEvent, PredicateNode, SliPlan, SloPlan } from '@burnline/core';
import { specRevOf } from '@burnline/specs';
import type { EpochSettings } from '@burnline/runtime';

/** Small enough that every bound is met within one short history. */
export const SETTINGS: EpochSettings = {
  intervalMs: 2_000,
  chunkEventsMax: 8,
  repeatWindowMessages: 6,
  paneMs: 1_000,
};

/** good, total, excluded, sum of output_tokens, values in the histogram. */
export type Counts = readonly [number, number, number, number, number];

/** What a record adds to an SLI, by group: written anew, without the predicates. */
export interface Rule {
  readonly plan: SliPlan;
  readonly ofEvent: (event: InferenceEvent) => readonly (readonly [string, Counts])[];
  readonly ofVerdict: (verdict: Verdict) => readonly (readonly [string, Counts])[];
}

type Verdict = Pick<EvalVerdict, 'evaluator' | 'passed'>;

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

const isOk = (event: InferenceEvent): number => (event.status === 'ok' ? 1 : 0);
const none = (): [] => [];

function latency(limitMs: number): Rule {
  const ttft = field('ttft_ms', 'double', true);
  const right = { kind: 'literal', type: 'double', value: limitMs } as const;
  return {
    plan: plan('latency', {
      total: { kind: 'has', operand: ttft },
      verdict: { kind: 'bad', where: { kind: 'compare', operator: '>', left: ttft, right } },
    }),
    ofEvent: ({ ttft_ms: ms }) => [['', ms === null ? [0, 0, 1, 0, 0] : [ms <= limitMs ? 1 : 0, 1, 0, 0, 0]]],
    ofVerdict: none,
  };
}

const FIRST_RULES: readonly Rule[] = [
  {
    plan: plan('availability', { sums: ['output_tokens'], histogram: { field: 'input_tokens', scale: 3 } }),
    ofEvent: (event) => [['', [isOk(event), 1, 0, event.output_tokens ?? 0, 1]]],
    ofVerdict: none,
  },
  {
    plan: plan('by-provider', {
      scope: text('region', 'eu'),
      groupBy: { dimensions: ['provider'], seriesCountMax: 2 },
    }),
    ofEvent: (event) => (event.region === 'eu' ? [['', [isOk(event), 1, 0, 0, 0]]] : []),
    ofVerdict: none,
  },
  latency(500),
  {
    plan: plan('quality', {
      stream: 'verdicts',
      verdict: { kind: 'good', where: field('passed', 'bool') },
      groupBy: { dimensions: ['evaluator'], seriesCountMax: 50 },
    }),
    ofEvent: (event) => event.verdicts.flatMap(ofVerdict),
    ofVerdict,
  },
];

/** What an SLO may be changed to. */
const OTHER_RULES: readonly Rule[] = [
  {
    plan: plan('availability', { verdict: { kind: 'bad', where: text('status', 'error') } }),
    ofEvent: (event) => [['', [event.status === 'error' ? 0 : 1, 1, 0, 0, 0]]],
    ofVerdict: none,
  },
  latency(100),
];

function ofVerdict(verdict: Verdict): [string, Counts][] {
  return [[verdict.evaluator, [verdict.passed ? 1 : 0, 1, 0, 0, 0]]];
}

export const RULES: readonly Rule[] = [...FIRST_RULES, ...OTHER_RULES];

/** A revision is a plan's hash, and a number where it was ended and begun again. */
export function ruleOf(revision: string): Rule {
  const found = RULES.find(({ plan: { specRev } }) => specRev === revision.split('.')[0]);
  if (found === undefined) throw new Error(`no SLO has the revision ${revision}`);
  return found;
}

/** What is announced without a rollout: each SLI, and each once more under the name that it gets after an end. */
export const ANNOUNCED_PLANS: readonly SliPlan[] = FIRST_RULES.flatMap(({ plan: one }) => [
  one,
  { ...one, specRev: `${one.specRev}.2` },
]);

export const FIRST_REVISIONS: readonly string[] = FIRST_RULES.map((one) => one.plan.specRev);

/** An SLO with nothing to it but its SLI. */
export function sloOf(sli: SliPlan): SloPlan {
  return {
    slo: sli.slo,
    displayName: sli.slo,
    service: 'model',
    description: '',
    track: 'infrastructure',
    dimension: 'other',
    criticality: 'medium',
    sli,
    target: { numerator: 99, denominator: 100 },
    period: { kind: 'rolling', durationMs: 86_400_000, text: '1d' },
    tiers: [],
    badCountMin: 1,
    labels: {},
    source: { file: 'model', document: 1 },
  };
}
