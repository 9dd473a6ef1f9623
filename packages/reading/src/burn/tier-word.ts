import {
  burnWordOf,
  isBurning,
  type BurnTier,
  type BurnWord,
  type ExactRatio,
  type WindowCounts,
} from '@burnline/core';
import type { WindowBudgetBurn } from '@burnline/queries';
import { seriesKeyOf } from '../forecast/series-key.ts';

/** The worst word first. */
export const WORST_FIRST: readonly BurnWord[] = ['critical', 'increasing', 'recovering', 'acceptable'];

export interface TierBurn {
  readonly tier: BurnTier;
  readonly long: WindowCounts;
  readonly short: WindowCounts;
  readonly isLongOver: boolean;
  readonly isShortOver: boolean;
  /** Guards against little traffic play no part: what is said is what burns, not what pages. */
  readonly word: BurnWord;
}

const NOTHING: WindowCounts = { bad: 0, total: 0 };

/**
 * How every tier of a series burns, by the counts of its windows (by their length in ms; one that is not there has counted nothing), in
 * the tiers' order. Decided on integers.
 */
export function tierBurns(
  { tiers, target }: { readonly tiers: readonly BurnTier[]; readonly target: ExactRatio },
  windows: ReadonlyMap<number, WindowCounts>,
): readonly TierBurn[] {
  return tiers.map((tier) => {
    const long = windows.get(tier.longWindowMs) ?? NOTHING;
    const short = windows.get(tier.shortWindowMs) ?? NOTHING;
    const isLongOver = isBurning(long, tier, target);
    const isShortOver = isBurning(short, tier, target);
    const word = burnWordOf({ isLongOver, isShortOver });
    return { tier, long, short, isLongOver, isShortOver, word };
  });
}

/** The tier with the worst word, of equal ones the first, which is the most urgent; undefined without tiers. */
export function worstTier(burns: readonly TierBurn[]): TierBurn | undefined {
  return WORST_FIRST.map((word) => burns.find((burn) => burn.word === word)).find(
    (burn) => burn !== undefined,
  );
}

/** What the windows of each series counted, by `seriesKeyOf` and the length of the window in ms. */
export function windowsBySeries(
  burn: readonly WindowBudgetBurn[],
): ReadonlyMap<string, ReadonlyMap<number, WindowCounts>> {
  const found = new Map<string, Map<number, WindowCounts>>();
  for (const one of burn) {
    const key = seriesKeyOf(one);
    const own = found.get(key);
    if (own === undefined) found.set(key, new Map([[one.windowMs, one]]));
    else own.set(one.windowMs, one);
  }
  return found;
}
