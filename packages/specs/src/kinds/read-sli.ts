import { HISTOGRAM_SCALE_DEFAULT } from '@burnline/core';
import type { FieldDefinition, GroupBy, PredicateNode, SliPlan, SliStream } from '@burnline/core';
import { checkShape } from '../documents/check-shape.ts';
import { didYouMean } from '@burnline/core';
import { aliasRemedy } from '../predicates/field-aliases.ts';
import { inferenceFields, verdictFields } from '../predicates/event-fields.ts';
import { warningsOfSli } from '../predicates/meaning/sli-warnings.ts';
import type { SliWarning } from '../predicates/meaning/sli-warnings.ts';
import { parsePredicate } from '../predicates/parse-predicate.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import { TOTAL_LEAF_SHAPE, VERDICT_LEAF_SHAPE } from '../documents/spec-shapes.ts';

/** An SLI before it belongs to an SLO. */
export type SliTemplate = Omit<SliPlan, 'slo' | 'specRev'>;

/** Type of the data source that reads events from the stream. */
export const SOURCE_TYPE = 'burnline';
/** Series of one SLI in a chunk, unless `seriesMax` says otherwise. */
export const SERIES_COUNT_DEFAULT = 200;

/** Characters that a key of attributes may have where it names a dimension. */
const DIMENSION_ENTRY = /^attributes\.[A-Za-z0-9_.:-]{1,128}$/;

/** And one of measures, where it names what a histogram is kept of. */
const MEASURE_ENTRY = /^measures\.[A-Za-z0-9_.:-]{1,64}$/;

/** Fields whose values are made per request, task, session or person. */
const MANY_VALUED: ReadonlySet<string> = new Set([
  'request_id',
  'trace_id',
  'span_id',
  'session_id',
  'task_id',
  'user_hash',
]);
/** Attributes that are called like one. */
const MANY_VALUED_ENTRY = /^attributes\.(.*[_.:-])?(id|uuid|guid|hash|email|timestamp)$/i;

const isManyValued = (dimension: string): boolean =>
  MANY_VALUED.has(dimension) || MANY_VALUED_ENTRY.test(dimension);

class SliReader {
  readonly #context: SpecContext;
  readonly #document: SpecDocument;
  readonly #base: SpecPath;
  readonly #stream: SliStream;
  readonly #issueCountBefore: number;

  constructor(context: SpecContext, document: SpecDocument, base: SpecPath) {
    this.#context = context;
    this.#document = document;
    this.#base = base;
    this.#issueCountBefore = context.issues.length;
    this.#stream = document.at(this.#leaf('total', 'stream')) === 'verdicts' ? 'verdicts' : 'inference';
  }

