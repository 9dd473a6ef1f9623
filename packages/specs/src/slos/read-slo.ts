import {
  AppError,
  formatRatio,
  NO_DATA_POLICIES,
  nominalPeriodMs,
  resolveTiers,
  SLO_DIMENSIONS,
  TIER_PRESETS,
} from '@burnline/core';
import type { BudgetPeriod, BurnTier, Derivation, ExactRatio, SliPlan, SloPlan } from '@burnline/core';
import { checkComposite, compositeGoal, compositeSli, METHOD_PATH, weightOf } from './read-composite.ts';
import { defaultDimensionOf } from './default-dimension.ts';
import { isComposite, readIndicators, type SliLookup } from './read-indicator.ts';
import { readObjectives } from './read-objective.ts';
import type { Objective } from './read-objective.ts';
import { readPeriod } from './read-period.ts';
import type { DerivedKind } from '../kinds/derived-kind.ts';
import { derivedKindOf } from '../kinds/derived-kinds.ts';
import { SLICE_ANNOTATIONS } from '../kinds/slices/read-slice-rule.ts';
import type { ObjectivePlace } from '../kinds/sli-kind.ts';
import type { ReadSli } from '../kinds/sli-kinds.ts';
import {
  checkConfidence,
  lowTrafficOf,
  SHOWN_BAD_COUNT_MIN_DEFAULT,
  wantsEvidence,
} from './read-low-traffic.ts';
import { readTiers } from './read-tiers.ts';
import { RUNAWAY_TIER } from '../kinds/envelope/runaway-tier.ts';
import {
  annotationNumber,
  annotationWord,
  ANNOTATION_PREFIX,
  CRITICALITIES,
  tellingOf,
  tierOperatorOf,
  TRACKS,
  withinOf,
  withResolveHold,
} from './spec-annotations.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { formatPath, type SpecPath } from '../documents/spec-issue.ts';
import { specRevOf } from './spec-rev.ts';

/**
 * Bad events that an alert needs in its long window unless `burnline.dev/min-bad` says otherwise. With fewer, one user's
 * bad minute on a quiet service would page; five still fire within minutes at 100 requests an hour.
 */
export const BAD_COUNT_MIN_DEFAULT = 5;

/** Labels as one text each: lists are joined, since metric labels and table columns hold one. */
export function labelsOf(
  document: SpecDocument,
  path: SpecPath = ['metadata', 'labels'],
): Readonly<Record<string, string>> {
  const labels = document.at(path);
  if (typeof labels !== 'object' || labels === null) return {};
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]: [string, unknown]) => [
      name,
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );
}

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
  readonly context: SpecContext;
  readonly name: string;
  readonly document: SpecDocument;
  readonly service: SpecDocument | null;
  readonly derived: DerivedKind | null;
  readonly period: BudgetPeriod;
}

/** The part of a plan that says what is judged; the rest is the same for all that an SLO document says. */
type Judged = Pick<SloPlan, 'slo' | 'displayName' | 'sli' | 'target' | 'tiers'>;

function planOf(
  parts: SloParts,
  { sli, isPart }: { readonly sli: ReadSli; readonly isPart: boolean },
  objective: Objective,
): SloPlan | null {
  const { context, name, document, derived, period } = parts;
  const place = { context, document, path: objective.path };
  const counts = sli.of(place);
  if (counts === null) return null;
  if (derived !== null && counts.derivation?.kind === 'envelope') return refuseSlicesOf(context, document);
  const derivation = counts.derivation ?? derived?.read(place) ?? null;
  if (derived !== null && derivation === null) return null;
  // Alerts of a composite are its own: its parts have budgets.
  const given = isPart
    ? []
    : tiersOf(context, document, { target: objective.target, periodMs: nominalPeriodMs(period) });
  const tiers = given === null || isPart ? given : withRunawayTier(document, given, derivation);
  if (tiers === null || !fitsWindows(place, tiers, derivation)) return null;
  const slo = objective.slug === '' ? name : `${name}/${objective.slug}`;
  const counted: Omit<SliPlan, 'specRev'> = { slo, ...counts, ...(derivation !== null && { derivation }) };
  const displayName = document.textAt(['metadata', 'displayName']) ?? name;
  return withRest(parts, {
    slo,
    displayName:
      objective.slug === '' ? displayName : `${displayName}: ${objective.displayName ?? objective.slug}`,
    sli: { ...counted, specRev: specRevOf(counted) },
    target: objective.target,
    tiers,
  });
}

function badCountMinOf(document: SpecDocument, derived: DerivedKind | null): number {
  const usual = wantsEvidence(document) ? SHOWN_BAD_COUNT_MIN_DEFAULT : BAD_COUNT_MIN_DEFAULT;
  return annotationNumber(document, 'min-bad') ?? derived?.badCountMin ?? usual;
}

function withRest({ context, document, service, derived, period }: SloParts, judged: Judged): SloPlan {
  const { slo, displayName, sli, target, tiers } = judged;
  const lowTraffic = lowTrafficOf(context, document, judged);
  const within = withinOf(document);
  return {
    slo,
    displayName,
    service: document.textAt(['spec', 'service']) ?? '',
    description: document.textAt(['spec', 'description']) ?? '',
    track:
      annotationWord(document, 'track', TRACKS) ?? (sli.stream === 'verdicts' ? 'model' : 'infrastructure'),
    dimension: annotationWord(document, 'dimension', SLO_DIMENSIONS) ?? defaultDimensionOf(sli),
    criticality:
      annotationWord(document, 'criticality', CRITICALITIES) ??
      annotationWord(service, 'criticality', CRITICALITIES) ??
      'medium',
    sli,
    target,
    period,
    tiers: withResolveHold(document, tiers),
    ...tellingOf(document, service),
    ...(within !== undefined && { within }),
    noData: annotationWord(document, 'no-data', NO_DATA_POLICIES) ?? 'no_traffic',
    badCountMin: badCountMinOf(document, derived),
    eventCountMin: annotationNumber(document, 'min-events') ?? 0,
    ...(lowTraffic !== undefined && { lowTraffic }),
    labels: labelsOf(document),
    source: { file: document.file, document: document.number },
  };
}

