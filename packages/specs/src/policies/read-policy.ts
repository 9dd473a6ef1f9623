import {
  EVIDENCE_DEFAULT,
  LADDER_DEFAULT,
  POLICY_LEVELS,
  STOPPABLE_KINDS,
  TELLING_ACTIONS,
  type BudgetPolicy,
  type ChangeFreeze,
  type Ladder,
  type LadderLevel,
  type PolicyTelling,
  type SamplingRates,
} from '@burnline/core';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { parseDuration } from '../documents/spec-duration.ts';
import type { SpecPath } from '../documents/spec-issue.ts';
import type { BudgetPolicySpec } from '../documents/spec-shapes.ts';
import { readRouteRule } from './read-route-rule.ts';

const LEVELS = ['warn', 'approval', 'freeze'] as const satisfies readonly LadderLevel[];
/** Of the share at which a level begins, where the document does not say at which one it ends. */
const LIFT_SHARE = 0.8;
/** A time names its zone: a freeze that begins an hour late is none. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** The policy of a document; null where it has a mistake, all of which are reported. */
export function readPolicy(context: SpecContext, document: SpecDocument): BudgetPolicy | null {
  // What its shape forbids is reported already.
  if (context.isFaulty(document)) return null;
  const spec = document.at(['spec']) as BudgetPolicySpec;
  spec.services?.forEach((_, index) =>
    context.resolve('Service', { document, path: ['spec', 'services', index], isOptional: true }),
  );
  spec.slos?.forEach((_, index) => context.resolve('SLO', { document, path: ['spec', 'slos', index] }));
  const stops = spec.stops ?? STOPPABLE_KINDS;
  const { minEvents, minCoverage, maxAge } = spec.evidence ?? {};
  const policy: BudgetPolicy = {
    name: document.textAt(['metadata', 'name']) ?? '',
    services: spec.services ?? [],
    slos: spec.slos ?? [],
    track: spec.track ?? null,
    ladder: readLadder(context, document, spec),
    stops,
    evidence: {
      eventCountMin: minEvents ?? EVIDENCE_DEFAULT.eventCountMin,
      coverageMin: minCoverage ?? EVIDENCE_DEFAULT.coverageMin,
      ageMsMax: parseDuration(maxAge)?.durationMs ?? EVIDENCE_DEFAULT.ageMsMax,
    },
    whenIncomplete: spec.whenIncomplete ?? 'insufficient',
    changeFreezes: (spec.changeFreezes ?? []).flatMap(
      (freeze, index) => readFreeze(context, document, { freeze, stops, index }) ?? [],
    ),
    sampling: readSampling(context, document, spec),
    rollbackAt: spec.rollbackAt ?? null,
    tellings: TELLING_ACTIONS.flatMap((action) => readTellings(context, document, { spec, action })),
    routeAround: (spec.routeAround ?? []).map((_, index) => readRouteRule(context, document, index)),
  };
  return context.isFaulty(document) ? null : policy;
}

function readLadder(context: SpecContext, document: SpecDocument, { ladder = {} }: BudgetPolicySpec): Ladder {
  const read = Object.fromEntries(
    LEVELS.map((level) => {
      const at = ladder[level]?.at ?? LADDER_DEFAULT[level].at;
      const usual = at === LADDER_DEFAULT[level].at ? LADDER_DEFAULT[level].liftBelow : at * LIFT_SHARE;
      return [level, { at, liftBelow: ladder[level]?.liftBelow ?? usual }];
    }),
  ) as Ladder;
  LEVELS.forEach((level, index) => {
    const { at, liftBelow } = read[level];
    const path: SpecPath = ['spec', 'ladder', level];
    if (liftBelow >= at)
      context.report(document, [...path, 'liftBelow'], {
        expected: `a share below ${at}, at which ${level} begins`,
        found: String(liftBelow),
        message: `${level} would be lifted where it begins, and flap.`,
        remedy: 'Leave a gap between the two that a budget does not cross by chance.',
      });
    const below = LEVELS[index - 1];
    if (below !== undefined && read[below].at > at)
      context.report(document, [...path, 'at'], {
        expected: `a share of at least ${read[below].at}, at which ${below} begins`,
        found: String(at),
        message: `${level} would begin before ${below}.`,
        remedy: 'Order them: warn, approval, freeze.',
      });
  });
  return read;
}

/** A level that says nothing has the rate of the one below it. */
function readSampling(
  context: SpecContext,
  document: SpecDocument,
  { sampling }: BudgetPolicySpec,
): SamplingRates | null {
  if (sampling === undefined) return null;
  let below = 0;
  const rates = POLICY_LEVELS.map((level) => {
    const rate = sampling[level] ?? below;
    if (rate < below)
      context.report(document, ['spec', 'sampling', level], {
        expected: `a share of at least ${below}, as at the level below it`,
        found: String(rate),
        message: `Fewer answers would be evaluated at ${level} than before it.`,
        remedy: 'Let the rate rise with the level, or leave the level out.',
      });
    below = rate;
    return [level, rate] as const;
  });
  return Object.fromEntries(rates) as SamplingRates;
}

/** Who is told of which level. */
function readTellings(
  context: SpecContext,
  document: SpecDocument,
  { spec, action }: { readonly spec: BudgetPolicySpec; readonly action: PolicyTelling['action'] },
): readonly PolicyTelling[] {
  const given = spec[action] ?? [];
  given.forEach(({ at }, index) => {
    if (given.findIndex((one) => one.at === at) === index) return;
    context.report(document, ['spec', action, index, 'at'], {
      expected: 'a level that has no entry yet',
      found: at,
      message: `${action} has two entries for ${at}: each level is told once.`,
      remedy: 'Name all receivers of a level in one entry.',
    });
  });
  return given.map(({ at, receivers }) => ({ action, at, receivers: [...new Set(receivers)] }));
}

function readFreeze(
  context: SpecContext,
  document: SpecDocument,
  {
    freeze,
    stops,
    index,
  }: {
    readonly freeze: NonNullable<BudgetPolicySpec['changeFreezes']>[number];
    readonly stops: BudgetPolicy['stops'];
    readonly index: number;
  },
): ChangeFreeze | null {
  const path: SpecPath = ['spec', 'changeFreezes', index];
  const times = (['from', 'to'] as const).map((name) => {
    const atMs = INSTANT.test(freeze[name]) ? Date.parse(freeze[name]) : Number.NaN;
    if (Number.isNaN(atMs))
      context.report(document, [...path, name], {
        expected: 'a time with its zone, such as 2026-12-20T00:00:00Z',
        message: `${name} of a change freeze is no time.`,
        remedy: 'Write date, time and zone; Z is UTC.',
      });
    return atMs;
  });
  const [fromMs, toMs] = times as [number, number];
  if (fromMs >= toMs)
    context.report(document, [...path, 'to'], {
      expected: `a time after ${freeze.from}`,
      message: 'The change freeze ends before it begins.',
      remedy: 'Check both times.',
    });
  return fromMs < toMs ? { reason: freeze.reason, fromMs, toMs, stops: freeze.stops ?? stops } : null;
}
