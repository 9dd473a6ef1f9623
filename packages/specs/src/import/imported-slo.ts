import { stringify } from 'yaml';
import { readDocuments, type SpecDocument, type SpecFile } from '../documents/spec-document.ts';
import type { SpecIssue, SpecPath } from '../documents/spec-issue.ts';
import { nameOfText } from '../documents/spec-name.ts';
import { API_VERSION } from '../documents/spec-shapes.ts';
import { SOURCE_TYPE } from '../kinds/sli-reading.ts';
import { ANNOTATION_PREFIX } from '../slos/spec-annotations.ts';
import { matcherPredicate, type ImportMapping } from './matcher-predicate.ts';
import type { Matcher, Selector } from './selector.ts';

export interface Imported {
  readonly text: string;
  /** Places that have to be filled in, each with the reason; none where the text is ready. */
  readonly issues: readonly SpecIssue[];
  /** What the other tool does and this text does not ask for. */
  readonly warnings: readonly SpecIssue[];
}

/** Stands where a condition has to be filled in: no field has the name, so the text is refused until somebody did. */
const FILL_IN = 'fill_in';

/** How the events of an indicator are told apart. */
export interface ImportedRatio {
  readonly verdict: 'good' | 'bad';
  readonly where: string;
  readonly scope: string | null;
  readonly by: readonly string[];
}

export interface ImportedSlo {
  readonly name: string;
  readonly service: string;
  readonly description: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As it was written. */
  readonly targetPercent: number;
  readonly period: string;
  readonly tiers: 'sloth' | 'pyrra';
  readonly ratio: ImportedRatio;
}

/** A document that is imported: what it says is turned into conditions, and what cannot be is reported at its place. */
export class ImportReading {
  readonly document: SpecDocument;
  readonly #mapping: ImportMapping;
  readonly issues: SpecIssue[] = [];
  readonly warnings: SpecIssue[] = [];

  constructor(document: SpecDocument, mapping: ImportMapping) {
    this.document = document;
    this.#mapping = mapping;
  }

  /** Reports a place that has to be filled in; what stands there until then. */
  fillIn(path: SpecPath, problem: string, remedy: string): string {
    this.issues.push(
      this.document.issue(path, {
        expected: 'what can be said of an event, by the mapping that was given',
        message: `Left to be filled in: ${problem}.`,
        remedy,
      }),
    );
    return FILL_IN;
  }

  /** Reports a document that is none of the tool's own. */
  refuse(path: SpecPath, { tool, expected }: { readonly tool: string; readonly expected: string }): void {
    this.issues.push(
      this.document.issue(path, {
        expected,
        message: `The document is none of ${tool}'s specs.`,
        remedy: `Name files of ${tool}'s own.`,
      }),
    );
  }

  /** An indicator of which nothing can be said of an event. */
  unknownRatio(path: SpecPath, problem: string): ImportedRatio {
    const where = this.fillIn(path, problem, 'Write by hand which events count, and which of them are bad.');
    return { verdict: 'bad', where, scope: where, by: [] };
  }

  /** A name as OpenSLO takes it. */
  nameAt(path: SpecPath): string {
    const name = nameOfText(this.document.textAt(path) ?? '');
    return name === '' ? 'unnamed' : name;
  }

