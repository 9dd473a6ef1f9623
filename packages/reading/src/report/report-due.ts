import { hasLabels } from '@burnline/core';
import {
  readAlertHistory,
  readOverrides,
  readStatus,
  type PastAlert,
  type SeriesStatus,
} from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { forecastSentence } from '../forecast/forecast-words.ts';
import { readForecasts } from '../forecast/read-forecasts.ts';
import { seriesKeyOf } from '../forecast/series-key.ts';
import type { ReportDue } from './report.ts';
import { seriesNameOf } from './series-name.ts';

const EACH_MAX = 20;
/** Of alerts that are open at once, the latest. */
const LOOKED_AT_MAX = 5_000;
/** Alerts older than that are looked for no further back. */
const ALERT_REACH_MS = 100 * 86_400_000;

export interface DueQuery {
  readonly stream: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Budgets that run out by then, epoch ms. */
  readonly untilMs: number;
  readonly nowMs: number;
}

/** What waits for somebody as of now: alerts that are open, budgets that are spent or run out, overrides that end. The nearest first. */
export async function readDue(store: Store, query: DueQuery): Promise<readonly ReportDue[]> {
  const { stream, labels, nowMs } = query;
  const budgets = (await readStatus(store, { asOfMs: null, stream })).filter((one) =>
    hasLabels(one.labels, labels),
  );
  const services = new Set(budgets.map(({ service }) => service));
  const [{ alerts }, overrides] = [
    await readAlertHistory(store, {
      ...{ stream, labels, isOpen: true, limit: LOOKED_AT_MAX },
      ...{ fromMs: Math.max(0, nowMs - ALERT_REACH_MS), toMs: nowMs },
    }),
    await readOverrides(store, { asOfMs: nowMs }),
  ];
  const found: ReportDue[] = [
    ...[...alerts]
      .sort(bySeverity)
      .map(({ slo, severity, tier }) => ({
        ...{ kind: 'alert' as const, atMs: null, what: slo },
        text: `${severity} by tier ${tier} is open`,
      }))
      .slice(0, EACH_MAX),
    ...(await budgetsDue(store, budgets, query)),
    ...overrides
      .filter(
        ({ service, endedMs, expiresMs }) => services.has(service) && endedMs === null && expiresMs > nowMs,
      )
      .sort((a, b) => a.expiresMs - b.expiresMs)
      .map(({ service, changes, author, reason, expiresMs }) => ({
        ...{ kind: 'override' as const, atMs: expiresMs, what: service },
        text: `override of ${author} for ${changes.join(', ')} ends: ${reason}`,
      }))
      .slice(0, EACH_MAX),
  ];
  return found.sort(byTime);
}

/** The most urgent first, of those the latest. */
const bySeverity = (a: PastAlert, b: PastAlert): number =>
  a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : b.firedAtMs - a.firedAtMs;
/** What is due now is first. */
const byTime = (a: ReportDue, b: ReportDue): number => (a.atMs ?? 0) - (b.atMs ?? 0);

async function budgetsDue(
  store: Store,
  all: readonly SeriesStatus[],
  { untilMs }: DueQuery,
): Promise<readonly ReportDue[]> {
  const forecasts = await readForecasts(store, all, { asOfMs: null });
  return all
    .flatMap((one): readonly ReportDue[] => {
      const forecast = forecasts.get(seriesKeyOf(one));
      const due = { kind: 'budget', what: seriesNameOf(one) } as const;
      if (forecast?.kind === 'spent') return [{ ...due, atMs: null, text: forecastSentence(forecast) }];
      if (forecast?.kind !== 'runs_out' || forecast.atMs > untilMs) return [];
      return [{ ...due, atMs: forecast.atMs, text: forecastSentence(forecast) }];
    })
    .sort(byTime)
    .slice(0, EACH_MAX);
}
