import { budgetShareOfTarget, type CompositePart } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { partGroupsOf } from './evaluation-plan.ts';
import { edgeOf, seconds } from './window-levels.ts';
import { sumsAt } from './window-sums.ts';

/** What one part of a composite burns of it in a window. */
export interface PartBurn {
  readonly slo: string;
  /** What the part counts, of all its series. */
  readonly bad: number;
  readonly total: number;
  /** Its share of bad, over its own budget, times its weight: those of all parts add up to the composite's burn rate. */
  readonly burnRate: number;
}

/**
 * What the parts of a composite burn in a window, the one that burns most first, over the rows that it is judged on: its old edge is where
 * that of its judgement was, and what came after it is left out, also where that is sealed by now.
 */
export async function partBurns(
  store: Store,
  query: {
    readonly parts: readonly CompositePart[];
    readonly stream: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly paneMs: number;
    readonly timeoutMs: number;
  },
): Promise<readonly PartBurn[]> {
  const { parts, stream, fromMs, toMs: atMs, paneMs, timeoutMs } = query;
  const edgeS = edgeOf({ kind: 'rolling', lengthMs: atMs - fromMs }, seconds(atMs), seconds(paneMs));
  const windows = [{ kind: 'past', fromMs: edgeS * 1_000, toMs: atMs } as const];
  const sums = await Promise.all(
    partGroupsOf(parts, windows).map((group) =>
      sumsAt(store, { stream, atMs, paneMs, timeoutMs, group, isAsOf: true }),
    ),
  );
  return parts
    .map((part): PartBurn => {
      const own = sums.flat().filter(({ slo }) => slo === part.slo);
      const total = own.reduce((sum, one) => sum + (one.total[0] ?? 0), 0);
      const good = own.reduce((sum, one) => sum + (one.good[0] ?? 0), 0);
      return {
        slo: part.slo,
        bad: total - good,
        total,
        burnRate: partBurnRate(part, { bad: total - good, total }),
      };
    })
    .sort((a, b) => b.burnRate - a.burnRate || (a.slo < b.slo ? -1 : 1));
}

/** What a part adds to the burn rate of its composite, by what it counted; 0 where that is nothing. */
export function partBurnRate(
  { target, weight }: Pick<CompositePart, 'target' | 'weight'>,
  { bad, total }: { readonly bad: number; readonly total: number },
): number {
  if (total === 0) return 0;
  const budget = budgetShareOfTarget(target);
  const share = (bad * budget.denominator) / (total * budget.numerator);
  return (share * weight.numerator) / weight.denominator;
}
