import type { SloPlan } from '@burnline/core';
import type { EvaluationSpan } from './evaluation-clock.ts';
import type { WindowSums } from './window-sums.ts';

/** An SLO's revision, as sums and plans both name it. */
export function planKeyOf(one: Pick<WindowSums, 'slo' | 'specRev'>): string {
  return `${one.slo}|${one.specRev}`;
}

/**
 * How complete the data of each SLO is, 0 to 1: the share of partitions that have come so far, times what the sources of
 * the SLO's service cover.
 *
 * An SLO that takes silence for missing data has coverage 0 while none of its series counts an event in the shortest
 * window and no source of its service says that it lives. In a replay no source is there to ask, and history is complete.
 *
 * @param sums of every series that has any; window 0 is the budget's period, window 1 the shortest
 */
export function sloCoverages(
  plans: readonly SloPlan[],
  span: EvaluationSpan,
  sums: readonly WindowSums[],
): ReadonlyMap<string, number> {
  const { sources } = span;
  const counting = new Set(sums.filter((one) => (one.total[1] ?? one.total[0] ?? 0) > 0).map(planKeyOf));
  return new Map(
    plans.map((plan) => {
      const key = planKeyOf({ slo: plan.slo, specRev: plan.sli.specRev });
      if (sources === undefined) return [key, span.coverage];
      const isSilent = !counting.has(key) && !sources.speaksFor(plan.service);
      if (isSilent && plan.noData === 'no_data') return [key, 0];
      return [key, span.coverage * sources.shareOf(plan.service)];
    }),
  );
}
