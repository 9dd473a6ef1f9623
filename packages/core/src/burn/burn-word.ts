import type { WindowCounts } from './burn.ts';
import { isBurning } from './burn.ts';
import type { BurnTier } from './burn-tier.ts';
import type { ExactRatio } from './exact-ratio.ts';

/** What a panel of burn rates says of one tier. Which windows are over says more than whether an alert fires. */
export const BURN_WORDS = ['critical', 'recovering', 'increasing', 'acceptable'] as const;
export type BurnWord = (typeof BURN_WORDS)[number];

/**
 * `critical`: both windows are over the tier's factor. `recovering`: the long one alone, it stopped. `increasing`: the short one
 * alone, it has just begun. `acceptable`: neither.
 */
export function burnWordOf(over: { readonly isLongOver: boolean; readonly isShortOver: boolean }): BurnWord {
  if (over.isLongOver) return over.isShortOver ? 'critical' : 'recovering';
  return over.isShortOver ? 'increasing' : 'acceptable';
}

/** The same by what both windows counted, as exactly as alerts go by it; guards for little traffic and holds are no part of it. */
export function tierBurnWord(
  windows: { readonly long: WindowCounts; readonly short: WindowCounts },
  tier: Pick<BurnTier, 'factor' | 'operator'>,
  target: ExactRatio,
): BurnWord {
  return burnWordOf({
    isLongOver: isBurning(windows.long, tier, target),
    isShortOver: isBurning(windows.short, tier, target),
  });
}
