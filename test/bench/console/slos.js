/** SLOs of as many services as it takes for a tenth of them each, every one with a series for each of its tenants. */
export const SLOS_PER_SERVICE = 10;
const PERIOD_DAYS = 90;

export const serviceOf = (index) => `service-${index}`;
export const tenantOf = (index) => `tenant-${index}`;
/** The one whose charts are asked for. */
export const CHARTED = 'slo-0-0';

const sloOf = (service, index, tenantCount) => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: slo-${service}-${index}, labels: { team: team-${service % 10} } }
spec:
  service: ${serviceOf(service)}
  indicator:
    metadata: { name: slo-${service}-${index} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "duration_ms <= ${1_000 + 200 * index}" } } }
        total:
          metricSource:
            type: burnline
            spec: { scope: service == '${serviceOf(service)}', where: status != 'cancelled', by: [tenant], seriesMax: ${tenantCount} }
  timeWindow: [{ duration: ${PERIOD_DAYS}d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: slo-${service}-${index}, target: 0.95 }]`;

export function slosText({ serviceCount, tenantCount }) {
  const services = Array.from({ length: serviceCount }, (_, service) => service);
  return services
    .flatMap((service) => [
      `\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: ${serviceOf(service)} }\nspec: {}`,
      ...Array.from({ length: SLOS_PER_SERVICE }, (_, index) => sloOf(service, index, tenantCount)),
    ])
    .join('\n---');
}
