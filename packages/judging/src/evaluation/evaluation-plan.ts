import {
  COARSE_EDGE_MS,
  calendarPeriodAt,
  floorTo,
  periodWindow,
  type BudgetPeriod,
  type CompositePart,
  type Derivation,
  type PeriodWindow,
  type SliWeight,
  type SloPlan,
} from '@burnline/core';
import type { EvaluationWindow } from './window-levels.ts';
import type { WindowGroup } from './rows-wanted.ts';

/** What sums of an SLO are made by. */
export type SummedPlan = Pick<SloPlan, 'slo' | 'sli' | 'target' | 'period' | 'tiers'>;

/** SLOs that are judged over the same windows, made in the same way from what is counted. Window 0 is the budget's period, the others are the tiers'. */
export interface PlanGroup<Plan extends SummedPlan = SloPlan> {
  readonly plans: readonly Plan[];
  readonly period: BudgetPeriod;
  readonly tierWindowsMs: readonly number[];
  /** Null: what is counted is what is judged. */
  readonly derivation: Derivation | null;
  /** The plans are composites: what is judged is made from the sums of their parts. */
  readonly isComposite?: boolean;
  /** Absent: events weigh the same. */
  readonly weight?: SliWeight;
}

export function groupPlans<Plan extends SummedPlan>(plans: readonly Plan[]): readonly PlanGroup<Plan>[] {
  const groups = new Map<string, PlanGroup<Plan> & { readonly plans: Plan[] }>();
  for (const plan of plans) {
    const { derivation = null, composite, weight } = plan.sli;
    const lengths = new Set(plan.tiers.flatMap((tier) => [tier.longWindowMs, tier.shortWindowMs]));
    const tierWindowsMs = [...lengths].sort((a, b) => a - b);
    const isComposite = composite !== undefined;
    const key = JSON.stringify([plan.period, tierWindowsMs, derivation, weight, isComposite]);
    const group = groups.get(key);
    const made = {
      ...{ plans: [plan], period: plan.period, tierWindowsMs, derivation },
      ...(weight !== undefined && { weight }),
      ...(isComposite && { isComposite }),
    };
    if (group === undefined) groups.set(key, made);
    else group.plans.push(plan);
  }
  return [...groups.values()];
}

/** The windows of a group for evaluations in [from, to]. */
export function windowGroupOf(
  group: PlanGroup<SummedPlan>,
  span: { readonly fromMs: number; readonly toMs: number },
): WindowGroup {
  const tiers = group.tierWindowsMs.map((lengthMs): EvaluationWindow => ({ kind: 'rolling', lengthMs }));
  return {
    slis: group.plans.map((plan) => ({ slo: plan.slo, specRev: plan.sli.specRev })),
    windows: [periodWindowOf(group.period, span), ...tiers],
    derivation: group.derivation,
    ...(group.weight !== undefined && { weight: group.weight }),
  };
}

/** What is read for a group: what it counts itself, or of composites what their parts do, over the same windows. */
export function readGroupsOf(
  group: PlanGroup<SummedPlan>,
  span: { readonly fromMs: number; readonly toMs: number },
): readonly WindowGroup[] {
  const own = windowGroupOf(group, span);
  if (group.isComposite !== true) return [own];
  return partGroupsOf(
    group.plans.flatMap(({ sli }) => sli.composite ?? []),
    own.windows,
  );
}

/** Parts of composites by how they are made from what is counted. */
export function partGroupsOf(
  parts: readonly CompositePart[],
  windows: readonly EvaluationWindow[],
): readonly WindowGroup[] {
  const alike = new Map<string, WindowGroup & { readonly slis: CompositePart[] }>();
  for (const part of parts) {
    const { derivation = null, eventWeight: weight } = part;
    const key = JSON.stringify([derivation, weight]);
    const known = alike.get(key);
    const weighed = weight === undefined ? {} : { weight };
    if (known === undefined) alike.set(key, { slis: [part], windows, derivation, ...weighed });
    else known.slis.push(part);
  }
  return [...alike.values()];
}

function periodWindowOf(
  period: BudgetPeriod,
  span: { readonly fromMs: number; readonly toMs: number },
): EvaluationWindow {
  if (period.kind === 'rolling') return { kind: 'rolling', lengthMs: period.durationMs };
  const boundariesMs: number[] = [];
  let current = calendarPeriodAt(span.fromMs, period);
  boundariesMs.push(current.startMs);
  while (current.endMs <= span.toMs) {
    current = calendarPeriodAt(current.endMs, period);
    boundariesMs.push(current.startMs);
  }
  boundariesMs.push(current.endMs);
  return {
    kind: 'calendar',
    boundariesMs: boundariesMs.map((atMs) => floorTo(atMs, COARSE_EDGE_MS)),
  };
}

/** Series come one after another, each over the same instants, and a calendar period takes time to find. */
export function rememberPeriods(group: PlanGroup, paneMs: number): (atMs: number) => PeriodWindow {
  const periods = new Map<number, PeriodWindow>();
  return (atMs) => {
    const known = periods.get(atMs);
    if (known !== undefined) return known;
    const period = periodWindow(atMs, group.period, paneMs);
    periods.set(atMs, period);
    return period;
  };
}
