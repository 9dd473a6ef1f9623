import {
  answersWithin,
  atLeast,
  availability,
  costWithin,
  drifting,
  firstToken,
  judged,
  modelLatency,
  safety,
  tokenQuota,
  undegraded,
} from './template-parts.ts';
import {
  AVAILABILITY,
  CLASSIFICATION,
  LATENCY,
  SAFETY,
  type Targets,
  type TemplateSlo,
} from './template-slo.ts';

/** Half of all and more: what a median is above. */
const MEDIAN: Targets = { critical: 0.5, high: 0.5, medium: 0.5, low: 0.5 };
/** With fewer values a slice's mean says little. */
const MEAN_OF_MIN = 20;

/** What a service of each kind of model usually promises: infrastructure and model side by side. */
export const TEMPLATES = {
  chat: [
    availability,
    firstToken,
    costWithin(20_000_000),
    judged({
      dimension: 'quality',
      displayName: 'Good answers',
      comment: ['Answers that a judge, or the user, found good.'],
    }),
    safety,
    undegraded,
    drifting({
      name: 'endings-drift',
      displayName: 'Why answers end, as the day before',
      comment: [
        'Hours in which answers ended for the reasons of the day before: a provider that cuts off or refuses more shows here first, and so',
        'does a model that was swapped.',
      ],
      field: 'finish_reason',
      categories: ['stop', 'length', 'tool_calls', 'content_filter'],
    }),
    tokenQuota,
  ],
  agent: [
    availability,
    answersWithin(30_000, 'Milliseconds of one call; a task has many.'),
    costWithin(100_000_000),
    {
      name: 'bounded-steps',
      displayName: 'Calls within the step limit',
      track: 'infrastructure',
      comment: [
        'Calls of a loop that has taken at most 25 steps: a loop that runs away burns this budget with every call, also when all succeed.',
        'Put the limit above what your longest honest task takes.',
      ],
      targets: AVAILABILITY,
      counts: { kind: 'ratio', verdict: 'good', condition: 'step <= 25', where: 'has(step)' },
    },
    {
      name: 'task-tokens',
      displayName: 'Tasks within their tokens',
      track: 'infrastructure',
      comment: [
        'Tasks that took at most a million tokens, all their calls together. One that takes more pages by itself, also when every call',
        'succeeds: it may be a loop that nothing stops. Put the limit above what your longest honest task takes.',
      ],
      targets: AVAILABILITY,
      counts: {
        kind: 'envelope',
        entity: ['task_id'],
        consume: ['input_tokens', 'output_tokens'],
        op: 'lte',
        value: 1_000_000,
      },
    },
    {
      name: 'tools',
      displayName: 'Calls whose tools worked',
      track: 'model',
      comment: ['Of the calls that used tools, those in which none failed.'],
      targets: LATENCY,
      counts: {
        kind: 'ratio',
        verdict: 'good',
        condition: 'tool_errors == 0',
        where: 'tool_calls > 0 && has(tool_errors)',
      },
    },
    judged({
      dimension: 'task_success',
      displayName: 'Tasks that were done',
      comment: ['Tasks that a judge, a check or the user found done.'],
    }),
    safety,
    tokenQuota,
  ],
  rag: [
    availability,
    firstToken,
    costWithin(20_000_000),
    judged({
      dimension: 'faithfulness',
      displayName: 'Faithful answers',
      comment: ['Answers that say nothing which their sources do not.'],
    }),
    judged({
      dimension: 'relevance',
      displayName: 'Relevant answers',
      comment: ['Answers that are about what was asked.'],
    }),
    atLeast({
      name: 'retrieval',
      displayName: 'Answers with sources',
      comment: [
        'Answers for which at least one passage was found. The publisher sends their number as the measure passages_found.',
      ],
      targets: LATENCY,
      field: 'measures.passages_found',
      value: 1,
    }),
    drifting({
      name: 'passages-drift',
      displayName: 'Passages found, as the day before',
      comment: [
        'Hours in which as many passages were found as the day before: an index that lost a part of its documents shows here first.',
      ],
      field: 'measures.passages_found',
    }),
  ],
  classifier: [
    availability,
    modelLatency,
    judged({
      dimension: 'label',
      displayName: 'Right labels',
      comment: ['Classifications that turned out right: 94 % is what is usually asked for.'],
      targets: CLASSIFICATION,
    }),
    atLeast({
      name: 'confidence',
      displayName: 'Median confidence above 0.8',
      comment: [
        'Half of the answers and more have a confidence of 0.8 or more: the median does. A fall is often the first sign of drift.',
      ],
      targets: MEDIAN,
      field: 'confidence',
      value: 0.8,
    }),
    drifting({
      name: 'confidence-drift',
      displayName: 'Confidence, as the day before',
      comment: ['Hours in which the confidence was spread as the day before, whatever its median.'],
      field: 'confidence',
    }),
    {
      name: 'calibration',
      displayName: 'Confidence that comes true',
      track: 'model',
      comment: [
        'Hours with 500 verdicts and more in which the confidence that was stated is within 0.1 of how often it came true.',
        'Counts verdicts of dimension calibration, whose score is the confidence that was stated and whose passed is that it came true.',
      ],
      targets: LATENCY,
      alerts: 'tickets',
      counts: {
        kind: 'slices',
        slice: '1h',
        judges: { field: 'score', aggregate: 'calibration-error', minimum: 500 },
        stream: 'verdicts',
        scope: "dimension == 'calibration'",
        op: 'lte',
        value: 0.1,
      },
    },
  ],
  regression: [
    availability,
    modelLatency,
    {
      name: 'error',
      displayName: 'Root mean square error below 0.15',
      track: 'model',
      comment: [
        'Slices of five minutes whose root mean square error is below 0.15, which is what is usually asked for: put it into your unit.',
        'The publisher sends the measures predicted and expected, once what was predicted is known.',
      ],
      targets: LATENCY,
      counts: {
        kind: 'slices',
        slice: '5m',
        judges: {
          field: 'measures.predicted',
          minus: 'measures.expected',
          aggregate: 'root-mean-square',
          minimum: MEAN_OF_MIN,
        },
        op: 'lt',
        value: 0.15,
      },
    },
    atLeast({
      name: 'features',
      displayName: 'Complete features',
      comment: [
        'Predictions that had all of their features. The publisher sends the measure feature_share, those present of those expected.',
      ],
      targets: LATENCY,
      field: 'measures.feature_share',
      value: 1,
    }),
  ],
  ranking: [
    availability,
    modelLatency,
    {
      name: 'ndcg',
      displayName: 'Mean NDCG of 0.8',
      track: 'model',
      comment: [
        'Slices of five minutes whose rankings have an NDCG of 0.8 on average. The publisher sends the measure ndcg, once clicks or',
        'judgements are there.',
      ],
      targets: LATENCY,
      counts: {
        kind: 'slices',
        slice: '5m',
        judges: { field: 'measures.ndcg', aggregate: 'mean', minimum: MEAN_OF_MIN },
        op: 'gte',
        value: 0.8,
      },
    },
  ],
  embedding: [
    availability,
    modelLatency,
    atLeast({
      name: 'vectors',
      displayName: 'Usable vectors',
      comment: [
        'Vectors that are not empty: a length above 0. The publisher sends it as the measure vector_norm.',
      ],
      targets: SAFETY,
      field: 'measures.vector_norm',
      value: 0.000001,
    }),
    judged({
      dimension: 'retrieval',
      displayName: 'Neighbours that belong together',
      comment: ['Probes whose nearest neighbours are the expected ones.'],
    }),
  ],
  moderation: [
    availability,
    answersWithin(300, 'Milliseconds: whoever waits for moderation waits before the answer.', {
      critical: 0.999,
      high: 0.99,
      medium: 0.99,
      low: 0.95,
    }),
    judged({
      dimension: 'missed_harm',
      displayName: 'Harm that was found',
      comment: ['Harmful texts that people found afterwards and moderation had let pass are bad.'],
      targets: SAFETY,
    }),
    judged({
      dimension: 'wrong_block',
      displayName: 'Blocks that were right',
      comment: ['Blocks that people reversed are bad.'],
      targets: CLASSIFICATION,
    }),
  ],
} as const satisfies Readonly<Record<string, readonly TemplateSlo[]>>;

export type TemplateName = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as readonly TemplateName[];
