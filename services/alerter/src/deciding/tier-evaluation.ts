import {
  COVERAGE_MIN_DEFAULT,
  isTierBurning,
  type AlertEvaluation,
  type BurnTier,
  type JudgedWindow,
  type SloPlan,
  type WindowCounts,
} from '@burnline/core';
import type { BurnRow } from './burn-rows.ts';

export interface TierEvaluation extends AlertEvaluation {
  readonly long: WindowCounts;
  readonly short: WindowCounts;
}

/**
 * Judges one tier on one row of burn rates, at the row's time or a later one for which it still holds; null if the row
 * was made for other windows (an older spec).
 *
 * Silence is not recovery: a short window without events says that things are well only where a source says that there
 * was nothing, and no window does while a source is missing that may have fed what fired.
 *
 * @param firedAtMs when the alert fired; null if it does not
 */
export function evaluateTier(
  row: BurnRow,
  { plan, tier, atMs, firedAtMs }: EvaluatedTier,
): TierEvaluation | null {
  const [long, short] = [windowOf(row, tier.longWindowMs), windowOf(row, tier.shortWindowMs)];
  if (long === null || short === null) return null;
  return {
    at: atMs,
    burning: isTierBurning({
      tier,
      target: plan.target,
      badCountMin: plan.badCountMin,
      eventCountMin: plan.eventCountMin ?? 0,
      lowTraffic: plan.lowTraffic,
      dispersion: row.dispersion,
      long,
      short,
    }),
    covered:
      row.coverage >= COVERAGE_MIN_DEFAULT &&
      (short.total > 0 || row.isHeard) &&
      !(firedAtMs !== null && row.lostAtMs !== null && row.lostAtMs >= firedAtMs - tier.longWindowMs),
    long,
    short,
  };
}

interface EvaluatedTier {
  readonly plan: SloPlan;
  readonly tier: BurnTier;
  readonly atMs: number;
  readonly firedAtMs: number | null;
}

function windowOf(row: BurnRow, lengthMs: number): JudgedWindow | null {
  const index = row.windowsMs.indexOf(lengthMs);
  if (index < 0) return null;
  const counts = { bad: row.bad[index] ?? 0, total: row.total[index] ?? 0 };
  const [badSeen, totalSeen] = [row.badSeen[index], row.totalSeen[index]];
  return badSeen === undefined || totalSeen === undefined ? counts : { ...counts, badSeen, totalSeen };
}
