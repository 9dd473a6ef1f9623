import type { SloPlan } from '@burnline/core';
import type { EvaluationSpan } from './evaluation-clock.ts';
import type { WindowSums } from './window-sums.ts';

/** SLOs that count an event in their shortest window, of sums with window 0 the budget's period and window 1 the shortest. */
export function countingSlos(sums: readonly WindowSums[]): ReadonlySet<string> {
  const counting = new Set<string>();
  for (const one of sums) if ((one.total[1] ?? one.total[0] ?? 0) > 0) counting.add(one.slo);
  return counting;
}

/**
 * How complete the data of each SLO is, 0 to 1: the share of partitions that have come so far, times what the sources of
 * the SLO's service cover.
 *
 * While none of its series counts an event in the shortest window and no source of its service lives, an SLO has coverage 0
 * if it takes silence for missing data, and whatever it takes silence for if a source was lost. In a replay no source is there to ask, and history is complete.
 *
 * @param counting see countingSlos
 * @returns coverage by SLO: each is judged by one revision
 */
export function sloCoverages(
  plans: readonly SloPlan[],
  span: EvaluationSpan,
  counting: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const { sources } = span;
  return new Map(
    plans.map((plan) => {
      if (sources === undefined) return [plan.slo, span.coverage];
      const isSilent = !counting.has(plan.slo) && !sources.speaksFor(plan.service);
      const silence = sources.silenceOf(plan.service);
      const isLost = silence?.isAlive === false && silence.lostAtMs !== null;
      if (isSilent && (isLost || plan.noData === 'no_data')) return [plan.slo, 0];
      return [plan.slo, span.coverage * sources.shareOf(plan.service)];
    }),
  );
}
