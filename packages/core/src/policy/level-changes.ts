import { decideGate, type GateInput, type GateReason, type GovernedState } from './decide-gate.ts';
import {
  policiesOf,
  POLICY_LEVELS,
  type BudgetPolicy,
  type LadderLevel,
  type PolicyLevel,
  type PolicyTelling,
} from './policy-plan.ts';

export type LevelInput = Pick<GateInput, 'service' | 'asOfMs' | 'policies' | 'slos' | 'evaluatedMs'>;

/** A level that was told as entered, and not as left yet. */
export interface StoodTelling {
  readonly policy: string;
  readonly action: PolicyTelling['action'];
  readonly at: LadderLevel;
  /** SLO whose budget had brought it there. */
  readonly slo: string;
}

/** Something to tell of a policy. `removed`: it says no more that anybody is told, or has nothing left to look at. */
export interface LevelChange {
  readonly kind: 'entered' | 'left' | 'removed';
  readonly policy: string;
  readonly action: PolicyTelling['action'];
  readonly at: LadderLevel;
  /** Empty where it is over: whoever heard of the begin hears of the end. */
  readonly receivers: readonly string[];
  /** Below which share the level is left, and what it stops; null where the policy is gone. */
  readonly rule: Pick<BudgetPolicy, 'ladder' | 'stops'> | null;
  /** The series that stands highest, of those the one with most spent; null: there is none. */
  readonly cause: GovernedState | null;
}

/** While one of these holds of a budget, nobody knows that it recovered. */
const UNKNOWN_CODES: readonly GateReason['code'][] = ['no-budget', 'low-coverage'];

/**
 * What is to be told of a service's policies, by the levels that the gate goes by and by what was told before. A level is told as entered as
 * soon as any series of the policy comes to it or above, and as left once none stands there and the budget that brought it there
 * is known: missing data is no recovery. A function of what is given, and of nothing else: told again, nothing follows.
 */
export function levelChanges(input: LevelInput, stood: readonly StoodTelling[]): readonly LevelChange[] {
  const { states, reasons } = decideGate({ ...input, change: 'fix', overrides: [], comparison: null });
  const wanted = policiesOf(input.policies, input.service);
  const changes = wanted.flatMap((policy) =>
    changesOf(policy, stood, {
      states: states.filter((state) => state.policy === policy.name),
      reasons: reasons.filter((reason) => reason.policy === policy.name),
    }),
  );
  const gone = stood.filter(
    (one) => !wanted.some(({ name, tellings }) => name === one.policy && tellings.some(isLike(one))),
  );
  return [
    ...changes,
    ...gone.map(({ policy, action, at }): LevelChange => {
      return { kind: 'removed', policy, action, at, receivers: [], rule: null, cause: null };
    }),
  ];
}

function changesOf(
  policy: BudgetPolicy,
  stood: readonly StoodTelling[],
  { states, reasons }: { readonly states: readonly GovernedState[]; readonly reasons: readonly GateReason[] },
): readonly LevelChange[] {
  const cause = [...states].sort(byHeight)[0] ?? null;
  return policy.tellings.flatMap((telling): readonly LevelChange[] => {
    const before = stood.find((one) => one.policy === policy.name && isLike(one)(telling));
    const isThere = cause !== null && rankOf(cause.level) >= rankOf(telling.at);
    const { action, at, receivers } = telling;
    const named = { policy: policy.name, action, at, rule: policy, cause };
    if (isThere) return before === undefined ? [{ ...named, kind: 'entered', receivers }] : [];
    if (before === undefined || !isKnown(before.slo, reasons)) return [];
    return [{ ...named, kind: cause === null ? 'removed' : 'left', receivers: [] }];
  });
}

const isLike =
  ({ action, at }: Pick<PolicyTelling, 'action' | 'at'>) =>
  (telling: Pick<PolicyTelling, 'action' | 'at'>): boolean =>
    telling.action === action && telling.at === at;

const isKnown = (slo: string, reasons: readonly GateReason[]): boolean =>
  !reasons.some(
    (reason) => reason.code === 'stale' || (reason.slo === slo && UNKNOWN_CODES.includes(reason.code)),
  );

const rankOf = (level: PolicyLevel): number => POLICY_LEVELS.indexOf(level);

const byHeight = (a: GovernedState, b: GovernedState): number =>
  rankOf(b.level) - rankOf(a.level) || (b.spent ?? -Infinity) - (a.spent ?? -Infinity);
