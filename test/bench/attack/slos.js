/** The service whose every tenant has a series, and turns bad as a whole. */
export const MANY = 'many';
/** Another one, with one series, that turns bad while everybody looks at the first. */
export const OTHER = 'other';

const sloOf = (service, grouping) => `
---
apiVersion: openslo/v1
kind: Service
metadata: { name: ${service} }
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${service} }
spec:
  service: ${service}
  indicator:
    metadata: { name: ${service} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "status == 'ok'" } } }
        total:
          metricSource:
            type: burnline
            spec: { scope: service == '${service}', where: status != 'cancelled'${grouping} }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: answered, target: 0.999 }]`;

export const slosText = (seriesCount) =>
  `${sloOf(MANY, `, by: [tenant], seriesMax: ${seriesCount}`)}${sloOf(OTHER, '')}\n`.slice(5);
