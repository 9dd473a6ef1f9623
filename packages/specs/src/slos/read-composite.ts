import {
  AppError,
  compositeTarget,
  compositeUnits,
  type BurnTier,
  type CompositePart,
  type ExactRatio,
  type PredicateNode,
  type SliPlan,
} from '@burnline/core';
import { exactDecimal } from '../documents/exact-decimal.ts';
import { derivedKindOf } from '../kinds/derived-kinds.ts';
import type { ObjectivePlace } from '../kinds/sli-kind.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { formatPath } from '../documents/spec-issue.ts';
import { warnOfQuotes } from './quoted-number.ts';
import { isComposite, OBJECTIVES_PATH, objectivePaths } from './read-indicator.ts';

const ONE: ExactRatio = { numerator: 1, denominator: 1 };
export const METHOD_PATH = ['spec', 'budgetingMethod'];

/** What a composite cannot have, whatever its parts; reported. */
export function checkComposite(context: SpecContext, document: SpecDocument): void {
  if (!isComposite(document)) {
    for (const path of objectivePaths(document)) checkNoWeight({ context, document, path });
    return;
  }
  const method = document.textAt(METHOD_PATH);
  if (method !== undefined && derivedKindOf(method) !== null)
    context.report(document, METHOD_PATH, {
      expected: 'Occurrences',
      message: `A composite of ${method} is not supported: its parts are added up by what they burn, not slice by slice.`,
      remedy: 'Write budgetingMethod: Occurrences.',
    });
  if (document.countAt(OBJECTIVES_PATH) > 1) return;
  context.report(document, OBJECTIVES_PATH, {
    expected: 'two objectives or more',
    found: 'one',
    message: 'A composite is made of two objectives or more.',
    remedy: 'Write its indicator into the spec itself, or add an objective.',
    atKey: true,
  });
}

function checkNoWeight({ context, document, path }: ObjectivePlace): void {
  const place = [...path, 'compositeWeight'];
  if (document.at(place) === undefined) return;
  context.reportIfStrict(document, place, {
    expected: 'no compositeWeight here',
    message: `${formatPath(place)} has no effect: the objective has no indicator of its own.`,
    remedy: 'Remove it, or give each objective an indicatorRef: the SLO then is a composite.',
    atKey: true,
  });
}

/** How much an objective's burn rate counts in its composite, 1 unless it says so; null where that is no weight, which is reported. */
export function weightOf({ context, document, path }: ObjectivePlace): ExactRatio | null {
  const place = [...path, 'compositeWeight'];
  const written = document.writtenNumber(place);
  if (written === undefined) return ONE;
  warnOfQuotes({ context, document, path: place }, written);
  const weight = exactDecimal(written.text.trim());
  if (!(weight instanceof AppError) && weight.numerator > 0) return weight;
  return context.report(document, place, {
    expected: 'a plain decimal above 0, such as 2 or 0.5',
    found: written.text,
    message: `A compositeWeight of ${written.text} is none.`,
    remedy: 'A part that is not to count is left out of objectives.',
  });
}

/** What a composite of some parts is judged by; null where it cannot be, exactly, which is reported. */
export function compositeGoal(
  context: SpecContext,
  document: SpecDocument,
  {
    parts,
    tiersOf,
  }: {
    readonly parts: readonly CompositePart[];
    /** The tiers at a target; null where they have a mistake, which is reported. */
    readonly tiersOf: (target: ExactRatio) => readonly BurnTier[] | null;
  },
): { readonly target: ExactRatio; readonly tiers: readonly BurnTier[] } | null {
  try {
    const target = compositeTarget(parts);
    const tiers = tiersOf(target);
    if (tiers === null) return null;
    compositeUnits(target, tiers);
    return { target, tiers };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return context.report(document, OBJECTIVES_PATH, {
      expected: 'weights, targets and thresholds that can be compared exactly',
      found: `${parts.length} objectives`,
      message: error.message,
      remedy: error.remedy,
      atKey: true,
    });
  }
}

const literal = (value: boolean): PredicateNode => ({ kind: 'literal', type: 'bool', value });

/**
 * What a composite counts itself: nothing. Its revision is announced, and takes effect, as that of every SLO; what it is
 * judged by are the rows of its parts.
 */
export function compositeSli(slo: string, composite: readonly CompositePart[]): Omit<SliPlan, 'specRev'> {
  return {
    slo,
    stream: 'inference',
    scope: literal(false),
    total: null,
    verdict: { kind: 'good', where: literal(true) },
    groupBy: { dimensions: [], seriesCountMax: 1 },
    sums: [],
    histogram: null,
    composite,
  };
}
