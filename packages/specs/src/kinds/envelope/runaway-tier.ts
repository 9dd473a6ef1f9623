import { MINUTE_MS, type BurnTier } from '@burnline/core';

/**
 * Pages on the first entity that crosses its envelope. Its windows are the shortest that hold the five minutes in which an
 * entity counts: it burns while such an entity goes on, and up to ten minutes after.
 */
export const RUNAWAY_TIER: BurnTier = {
  name: 'runaway',
  longWindowMs: 10 * MINUTE_MS,
  shortWindowMs: 5 * MINUTE_MS,
  budgetShare: { numerator: 0, denominator: 1 },
  // More than nothing: any at all.
  factor: { numerator: 0, denominator: 1 },
  operator: '>',
  severity: 'page',
  badCountMin: 1,
  holdMs: 0,
};
