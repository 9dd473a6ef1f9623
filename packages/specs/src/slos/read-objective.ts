import { AppError, type ExactRatio } from '@burnline/core';
import { exactDecimal } from '../documents/exact-decimal.ts';
import { OBJECTIVE_FIELDS, type ObjectiveField, type ObjectivePlace } from '../kinds/sli-kind.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { formatPath } from '../documents/spec-issue.ts';
import { nameOfText } from '../documents/spec-name.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import { warnOfQuotes } from './quoted-number.ts';
import { objectivePaths } from './read-indicator.ts';

export interface Objective {
  /** Ends the SLO's id where there are several objectives. */
  readonly slug: string;
  readonly displayName: string | undefined;
  readonly target: ExactRatio;
  /** Where it stands in the SLO. */
  readonly path: SpecPath;
}

function readTarget(context: SpecContext, document: SpecDocument, path: SpecPath): ExactRatio | null {
  const [ratio, percent] = [
    [...path, 'target'],
    [...path, 'targetPercent'],
  ] as const;
  const given = [ratio, percent].filter((place) => document.at(place) !== undefined);
  const [place] = given;
  if (given.length !== 1 || place === undefined) {
    const found = given.length === 0 ? 'neither' : 'both';
    const message = `${formatPath(path)} has ${found} of target and targetPercent.`;
    return context.report(document, path, {
      expected: 'one of target and targetPercent',
      found,
      message,
      remedy: given.length === 0 ? 'Write target: 0.99, or targetPercent: 99.' : 'Keep one of the two.',
    });
  }
  const written = document.writtenNumber(place);
  if (written === undefined) return null;
  const isPercent = place === percent;
  warnOfQuotes({ context, document, path: place }, written);
  return exactTarget(context, document, { place, text: written.text.trim(), isPercent });
}

function exactTarget(
  context: SpecContext,
  document: SpecDocument,
  { place, text, isPercent }: { place: SpecPath; text: string; isPercent: boolean },
): ExactRatio | null {
  const limit = isPercent ? '100' : '1';
  const expected = `a plain decimal above 0 and below ${limit}`;
  const target = exactDecimal(isPercent ? `${text}%` : text);
  if (target instanceof AppError)
    return context.report(document, place, {
      expected,
      found: text,
      message: target.message,
      remedy: target.remedy,
    });
  if (target.numerator > 0 && target.numerator < target.denominator) return target;
  const isWhole = target.numerator === target.denominator;
  return context.report(document, place, {
    expected,
    found: text,
    message: `A target of ${text} ${isWhole ? 'leaves no error budget' : 'is not a share'}.`,
    remedy: isWhole
      ? 'Choose a target that may be missed once in a while, such as 0.9999.'
      : isPercent
        ? undefined
        : 'Write percent as targetPercent.',
  });
}

/** What an objective may not have beside what its SLI goes by; null: of an SLI that could not be read. */
type UsedFields = readonly ObjectiveField[] | null;

const RATIO = 'a ratio has no threshold of its own.';
const OCCURRENCES = 'events are counted one by one (Occurrences).';
const WITHOUT_EFFECT: Readonly<Record<ObjectiveField, string>> = {
  op: RATIO,
  value: RATIO,
  timeSliceTarget: OCCURRENCES,
  timeSliceWindow: OCCURRENCES,
};
const THRESHOLD =
  'Remove it, and write the threshold into the condition of good; or ask for a thresholdMetric.';
const SLICES = 'Remove it, or write budgetingMethod: Timeslices.';
const REMEDIES: Readonly<Record<ObjectiveField, string>> = {
  op: THRESHOLD,
  value: THRESHOLD,
  timeSliceTarget: SLICES,
  timeSliceWindow: SLICES,
};

function checkExtras({ context, document, path }: ObjectivePlace, used: UsedFields): void {
  if (used === null) return;
  for (const key of OBJECTIVE_FIELDS.filter((field) => !used.includes(field))) {
    if (document.at([...path, key]) === undefined) continue;
    context.reportIfStrict(document, [...path, key], {
      expected: `no ${key} here`,
      message: `${formatPath([...path, key])} has no effect: ${WITHOUT_EFFECT[key]}`,
      remedy: REMEDIES[key],
      atKey: true,
    });
  }
}

function readName(context: SpecContext, document: SpecDocument, path: SpecPath): string | null {
  const slug = nameOfText(document.textAt([...path, 'displayName']) ?? '');
  if (slug !== '') return slug;
  return context.report(document, [...path, 'displayName'], {
    expected: 'a displayName with letters or digits',
    message: `${formatPath(path)} needs a displayName: it tells the SLO's objectives apart.`,
  });
}

/** The objectives of an SLO that have no mistake. Those that do are reported. */
export function readObjectives(
  context: SpecContext,
  document: SpecDocument,
  usedAt: (path: SpecPath) => UsedFields,
): readonly Objective[] {
  const paths = objectivePaths(document);
  const objectives: Objective[] = [];
  const slugs = new Set<string>();
  for (const path of paths) {
    const target = readTarget(context, document, path);
    checkExtras({ context, document, path }, usedAt(path));
    const slug = paths.length === 1 ? '' : readName(context, document, path);
    if (slug !== null && slugs.has(slug)) {
      const expected = 'displayNames that differ in letters or digits';
      const message = `Two objectives are called ${slug}.`;
      context.report(document, [...path, 'displayName'], { expected, message });
    } else if (slug !== null && target !== null) {
      objectives.push({ slug, displayName: document.textAt([...path, 'displayName']), target, path });
    }
    if (slug !== null) slugs.add(slug);
  }
  return objectives;
}
