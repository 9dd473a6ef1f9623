import { decideGate, type GovernedState } from './decide-gate.ts';
import type { LevelInput } from './level-changes.ts';
import { policiesOf, POLICY_LEVELS, type BudgetPolicy } from './policy-plan.ts';

/** A series whose policy marks what was new before for rollback. */
export type MarkedSeries = Pick<GovernedState, 'policy' | 'slo' | 'labels' | 'level'> & {
  /** When it came to a level of that height, epoch ms. */
  readonly sinceMs: number;
};

/** What the policies of a service ask for beside the gate. */
export interface ServiceActions {
  /** Share of answers to be evaluated, 0 to 1: the highest that any of its policies asks for; null: none does. */
  readonly samplingRate: number | null;
  readonly marked: readonly MarkedSeries[];
  /** Whether the budgets are known well enough for the gate; if not, levels are those that were known last. */
  readonly isComplete: boolean;
}

/**
 * By the levels of the ladders that the gate goes by, and so as free of flapping as they are: a function of what is given, and of nothing
 * else. Where data is incomplete the levels of the rows that there are hold, and the answer says so.
 */
export function serviceActions(input: LevelInput): ServiceActions {
  const { states, reasons } = decideGate({ ...input, change: 'fix', overrides: [], comparison: null });
  const policies = policiesOf(input.policies, input.service);
  const rates = policies.flatMap((policy) => rateOf(policy, states) ?? []);
  return {
    samplingRate: rates.length === 0 ? null : Math.max(...rates),
    marked: policies.flatMap((policy) => markedOf(policy, states)),
    isComplete: !reasons.some(({ code }) => INCOMPLETE_CODES.includes(code)),
  };
}

const INCOMPLETE_CODES: readonly string[] = ['stale', 'no-slo', 'no-budget', 'few-events', 'low-coverage'];

const rankOf = ({ level }: Pick<GovernedState, 'level'>): number => POLICY_LEVELS.indexOf(level);

function rateOf({ name, sampling }: BudgetPolicy, states: readonly GovernedState[]): number | null {
  if (sampling === null) return null;
  const rank = Math.max(0, ...states.filter(({ policy }) => policy === name).map(rankOf));
  return sampling[POLICY_LEVELS[rank] ?? 'ok'];
}

function markedOf(
  { name, rollbackAt }: BudgetPolicy,
  states: readonly GovernedState[],
): readonly MarkedSeries[] {
  if (rollbackAt === null) return [];
  return states
    .filter((state) => state.policy === name && rankOf(state) >= POLICY_LEVELS.indexOf(rollbackAt))
    .flatMap(({ policy, slo, labels, level, sinceMs }) =>
      sinceMs === null ? [] : [{ policy, slo, labels, level, sinceMs }],
    );
}
