import type { BurnTier } from '../burn/burn-tier.ts';
import type { AlertTiming } from './alert-machine.ts';

/**
 * A window that has just filled with good events says little: with ten events in it, an outage of 40 % looks clear every
 * few minutes. So a tier is clear for two short windows in a row, which share no event, before it resolves.
 */
const RESOLVE_HOLD_SHORT_WINDOWS = 2;
/** What comes back within so many resolve holds has not ended: the long window of a default tier. */
const GAP_RESOLVE_HOLDS = 6;

/** How long a tier waits before it decides. The resolve hold is the spec's, or follows from the short window. */
export function alertTimingOf(
  tier: Pick<BurnTier, 'shortWindowMs' | 'holdMs' | 'resolveHoldMs'>,
): AlertTiming {
  const resolveHoldMs = tier.resolveHoldMs ?? RESOLVE_HOLD_SHORT_WINDOWS * tier.shortWindowMs;
  return { holdMs: tier.holdMs, resolveHoldMs, gapMs: GAP_RESOLVE_HOLDS * resolveHoldMs };
}
