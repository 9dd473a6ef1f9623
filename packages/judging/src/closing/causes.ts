import { hasLabels } from '@burnline/core';
import { isInScope, type Adjustment, type DatedAdjustment } from '../adjusting/adjustments.ts';
import type { SummedPlan } from '../evaluation/evaluation-plan.ts';
import type { ReportedFigure } from './closed-figures.ts';

export const LATE_EVENTS = 'late_events';

/** Adjustments that may have changed a figure since it was reported: `adjustment ID`, or `adjustment ID revoked`. */
export function adjustedSince(
  figure: Pick<ReportedFigure, 'labels' | 'fromMs' | 'toMs' | 'reportedMs'>,
  plan: Pick<SummedPlan, 'slo' | 'sli'>,
  adjustments: readonly DatedAdjustment[],
): readonly string[] {
  const names = [plan.slo, ...(plan.sli.composite ?? []).map(({ slo }) => slo)];
  return adjustments.flatMap((one) => {
    const isOfIt =
      names.some((slo) => isInScope(one, slo)) &&
      one.fromS * 1_000 < figure.toMs &&
      figure.fromMs < one.toS * 1_000 &&
      hasLabels(figure.labels, one.labels);
    if (!isOfIt) return [];
    const { addedMs, revokedMs } = one;
    const isAdded = addedMs > figure.reportedMs;
    // What came and went between two looks changed nothing.
    if (revokedMs === null) return isAdded ? [`adjustment ${one.id}`] : [];
    return !isAdded && revokedMs > figure.reportedMs ? [`adjustment ${one.id} revoked`] : [];
  });
}

/** What was in force at an instant. */
export function inForceAt(adjustments: readonly DatedAdjustment[], atMs: number): readonly Adjustment[] {
  return adjustments.filter(
    ({ addedMs, revokedMs }) => addedMs <= atMs && (revokedMs === null || revokedMs > atMs),
  );
}
