import type { Contribution } from '@burnline/contracts';
import type { DecisionKind, NotificationOutcome } from '@burnline/core';
import type { Store } from '@burnline/runtime';
import { asOfSeconds, dateTimeOfMs, msOfDateTime, msOrNull, type TimeRange } from '../sql-values.ts';
import { readOpenAlerts } from './open-alerts.ts';

interface WindowEvidence {
  readonly windowMs: number;
  readonly bad: number;
  readonly total: number;
}

export interface AlertDelivery {
  readonly decision: DecisionKind;
  readonly receiver: string;
  readonly outcome: NotificationOutcome;
  /** How often it was sent. */
  readonly attempts: number;
  /** When the last attempt was over, epoch ms. */
  readonly finishedAtMs: number;
}

/** One alert from the decision that fired it to the one that ended it. */
export interface PastAlert {
  readonly alertKey: string;
  readonly stream: string;
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  readonly state: 'firing' | 'frozen' | 'resolved' | 'removed' | 'ended';
  /** Evaluation times, epoch ms; null while it is open. */
  readonly firedAtMs: number;
  readonly overAtMs: number | null;
  /** Who ended it by name, and why it was removed or ended; empty otherwise. */
  readonly endedBy: string;
  readonly reason: string;
  /** What was seen when it fired. */
  readonly long: WindowEvidence;
  readonly short: WindowEvidence;
  /** Burn rate at which the tier fires. */
  readonly factor: number;
  /** Share of the budget that was left when it fired; null if it is not known. */
  readonly remainingRatio: number | null;
  /** Where the bad events of the long window came from; empty where it is not known. */
  readonly attribution: readonly Contribution[];
  /** In the order of time. */
  readonly deliveries: readonly AlertDelivery[];
}

/** Where a page ended: the next one begins behind it. */
export interface AlertCursor {
  readonly firedAtMs: number;
  readonly alertKey: string;
}

/** Alerts that fired in a range of evaluation time, of one stream or SLO where one is named. */
export interface AlertHistoryQuery extends TimeRange {
  readonly stream?: string;
  readonly slo?: string;
  /** Group values that its series has. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The fires of one alert: an alert key is one tier of one series. */
  readonly alertKey?: string;
  /** Only those that fire or are frozen. */
  readonly isOpen?: boolean;
  /** As they stood at that moment, epoch ms: what fired later is not there, and what was over later is open. */
  readonly asOfMs?: number;
  readonly limit: number;
  readonly after?: AlertCursor;
}

interface AlertRow {
  alert_key: string;
  stream: string;
  slo: string;
  labels: Record<string, string>;
  tier: string;
  severity: string;
  state: PastAlert['state'];
  fired_at: string;
  over_at: string | null;
  ended_by: string;
  reason: string;
  long_window_s: number;
  long_bad: number;
  long_total: number;
  short_window_s: number;
  short_bad: number;
  short_total: number;
  factor: number;
  remaining_ratio: number | null;
  attribution: string;
  deliveries: (Omit<AlertDelivery, 'finishedAtMs'> & { finished_at: string })[];
}

/**
 * A page of alerts, the latest first. The next page is the same question with `after` as this answer's `next`; null after
 * the last one. An alert that fires meanwhile is on no later page, and moves none.
 */
export async function readAlertHistory(
  store: Store,
  query: AlertHistoryQuery,
): Promise<{ readonly alerts: readonly PastAlert[]; readonly next: AlertCursor | null }> {
  const { asOfMs } = query;
  // Its own second included: what was decided in it is known.
  const toMs = asOfMs === undefined ? query.toMs : Math.min(query.toMs, asOfMs + 1_000);
  const rows = await store.query<AlertRow>(HISTORY_SQL, {
    stream: query.stream ?? '',
    slo: query.slo ?? '',
    labels: query.labels ?? {},
    key: query.alertKey ?? '',
    only_open: query.isOpen === true ? 1 : 0,
    from: dateTimeOfMs(query.fromMs),
    as_of: asOfSeconds(asOfMs ?? null),
    to: dateTimeOfMs(toMs),
    after_time: dateTimeOfMs(query.after?.firedAtMs ?? toMs),
    after_key: query.after?.alertKey ?? '',
    limit: query.limit + 1,
  });
  const found = rows.slice(0, query.limit).map(alertOf);
  const alerts = asOfMs === undefined ? found : await asTheyStood(store, found, asOfMs);
  const last = alerts.at(-1);
  const isMore = rows.length > query.limit && last !== undefined;
  return { alerts, next: isMore ? { firedAtMs: last.firedAtMs, alertKey: last.alertKey } : null };
}

/** Whether an alert's series has the group values of parameter `labels`. */
export const LABELS_SQL = `arrayAll((name, value) -> mapContains(labels, name) AND labels[name] = value,
  mapKeys({labels:Map(String, String)}), mapValues({labels:Map(String, String)}))`;

const HISTORY_SQL = `
SELECT alert_key, stream, slo, labels, tier, severity, state, fired_at, over_at, ended_by, reason, long_window_s, long_bad,
       long_total, short_window_s, short_bad, short_total, factor, remaining_ratio, attribution, deliveries
FROM alerts
WHERE ({stream:String} = '' OR stream = {stream:String}) AND ({slo:String} = '' OR slo = {slo:String})
  AND ({key:String} = '' OR alert_key = {key:String}) AND ({only_open:UInt8} = 0 OR isNull(over_at) OR over_at > fromUnixTimestamp({as_of:UInt32}))
  AND fired_at >= {from:DateTime('UTC')} AND fired_at < {to:DateTime('UTC')} AND ${LABELS_SQL}
  AND (fired_at < {after_time:DateTime('UTC')}
       OR (fired_at = {after_time:DateTime('UTC')} AND alert_key > {after_key:String}))
ORDER BY fired_at DESC, alert_key LIMIT {limit:UInt32}`;

async function asTheyStood(
  store: Store,
  alerts: readonly PastAlert[],
  asOfMs: number,
): Promise<readonly PastAlert[]> {
  const open = new Map(
    (await readOpenAlerts(store, { asOfMs })).map((one) => [`${one.alertKey} ${one.sinceMs}`, one]),
  );
  return alerts.map((alert) => {
    const then = open.get(`${alert.alertKey} ${alert.firedAtMs}`);
    const deliveries = alert.deliveries.filter(({ finishedAtMs }) => finishedAtMs <= asOfMs);
    if (then === undefined) return { ...alert, deliveries };
    const { state, severity } = then;
    return { ...alert, state, severity, deliveries, overAtMs: null, endedBy: '', reason: '' };
  });
}

function alertOf(row: AlertRow): PastAlert {
  return {
    alertKey: row.alert_key,
    stream: row.stream,
    slo: row.slo,
    labels: row.labels,
    tier: row.tier,
    severity: row.severity,
    state: row.state,
    firedAtMs: msOfDateTime(row.fired_at),
    overAtMs: msOrNull(row.over_at),
    endedBy: row.ended_by,
    reason: row.reason,
    long: { windowMs: row.long_window_s * 1_000, bad: row.long_bad, total: row.long_total },
    short: { windowMs: row.short_window_s * 1_000, bad: row.short_bad, total: row.short_total },
    factor: row.factor,
    remainingRatio: row.remaining_ratio,
    attribution: JSON.parse(row.attribution || '[]') as Contribution[],
    deliveries: row.deliveries.map(({ finished_at, ...delivery }) => ({
      ...delivery,
      finishedAtMs: msOfDateTime(finished_at),
    })),
  };
}
