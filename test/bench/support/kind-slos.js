import { loadSpecs } from '@burnline/specs';

const SERVICE = `apiVersion: openslo/v1
kind: Service
metadata: { name: checkout }
spec: {}`;

/** Tiers whose windows hold a slice of an hour. */
const SLOW = `apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: drifted }
spec: { conditions: [{ conditionRef: drifted }], notificationTargets: [{ targetRef: on-call }] }
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: drifted }
spec: { severity: ticket, condition: { kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1d, alertAfter: 0m } }
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: { name: on-call }
spec: { target: webhook }`;

const source = (spec) => `{ metricSource: { type: burnline, spec: { ${spec} } } }`;
const ratio = (good, total) =>
  `ratioMetric: { counter: false, good: ${source(`where: "${good}"`)}, total: ${source(total)} }`;
const threshold = (spec) => `thresholdMetric: ${source(spec)}`;

/**
 * How an SLO of each kind is written, after what it is grouped by. `isOfSlices`: judged by slices of time, which are made of all
 * 5-minute rows of the period; `isOfEntities`: every series is an entity.
 */
export const KINDS = {
  ratio: { metric: (by) => ratio("status == 'ok'", by), objective: 'target: 0.99' },
  threshold: {
    metric: (by) => threshold(`field: duration_ms, ${by}`),
    objective: 'op: lte, value: 2000, target: 0.9',
  },
  weight: {
    metric: (by) => ratio("status == 'ok'", `weight: output_tokens, ${by}`),
    objective: 'target: 0.99',
  },
  'raw-ratio': {
    metric: (by) =>
      `ratioMetric: { counter: false, rawType: success, raw: ${source(`field: measures.share, ${by}`)} }`,
    objective: 'target: 0.5',
  },
  timeslices: {
    metric: (by) => ratio("status == 'ok'", by),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'target: 0.99, timeSliceWindow: 5m, timeSliceTarget: 0.95',
  },
  'ratio-timeslices': {
    metric: (by) => ratio("status == 'ok'", by),
    ...{ method: 'RatioTimeslices', isOfSlices: true },
    objective: 'target: 0.99, timeSliceWindow: 5m',
  },
  mean: {
    metric: (by) => threshold(`field: measures.output_characters, aggregate: mean, ${by}`),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'op: lte, value: 3000, target: 0.99, timeSliceWindow: 5m',
  },
  calibration: {
    metric: (by) =>
      threshold(`field: confidence, correct: schema_valid, aggregate: calibration-error, minimum: 20, ${by}`),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'op: lte, value: 0.2, target: 0.95, timeSliceWindow: 1h',
    policies: '[{ alertPolicyRef: drifted }]',
  },
  'drift of a number': {
    metric: (by) => threshold(`field: duration_ms, scale: 1, drift: { statistic: psi, trailing: 1d }, ${by}`),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'op: lt, value: 0.2, target: 0.95, timeSliceWindow: 1h',
    policies: '[{ alertPolicyRef: drifted }]',
  },
  'drift of categories': {
    metric: (by) => threshold(`field: model_served, drift: { statistic: psi, trailing: 1d }, ${by}`),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'op: lt, value: 0.2, target: 0.95, timeSliceWindow: 1h',
    policies: '[{ alertPolicyRef: drifted }]',
  },
  capacity: {
    metric: (by) => threshold(`use: [input_tokens, output_tokens], quota: 600000, ${by}`),
    ...{ method: 'Timeslices', isOfSlices: true },
    objective: 'op: lte, value: 0.8, target: 0.99, timeSliceWindow: 5m',
  },
  envelope: {
    metric: () => threshold('entity: session_id, consume: output_tokens'),
    isOfEntities: true,
    objective: 'op: lte, value: 100000, target: 0.99',
  },
};

/** Plans of so many SLOs of a kind, by tenant unless `isGrouped` says otherwise. */
export function plansOfKind(name, { sloCount, isGrouped = true }) {
  const { metric, method = 'Occurrences', objective, policies } = KINDS[name];
  const by = isGrouped ? 'by: [tenant], seriesMax: 10000' : "scope: service == 'checkout'";
  const documents = Array.from(
    { length: sloCount },
    (_, index) => `apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name.replaceAll(' ', '-')}-${index} }
spec:
  service: checkout
  indicator: { metadata: { name: indicator }, spec: { ${metric(by)} } }
  timeWindow: [{ duration: 28d, isRolling: true }]
  budgetingMethod: ${method}
  objectives: [{ ${objective} }]
${policies === undefined ? '' : `  alertPolicies: ${policies}`}`,
  );
  const text = [SERVICE, SLOW, ...documents].join('\n---\n');
  const { plans, issues } = loadSpecs([{ file: `${name}.yaml`, text }], { mode: 'tolerant' });
  if (issues.length > 0 || plans.length !== sloCount) throw new Error(JSON.stringify(issues));
  return plans;
}
