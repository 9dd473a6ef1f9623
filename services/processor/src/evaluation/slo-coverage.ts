import type { SloPlan } from '@burnline/core';
import type { EvaluationSpan } from './evaluation-clock.ts';
import type { WindowSums } from './window-sums.ts';

/**
 * How complete the data of each SLO is, 0 to 1: the share of partitions that have come so far, times what the sources of
 * the SLO's service cover.
 *
 * An SLO that takes silence for missing data has coverage 0 while none of its series counts an event in the shortest
 * window and no source of its service says that it lives. In a replay no source is there to ask, and history is complete.
 *
 * @param sums of every series that has any; window 0 is the budget's period, window 1 the shortest
 * @returns coverage by SLO: each is judged by one revision
 */
export function sloCoverages(
  plans: readonly SloPlan[],
  span: EvaluationSpan,
  sums: readonly WindowSums[],
): ReadonlyMap<string, number> {
  const { sources } = span;
  const counting = new Set<string>();
  for (const one of sums) if ((one.total[1] ?? one.total[0] ?? 0) > 0) counting.add(one.slo);
  return new Map(
    plans.map((plan) => {
      if (sources === undefined) return [plan.slo, span.coverage];
      const isSilent = !counting.has(plan.slo) && !sources.speaksFor(plan.service);
      if (isSilent && plan.noData === 'no_data') return [plan.slo, 0];
      return [plan.slo, span.coverage * sources.shareOf(plan.service)];
    }),
  );
}
