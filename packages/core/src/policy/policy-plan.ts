import type { SloTrack } from '../burn/slo-plan.ts';
import type { RouteRule } from './route-around.ts';
import { DAY_MS, HOUR_MS } from '../time/units.ts';

/** What somebody wants to ship. */
export const CHANGE_KINDS = ['feature', 'fix', 'model', 'prompt', 'config'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];
/** What a policy may stop: a fix is what a spent budget asks for. */
export const STOPPABLE_KINDS = CHANGE_KINDS.filter((kind) => kind !== 'fix');

/** Steps of a policy's ladder, from the ground up. */
export const POLICY_LEVELS = ['ok', 'warn', 'approval', 'freeze'] as const;
export type PolicyLevel = (typeof POLICY_LEVELS)[number];
export type LadderLevel = Exclude<PolicyLevel, 'ok'>;

/** Shares of the budget that is spent, 0 and up; `liftBelow` is below `at`, so that no budget flaps at a step. */
export type Ladder = Readonly<Record<LadderLevel, { readonly at: number; readonly liftBelow: number }>>;

/** What happens when data is missing, stale or too little to decide by. */
export const INCOMPLETE_ANSWERS = ['allow', 'insufficient', 'deny'] as const;
export type IncompleteAnswer = (typeof INCOMPLETE_ANSWERS)[number];

/** Who hears that a level is entered or left: people, or a program that is called. */
export const TELLING_ACTIONS = ['notify', 'webhook'] as const;
export interface PolicyTelling {
  readonly action: (typeof TELLING_ACTIONS)[number];
  /** From which level on. */
  readonly at: LadderLevel;
  /** Receivers by the names that their settings give them; one at least. */
  readonly receivers: readonly string[];
}

export interface ChangeFreeze {
  readonly reason: string;
  /** Epoch ms: from included, to not included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stops: readonly ChangeKind[];
}

/** What follows from the budgets of some SLOs. */
export interface BudgetPolicy {
  readonly name: string;
  /** Services it is for; empty: all. */
  readonly services: readonly string[];
  /** SLOs it looks at, or all objectives of them; empty: all of the service. */
  readonly slos: readonly string[];
  /** Only SLOs of this track; null: both. */
  readonly track: SloTrack | null;
  readonly ladder: Ladder;
  /** Changes that wait for an approval, and that a freeze stops. */
  readonly stops: readonly ChangeKind[];
  readonly evidence: {
    /** A series with fewer events freezes nothing, and an SLO with fewer is not enough to decide by. */
    readonly eventCountMin: number;
    /** 0 to 1. */
    readonly coverageMin: number;
    /** How old the last evaluation may be. */
    readonly ageMsMax: number;
  };
  readonly whenIncomplete: IncompleteAnswer;
  /** Planned ones, by calendar, whatever the budgets. */
  readonly changeFreezes: readonly ChangeFreeze[];
  /** What gateways are told to send nothing to; one rule of a dimension. */
  readonly routeAround: readonly RouteRule[];
  /** Share of answers to be evaluated at each level, 0 to 1, never less at a higher one; null: the policy says nothing of it. */
  readonly sampling: SamplingRates | null;
  /** From which level on what was new before is marked for rollback; null: never. */
  readonly rollbackAt: LadderLevel | null;
  /** Who is told that the policy comes to a level, or leaves it; one of an action and a level. */
  readonly tellings: readonly PolicyTelling[];
}

export type SamplingRates = Readonly<Record<PolicyLevel, number>>;

/** An override is for days, no longer: what has to last is a policy. */
export const OVERRIDE_MS_MAX = 7 * DAY_MS;

export const LADDER_DEFAULT: Ladder = {
  warn: { at: 0.5, liftBelow: 0.4 },
  approval: { at: 0.75, liftBelow: 0.6 },
  freeze: { at: 1, liftBelow: 0.75 },
};
export const EVIDENCE_DEFAULT: BudgetPolicy['evidence'] = {
  eventCountMin: 100,
  coverageMin: 0.9,
  ageMsMax: HOUR_MS,
};

const shipped = (name: string, track: SloTrack, stops: readonly ChangeKind[]): BudgetPolicy => ({
  ...{ name, services: [], slos: [], track, stops, ladder: LADDER_DEFAULT, evidence: EVIDENCE_DEFAULT },
  whenIncomplete: 'insufficient',
  changeFreezes: [],
  routeAround: [],
  sampling: null,
  rollbackAt: null,
  tellings: [],
});

/**
 * For a service that no policy names. Infrastructure fine, model failing: no new features, and no other model or prompt either, but
 * configuration may change. Model fine, infrastructure failing: no new features and no configuration, while models and prompts may change.
 */
export const DEFAULT_POLICIES: readonly BudgetPolicy[] = [
  shipped('default-model', 'model', ['feature', 'model', 'prompt']),
  shipped('default-infrastructure', 'infrastructure', ['feature', 'config']),
];

/** The policies that a service has: those that name it, else those for all services, else the ones that are shipped. */
export function policiesOf(policies: readonly BudgetPolicy[], service: string): readonly BudgetPolicy[] {
  const named = policies.filter(({ services }) => services.includes(service));
  if (named.length > 0) return named;
  const general = policies.filter(({ services }) => services.length === 0);
  return general.length > 0 ? general : DEFAULT_POLICIES;
}

/** Whether a policy looks at an SLO. */
export function isGoverned(
  { slos, track }: Pick<BudgetPolicy, 'slos' | 'track'>,
  slo: { readonly slo: string; readonly track: SloTrack },
): boolean {
  const isNamed =
    slos.length === 0 || slos.some((name) => slo.slo === name || slo.slo.startsWith(`${name}/`));
  return isNamed && (track === null || track === slo.track);
}