  /** All matchers as one condition; null where there are none. */
  conditionOf(path: SpecPath, matchers: readonly Matcher[]): string | null {
    const conditions = matchers.map((matcher) => {
      const made = matcherPredicate(matcher, this.#mapping);
      return 'cel' in made ? made.cel : this.fillIn(path, made.problem, made.remedy);
    });
    return conditions.length === 0 ? null : [...new Set(conditions)].join(' && ');
  }

  /** Which events a selector counts. */
  scopeOf(path: SpecPath, { metric, matchers }: Selector): string | null {
    const scope = Object.hasOwn(this.#mapping.scopes, metric) ? this.#mapping.scopes[metric] : undefined;
    const stated =
      scope ??
      this.fillIn(
        path,
        `nothing says which events the metric ${metric} counts`,
        `Say it: --scope ${metric}=CONDITION, or --scope ${metric}=true for all events.`,
      );
    const parts = [stated === 'true' ? null : stated, this.conditionOf(path, matchers)];
    const given = parts.filter((part) => part !== null);
    return given.length === 0
      ? null
      : given.map((part) => (part.includes('||') && given.length > 1 ? `(${part})` : part)).join(' && ');
  }

  /** Total and what tells good from bad, of a pair of selectors over the same metric, or of a histogram's. */
  ratioOf(
    path: { readonly verdict: SpecPath; readonly total: SpecPath },
    pair: { readonly verdict: 'good' | 'bad'; readonly part: Selector; readonly total: Selector },
  ): ImportedRatio {
    const { verdict, part, total } = pair;
    const le = part.matchers.find(({ label, operator }) => label === 'le' && operator === '=');
    const base = part.metric.replace(/_bucket$/, '');
    const isBucket = part.metric.endsWith('_bucket') && le !== undefined;
    const shared = new Set(total.matchers.map((matcher) => JSON.stringify(matcher)));
    const own = part.matchers.filter((matcher) => matcher !== le && !shared.has(JSON.stringify(matcher)));
    const isSame = isBucket
      ? total.metric.replace(/_(count|bucket)$/, '') === base
      : part.metric === total.metric;
    const condition = isBucket ? this.boundOf(path.verdict, { base, bound: le.value }) : null;
    const told = this.conditionOf(path.verdict, own);
    const all = [condition, told].filter((each) => each !== null);
    const scope = this.scopeOf(path.total, {
      metric: total.metric,
      matchers: total.matchers.filter(({ label, value }) => !(label === 'le' && value === '+Inf')),
    });
    if (!isSame || all.length === 0) {
      const problem = isSame
        ? 'nothing tells what is counted from the total'
        : `${part.metric} is another metric than ${total.metric}, and one event has to say both`;
      return {
        verdict,
        scope,
        by: [],
        where: this.fillIn(path.verdict, problem, 'Write by which condition an event is one of these.'),
      };
    }
    return { verdict, scope, by: [], where: all.join(' && ') };
  }

  /** The bound of a histogram's bucket, in the unit of the field. */
  boundOf(path: SpecPath, { base, bound }: { readonly base: string; readonly bound: string }): string {
    const field = Object.hasOwn(this.#mapping.values, base) ? this.#mapping.values[base] : undefined;
    if (field === undefined)
      return this.fillIn(
        path,
        `nothing says which field of the event the histogram ${base} measures`,
        `Say it: --value ${base}=FIELD, such as --value ${base}=duration_ms.`,
      );
    const isToMs = base.endsWith('_seconds') && field.endsWith('_ms');
    const value = Number(bound);
    if (Number.isFinite(value))
      return `${field} <= ${String(isToMs ? Number((value * 1_000).toPrecision(15)) : value)}`;
    return this.fillIn(path, `the bound ${bound} is no number`, 'Write the condition by hand.');
  }

  /** The fields that labels stand for, to group by. */
  dimensionsOf(path: SpecPath, labels: readonly string[]): readonly string[] {
    return labels.map((label) => {
      const field = Object.hasOwn(this.#mapping.labels, label) ? this.#mapping.labels[label] : undefined;
      return (
        field ??
        this.fillIn(
          path,
          `nothing says which field of the event the label ${label} is`,
          `Say it: --label ${label}=FIELD.`,
        )
      );
    });
  }
}

/** Reads files of another tool, document by document, into one spec file. */
export function importDocuments(
  files: readonly SpecFile[],
  mapping: ImportMapping,
  slosOf: (reading: ImportReading) => readonly ImportedSlo[],
): Imported {
  const read = files.map((file) => readDocuments(file));
  const readings = read.flatMap(({ sound }) => sound.map((document) => new ImportReading(document, mapping)));
  return {
    text: specText(readings.flatMap(slosOf)),
    issues: [...read, ...readings].flatMap(({ issues }) => issues),
    warnings: readings.flatMap(({ warnings }) => warnings),
  };
}

/** Imported SLOs as a spec file: a document per service, then one per SLO. */
function specText(slos: readonly ImportedSlo[]): string {
  const services = [...new Set(slos.map(({ service }) => service))];
  const documents = [
    ...services.map((name) => ({ apiVersion: API_VERSION, kind: 'Service', metadata: { name }, spec: {} })),
    ...slos.map(sloDocument),
  ];
  return documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
}

function sloDocument(slo: ImportedSlo): object {
  const { name, service, description, labels, targetPercent, period, tiers, ratio } = slo;
  const leaf = (spec: object): object => ({ metricSource: { type: SOURCE_TYPE, spec } });
  const total = {
    ...(ratio.scope !== null && { scope: ratio.scope }),
    ...(ratio.by.length > 0 && { by: ratio.by }),
  };
  return {
    apiVersion: API_VERSION,
    kind: 'SLO',
    metadata: {
      name,
      ...(Object.keys(labels).length > 0 && { labels }),
      annotations: { [`${ANNOTATION_PREFIX}tiers`]: tiers },
    },
    spec: {
      ...(description !== '' && { description }),
      service,
      indicator: {
        metadata: { name },
        spec: {
          ratioMetric: { counter: false, [ratio.verdict]: leaf({ where: ratio.where }), total: leaf(total) },
        },
      },
      timeWindow: [{ duration: period, isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ targetPercent }],
    },
  };
}
