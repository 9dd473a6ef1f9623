import {
  AppError,
  formatRatio,
  NO_DATA_POLICIES,
  nominalPeriodMs,
  resolveTiers,
  TIER_PRESETS,
} from '@burnline/core';
import type { BudgetPeriod, BurnTier, Derivation, ExactRatio, SliPlan, SloPlan } from '@burnline/core';
import { readObjectives } from './read-objective.ts';
import type { Objective } from './read-objective.ts';
import { readPeriod } from './read-period.ts';
import type { DerivedKind } from '../kinds/derived-kind.ts';
import { derivedKindOf } from '../kinds/derived-kinds.ts';
import { SLICE_ANNOTATIONS } from '../kinds/slices/read-slice-rule.ts';
import type { ObjectivePlace } from '../kinds/sli-kind.ts';
import type { ReadSli } from '../kinds/sli-kinds.ts';
import { readTiers } from './read-tiers.ts';
import {
  annotationNumber,
  annotationWord,
  ANNOTATION_PREFIX,
  checkAnnotations,
  CRITICALITIES,
  tellingOf,
  tierOperatorOf,
  TRACKS,
  withResolveHold,
} from './spec-annotations.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { specRevOf } from './spec-rev.ts';

/**
 * Bad events that an alert needs in its long window unless `burnline.dev/min-bad` says otherwise. With fewer, one user's
 * bad minute on a quiet service would page; five still fire within minutes at 100 requests an hour.
 */
export const BAD_COUNT_MIN_DEFAULT = 5;

/** Reads the SLI that stands at `['spec']` of an SLI document, or inline in an SLO. */
export type SliLookup = (document: SpecDocument, inline: boolean) => ReadSli | null;

/** Labels as one text each: lists are joined, since metric labels and table columns hold one. */
export function labelsOf(document: SpecDocument): Readonly<Record<string, string>> {
  const labels = document.at(['metadata', 'labels']);
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
}

function findIndicator(
  context: SpecContext,
  document: SpecDocument,
  lookUp: SliLookup,
): { sli: ReadSli; from: SpecDocument } | null {
  const hasInline = document.at(['spec', 'indicator']) !== undefined;
  const hasReference = document.at(['spec', 'indicatorRef']) !== undefined;
  if (hasInline === hasReference) {
    const found = hasInline ? 'both' : 'neither';
    const isComposite = !hasInline && document.at(['spec', 'objectives', 0, 'indicatorRef']) !== undefined;
    if (isComposite) return null;
    return context.report(document, ['spec'], {
      expected: 'one of indicator and indicatorRef',
      found,
      message: `The SLO has ${found} of indicator and indicatorRef.`,
    });
  }
  if (hasInline) checkAnnotations(context, document, { kind: 'SLI', base: ['spec', 'indicator'] });
  const from = hasInline ? document : context.resolve('SLI', { document, path: ['spec', 'indicatorRef'] });
  const sli = from === null ? null : lookUp(from, hasInline);
  return sli === null || from === null ? null : { sli, from };
}

const METHOD_PATH = ['spec', 'budgetingMethod'];

/** What speaks of slices has no meaning where events are counted one by one. */
function checkSliceAnnotations(context: SpecContext, document: SpecDocument): void {
  for (const name of SLICE_ANNOTATIONS) {
    const path = ['metadata', 'annotations', ANNOTATION_PREFIX + name];
    if (document.at(path) === undefined) continue;
    context.report(document, path, {
      expected: 'budgetingMethod Timeslices or RatioTimeslices',
      found: document.textAt(METHOD_PATH) ?? 'nothing',
      message: `${ANNOTATION_PREFIX}${name} speaks of slices of time, and events are counted one by one.`,
      remedy: 'Remove it, or write budgetingMethod: Timeslices.',
      atKey: true,
    });
  }
}

/** A kind that says itself what makes a slice good has no meaning under another method. */
function checkJudgedSlices(context: SpecContext, document: SpecDocument, { kind }: ReadSli): void {
  const method = document.textAt(METHOD_PATH);
  if (kind.judgesSlices === undefined || method === 'Timeslices') return;
  context.report(document, METHOD_PATH, {
    expected: 'Timeslices',
    found: method ?? 'nothing',
    message: `${kind.judgesSlices} budgetingMethod ${method ?? ''} does not fit it.`,
    remedy: 'Write budgetingMethod: Timeslices, and timeSliceWindow in the objectives.',
  });
}

function checkTierAnnotations(context: SpecContext, document: SpecDocument): void {
  for (const name of ['tiers', 'operator']) {
    const path = ['metadata', 'annotations', ANNOTATION_PREFIX + name];
    if (document.at(path) === undefined) continue;
    context.report(document, path, {
      expected: 'alertPolicies or this annotation',
      message: `${ANNOTATION_PREFIX}${name} speaks of the default tiers, and alertPolicies replace them.`,
      remedy: 'Remove one of the two.',
      atKey: true,
    });
  }
}

