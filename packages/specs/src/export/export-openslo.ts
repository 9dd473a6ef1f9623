import { DAY_MS, HOUR_MS, MINUTE_MS, ratioText, type BurnTier, type SloPlan } from '@burnline/core';
import { stringify } from 'yaml';
import { readDocuments, type SpecFile } from '../documents/spec-document.ts';
import { API_VERSION } from '../documents/spec-shapes.ts';
import { SOURCE_TYPE } from '../kinds/sli-reading.ts';
import { ANNOTATION_PREFIX } from '../slos/spec-annotations.ts';
import type { Exported, ExportNote } from './exported.ts';

type Data = Readonly<Record<string, unknown>>;

/** Of a part of a document; an object without fields where it is none. */
const dataOf = (value: unknown): Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Data) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const without = (data: Data, ...keys: readonly string[]): Data =>
  Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));

/**
 * Specs as plain OpenSLO v1 that the official SDK takes: every SLO whole, what it refers to in its place, numbers as numbers,
 * and the burn tiers that a preset stands for written out, a policy each. `plans` are those of the files, which have no mistake.
 */
export function exportOpenslo(files: readonly SpecFile[], plans: readonly SloPlan[]): Exported {
  const documents = files.flatMap((file) => readDocuments(file).sound);
  const names = new Map(
    documents.map((document) => [
      nameOf(document.textAt(['kind']), document.textAt(['metadata', 'name'])),
      dataOf(document.data),
    ]),
  );
  const notes: ExportNote[] = [];
  const written = documents.flatMap((document): Data[] => {
    const data = { ...dataOf(document.data), apiVersion: API_VERSION };
    const kind = document.textAt(['kind']);
    if (kind === 'Service') return [data];
    if (kind !== 'SLO') return [];
    const own = plans.filter(
      ({ source, tiers }) =>
        source.file === document.file && source.document === document.number && tiers.length > 0,
    );
    return [sloOf(data, { names, own, notes })];
  });
  return { text: written.map((data) => stringify(data, { lineWidth: 0 })).join('---\n'), notes };
}

const nameOf = (kind: string | undefined, name: unknown): string => `${kind ?? ''}/${String(name)}`;

interface SloSource {
  /** Every document by kind and name. */
  readonly names: ReadonlyMap<string, Data>;
  /** The plans of the SLO that have alerts. */
  readonly own: readonly SloPlan[];
  readonly notes: ExportNote[];
}

function sloOf(data: Data, source: SloSource): Data {
  const spec = dataOf(data['spec']);
  const policies = listOf(spec['alertPolicies']).map((entry) => policyOf(dataOf(entry), source));
  const written = policies.length > 0 ? policies : tierPolicies(source);
  const isWrittenOut = policies.length === 0 && written.length > 0;
  return {
    ...data,
    metadata: isWrittenOut ? withoutPreset(dataOf(data['metadata'])) : data['metadata'],
    spec: {
      ...withIndicator(spec, source),
      objectives: listOf(spec['objectives']).map((entry) => objectiveOf(dataOf(entry), source)),
      ...(written.length > 0 && { alertPolicies: written }),
    },
  };
}

/** What the tiers that are written out stood for. */
function withoutPreset(metadata: Data): Data {
  const annotations = without(
    dataOf(metadata['annotations']),
    `${ANNOTATION_PREFIX}tiers`,
    `${ANNOTATION_PREFIX}operator`,
  );
  const rest = without(metadata, 'annotations');
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function objectiveOf(objective: Data, source: SloSource): Data {
  const numbers = ['target', 'targetPercent', 'compositeWeight'].filter(
    (key) => typeof objective[key] === 'string',
  );
  return {
    ...withIndicator(objective, source),
    ...Object.fromEntries(numbers.map((key) => [key, Number(objective[key])])),
  };
}

/** A part of a document with its indicator in place of the name of one. */
function withIndicator(part: Data, { names }: SloSource): Data {
  const reference = part['indicatorRef'];
  const indicator = reference === undefined ? part['indicator'] : names.get(nameOf('SLI', reference));
  if (indicator === undefined) return part;
  const { metadata, spec } = dataOf(indicator);
  return {
    ...without(part, 'indicatorRef'),
    indicator: { metadata, spec: withSources(spec) },
  };
}

/** The type of a source in place of the name of one: there is but one. */
function withSources(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withSources);
  if (typeof part !== 'object' || part === null) return part;
  const data = 'metricSourceRef' in part ? { type: SOURCE_TYPE, ...without(part, 'metricSourceRef') } : part;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, withSources(value)]));
}

/** What an entry refers to, or holds. */
function inPlace(entry: Data, kind: string, reference: string, { names }: SloSource): Data {
  const found = entry[reference] === undefined ? entry : (names.get(nameOf(kind, entry[reference])) ?? entry);
  const { metadata, spec } = found;
  return { kind, ...(metadata !== undefined && { metadata }), spec };
}

function policyOf(entry: Data, source: SloSource): Data {
  const policy = inPlace(entry, 'AlertPolicy', 'alertPolicyRef', source);
  const spec = dataOf(policy['spec']);
  const list = (key: string, kind: string, reference: string): readonly Data[] =>
    listOf(spec[key]).map((one) => inPlace(dataOf(one), kind, reference, source));
  return {
    ...policy,
    spec: {
      ...spec,
      conditions: list('conditions', 'AlertCondition', 'conditionRef'),
      notificationTargets: list('notificationTargets', 'AlertNotificationTarget', 'targetRef'),
    },
  };
}

/** The tiers of an SLO without policies, a policy each; none where its objectives have different ones. */
function tierPolicies({ own, notes }: SloSource): readonly Data[] {
  const [first] = own;
  if (first === undefined) return [];
  const told = ({ tiers }: SloPlan): string => JSON.stringify(tiers);
  if (own.some((plan) => told(plan) !== told(first))) {
    notes.push({
      slo: first.slo.split('/')[0] ?? first.slo,
      message:
        'its objectives have different tiers, which policies of the whole SLO cannot say: they are left to the preset.',
    });
    return [];
  }
  return first.tiers.map(tierPolicy);
}

function tierPolicy({ longWindowMs, shortWindowMs, factor, operator, severity, holdMs }: BurnTier): Data {
  const [long, short] = [shorthand(longWindowMs), shorthand(shortWindowMs)];
  const name = `burn-${long}-${short}`;
  const annotations = { [`${ANNOTATION_PREFIX}short-window`]: short };
  const condition = {
    kind: 'burnrate',
    op: operator === '>' ? 'gt' : 'gte',
    threshold: Number(ratioText(factor)),
    lookbackWindow: long,
    ...(holdMs > 0 && { alertAfter: shorthand(holdMs) }),
  };
  return {
    kind: 'AlertPolicy',
    metadata: { name },
    spec: {
      alertWhenBreaching: true,
      conditions: [
        {
          kind: 'AlertCondition',
          metadata: { name, ...(shortWindowMs * 12 !== longWindowMs && { annotations }) },
          spec: { severity, condition },
        },
      ],
      notificationTargets: [
        { kind: 'AlertNotificationTarget', metadata: { name: 'webhook' }, spec: { target: 'webhook' } },
      ],
    },
  };
}

/** OpenSLO's duration of one unit: `90m`, `6h`, `3d`. */
function shorthand(durationMs: number): string {
  if (durationMs % DAY_MS === 0) return `${durationMs / DAY_MS}d`;
  return durationMs % HOUR_MS === 0 ? `${durationMs / HOUR_MS}h` : `${durationMs / MINUTE_MS}m`;
}
