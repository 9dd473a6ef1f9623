import type { ReadSli } from '../kinds/sli-kinds.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { formatPath, type SpecPath } from '../documents/spec-issue.ts';
import { checkAnnotations } from './spec-annotations.ts';

/** Reads the SLI of an SLI document, or the one that stands in place at `inline` of another document. */
export type SliLookup = (document: SpecDocument, inline?: SpecPath) => ReadSli | null;

export interface Indicator {
  readonly sli: ReadSli;
  readonly from: SpecDocument;
}

export const OBJECTIVES_PATH = ['spec', 'objectives'] as const;

/** Whether an objective has an indicator of its own: the SLO then is a composite. */
export function isComposite(document: SpecDocument): boolean {
  return objectivePaths(document).some((path) => hasIndicator(document, path));
}

export function objectivePaths(document: SpecDocument): readonly SpecPath[] {
  return Array.from({ length: document.countAt(OBJECTIVES_PATH) }, (_, index) => [...OBJECTIVES_PATH, index]);
}

const hasIndicator = (document: SpecDocument, path: SpecPath): boolean =>
  ['indicator', 'indicatorRef'].some((key) => document.at([...path, key]) !== undefined);

/** The indicator that is given in place or referred to at a path; null where it has a mistake, which is reported. */
function readIndicator({ context, document, lookUp }: IndicatorSource, path: SpecPath): Indicator | null {
  const [inline, reference] = [
    [...path, 'indicator'],
    [...path, 'indicatorRef'],
  ] as const;
  const hasInline = document.at(inline) !== undefined;
  if (hasInline === (document.at(reference) !== undefined)) {
    const found = hasInline ? 'both' : 'neither';
    const what = path.length === 1 ? 'The SLO' : formatPath(path);
    return context.report(document, path, {
      expected: 'one of indicator and indicatorRef',
      found,
      message: `${what} has ${found} of indicator and indicatorRef.`,
      remedy: remedyOf(hasInline, path),
    });
  }
  if (hasInline) checkAnnotations(context, document, { kind: 'SLI', base: inline });
  const from = hasInline ? document : context.resolve('SLI', { document, path: reference });
  if (from === null) return null;
  const sli = hasInline ? lookUp(document, inline) : lookUp(from);
  return sli === null ? null : { sli, from };
}

function remedyOf(hasBoth: boolean, path: SpecPath): string {
  if (hasBoth) return 'Keep one of the two.';
  return path.length > 1
    ? 'Each objective of a composite names an SLI.'
    : 'Name an SLI (indicatorRef), or write one in place (indicator).';
}

interface IndicatorSource {
  readonly context: SpecContext;
  readonly document: SpecDocument;
  readonly lookUp: SliLookup;
}

/**
 * The indicator of every objective of an SLO, by the objective's path as text: the SLO's own, or of a composite each
 * objective's. An objective without one has a mistake, which is reported.
 */
export function readIndicators(source: IndicatorSource): ReadonlyMap<string, Indicator> {
  const { context, document } = source;
  const paths = objectivePaths(document);
  if (!isComposite(document)) {
    const own = readIndicator(source, ['spec']);
    return new Map(own === null ? [] : paths.map((path) => [formatPath(path), own]));
  }
  for (const key of ['indicator', 'indicatorRef']) {
    if (document.at(['spec', key]) === undefined) continue;
    context.report(document, ['spec', key], {
      expected: 'indicators in the SLO itself or in its objectives',
      found: 'both',
      message: `spec.${key} and indicators in objectives exclude each other: the SLO is a composite of its objectives.`,
      remedy: `Remove spec.${key}, or the indicators of the objectives.`,
      atKey: true,
    });
  }
  return new Map(
    paths.flatMap((path) => {
      const indicator = readIndicator(source, path);
      return indicator === null ? [] : [[formatPath(path), indicator] as const];
    }),
  );
}
