import type { Criticality } from '@burnline/core';
import { stringify } from 'yaml';
import { API_VERSION } from '../documents/spec-shapes.ts';
import { SOURCE_TYPE } from '../kinds/sli-reading.ts';
import { ANNOTATION_PREFIX } from '../slos/spec-annotations.ts';
import type { TemplateSlo } from './template-slo.ts';
import { TEMPLATES, type TemplateName } from './template-table.ts';

export interface TemplateRequest {
  readonly template: TemplateName;
  /** A name as OpenSLO has them, which is also what events name in `service`. */
  readonly service: string;
  readonly criticality: Criticality;
}

/** Names of its SLOs are of at most 63 characters, the service's and what stands behind it. */
export const SERVICE_LENGTH_MAX = 45;

const TIERS = {
  waking: 'Alerts: the default tiers. Fast burn pages, slow burn makes a ticket.',
  quiet: 'Alerts: tickets alone. Nobody is woken for a service of low criticality.',
};

/** A spec file with comments for a service of some kind of model, which is valid as it stands. */
export function writeTemplate({ template, service, criticality }: TemplateRequest): string {
  const isQuiet = criticality === 'low';
  const slos: readonly TemplateSlo[] = TEMPLATES[template];
  const hasTickets = isQuiet || slos.some(({ alerts }) => alerts === 'tickets');
  const documents = [
    commented(
      [
        `SLOs of ${service} (${template}, criticality ${criticality}): what its infrastructure and its model promise, side by side.`,
        'Each has a budget of its own. Targets are where others start: look at what the past weeks met, and change them.',
        isQuiet ? TIERS.quiet : TIERS.waking,
        'To check it: burnline validate --strict FILE. To use it: burnline up --specs FILE.',
      ],
      {
        kind: 'Service',
        metadata: { name: service, annotations: { [`${ANNOTATION_PREFIX}criticality`]: criticality } },
        spec: {},
      },
    ),
    ...slos.map((slo) => commented(slo.comment, sloOf(slo, { service, criticality }))),
    ...(hasTickets ? quietDocuments(service).map((document) => commented([], document)) : []),
  ];
  return documents.join('---\n');
}

function commented(lines: readonly string[], document: object): string {
  const comment = lines.map((line) => `# ${line}\n`).join('');
  return comment + stringify({ apiVersion: API_VERSION, ...document }, { lineWidth: 0 });
}

function sloOf(slo: TemplateSlo, { service, criticality }: Omit<TemplateRequest, 'template'>): object {
  const name = `${service}-${slo.name}`;
  const { counts } = slo;
  const bound = counts.kind === 'ratio' ? {} : { op: counts.op, value: counts.value };
  const slices = counts.kind === 'slices' ? { timeSliceWindow: counts.slice } : {};
  const target = slo.targets[criticality];
  return {
    kind: 'SLO',
    metadata: {
      name,
      displayName: slo.displayName,
      annotations: { [`${ANNOTATION_PREFIX}track`]: slo.track },
    },
    spec: {
      service,
      indicator: { metadata: { name }, spec: metricOf(slo, service) },
      timeWindow: [{ duration: '28d', isRolling: true }],
      budgetingMethod: counts.kind === 'slices' ? 'Timeslices' : 'Occurrences',
      objectives: [{ ...bound, target, ...slices }],
      ...((criticality === 'low' || slo.alerts === 'tickets') && {
        alertPolicies: quietPolicies(service, target),
      }),
    },
  };
}

function metricOf({ counts }: TemplateSlo, service: string): object {
  const total = totalOf(counts, service);
  switch (counts.kind) {
    case 'ratio':
      return {
        ratioMetric: {
          counter: false,
          [counts.verdict]: leaf({ where: counts.condition }),
          total: leaf(total),
        },
      };
    case 'threshold':
      return { thresholdMetric: leaf({ field: counts.field, ...total }) };
    case 'slices':
      return { thresholdMetric: leaf({ ...counts.judges, ...total }) };
    case 'envelope': {
      const { entity, consume } = counts;
      return { thresholdMetric: leaf({ entity, consume, ...total }) };
    }
  }
}

const leaf = (spec: object): object => ({ metricSource: { type: SOURCE_TYPE, spec } });

function totalOf(counts: TemplateSlo['counts'], service: string): object {
  const own = `service == '${service}'`;
  const { stream, scope, where } = counts;
  return {
    ...(stream !== undefined && { stream }),
    scope: scope === undefined ? own : `${own} && ${scope}`,
    ...(where !== undefined && { where }),
    ...('by' in counts && { by: counts.by }),
    ...('sum' in counts && { sum: counts.sum }),
  };
}

/** Tiers that make tickets: a tenth of the budget within a day, or within three. */
const QUIET_TIERS = [
  { name: 'slow-burn', threshold: 2.8, lookbackWindow: '1d' },
  { name: 'steady-burn', threshold: 1, lookbackWindow: '3d' },
] as const;

/** Those that a target leaves room for, short of a total outage. */
function quietPolicies(service: string, target: number): readonly object[] {
  const fitting = QUIET_TIERS.filter(({ threshold }) => threshold * (1 - target) < 1);
  return fitting.map(({ name }) => ({ alertPolicyRef: `${service}-${name}` }));
}

/** Named after the service, so that files of several services can stand beside each other. */
function quietDocuments(service: string): readonly object[] {
  const target = `${service}-webhook`;
  const tiers = QUIET_TIERS.flatMap(({ name, threshold, lookbackWindow }) => {
    const metadata = { name: `${service}-${name}` };
    return [
      {
        kind: 'AlertPolicy',
        metadata,
        spec: { conditions: [{ conditionRef: metadata.name }], notificationTargets: [{ targetRef: target }] },
      },
      {
        kind: 'AlertCondition',
        metadata,
        spec: { severity: 'ticket', condition: { kind: 'burnrate', op: 'gte', threshold, lookbackWindow } },
      },
    ];
  });
  return [
    ...tiers,
    { kind: 'AlertNotificationTarget', metadata: { name: target }, spec: { target: 'webhook' } },
  ];
}
