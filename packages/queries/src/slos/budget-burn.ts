import type { Store } from '@burnline/runtime';
import { dateTimeOfMs } from '../sql-values.ts';

/** What one window of one series burns: by rate, and by volume. */
export interface WindowBudgetBurn {
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly windowMs: number;
  readonly bad: number;
  readonly total: number;
  /** What counts in the budget's period. */
  readonly periodTotal: number;
  /** The period is only partly filled. */
  readonly isEstimated: boolean;
  /** bad / total / (1 - target): the same in a quiet night as at noon. */
  readonly burnRate: number;
  /** Share of the period's budget that the window has eaten: bad / (periodTotal x (1 - target)); null without events. */
  readonly budgetBurn: number | null;
  /** Index of dispersion by which events count as evidence for an alert, 1 or more. */
  readonly dispersion: number;
}

interface BudgetBurnRow {
  stream: string;
  slo: string;
  labels: Record<string, string>;
  window_s: number;
  bad: number;
  total: number;
  period_total: number;
  is_estimated: boolean;
  burn_rate: number;
  budget_burn: number | null;
  dispersion: number;
}

/**
 * Every window of every series at a moment, of one stream or SLO where one is named; shortest window first. A series that went with the
 * revision before has rows of the one after, all zero and without a name: it is none.
 */
export async function readBudgetBurn(
  store: Store,
  query: { readonly asOfMs: number; readonly stream?: string; readonly slo?: string },
): Promise<readonly WindowBudgetBurn[]> {
  const { asOfMs, stream = '', slo = '' } = query;
  const rows = await store.query<BudgetBurnRow>(BUDGET_BURN_SQL, {
    as_of: dateTimeOfMs(asOfMs),
    stream,
    slo,
  });
  return rows.map(({ window_s, period_total, is_estimated, burn_rate, budget_burn, ...row }) => ({
    ...row,
    windowMs: window_s * 1_000,
    periodTotal: period_total,
    isEstimated: is_estimated,
    burnRate: burn_rate,
    budgetBurn: budget_burn,
  }));
}

const BUDGET_BURN_SQL = `
SELECT stream, slo, labels, window_s, bad, total, period_total, is_estimated, burn_rate, budget_burn, dispersion
FROM slo_budget_burn_at(as_of = {as_of:DateTime('UTC')})
WHERE ({stream:String} = '' OR stream = {stream:String})
  AND ({slo:String} = '' OR slo = {slo:String} OR startsWith(slo, concat({slo:String}, '/')))
  AND (slo, spec_rev, series) IN (SELECT slo, spec_rev, series FROM series)
ORDER BY stream, slo, toString(labels), window_s`;
