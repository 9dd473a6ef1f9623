import {
  readAdjustmentRows,
  readAlertHistory,
  readSpecChanges,
  type AdjustmentEntry,
  type PastAlert,
} from '@burnline/queries';
import { seriesKeyOf } from '@burnline/reading';
import type { Store } from '@burnline/runtime';
import type { Mark } from '../contract/index.ts';
import { alertIdOf } from './series-name.ts';
import type { Stretch } from './time-range.ts';

/** An alert that is older and still open is looked at no further back. */
const ALERT_REACH_MS = 35 * 86_400_000;
const ALERTS_MAX = 1_000;

export interface MarksQuery extends Stretch {
  readonly stream: string;
  readonly slo: string;
  readonly service: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What happened to a series within a stretch of time that may explain a change: alerts, specs, time left out. Oldest first. */
export async function readMarks(store: Store, query: MarksQuery): Promise<readonly Mark[]> {
  const { stream, slo, fromMs, toMs } = query;
  const [alerts, changes, adjustments] = await Promise.all([
    readAlertHistory(store, {
      stream,
      slo,
      fromMs: Math.max(0, fromMs - ALERT_REACH_MS),
      toMs,
      limit: ALERTS_MAX,
    }),
    readSpecChanges(store, query),
    readAdjustmentRows(store),
  ]);
  const key = seriesKeyOf(query);
  return [
    ...alerts.alerts
      .filter((one) => seriesKeyOf(one) === key && (one.overAtMs === null || one.overAtMs > fromMs))
      .map(alertMark),
    ...changes.map(({ atMs, specRev }): Mark => ({
      ...{ kind: 'spec', atMs, toMs: null, severity: null, id: null },
      text: specRev === null ? 'the SLO was removed' : `revision ${specRev} is judged from here on`,
    })),
    ...adjustments.filter((one) => isOf(one, query)).map(adjustmentMark),
  ].sort((a, b) => a.atMs - b.atMs);
}

function alertMark(alert: PastAlert): Mark {
  const { tier, severity, state, firedAtMs, overAtMs } = alert;
  return {
    ...{ kind: 'alert', atMs: firedAtMs, toMs: overAtMs, severity, id: alertIdOf(alert) },
    text: `${severity} by tier ${tier}, ${state}`,
  };
}

function isOf({ slos, service, labels, fromMs, toMs, revoked }: AdjustmentEntry, query: MarksQuery): boolean {
  const isNamed =
    slos.length === 0 || slos.some((one) => query.slo === one || query.slo.startsWith(`${one}/`));
  const isOfService = service === null || service === query.service;
  const hasLabels = Object.entries(labels).every(([name, value]) => query.labels[name] === value);
  return (
    revoked === null && isNamed && isOfService && hasLabels && fromMs < query.toMs && toMs > query.fromMs
  );
}

const adjustmentMark = ({ id, author, reason, fromMs, toMs }: AdjustmentEntry): Mark => ({
  ...{ kind: 'adjustment', atMs: fromMs, toMs, severity: null, id: null },
  text: `left out by ${author}: ${reason} (${id})`,
});
