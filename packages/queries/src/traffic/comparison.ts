import { compareArms, type Comparison, type ComparisonRule, type SliPlan } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import type { BudgetSpec } from '../slos/budget-specs.ts';
import type { TimeRange } from '../sql-values.ts';
import { readArmCounts, type ArmDimension } from './arm-counts.ts';

/** How one SLO's events went on two arms. */
export interface SloComparison extends Comparison {
  readonly slo: string;
  readonly specRev: string;
  readonly track: BudgetSpec['track'];
  readonly dimension: BudgetSpec['dimension'];
  /** The SLO weighs its events unlike; here each counts once. */
  readonly isUnweighted: boolean;
}

export interface ComparisonQuery extends TimeRange {
  readonly stream: string;
  readonly by: ArmDimension;
  readonly baseline: string;
  readonly candidate: string;
  /** What is compared, see readBudgetSpecs. */
  readonly specs: readonly BudgetSpec[];
  readonly rule: ComparisonRule;
  /** Only what was logged up to here, epoch ms; absent: all. */
  readonly loggedByMs?: number;
}

export interface Comparisons {
  readonly slos: readonly SloComparison[];
  /** SLOs whose events are neither good nor bad by themselves, by name. */
  readonly notCompared: readonly string[];
  /** What each SLO was compared with: alpha over their number, so that all of them together are wrong with alpha at most. */
  readonly alphaEach: number;
}

/**
 * Two arms side by side by every SLO that calls single events good or bad, over all its series. Composites are compared by their
 * parts; means, quotas, distributions and envelopes are of many events, and are not.
 */
export async function readComparisons(store: Store, query: ComparisonQuery): Promise<Comparisons> {
  const compared = query.specs.filter(({ sli }) => isOfEvents(sli));
  const alphaEach = query.rule.alpha / Math.max(1, compared.length);
  const slos: SloComparison[] = [];
  for (const { slo, specRev, track, dimension, sli } of compared) {
    const { stream, by, fromMs, toMs, loggedByMs } = query;
    const counts = await readArmCounts(store, {
      ...{ stream, plan: sli, by, fromMs, toMs, arms: [query.baseline, query.candidate] },
      ...(loggedByMs !== undefined && { loggedByMs }),
    });
    const [baseline, candidate] = counts as [(typeof counts)[number], (typeof counts)[number]];
    slos.push({
      ...{ slo, specRev, track, dimension, isUnweighted: sli.weight !== undefined },
      ...compareArms(baseline, candidate, { ...query.rule, alpha: alphaEach }),
    });
  }
  const notCompared = query.specs.filter(({ sli }) => !isOfEvents(sli)).map(({ slo }) => slo);
  return { slos, notCompared, alphaEach };
}

function isOfEvents({ composite, derivation, weight }: SliPlan): boolean {
  if (composite !== undefined || (weight !== undefined && 'shareSum' in weight)) return false;
  return (
    derivation === undefined || derivation.kind === 'timeslices' || derivation.kind === 'ratio-timeslices'
  );
}