/** The composite that an SLO's objectives are the parts of; null where it has a mistake, which is reported. */
function compositeOf(
  parts: SloParts,
  plans: readonly SloPlan[],
  weights: readonly (ExactRatio | null)[],
): SloPlan | null {
  const { context, name, document, period } = parts;
  const composite = plans.flatMap(({ slo, sli, target }, index) => {
    const { specRev, derivation, weight: eventWeight } = sli;
    const weight = weights[index] ?? null;
    const made = { ...(derivation && { derivation }), ...(eventWeight && { eventWeight }) };
    return weight === null ? [] : [{ slo, specRev, ...made, weight, target }];
  });
  if (composite.length < Math.max(2, weights.length)) return null;
  const periodMs = nominalPeriodMs(period);
  const goal = compositeGoal(context, document, {
    parts: composite,
    tiersOf: (target) => tiersOf(context, document, { target, periodMs }),
  });
  if (goal === null) return null;
  const counted = compositeSli(name, composite);
  const isOfModels = plans.every(({ track }) => track === 'model');
  const [dimension = 'other', ...others] = new Set(plans.map((plan) => plan.dimension));
  return {
    ...withRest(parts, {
      slo: name,
      displayName: document.textAt(['metadata', 'displayName']) ?? name,
      sli: { ...counted, specRev: specRevOf(counted) },
      ...goal,
    }),
    ...(isOfModels && { track: 'model' }),
    dimension: others.length === 0 ? dimension : 'other',
  };
}

function refuseSlicesOf(context: SpecContext, document: SpecDocument): null {
  return context.report(document, METHOD_PATH, {
    expected: 'Occurrences',
    message: 'The SLI counts entities, and Timeslices would ask which slices of time they are good in.',
    remedy: 'Write budgetingMethod: Occurrences.',
  });
}

/** An entity that is beyond its envelope pages by itself, whatever the share of such: it may be a loop that nothing stops. */
function withRunawayTier(
  document: SpecDocument,
  tiers: readonly BurnTier[],
  derivation: Derivation | null,
): readonly BurnTier[] {
  const isOwn = document.countAt(['spec', 'alertPolicies']) > 0;
  return derivation?.kind === 'envelope' && !isOwn ? [RUNAWAY_TIER, ...tiers] : tiers;
}

/** Whether each window holds a whole slice: one that does not would see nothing most of the time. */
function fitsWindows(
  { context, document, path }: ObjectivePlace,
  tiers: readonly BurnTier[],
  derivation: Derivation | null,
): boolean {
  const shortestMs = Math.min(...tiers.map(({ shortWindowMs }) => shortWindowMs));
  if (derivation === null || derivation.kind === 'envelope' || derivation.sliceMs <= shortestMs) return true;
  context.report(document, [...path, 'timeSliceWindow'], {
    expected: `at most ${shortestMs / 60_000}m, the shortest window of the SLO's alerts`,
    message: 'A slice is longer than the shortest window that its alerts look at.',
    remedy: 'Make the slices shorter, or give the SLO alertPolicies with longer windows.',
  });
  return false;
}

/**
 * The plans of an SLO's objectives, of a composite with the composite itself behind them; none where it, an SLI or its service
 * has a mistake, each of which is reported.
 */
export function readSlo(context: SpecContext, document: SpecDocument, lookUp: SliLookup): readonly SloPlan[] {
  const name = document.textAt(['metadata', 'name']);
  checkComposite(context, document);
  checkConfidence(context, document);
  if (document.countAt(['spec', 'alertPolicies']) > 0) checkTierAnnotations(context, document);
  const service = context.resolve('Service', { document, path: ['spec', 'service'], isOptional: true });
  const isPart = isComposite(document);
  const indicators = readIndicators({ context, document, lookUp });
  const period = readPeriod(context, document);
  // Of a composite the method is told as a whole.
  const derived = isPart ? null : derivedKindOf(document.textAt(METHOD_PATH));
  if (derived === null) checkSliceAnnotations(context, document);
  for (const { sli } of indicators.values()) checkJudgedSlices(context, document, sli);
  const objectives = readObjectives(context, document, (path) => {
    const kind = indicators.get(formatPath(path))?.sli.kind;
    return kind === undefined ? null : [...kind.objectiveFields, ...(derived?.objectiveFields ?? [])];
  });
  const weights = isPart ? objectives.map(({ path }) => weightOf({ context, document, path })) : [];
  if (name === undefined || period === null) return [];
  const parts = { context, name, document, service, derived, period };
  const plans = objectives
    .map((objective) => {
      const indicator = indicators.get(formatPath(objective.path));
      return indicator === undefined ? null : planOf(parts, { sli: indicator.sli, isPart }, objective);
    })
    .filter((plan) => plan !== null);
  const composite = isPart && plans.length === weights.length ? compositeOf(parts, plans, weights) : null;
  const sources = [document, ...[...indicators.values()].map(({ from }) => from), service];
  if (sources.some((source) => source !== null && context.isFaulty(source))) return [];
  return composite === null ? plans : [...plans, composite];
}
