import { loadSpecs } from '@burnline/specs';

/** Name, what counts, what is good, and how it is grouped: the usual five of a service. */
const SLIS = [
  [
    'availability',
    "status != 'cancelled'",
    "status == 'ok'",
    'by: [provider], sum: [output_tokens, cost_nano_usd]',
  ],
  [
    'ttft',
    "status == 'ok' && has(ttft_ms)",
    'ttft_ms <= 800',
    'by: [provider], histogram: { field: ttft_ms, scale: 5 }',
  ],
  ['latency', "status == 'ok'", 'duration_ms <= 3000', 'by: [model_requested]'],
  ['goodput', 'is_final', "status == 'ok' && ttft_ms <= 800 && duration_ms <= 3000", 'by: [region]'],
  ['validity', 'has(schema_valid)', 'schema_valid == true', 'by: [tenant]'],
];

const sloOf = ([name, total, good, grouping]) => `
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: checkout
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${good}" } } }
        total: { metricSource: { type: burnline, spec: { where: "${total}", ${grouping} } } }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: ok, target: 0.99 }]
`;

/** Five SLOs over the events of events.js: 17 series, and one for each of `tenantCount` tenants. */
export function loadBenchPlans({ tenantCount = 50 } = {}) {
  const service = 'apiVersion: openslo/v1\nkind: Service\nmetadata: { name: checkout }\nspec: {}\n';
  const slos = SLIS.map((sli) =>
    sloOf(sli).replace('by: [tenant]', `by: [tenant], seriesMax: ${tenantCount}`),
  );
  const text = service + slos.join('');
  const { plans, issues } = loadSpecs([{ file: 'bench.yaml', text }], { mode: 'tolerant' });
  if (issues.length > 0) throw new Error(JSON.stringify(issues));
  return plans;
}
