import type { BurnTier } from './burn-tier.ts';
import { compareRatios } from './exact-ratio.ts';

/**
 * Most urgent first: pages before tickets, then the shorter long window, then the larger factor. The window goes before
 * the factor because default tiers that were replaced share nearly the same factor.
 */
export function byUrgency(left: BurnTier, right: BurnTier): number {
  if (left.severity !== right.severity) return left.severity === 'page' ? -1 : 1;
  if (left.longWindowMs !== right.longWindowMs) return left.longWindowMs - right.longWindowMs;
  return compareRatios(right.factor, left.factor);
}
