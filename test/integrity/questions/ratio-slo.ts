/** A document of an SLO of service `chat`, a share of what counts over 28 days: `good` and `total` are what stands in their specs. */
export const ratioSlo = (name: string, target: string, good: string, total: string): string => `---
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  budgetingMethod: Occurrences
  timeWindow: [{ duration: 28d, isRolling: true }]
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { ${good} } } }
        total: { metricSource: { type: burnline, spec: { ${total} } } }
  objectives: [{ displayName: held, target: ${target} }]
`;
