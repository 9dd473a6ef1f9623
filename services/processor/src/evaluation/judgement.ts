import { budgetOf, burnRate, type PeriodWindow, type SloPlan } from '@burnline/core';
import type { WindowSums } from './window-sums.ts';

/** What a judgement needs to know beside the sums. */
export interface JudgementContext {
  readonly stream: string;
  readonly plan: SloPlan;
  /** Lengths of windows 1 and up of the sums. */
  readonly tierWindowsMs: readonly number[];
  /** The budget period at the instant. */
  readonly period: PeriodWindow;
  /** First pane with data of the series, epoch ms. */
  readonly dataStartMs: number;
  /** How complete the SLO's data is, 0 to 1: by partitions and by sources. */
  readonly coverage: number;
}

interface RowKey {
  readonly stream: string;
  readonly slo: string;
  readonly spec_rev: string;
  readonly series: string;
  readonly evaluated_at: number;
  readonly coverage: number;
}

export interface BurnRateRow extends RowKey {
  readonly window_s: readonly number[];
  readonly bad: readonly number[];
  readonly total: readonly number[];
  readonly burn_rate: readonly number[];
}

export interface BudgetRow extends RowKey {
  readonly period_start: number;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  readonly remaining_ratio: number | null;
  readonly projected_remaining_ratio: number | null;
  readonly is_estimated: boolean;
  readonly state: string;
}

/** Turns the sums of one series at one instant into the rows that are kept of it. */
export function judge(sums: WindowSums, context: JudgementContext): { burn: BurnRateRow; budget: BudgetRow } {
  const { plan } = context;
  const key: RowKey = {
    stream: context.stream,
    slo: sums.slo,
    spec_rev: sums.specRev,
    series: sums.series,
    evaluated_at: Math.floor(sums.atMs / 1_000),
    coverage: context.coverage,
  };
  const total = sums.total.slice(1);
  const bad = total.map((count, index) => count - (sums.good[index + 1] ?? 0));
  return {
    burn: {
      ...key,
      window_s: context.tierWindowsMs.map((lengthMs) => lengthMs / 1_000),
      bad,
      total,
      burn_rate: total.map((count, index) => burnRate({ bad: bad[index] ?? 0, total: count }, plan.target)),
    },
    budget: { ...key, ...budgetColumns(sums, context) },
  };
}

function budgetColumns(sums: WindowSums, context: JudgementContext): Omit<BudgetRow, keyof RowKey> {
  const { period } = context;
  const budget = budgetOf({
    good: sums.good[0] ?? 0,
    total: sums.total[0] ?? 0,
    target: context.plan.target,
    periodMs: period.periodMs,
    filledMs: Math.min(
      period.periodMs,
      Math.max(0, period.endMs - Math.max(period.startMs, context.dataStartMs)),
    ),
    coverage: context.coverage,
  });
  return {
    period_start: Math.floor(period.startMs / 1_000),
    good: budget.good,
    bad: budget.bad,
    total: budget.total,
    remaining_ratio: budget.remainingRatio,
    projected_remaining_ratio: budget.projectedRemainingRatio,
    is_estimated: budget.isEstimated,
    state: budget.state,
  };
}
