import { hasLabels } from '@burnline/core';
import { isQueryRefused, readAlertHistory, type BudgetSpec, type PastAlert } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { readFirstBad } from '../alerts/first-bad.ts';
import type { ReportQuery } from './report-budgets.ts';
import type { ReportAlert } from './report.ts';

/** As many as people read; the console has all. */
const ALERTS_MAX = 200;
/** More than that fire in no month that anybody reports. */
const LOOKED_AT_MAX = 5_000;

export interface ReportAlerts {
  /** The latest first. */
  readonly alerts: readonly ReportAlert[];
  readonly leftOut: number;
}

/** Alerts that fired in a stretch of time, with how long it took to see what they are of, and to be over with it. */
export async function readReportAlerts(
  store: Store,
  query: ReportQuery,
  specs: ReadonlyMap<string, BudgetSpec>,
): Promise<ReportAlerts> {
  const { stream, fromMs, toMs } = query;
  const { alerts } = await readAlertHistory(store, { stream, fromMs, toMs, limit: LOOKED_AT_MAX });
  const own = alerts.filter(({ labels }) => hasLabels(labels, query.labels));
  const shown: ReportAlert[] = [];
  for (const alert of own.slice(0, ALERTS_MAX))
    shown.push(await alertFigure(store, alert, specs.get(alert.slo)));
  return { alerts: shown, leftOut: own.length - shown.length };
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
