import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const SERVICE_COUNT = 50;
/** Documents of one file: some 500 KiB, half of what a file may have. */
const FILE_DOCUMENTS = 500;

const SCOPES = ['chat', 'search', 'summaries', 'agents', 'moderation', 'embeddings', 'ranking'];
/** What counts, what is good, and how it is grouped. */
const METRICS = [
  ["status != 'cancelled'", "status == 'ok'", 'by: [provider, region], seriesMax: 50'],
  [
    "status == 'ok' && has(ttft_ms)",
    'ttft_ms <= LIMIT',
    'by: [provider], histogram: { field: ttft_ms, scale: 5 }',
  ],
  ["status == 'ok'", 'duration_ms <= LIMIT', 'by: [model_requested], sum: [output_tokens]'],
  ['is_final && has(ttft_ms)', "status == 'ok' && ttft_ms <= LIMIT && duration_ms <= 30000", 'by: [tenant]'],
  ['has(schema_valid)', 'schema_valid', 'by: [region]'],
];

const serviceOf = (index) => `apiVersion: openslo/v1
kind: Service
metadata:
  name: service-${index}
  labels: { team: team-${index % 7} }
  annotations: { burnline.dev/criticality: ${['high', 'medium', 'low'][index % 3]} }
spec:
  description: Answers of service ${index}.
`;

/** As people and generators write them: a document of some 35 lines. */
function metricOf(index, indent) {
  const [total, good, grouping] = METRICS[index % METRICS.length];
  const limit = String(200 + (index % 400) * 10);
  const scope = `service == 'service-${index % SERVICE_COUNT}' && endpoint == '${SCOPES[index % SCOPES.length]}'`;
  return `ratioMetric:
  counter: false
  good:
    metricSource:
      type: burnline
      spec:
        where: "${good.replace('LIMIT', limit)}"
  total:
    metricSource:
      type: burnline
      spec: { scope: "${scope}", where: "${total}", ${grouping} }
`
    .replaceAll(/^/gm, indent)
    .trimEnd();
}

const TIERS = [
  ['fast-burn', 'page', 'gte', '13.44', '1h', '0m'],
  ['slow-burn', 'ticket', 'gt', '1', '3d', '1h'],
];

const tierOf = ([name, severity, op, threshold, lookback, after]) => `apiVersion: openslo/v1
kind: AlertPolicy
metadata: { name: ${name} }
spec:
  conditions: [{ conditionRef: ${name} }]
  notificationTargets: [{ targetRef: on-call }]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: { name: ${name} }
spec:
  severity: ${severity}
  condition: { kind: burnrate, op: ${op}, threshold: ${threshold}, lookbackWindow: ${lookback}, alertAfter: ${after} }
`;

const ON_CALL = `apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: { name: on-call }
spec: { target: webhook }
`;

function sloOf(index, { indicator, policies = '' }) {
  return `apiVersion: openslo/v1
kind: SLO
metadata:
  name: slo-${index}
  displayName: Objective ${index}
  labels: { team: team-${index % 7}, tier: t${index % 3} }
spec:
  description: What users of service ${index % SERVICE_COUNT} were promised.
  service: service-${index % SERVICE_COUNT}
${indicator}
  timeWindow:
    - duration: ${index % 2 === 0 ? '30d' : '28d'}
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - displayName: objective
      target: 0.${99 - (index % 5)}
${policies}`;
}

const inlineOf = (index) => `  indicator:
    metadata: { name: sli-${index} }
    spec:
${metricOf(index, '      ')}`;

const sliOf = (index) => `apiVersion: openslo/v1
kind: SLI
metadata: { name: sli-${index} }
spec:
${metricOf(index, '  ')}
`;

const POLICIES = `  alertPolicies: [${TIERS.map(([name]) => `{ alertPolicyRef: ${name} }`).join(', ')}]\n`;

/** Spec sets by shape: the documents of one SLO, and those that all of them share. */
const SPEC_SHAPES = {
  inline: { documentsOf: (index) => [sloOf(index, { indicator: inlineOf(index) })], shared: [] },
  references: {
    documentsOf: (index) => [sliOf(index), sloOf(index, { indicator: `  indicatorRef: sli-${index}` })],
    shared: [],
  },
  tiers: {
    documentsOf: (index) => [sloOf(index, { indicator: inlineOf(index), policies: POLICIES })],
    shared: [...TIERS.map(tierOf), ON_CALL],
  },
};

/** A spec set: its files, as many as are asked for or as the limit of a file needs. */
export function specFilesOf(shapeName, { sloCount, fileCount }) {
  const { documentsOf, shared } = SPEC_SHAPES[shapeName];
  const services = Array.from({ length: SERVICE_COUNT }, (_, index) => serviceOf(index));
  const documents = Array.from({ length: sloCount }, (_, index) => documentsOf(index)).flat();
  const perFile = fileCount === undefined ? FILE_DOCUMENTS : Math.ceil(documents.length / fileCount);
  const files = [{ file: 'shared.yaml', text: [...services, ...shared].join('---\n') }];
  for (let start = 0; start < documents.length; start += perFile)
    files.push({ file: `slos-${start}.yaml`, text: documents.slice(start, start + perFile).join('---\n') });
  return files;
}

/** Writes a spec set into a folder. */
export async function writeSpecSet(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const { file, text } of files) await writeFile(path.join(folder, file), text);
}
