import type { ArmDimension, Arms } from '../../../../src/api/contract/index.ts';
import type { UrlState } from '../../parts/url-state.ts';

/** Words for what tells arms apart; in the order in which they are offered. */
export const DIMENSION_WORDS: Readonly<Record<ArmDimension, string>> = {
  variant: 'variant',
  model_served: 'model served',
  prompt_version: 'prompt version',
  model_requested: 'model asked for',
  deployment: 'deployment',
  provider: 'provider',
  region: 'region',
};
export const DIMENSIONS = Object.keys(DIMENSION_WORDS) as readonly ArmDimension[];

type Arm = Arms['arms'][number];

export interface Choice {
  readonly by: ArmDimension;
  /** Null: there is nothing to choose. */
  readonly baseline: string | null;
  readonly candidate: string | null;
}

/**
 * What is compared: what the address says; else the first dimension with two values, what came last as the candidate, and the busiest
 * other value as its baseline.
 */
export function choiceOf(state: UrlState, arms: readonly Arm[]): Choice {
  const named = DIMENSIONS.find((by) => by === state['by']);
  const by =
    named ?? DIMENSIONS.find((one) => arms.filter((arm) => arm.by === one).length > 1) ?? 'model_served';
  const own = arms.filter((arm) => arm.by === by);
  const isNamed = named !== undefined;
  const newest = [...own]
    .filter(({ arm }) => arm !== (isNamed ? state['baseline'] : undefined))
    .sort((a, b) => b.firstMs - a.firstMs || a.inferences - b.inferences)[0];
  const candidate = (isNamed ? state['candidate'] : undefined) ?? newest?.arm ?? null;
  const busiest = own.find(({ arm }) => arm !== candidate);
  const baseline = (isNamed ? state['baseline'] : undefined) ?? busiest?.arm ?? null;
  return { by, baseline, candidate };
}
