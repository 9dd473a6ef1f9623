/** The service whose tenants carry the load. */
export const LOAD = 'load';
/** The service whose tenants turn bad, one after another. */
export const PROBE = 'probe';

const sloOf = ({ name, service, where, grouping = '', target, annotations = '' }) => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name}${annotations} }
spec:
  service: ${service}
  indicator:
    metadata: { name: ${name} }
    spec:
      ratioMetric:
        counter: false
        good: { metricSource: { type: burnline, spec: { where: "${where}" } } }
        total:
          metricSource:
            type: burnline
            spec: { scope: service == '${service}', where: status != 'cancelled'${grouping} }
  timeWindow: [{ duration: 30d, isRolling: true }]
  budgetingMethod: Occurrences
  objectives: [{ displayName: ${name}, target: ${target} }]`;

const CONDITIONS = [
  "status == 'ok'",
  'duration_ms <= 2000',
  'has(ttft_ms) && ttft_ms <= 400',
  'output_tokens > 0',
];

/**
 * As many SLOs as a team has: one of the probes, one with `seriesCount` series of the load, and others over all of the load.
 * A probe is paged by its own: what fires with many others waits for them, see group-from.
 */
export function slosText({ seriesCount, probeCount, sloCount }) {
  const others = Array.from({ length: sloCount - 2 }, (_, index) =>
    sloOf({
      name: `load-${index}`,
      service: LOAD,
      where: CONDITIONS[index % CONDITIONS.length],
      target: 0.9,
    }),
  );
  return [
    sloOf({
      name: PROBE,
      service: PROBE,
      where: "status == 'ok'",
      grouping: `, by: [tenant], seriesMax: ${probeCount}`,
      target: 0.99,
      annotations: `, annotations: { burnline.dev/group-from: '${probeCount + 1}' }`,
    }),
    sloOf({
      name: 'load-tenants',
      service: LOAD,
      where: "status == 'ok'",
      grouping: `, by: [tenant], seriesMax: ${seriesCount}`,
      target: 0.9,
    }),
    ...others,
  ].join('\n---');
}
