import { HISTOGRAM_SCALE_DEFAULT, didYouMean } from '@burnline/core';
import type { FieldDefinition, GroupBy, PredicateNode, SliPlan, SliStream } from '@burnline/core';
import type { z } from 'zod';
import { checkShape } from '../documents/check-shape.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { IssueDetails, SpecDocument } from '../documents/spec-document.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import { inferenceFields, verdictFields } from '../predicates/event-fields.ts';
import { aliasRemedy } from '../predicates/field-aliases.ts';
import { warningsOfSli, type SliWarning } from '../predicates/meaning/sli-warnings.ts';
import { parsePredicate } from '../predicates/parse-predicate.ts';

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

/** Which of the fields of events fit a use. */
type IsFit = (field: FieldDefinition) => boolean;
const isNumeric: IsFit = ({ type }) => type === 'int' || type === 'double';
const isBoolean: IsFit = ({ type }) => type === 'bool';
const isInteger: IsFit = ({ type }) => type === 'int';
/** A text that anybody may write, of which there is no list. */
const isText: IsFit = ({ type, symbols }) => type === 'string' && symbols === undefined;

/** Where a kind of SLI says what: its counted leaf, and whatever else it has. Every mistake is reported at its place. */
export class SliReading {
  readonly context: SpecContext;
  readonly document: SpecDocument;
  /** The SLI's spec. */
  readonly base: SpecPath;
  /** The leaf that says what is counted: its source's spec. */
  readonly counted: SpecPath;
  readonly stream: SliStream;
  readonly #issueCountBefore: number;

  constructor(place: {
    readonly context: SpecContext;
    readonly document: SpecDocument;
    readonly base: SpecPath;
    readonly countedLeaf: SpecPath;
  }) {
    this.context = place.context;
    this.document = place.document;
    this.base = place.base;
    this.counted = this.specOf(place.countedLeaf);
    this.#issueCountBefore = place.context.issues.length;
    this.stream = this.document.at([...this.counted, 'stream']) === 'verdicts' ? 'verdicts' : 'inference';
  }

  get isSound(): boolean {
    return this.context.issues.length === this.#issueCountBefore;
  }

  get fields(): readonly FieldDefinition[] {
    return this.stream === 'verdicts' ? verdictFields : inferenceFields;
  }

  /** The spec of the metric source of a leaf: `['ratioMetric', 'good']`. */
  specOf(leaf: SpecPath): SpecPath {
    return [...this.base, ...leaf, 'metricSource', 'spec'];
  }

  fail(path: SpecPath, details: IssueDetails): null {
    return this.context.report(this.document, path, details);
  }

  /** The type of a leaf's source, and then the shape of its spec. */
  checkLeaf(leaf: SpecPath, shape: z.ZodType): void {
    const source = [...this.base, ...leaf, 'metricSource'];
    if (this.document.at(source) === undefined) return;
    const dataSource = this.context.resolve('DataSource', {
      document: this.document,
      path: [...source, 'metricSourceRef'],
    });
    const ownType = this.document.textAt([...source, 'type']);
    const type = ownType ?? dataSource?.textAt(['spec', 'type']);
    const hasReference = this.document.at([...source, 'metricSourceRef']) !== undefined;
    if (type === undefined && hasReference) return;
    if (type !== SOURCE_TYPE) {
      const message = `The metric source is of type ${type ?? 'nothing'}; only ${SOURCE_TYPE} is counted here.`;
      this.fail([...source, 'type'], {
        message,
        expected: SOURCE_TYPE,
        found: type ?? 'nothing',
        remedy: `Write type: ${SOURCE_TYPE}.`,
      });
      return;
    }
    checkShape({ context: this.context, document: this.document, shape, base: this.specOf(leaf) });
  }

