import { nominalPeriodMs, type SloPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { groupPlans } from './evaluation-plan.ts';
import { groupSumsAt } from './group-sums.ts';

/** What a series came to over a window of the length of its budget's period. */
export interface PeriodSums {
  readonly slo: string;
  /** Unsigned 64-bit number as text. */
  readonly series: string;
  /** End of the window, epoch ms. */
  readonly endMs: number;
  readonly good: number;
  readonly total: number;
}

/**
 * Sums of every series over windows as long as the budgets' periods (calendar ones at their nominal length), by their ends:
 * everything that is known by now of each, verdicts that came later included. Of rows that are not sealed alone, whose past is
 * whole at any instant.
 */
export async function periodSums(
  store: Store,
  plans: readonly SloPlan[],
  {
    stream,
    paneMs,
    endsMs,
  }: { readonly stream: string; readonly paneMs: number; readonly endsMs: readonly number[] },
): Promise<readonly PeriodSums[]> {
  const wholes = plans.map((plan): SloPlan => {
    const durationMs = nominalPeriodMs(plan.period);
    return { ...plan, tiers: [], period: { kind: 'rolling', durationMs, text: plan.period.text } };
  });
  const found: PeriodSums[] = [];
  for (const group of groupPlans(wholes))
    for (const atMs of endsMs) {
      const startOf = (one: { readonly firstPaneMs: number }): number => one.firstPaneMs;
      const sums = await groupSumsAt(store, group, { stream, atMs, paneMs, startOf });
      for (const { slo, series, good, total } of sums)
        found.push({ slo, series, endMs: atMs, good: good[0] ?? 0, total: total[0] ?? 0 });
    }
  return found;
}
