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

export interface Choice {
  readonly by: ArmDimension;
  /** Null: there is nothing to choose. */
  readonly baseline: string | null;
  readonly candidate: string | null;
}

/** What was there so soon after the stretch began was there before. */
const NEW_AFTER_MS = 3_600_000;

/**
 * What is compared: what the address says; else the first dimension with two values, what came last as the candidate, and the busiest
 * other value as its baseline. Where none is new to the stretch, the busiest two: which of them the moving stretch happens to see first
 * says nothing.
 */
export function choiceOf(state: UrlState, { fromMs, arms }: Pick<Arms, 'fromMs' | 'arms'>): Choice {
  const named = DIMENSIONS.find((by) => by === state['by']);
  const by =
    named ?? DIMENSIONS.find((one) => arms.filter((arm) => arm.by === one).length > 1) ?? 'model_served';
  const own = arms.filter((arm) => arm.by === by);
  const isNamed = named !== undefined;
  const given = isNamed ? state['baseline'] : undefined;
  const newest = [...own]
    .filter(({ arm, firstMs }) => arm !== given && firstMs >= fromMs + NEW_AFTER_MS)
    .sort((a, b) => b.firstMs - a.firstMs || a.inferences - b.inferences)[0];
  const others = own.filter(({ arm }) => arm !== given);
  const next = newest ?? (given === undefined ? (others[1] ?? others[0]) : others[0]);
  const candidate = (isNamed ? state['candidate'] : undefined) ?? next?.arm ?? null;
  const busiest = own.find(({ arm }) => arm !== candidate);
  const baseline = (isNamed ? state['baseline'] : undefined) ?? busiest?.arm ?? null;
  return { by, baseline, candidate };
}