  /** What of the events is counted: scope, groups, sums and the histogram; the total is the kind's. */
  countedParts(): Pick<SliTemplate, 'stream' | 'scope' | 'groupBy' | 'sums' | 'histogram'> {
    const groupBy = this.#groupBy();
    this.#warnOfGroups(groupBy);
    return {
      stream: this.stream,
      scope: this.predicate([...this.counted, 'scope']),
      groupBy,
      sums: this.#sums(),
      histogram: this.#histogram(),
    };
  }

  predicate(path: SpecPath): PredicateNode | null {
    const source = this.document.textAt(path);
    if (source === undefined) return null;
    const { predicates } = this.context;
    const key = `${this.stream} ${source}`;
    const result = predicates.get(key) ?? parsePredicate(source, this.fields);
    predicates.set(key, result);
    if (result.ok) return result.node;
    for (const { message, expected, found, remedy, offset } of result.issues) {
      this.fail(path, { message, expected, found, remedy, valueOffset: offset });
    }
    return null;
  }

  /** Warns of what the SLI says and its author hardly means. `verdict`: where its condition stands. */
  warn(sli: SliTemplate, verdict: SpecPath): void {
    const places = {
      scope: [...this.counted, 'scope'],
      total: [...this.counted, 'where'],
      verdict,
    };
    for (const { place, ...details } of this.#warningsOf(sli, Object.values(places)))
      this.context.warn(this.document, places[place], details);
  }

  #warnOfGroups({ dimensions, seriesCountMax }: GroupBy): void {
    dimensions.forEach((dimension, index) => {
      if (!isManyValued(dimension)) return;
      this.context.warn(this.document, [...this.counted, 'by', index], {
        message: `${dimension} has new values all the time: the cap of ${seriesCountMax} series will be hit, and what comes after counts under __other__.`,
        expected: 'a dimension with few values, such as provider or region',
        remedy: 'Remove it from by, and ask for single values with SQL.',
      });
    });
  }

