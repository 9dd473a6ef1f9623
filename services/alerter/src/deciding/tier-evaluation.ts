import {
  COVERAGE_MIN_DEFAULT,
  isTierBurning,
  type AlertEvaluation,
  type BurnTier,
  type JudgedWindow,
  type SloPlan,
} from '@burnline/core';
import type { BurnRow } from './burn-rows.ts';

export interface TierEvaluation extends AlertEvaluation {
  readonly long: JudgedWindow;
  readonly short: JudgedWindow;
}

/**
 * Judges one tier on one row of burn rates, at the row's time or a later one for which it still holds; null if the row
 * was made for other windows (an older spec).
 */
export function evaluateTier(
  row: BurnRow,
  plan: SloPlan,
  tier: BurnTier,
  atMs: number,
): TierEvaluation | null {
  const [long, short] = [windowOf(row, tier.longWindowMs), windowOf(row, tier.shortWindowMs)];
  if (long === null || short === null) return null;
  return {
    at: atMs,
    burning: isTierBurning({ tier, target: plan.target, badCountMin: plan.badCountMin, long, short }),
    covered: row.coverage >= COVERAGE_MIN_DEFAULT,
    long,
    short,
  };
}

function windowOf(row: BurnRow, lengthMs: number): JudgedWindow | null {
  const index = row.windowsMs.indexOf(lengthMs);
  if (index < 0) return null;
  const total = row.total[index] ?? 0;
  return { bad: row.bad[index] ?? 0, total, missing: missingCount(total, row.coverage) };
}

/** How many events the uncovered share of partitions would hold if they had as many as the covered ones. */
function missingCount(total: number, coverage: number): number {
  if (coverage >= 1) return 0;
  return coverage <= 0 ? Number.MAX_SAFE_INTEGER - total : Math.ceil(total / coverage) - total;
}
