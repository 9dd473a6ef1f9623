/** One way to judge, with the folders of `packages/specs/src/kinds/` that it is made by. */
export interface KindSpec {
  readonly name: string;
  readonly folders: readonly string[];
  /** The SLI's metric; what it says of all its events is put in by `scope`. */
  readonly metric: (scope: string) => string;
  readonly method: 'Occurrences' | 'Timeslices' | 'RatioTimeslices';
  readonly objective: string;
  readonly annotations?: string;
  /** Slices of an hour are longer than the windows of the default tiers. */
  readonly isHourly?: true;
}

const where = (scope: string, rest: string): string => `scope: "${scope}"${rest === '' ? '' : `, ${rest}`}`;
const ratio =
  (rest = '') =>
  (scope: string): string =>
    `ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }, total: { metricSource: { type: burnline, spec: { ${where(scope, rest)} } } } }`;
const measured =
  (source: string) =>
  (scope: string): string =>
    `thresholdMetric: { metricSource: { type: burnline, spec: { ${where(scope, source)} } } }`;
const SLICES = { method: 'Timeslices' } as const;
const HOURS = { method: 'Timeslices', isHourly: true, folders: ['drift-timeslices', 'slices'] } as const;
const EVENTS = { method: 'Occurrences', objective: '' } as const;

export const EVERY_KIND: readonly KindSpec[] = [
  { name: 'answered', folders: ['ratio'], metric: ratio(), ...EVENTS },
  { name: 'weighed', folders: ['ratio', 'weight'], metric: ratio('weight: output_tokens'), ...EVENTS },
  {
    ...{ name: 'fast', folders: ['threshold'], ...EVENTS, objective: 'op: lte, value: 1000' },
    metric: measured('field: duration_ms'),
  },
  {
    ...{ name: 'done', folders: ['raw-ratio', 'weight'], ...EVENTS },
    metric: (scope) =>
      `ratioMetric: { rawType: success, raw: { metricSource: { type: burnline, spec: { ${where(scope, 'field: measures.done')} } } } }`,
  },
  {
    ...{ name: 'spend', folders: ['envelope'], ...EVENTS, objective: 'op: lte, value: 1500' },
    metric: measured('entity: task_id, consume: output_tokens'),
  },
  {
    ...{ name: 'observed', folders: ['ratio', 'timeslices', 'slices'], ...SLICES },
    ...{ metric: ratio(), objective: 'timeSliceTarget: 0.9' },
  },
  {
    ...{ name: 'expected', folders: ['ratio', 'timeslices', 'slices'], ...SLICES },
    ...{ metric: ratio(), objective: 'timeSliceTarget: 0.9' },
    annotations: 'burnline.dev/empty-slices: bad, burnline.dev/hold-state: 15m',
  },
  {
    ...{ name: 'shares', folders: ['ratio', 'ratio-timeslices', 'slices'] },
    ...{ method: 'RatioTimeslices', metric: ratio(), objective: '' },
  },
  {
    ...{ name: 'error', folders: ['mean-timeslices', 'slices'], ...SLICES, objective: 'op: lt, value: 0.4' },
    metric: measured(
      'field: measures.predicted, minus: measures.expected, aggregate: root-mean-square, minimum: 3',
    ),
  },
  {
    ...{ name: 'score', folders: ['mean-timeslices', 'slices'], ...SLICES, objective: 'op: gte, value: 0.6' },
    metric: measured('stream: verdicts, field: score, aggregate: mean'),
  },
  {
    ...{ name: 'calibrated', folders: ['calibration-timeslices', 'slices'], ...SLICES },
    objective: 'op: lt, value: 0.3',
    metric: measured('stream: verdicts, field: score, aggregate: calibration-error, bins: 4, minimum: 2'),
  },
  {
    ...{
      name: 'tokens',
      folders: ['capacity-timeslices', 'slices'],
      ...SLICES,
      objective: 'op: lte, value: 0.8',
    },
    metric: measured('use: output_tokens, quota: measures.quota'),
  },
  {
    ...{
      name: 'requests',
      folders: ['capacity-timeslices', 'slices'],
      ...SLICES,
      objective: 'op: lt, value: 1.5',
    },
    metric: measured('use: requests, quota: 2'),
  },
  {
    ...{ name: 'drift', ...HOURS, objective: 'op: lte, value: 0.5' },
    metric: measured(
      'field: measures.characters, drift: { statistic: kolmogorov-smirnov, trailing: 3h, minimum: 5 }',
    ),
  },
  {
    ...{ name: 'reasons', ...HOURS, objective: 'op: lt, value: 0.2' },
    metric: measured('field: finish_reason, drift: { statistic: psi, trailing: 3h, minimum: 5 }'),
  },
  {
    ...{ name: 'reason-chances', ...HOURS, objective: 'op: gte, value: 0.05' },
    metric: measured(
      'field: finish_reason, drift: { statistic: chi-square, categories: [stop, length], trailing: 3h, minimum: 5 }',
    ),
  },
];

const HOURLY = `
  alertPolicies:
    - kind: AlertPolicy
      metadata: { name: moved }
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: { name: moved }
            spec:
              severity: ticket
              condition: { kind: burnrate, op: gte, threshold: 1, lookbackWindow: 1d }
        notificationTargets: [{ kind: AlertNotificationTarget, metadata: { name: hook }, spec: { target: webhook } }]`;

/** A spec of every kind over what a predicate lets through, each named `NAME-SERVICE`. */
export function everyKindSpecs(service: string, scope: string): string {
  const slos = EVERY_KIND.map((kind) => {
    const name = `${kind.name}-${service}`;
    const slice = kind.isHourly === true ? 'timeSliceWindow: 1h' : 'timeSliceWindow: 5m';
    const objective = [
      'target: 0.9',
      ...(kind.method === 'Occurrences' ? [] : [slice]),
      ...(kind.objective === '' ? [] : [kind.objective]),
    ];
    return `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}, annotations: { ${kind.annotations ?? ''} } }
spec:
  service: ${service}
  indicator: { metadata: { name: ${name} }, spec: { ${kind.metric(scope)} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${kind.method}
  objectives: [{ ${objective.join(', ')} }]${kind.isHourly === true ? HOURLY : ''}`;
  });
  const own = `\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: ${service} }\nspec: {}`;
  return [own, ...slos].join('\n---');
}
