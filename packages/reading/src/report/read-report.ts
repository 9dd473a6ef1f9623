import { isQueryRefused, readBudgetSpecs } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { readReportAlerts } from './report-alerts.ts';
import { readBurnDowns, readReportBudgets, type ReportQuery } from './report-budgets.ts';
import { readReportCost } from './report-cost.ts';
import type { ReportKind } from './report-period.ts';
import type { ReportFigures } from './report.ts';

/** More services than a report has room for leave it without their spend, and nothing else. */
async function costOf(
  store: Store,
  query: ReportQuery & { readonly nowMs: number },
): Promise<Pick<ReportFigures, 'cost' | 'costUnread'>> {
  try {
    return { cost: await readReportCost(store, query), costUnread: null };
  } catch (error) {
    if (!isQueryRefused(error)) throw error;
    return { cost: null, costUnread: error.message };
  }
}

/** A week or a month of a stream, by what is known now. Rejects with QUERY_TOO_LARGE. */
export async function readReport(
  store: Store,
  query: ReportQuery & { readonly kind: ReportKind; readonly nowMs: number },
): Promise<ReportFigures> {
  const { stream, kind, fromMs, toMs, labels } = query;
  const { budgets, leftOut: budgetsLeftOut } = await readReportBudgets(store, query);
  // Alerts of an SLO that was removed since have their times too.
  const specs = new Map(
    (await readBudgetSpecs(store, { stream, asOfMs: toMs })).map((spec) => [spec.slo, spec]),
  );
  const alerts = await readReportAlerts(store, query, specs);
  const isWhole = Object.keys(labels).length === 0;
  return {
    ...{ stream, kind, fromMs, toMs, labels, budgets, budgetsLeftOut, ...alerts },
    coverage: budgets.length === 0 ? null : Math.min(...budgets.map((one) => one.coverage)),
    burnDowns: await readBurnDowns(store, query, budgets),
    ...(isWhole ? await costOf(store, query) : { cost: null, costUnread: null }),
  };
}
