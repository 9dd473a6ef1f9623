import {
  budgetOf,
  burnRate,
  isTierBurning,
  type Budget,
  type JudgedWindow,
  type PeriodWindow,
  type SloPlan,
} from '@burnline/core';
import type { SeriesEvidence } from './series-evidence.ts';
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
  readonly evidence: SeriesEvidence;
}

/** Columns of the rows below, in their order. Rows are arrays: a tick makes two for every series. */
const KEY_COLUMNS = ['stream', 'slo', 'spec_rev', 'series', 'evaluated_at', 'coverage'] as const;
export const BURN_RATE_COLUMNS = [
  ...KEY_COLUMNS,
  'is_heard',
  'lost_at',
  'dispersion',
  'window_s',
  'bad',
  'total',
  'bad_seen',
  'total_seen',
  'burn_rate',
] as const;
export const BUDGET_COLUMNS = [
  ...KEY_COLUMNS,
  'period_start',
  'good',
  'bad',
  'total',
  'bad_seen',
  'total_seen',
  'unassigned',
  'remaining_ratio',
  'projected_remaining_ratio',
  'is_estimated',
  'state',
] as const;

type RowKey = readonly [
  stream: string,
  slo: string,
  specRev: string,
  series: string,
  evaluatedAtS: number,
  coverage: number,
];

export type BurnRateRow = readonly [
  ...RowKey,
  isHeard: boolean,
  lostAtS: number,
  dispersion: number,
  windowS: readonly number[],
  bad: readonly number[],
  total: readonly number[],
  badSeen: readonly number[],
  totalSeen: readonly number[],
  burnRate: readonly number[],
];

export type BudgetRow = readonly [
  ...RowKey,
  periodStartS: number,
  good: number,
  bad: number,
  total: number,
  badSeen: number,
  totalSeen: number,
  unassigned: number,
  remainingRatio: number | null,
  projectedRemainingRatio: number | null,
  isEstimated: boolean,
  state: string,
];

/** The row of burn_rates of one series at one instant. */
export function burnRateRow(sums: WindowSums, context: JudgementContext): BurnRateRow {
  const { target } = context.plan;
  const [total, totalSeen] = [sums.total.slice(1), sums.totalSeen.slice(1)];
  const bad = total.map((count, index) => count - (sums.good[index + 1] ?? 0));
  const badSeen = totalSeen.map((count, index) => count - (sums.goodSeen[index + 1] ?? 0));
  const rates = total.map((count, index) => burnRate({ bad: bad[index] ?? 0, total: count }, target));
  const windowS = context.tierWindowsMs.map((lengthMs) => lengthMs / 1_000);
  const { isHeard, lostAtMs, dispersion } = context.evidence;
  const lostAtS = Math.floor((lostAtMs ?? 0) / 1_000);
  const windows = [windowS, bad, total, badSeen, totalSeen, rates] as const;
  return [...keyOf(sums, context), isHeard, lostAtS, dispersion, ...windows];
}

/** Names of the tiers that a series burns, whatever its coverage: an alert may fire at last on these. */
export function burningTiers(
  sums: WindowSums,
  { plan, tierWindowsMs, evidence }: Pick<JudgementContext, 'plan' | 'tierWindowsMs' | 'evidence'>,
): readonly string[] {
  const windowOf = (lengthMs: number): JudgedWindow => {
    const index = tierWindowsMs.indexOf(lengthMs) + 1;
    const [total, totalSeen] = [sums.total[index] ?? 0, sums.totalSeen[index] ?? 0];
    const badSeen = totalSeen - (sums.goodSeen[index] ?? 0);
    return { bad: total - (sums.good[index] ?? 0), total, badSeen, totalSeen };
  };
  const { target, badCountMin, eventCountMin = 0, lowTraffic } = plan;
  return plan.tiers
    .filter((tier) =>
      isTierBurning({
        ...{ tier, target, badCountMin, eventCountMin, lowTraffic },
        dispersion: evidence.dispersion,
        long: windowOf(tier.longWindowMs),
        short: windowOf(tier.shortWindowMs),
      }),
    )
    .map(({ name }) => name);
}

/** The budget of one series at one instant. */
export function budgetAt(sums: WindowSums, context: JudgementContext): Budget {
  const { period } = context;
  return budgetOf({
    good: sums.good[0] ?? 0,
    total: sums.total[0] ?? 0,
    target: context.plan.target,
    periodMs: period.periodMs,
    filledMs: Math.min(
      period.periodMs,
      Math.max(0, period.endMs - Math.max(period.startMs, context.dataStartMs)),
    ),
    coverage: context.evidence.coverage,
  });
}

/** The row of budgets of one series at one instant. */
export function budgetRow(sums: WindowSums, context: JudgementContext): BudgetRow {
  const budget = budgetAt(sums, context);
  return [
    ...keyOf(sums, context),
    Math.floor(context.period.startMs / 1_000),
    budget.good,
    budget.bad,
    budget.total,
    (sums.totalSeen[0] ?? 0) - (sums.goodSeen[0] ?? 0),
    sums.totalSeen[0] ?? 0,
    context.evidence.unassigned,
    budget.remainingRatio,
    budget.projectedRemainingRatio,
    budget.isEstimated,
    budget.state,
  ];
}

function keyOf(sums: WindowSums, context: JudgementContext): RowKey {
  const evaluatedAtS = Math.floor(sums.atMs / 1_000);
  return [context.stream, sums.slo, sums.specRev, sums.series, evaluatedAtS, context.evidence.coverage];
}
