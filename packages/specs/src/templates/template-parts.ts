import {
  AVAILABILITY,
  LATENCY,
  P99,
  QUALITY,
  SAFETY,
  type Targets,
  type TemplateSlo,
} from './template-slo.ts';

/** SLOs that several templates share. */

export const availability: TemplateSlo = {
  name: 'availability',
  displayName: 'Answers',
  track: 'infrastructure',
  comment: [
    'Of the requests that ended, how many got an answer, as users saw it: their last attempt.',
    "Who gave up, and what a guardrail or a budget refused, is nobody else's failure.",
  ],
  targets: AVAILABILITY,
  counts: {
    kind: 'ratio',
    verdict: 'good',
    condition: "status == 'ok'",
    scope: 'is_final',
    where: "outcome in ['ok', 'error']",
  },
};

export const firstToken: TemplateSlo = {
  name: 'first-token',
  displayName: 'Time to first token',
  track: 'infrastructure',
  comment: [
    "Milliseconds until the first token of a streamed answer. Answers that never came are availability's business.",
  ],
  targets: LATENCY,
  counts: {
    kind: 'threshold',
    field: 'ttft_ms',
    op: 'lte',
    value: 1500,
    scope: 'streaming',
    where: "status == 'ok'",
  },
};

/** Whole answers within a bound, in milliseconds. */
export const answersWithin = (boundMs: number, comment: string, targets: Targets = LATENCY): TemplateSlo => ({
  name: 'latency',
  displayName: `Answers within ${boundMs} ms`,
  track: 'infrastructure',
  comment: [comment],
  targets,
  counts: { kind: 'threshold', field: 'duration_ms', op: 'lte', value: boundMs, where: "status == 'ok'" },
});

export const modelLatency = answersWithin(
  100,
  'The 99th percentile of a model that answers at once: at most 100 ms.',
  P99,
);

export const costWithin = (nanoUsd: number): TemplateSlo => ({
  name: 'cost',
  displayName: 'Cost within the envelope',
  track: 'infrastructure',
  comment: [
    `Requests that cost at most ${nanoUsd / 1e9} USD (the field is in billionths of one). Unknown cost is left out, and counted as such.`,
    'Put the envelope where your budget per request is.',
  ],
  targets: LATENCY,
  counts: {
    kind: 'ratio',
    verdict: 'good',
    condition: `cost_nano_usd <= ${nanoUsd}`,
    where: 'has(cost_nano_usd)',
    sum: ['cost_nano_usd', 'output_tokens'],
  },
});

/** Of the answers that were judged along a dimension, how many passed. */
export const judged = (slo: {
  readonly dimension: string;
  readonly displayName: string;
  readonly comment: readonly string[];
  readonly targets?: Targets;
}): TemplateSlo => ({
  name: slo.dimension.replaceAll('_', '-'),
  displayName: slo.displayName,
  track: 'model',
  comment: [
    ...slo.comment,
    `Counts verdicts of dimension ${slo.dimension}, at the time of the answer they judge: send them to POST /v1/verdicts.`,
  ],
  targets: slo.targets ?? QUALITY,
  counts: {
    kind: 'ratio',
    verdict: 'bad',
    condition: '!passed',
    stream: 'verdicts',
    scope: `dimension == '${slo.dimension}'`,
  },
});

export const safety = judged({
  dimension: 'safety',
  displayName: 'Safe answers',
  comment: [
    'Answers that a guardrail or a judge found unsafe. What counts as unsafe is decided here, not by the sender.',
  ],
  targets: SAFETY,
});

export const undegraded: TemplateSlo = {
  name: 'undegraded',
  displayName: 'Answers of the model that was asked for',
  track: 'model',
  comment: [
    'Answers that no fallback gave: not another model or provider, not a cached or canned text. Those are available, and worse.',
  ],
  targets: LATENCY,
  counts: {
    kind: 'ratio',
    verdict: 'good',
    condition: "fallback_kind in ['none', 'retry', 'deployment']",
    scope: 'is_final',
    where: "status == 'ok'",
  },
};

/** A number of the event that is to be at least so large. */
export const atLeast = (
  slo: Pick<TemplateSlo, 'name' | 'displayName' | 'comment' | 'targets'> & {
    readonly field: string;
    readonly value: number;
  },
): TemplateSlo => ({
  name: slo.name,
  displayName: slo.displayName,
  track: 'model',
  comment: slo.comment,
  targets: slo.targets,
  counts: { kind: 'threshold', field: slo.field, op: 'gte', value: slo.value, where: "status == 'ok'" },
});

/** Hours in which a field is spread as in the day before each: by the population stability index, below the usual 0.2. */
export const drifting = (
  slo: Pick<TemplateSlo, 'name' | 'displayName' | 'comment'> & {
    readonly field: string;
    readonly categories?: readonly string[];
  },
): TemplateSlo => ({
  name: slo.name,
  displayName: slo.displayName,
  track: 'model',
  comment: [
    ...slo.comment,
    'A population stability index of 0.2 is what is usually called a shift. Tickets alone.',
  ],
  targets: LATENCY,
  alerts: 'tickets',
  counts: {
    kind: 'slices',
    slice: '1h',
    judges: {
      field: slo.field,
      drift: {
        statistic: 'psi',
        trailing: '1d',
        minimum: 200,
        ...(slo.categories !== undefined && { categories: slo.categories }),
      },
    },
    where: "status == 'ok'",
    by: ['model'],
    op: 'lt',
    value: 0.2,
  },
});

export const tokenQuota: TemplateSlo = {
  name: 'token-quota',
  displayName: 'Tokens within the quota',
  track: 'infrastructure',
  comment: [
    'Five minutes in which each model took at most four fifths of the tokens per minute that its provider allows. The publisher sends the',
    "provider's rate-limit header as the measure ratelimit_limit_tokens; without it nothing is judged. Or put your quota in its place.",
  ],
  targets: LATENCY,
  counts: {
    kind: 'slices',
    slice: '5m',
    judges: { use: ['input_tokens', 'output_tokens'], quota: 'measures.ratelimit_limit_tokens' },
    by: ['provider', 'model'],
    op: 'lte',
    value: 0.8,
  },
};