  #warningsOf(sli: SliTemplate, conditions: readonly SpecPath[]): readonly SliWarning[] {
    const { sliWarnings } = this.context;
    const texts = conditions.map((path) => this.document.textAt(path));
    const key = JSON.stringify([sli.stream, sli.verdict.kind, ...texts]);
    const warnings = sliWarnings.get(key) ?? warningsOfSli(sli, this.fields);
    sliWarnings.set(key, warnings);
    return warnings;
  }

  #groupBy(): GroupBy {
    const path = [...this.counted, 'by'];
    const dimensions = this.#names(
      path,
      'group by',
      (field) => field.type === 'string' || field.type === 'bool' || field.type === 'int',
      true,
    );
    const seriesPath = [...this.counted, 'seriesMax'];
    const seriesMax = this.document.at(seriesPath);
    if (seriesMax !== undefined && dimensions.length === 0 && this.document.countAt(path) === 0) {
      this.fail(seriesPath, {
        message: 'seriesMax is given without by.',
        expected: 'by: [dimension]',
        atKey: true,
      });
    }
    const capped = this.numberAt(seriesPath, SERIES_COUNT_DEFAULT);
    return { dimensions, seriesCountMax: dimensions.length === 0 ? 1 : capped };
  }

  #sums(): readonly string[] {
    return this.#names([...this.counted, 'sum'], 'sum', isInteger, false);
  }

  #histogram(): SliTemplate['histogram'] {
    const path = [...this.counted, 'histogram'];
    if (this.document.textAt([...path, 'field']) === undefined) return null;
    const field = this.numberField([...path, 'field'], 'keep a histogram of');
    const scale = this.numberAt([...path, 'scale'], HISTOGRAM_SCALE_DEFAULT);
    return field === null ? null : { field, scale };
  }

  /** The number at a path; another one where there is none. */
  numberAt(path: SpecPath, otherwise: number): number {
    const given = this.document.at(path);
    return typeof given === 'number' ? given : otherwise;
  }

  /** A number of an event, or of its measures, that fits a use; null, which is reported, where it is none. */
  numberField(path: SpecPath, use: string): string | null {
    const name = this.document.textAt(path) ?? '';
    return this.#isMeasure(name) ? name : this.#name(path, use, isNumeric);
  }

  /** A name whose values are categories: a text or boolean field, or an entry of the attributes; null where it is none. */
  categoryField(name: string): string | null {
    const isCategory = this.fields.some(
      (field) => field.name === name && (field.type === 'string' || field.type === 'bool'),
    );
    return isCategory || this.#isAttribute(name) ? name : null;
  }

  /** A boolean field for a use, or another one where none is named; null, which is reported, where it is none. */
  booleanField(path: SpecPath, use: string, otherwise: string): FieldDefinition | null {
    const isGiven = this.document.at(path) !== undefined;
    const name = isGiven ? this.#name(path, use, isBoolean) : otherwise;
    const field = this.fields.find((one) => one.name === name);
    if (field !== undefined || name === null) return field ?? null;
    return this.fail(path.slice(0, -1), {
      message: `It is not said which field to ${use}: events have no ${otherwise}.`,
      expected: `${String(path.at(-1))}, a boolean field`,
    });
  }

  /** Integer fields for a use: one name, or a list of them. */
  integerFields(path: SpecPath, use: string): readonly string[] {
    return this.#named(path, (place) => this.#name(place, use, isInteger));
  }

  /** Integer fields and measures that are summed for a use: one name, or a list of them. */
  summedFields(path: SpecPath, use: string): readonly string[] {
    return this.#named(path, (place) => {
      const text = this.document.textAt(place) ?? '';
      return this.#isMeasure(text) ? text : this.#name(place, use, isInteger);
    });
  }

  /** Texts of an event, and entries of its attributes, for a use: one name, or a list of them. */
  labelFields(path: SpecPath, use: string): readonly string[] {
    return this.#named(path, (place) => {
      const text = this.document.textAt(place) ?? '';
      return this.#isAttribute(text) ? text : this.#name(place, use, isText);
    });
  }

  /** What each name of one or a list of them stands for; each once. */
  #named(path: SpecPath, read: (place: SpecPath) => string | null): readonly string[] {
    const isOne = this.document.textAt(path) !== undefined;
    const places = isOne
      ? [path]
      : Array.from({ length: this.document.countAt(path) }, (_, at) => [...path, at]);
    const names: string[] = [];
    for (const place of places) {
      const name = read(place);
      if (name === null) continue;
      if (names.includes(name))
        this.fail(place, { message: `${name} is listed twice.`, expected: 'each name once' });
      names.push(name);
    }
    return names;
  }

  #isMeasure(name: string): boolean {
    return MEASURE_ENTRY.test(name) && this.fields.some((field) => field.name === 'measures');
  }

  #isAttribute(name: string): boolean {
    return DIMENSION_ENTRY.test(name) && this.fields.some((field) => field.name === 'attributes');
  }

  #names(path: SpecPath, use: string, isFit: IsFit, takesEntries: boolean): readonly string[] {
    return this.#named(path, (place) => {
      const text = this.document.textAt(place);
      if (text === undefined) return null;
      return takesEntries && this.#isAttribute(text) ? text : this.#name(place, use, isFit);
    });
  }

  /** A field that fits a use, else null, which is reported. */
  #name(path: SpecPath, use: string, isFit: (field: FieldDefinition) => boolean): string | null {
    const name = this.document.textAt(path) ?? '';
    const fitting = this.fields.filter(isFit).map((field) => field.name);
    if (fitting.includes(name)) return name;
    const isKnown = this.fields.some((field) => field.name === name);
    const message = isKnown ? `${name} is not a field to ${use}.` : `There is no field ${name}.`;
    const known = this.fields.map((field) => field.name);
    const remedy = aliasRemedy(name, known) ?? didYouMean(name, fitting);
    return this.fail(path, { message, expected: fitting.join(', '), remedy });
  }
}
