import {
  isQueryRefused,
  readAlertHistory,
  readAlertTotals,
  type BudgetSpec,
  type PastAlert,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { readFirstBad } from '../alerts/first-bad.ts';
import type { ReportQuery } from './report-budgets.ts';
import type { ReportAlert, ReportFigures } from './report.ts';

/** As many as people read; the console has all. */
const ALERTS_MAX = 200;

/**
 * Alerts that fired in a stretch of time, the latest first, with how long it took to see what they are of, and to be over with it; and
 * what all of them come to.
 */
export async function readReportAlerts(
  store: Store,
  query: ReportQuery,
  specs: ReadonlyMap<string, BudgetSpec>,
): Promise<Pick<ReportFigures, 'alerts' | 'alertsLeftOut' | 'alertsOver'>> {
  const { count, overCount, resolveMedianMs } = await readAlertTotals(store, query);
  const { alerts } = await readAlertHistory(store, { ...query, limit: ALERTS_MAX });
  const shown: ReportAlert[] = [];
  for (const alert of alerts) shown.push(await alertFigure(store, alert, specs.get(alert.slo)));
  return {
    alerts: shown,
    // One that fires meanwhile is in no time that is over.
    alertsLeftOut: count - shown.length,
    alertsOver: { count: overCount, resolveMedianMs },
  };
}

async function alertFigure(
  store: Store,
  alert: PastAlert,
  spec: BudgetSpec | undefined,
): Promise<ReportAlert> {
  const { slo, labels, tier, severity, state, firedAtMs, overAtMs } = alert;
  const firstBadMs = spec === undefined ? null : await firstBadOf(store, alert, spec);
  return {
    ...{ slo, labels, tier, severity, state, firedAtMs },
    detectMs: firstBadMs === null ? null : firedAtMs - firstBadMs,
    resolveMs: overAtMs === null ? null : overAtMs - firedAtMs,
  };
}

async function firstBadOf(store: Store, alert: PastAlert, { sli }: BudgetSpec): Promise<number | null> {
  try {
    return await readFirstBad(store, alert, sli);
  } catch (error) {
    if (isQueryRefused(error)) return null;
    throw error;
  }
}