function tiersOf(
  context: SpecContext,
  slo: SpecDocument,
  { target, periodMs }: { target: ExactRatio; periodMs: number },
): readonly BurnTier[] | null {
  if (slo.countAt(['spec', 'alertPolicies']) > 0) return readTiers({ context, slo, target, periodMs });
  const operator = tierOperatorOf(slo);
  const preset = annotationWord(slo, 'tiers', TIER_PRESETS) ?? 'google';
  const key = [formatRatio(target), periodMs, preset, operator].join(' ');
  const known = context.presetTiers.get(key);
  if (known !== undefined) return known;
  try {
    const tiers = resolveTiers({ target, periodMs, preset, ...(operator === undefined ? {} : { operator }) });
    context.presetTiers.set(key, tiers);
    return tiers;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const expected = 'a period that the default tiers fit into';
    return context.report(slo, ['spec', 'timeWindow', 0, 'duration'], {
      expected,
      message: error.message,
      remedy: error.remedy,
    });
  }
}

interface SloParts {
  readonly name: string;
  readonly document: SpecDocument;
  readonly service: SpecDocument | null;
  readonly sli: ReadSli;
  readonly derived: DerivedKind | null;
  readonly period: BudgetPeriod;
}

function planOf(context: SpecContext, parts: SloParts, objective: Objective): SloPlan | null {
  const { name, document, service, derived, period } = parts;
  const place = { context, document, path: objective.path };
  const sli = parts.sli.of(place);
  if (sli === null) return null;
  const derivation = sli.derivation ?? derived?.read(place) ?? null;
  if (derived !== null && derivation === null) return null;
  const tiers = tiersOf(context, document, { target: objective.target, periodMs: nominalPeriodMs(period) });
  if (tiers === null || !fitsWindows(place, tiers, derivation)) return null;
  const slo = objective.slug === '' ? name : `${name}/${objective.slug}`;
  const counted: Omit<SliPlan, 'specRev'> = { slo, ...sli, ...(derivation !== null && { derivation }) };
  const displayName = document.textAt(['metadata', 'displayName']) ?? name;
  return {
    slo,
    displayName:
      objective.slug === '' ? displayName : `${displayName}: ${objective.displayName ?? objective.slug}`,
    service: document.textAt(['spec', 'service']) ?? '',
    description: document.textAt(['spec', 'description']) ?? '',
    track:
      annotationWord(document, 'track', TRACKS) ?? (sli.stream === 'verdicts' ? 'model' : 'infrastructure'),
    criticality:
      annotationWord(document, 'criticality', CRITICALITIES) ??
      annotationWord(service, 'criticality', CRITICALITIES) ??
      'medium',
    sli: { ...counted, specRev: specRevOf(counted) },
    target: objective.target,
    period,
    tiers: withResolveHold(document, tiers),
    ...tellingOf(document, service),
    noData: annotationWord(document, 'no-data', NO_DATA_POLICIES) ?? 'no_traffic',
    badCountMin: annotationNumber(document, 'min-bad') ?? derived?.badCountMin ?? BAD_COUNT_MIN_DEFAULT,
    eventCountMin: annotationNumber(document, 'min-events') ?? 0,
    labels: labelsOf(document),
    source: { file: document.file, document: document.number },
  };
}

/** Whether each window holds a whole slice: one that does not would see nothing most of the time. */
function fitsWindows(
  { context, document, path }: ObjectivePlace,
  tiers: readonly BurnTier[],
  derivation: Derivation | null,
): boolean {
  const shortestMs = Math.min(...tiers.map(({ shortWindowMs }) => shortWindowMs));
  if (derivation === null || derivation.sliceMs <= shortestMs) return true;
  context.report(document, [...path, 'timeSliceWindow'], {
    expected: `at most ${shortestMs / 60_000}m, the shortest window of the SLO's alerts`,
    message: 'A slice is longer than the shortest window that its alerts look at.',
    remedy: 'Make the slices shorter, or give the SLO alertPolicies with longer windows.',
  });
  return false;
}

/** The plans of an SLO's objectives; none where it, its SLI or its service has a mistake, each of which is reported. */
export function readSlo(context: SpecContext, document: SpecDocument, lookUp: SliLookup): readonly SloPlan[] {
  const name = document.textAt(['metadata', 'name']);
  if (document.countAt(['spec', 'alertPolicies']) > 0) checkTierAnnotations(context, document);
  const service = context.resolve('Service', { document, path: ['spec', 'service'], isOptional: true });
  const indicator = findIndicator(context, document, lookUp);
  const period = readPeriod(context, document);
  const derived = derivedKindOf(document.textAt(METHOD_PATH));
  if (derived === null) checkSliceAnnotations(context, document);
  if (indicator !== null) checkJudgedSlices(context, document, indicator.sli);
  const used =
    indicator === null ? null : [...indicator.sli.kind.objectiveFields, ...(derived?.objectiveFields ?? [])];
  const objectives = readObjectives(context, document, used);
  if (name === undefined || indicator === null || period === null) return [];
  const parts = { name, document, service, sli: indicator.sli, derived, period };
  const plans = objectives
    .map((objective) => planOf(context, parts, objective))
    .filter((plan) => plan !== null);
  const sources = [document, indicator.from, ...(service === null ? [] : [service])];
  return sources.some((source) => context.isFaulty(source)) ? [] : plans;
}