  get #isSound(): boolean {
    return this.#context.issues.length === this.#issueCountBefore;
  }

  get #fields(): readonly FieldDefinition[] {
    return this.#stream === 'verdicts' ? verdictFields : inferenceFields;
  }

  #leaf(leaf: string, ...field: SpecPath): SpecPath {
    return [...this.#base, 'ratioMetric', leaf, 'metricSource', 'spec', ...field];
  }

  #fail(
    path: SpecPath,
    details: {
      message: string;
      expected: string;
      remedy?: string | undefined;
      atKey?: boolean;
      valueOffset?: number;
      found?: string;
    },
  ): null {
    return this.#context.report(this.#document, path, details);
  }

  read(): SliTemplate | null {
    const verdictKind = this.#verdictKind();
    if (verdictKind === null) return null;
    this.#checkLeaf(verdictKind);
    this.#checkLeaf('total');
    const where = this.#predicate(this.#leaf(verdictKind, 'where'));
    const template = {
      stream: this.#stream,
      scope: this.#predicate(this.#leaf('total', 'scope')),
      total: this.#predicate(this.#leaf('total', 'where')),
      groupBy: this.#groupBy(),
      sums: this.#sums(),
      histogram: this.#histogram(),
    };
    this.#checkStream(verdictKind);
    if (where === null || !this.#isSound) return null;
    const sli: SliTemplate = { ...template, verdict: { kind: verdictKind, where } };
    this.#warn(sli);
    return sli;
  }

  /** Warns of what the SLI says and its author hardly means. */
  #warn(sli: SliTemplate): void {
    const places = {
      scope: this.#leaf('total', 'scope'),
      total: this.#leaf('total', 'where'),
      verdict: this.#leaf(sli.verdict.kind, 'where'),
    };
    for (const { place, ...details } of this.#warningsOf(sli, Object.values(places))) {
      this.#context.warn(this.#document, places[place], details);
    }
    const by = this.#leaf('total', 'by');
    sli.groupBy.dimensions.forEach((dimension, index) => {
      if (!isManyValued(dimension)) return;
      this.#context.warn(this.#document, [...by, index], {
        message: `${dimension} has new values all the time: the cap of ${sli.groupBy.seriesCountMax} series will be hit, and what comes after counts under __other__.`,
        expected: 'a dimension with few values, such as provider or region',
        remedy: 'Remove it from by, and ask for single values with SQL.',
      });
    });
  }

  #warningsOf(sli: SliTemplate, conditions: readonly SpecPath[]): readonly SliWarning[] {
    const { sliWarnings } = this.#context;
    const texts = conditions.map((path) => this.#document.textAt(path));
    const key = JSON.stringify([sli.stream, sli.verdict.kind, ...texts]);
    const warnings = sliWarnings.get(key) ?? warningsOfSli(sli, this.#fields);
    sliWarnings.set(key, warnings);
    return warnings;
  }

  /** Which of good and bad is given, if the metric is one that is counted here at all. */
  #verdictKind(): 'good' | 'bad' | null {
    const has = (...path: SpecPath): boolean => this.#document.at([...this.#base, ...path]) !== undefined;
    const supported = 'spec.ratioMetric with good or bad, and total';
    if (has('thresholdMetric')) {
      const message = 'thresholdMetric is not supported yet.';
      const remedy = 'Write the threshold into the condition of good: ttft_ms <= 800.';
      this.#fail([...this.#base, 'thresholdMetric'], { message, expected: supported, remedy, atKey: true });
    }
    for (const key of ['raw', 'rawType'].filter((raw) => has('ratioMetric', raw))) {
      const message = `ratioMetric.${key} is not supported yet.`;
      this.#fail([...this.#base, 'ratioMetric', key], { message, expected: supported, atKey: true });
    }
    if (!this.#isSound) return null;
    if (!has('ratioMetric'))
      return this.#fail([...this.#base, 'ratioMetric'], {
        message: 'The SLI has no ratioMetric.',
        expected: supported,
      });
    if (this.#document.at([...this.#base, 'ratioMetric', 'counter']) === true) {
      const message = 'counter is true, but events are counted one by one.';
      this.#fail([...this.#base, 'ratioMetric', 'counter'], {
        message,
        expected: 'false',
        remedy: 'Write counter: false.',
      });
    }
    const given = (['good', 'bad'] as const).filter((kind) => has('ratioMetric', kind));
    const [kind] = given;
    if (!has('ratioMetric', 'total')) {
      this.#fail([...this.#base, 'ratioMetric', 'total'], {
        message: 'ratioMetric has no total.',
        expected: 'what is counted at all',
      });
    }
    if (given.length === 1 && kind !== undefined) return kind;
    const found = given.length === 0 ? 'neither' : 'both';
    return this.#fail([...this.#base, 'ratioMetric'], {
      message: `ratioMetric has ${found} of good and bad.`,
      expected: 'one of good and bad',
      found,
    });
  }

  /** The type of a leaf's source, and then its spec. */
  #checkLeaf(leaf: 'good' | 'bad' | 'total'): void {
    const source = this.#leaf(leaf).slice(0, -1);
    if (this.#document.at(source) === undefined) return;
    const dataSource = this.#context.resolve('DataSource', {
      document: this.#document,
      path: [...source, 'metricSourceRef'],
    });
    const ownType = this.#document.textAt([...source, 'type']);
    const type = ownType ?? dataSource?.textAt(['spec', 'type']);
    const hasReference = this.#document.at([...source, 'metricSourceRef']) !== undefined;
    if (type === undefined && hasReference) return;
    if (type !== SOURCE_TYPE) {
      const message = `The metric source is of type ${type ?? 'nothing'}; only ${SOURCE_TYPE} is counted here.`;
      this.#fail([...source, 'type'], {
        message,
        expected: SOURCE_TYPE,
        found: type ?? 'nothing',
        remedy: `Write type: ${SOURCE_TYPE}.`,
      });
      return;
    }
    const shape = leaf === 'total' ? TOTAL_LEAF_SHAPE : VERDICT_LEAF_SHAPE;
    checkShape({ context: this.#context, document: this.#document, shape, base: this.#leaf(leaf) });
  }

  #checkStream(verdictKind: 'good' | 'bad'): void {
    const path = this.#leaf(verdictKind, 'stream');
    const stream = this.#document.textAt(path);
    if (stream === undefined || stream === this.#stream) return;
    const message = `${verdictKind} counts the stream ${stream}, and total counts ${this.#stream}.`;
    this.#fail(path, { message, expected: this.#stream, remedy: 'Write stream in total alone.' });
  }

  #predicate(path: SpecPath): PredicateNode | null {
    const source = this.#document.textAt(path);
    if (source === undefined) return null;
    const { predicates } = this.#context;
    const key = `${this.#stream} ${source}`;
    const result = predicates.get(key) ?? parsePredicate(source, this.#fields);
    predicates.set(key, result);
    if (result.ok) return result.node;
    for (const { message, expected, found, remedy, offset } of result.issues) {
      this.#fail(path, { message, expected, found, remedy, valueOffset: offset });
    }
    return null;
  }

  #groupBy(): GroupBy {
    const path = this.#leaf('total', 'by');
    const dimensions = this.#names(
      path,
      'group by',
      (field) => field.type === 'string' || field.type === 'bool' || field.type === 'int',
      true,
    );
    const seriesPath = this.#leaf('total', 'seriesMax');
    const seriesMax = this.#document.at(seriesPath);
    if (seriesMax !== undefined && dimensions.length === 0 && this.#document.countAt(path) === 0) {
      this.#fail(seriesPath, {
        message: 'seriesMax is given without by.',
        expected: 'by: [dimension]',
        atKey: true,
      });
    }
    const capped = typeof seriesMax === 'number' ? seriesMax : SERIES_COUNT_DEFAULT;
    return { dimensions, seriesCountMax: dimensions.length === 0 ? 1 : capped };
  }

  #sums(): readonly string[] {
    return this.#names(this.#leaf('total', 'sum'), 'sum', (field) => field.type === 'int', false);
  }

  #histogram(): SliTemplate['histogram'] {
    const path = this.#leaf('total', 'histogram');
    const name = this.#document.textAt([...path, 'field']);
    if (name === undefined) return null;
    const isMeasure = MEASURE_ENTRY.test(name) && this.#fields.some((field) => field.name === 'measures');
    const field = isMeasure
      ? name
      : this.#name(
          [...path, 'field'],
          'keep a histogram of',
          (known) => known.type === 'int' || known.type === 'double',
        );
    const scale = this.#document.at([...path, 'scale']);
    return field === null
      ? null
      : { field, scale: typeof scale === 'number' ? scale : HISTOGRAM_SCALE_DEFAULT };
  }

  #names(
    path: SpecPath,
    use: string,
    isFit: (field: FieldDefinition) => boolean,
    takesEntries: boolean,
  ): readonly string[] {
    const names: string[] = [];
    for (let index = 0; index < this.#document.countAt(path); index++) {
      const place = [...path, index];
      const text = this.#document.textAt(place);
      if (text === undefined) continue;
      const isEntry =
        takesEntries && DIMENSION_ENTRY.test(text) && this.#fields.some(({ name }) => name === 'attributes');
      const name = isEntry ? text : this.#name(place, use, isFit);
      if (name === null) continue;
      if (names.includes(name))
        this.#fail(place, { message: `${name} is listed twice.`, expected: 'each name once' });
      names.push(name);
    }
    return names;
  }

  /** A field that fits a use, else null, which is reported. */
  #name(path: SpecPath, use: string, isFit: (field: FieldDefinition) => boolean): string | null {
    const name = this.#document.textAt(path) ?? '';
    const fitting = this.#fields.filter(isFit).map((field) => field.name);
    if (fitting.includes(name)) return name;
    const isKnown = this.#fields.some((field) => field.name === name);
    const message = isKnown ? `${name} is not a field to ${use}.` : `There is no field ${name}.`;
    const known = this.#fields.map((field) => field.name);
    const remedy = aliasRemedy(name, known) ?? didYouMean(name, fitting);
    return this.#fail(path, { message, expected: fitting.join(', '), remedy });
  }
}

/** Reads an SLI's spec; null where it has a mistake, each of which is reported. */
export function readSli(context: SpecContext, document: SpecDocument, base: SpecPath): SliTemplate | null {
  return new SliReader(context, document, base).read();
}
