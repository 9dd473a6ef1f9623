import type { Store } from '@burnline/runtime';
import { readWhole } from '../read-whole.ts';

export const INCIDENT_ACTIONS = ['ack', 'note', 'role', 'severity', 'resolve'] as const;
export type IncidentAction = (typeof INCIDENT_ACTIONS)[number];

/** Alerts that belong together, and what people did about them. Times are epoch ms; null: it did not happen, or is not known. */
export interface Incident {
  readonly incident: string;
  readonly stream: string;
  readonly service: string;
  readonly state: 'open' | 'acknowledged' | 'resolved';
  readonly severity: string;
  readonly openedMs: number;
  readonly pagedMs: number | null;
  readonly acknowledgedMs: number | null;
  readonly acknowledgedBy: string;
  readonly resolvedMs: number | null;
  /** Empty: its alerts were over by themselves. */
  readonly resolvedBy: string;
  /** From when it was opened, seconds. */
  readonly toPageS: number | null;
  readonly toAcknowledgeS: number | null;
  readonly toResolveS: number | null;
  readonly alertCount: number;
  /** Alerts of it that fire or are frozen. */
  readonly burningCount: number;
  readonly slos: readonly string[];
  /** Role to person. */
  readonly roles: Readonly<Record<string, string>>;
}

/** An alert of an incident. Times are epoch ms. */
export interface IncidentAlert {
  readonly incident: string;
  readonly alertKey: string;
  readonly slo: string;
  readonly specRev: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tier: string;
  readonly severity: string;
  readonly state: string;
  readonly isPaging: boolean;
  readonly firedMs: number;
  readonly overMs: number | null;
  /** When a receiver first took its page. */
  readonly toldMs: number | null;
  readonly longMs: number;
  /** Burn rate at which its tier fires. */
  readonly factor: number;
}

/** What somebody did about an incident. */
interface IncidentAct {
  readonly atMs: number;
  readonly action: IncidentAction;
  readonly author: string;
  /** Name of the role, or the severity. */
  readonly value: string;
  readonly person: string;
  readonly text: string;
}

export interface IncidentDetail extends Incident {
  /** As they fired. */
  readonly alerts: readonly IncidentAlert[];
  /** In the order of time. */
  readonly acts: readonly IncidentAct[];
}

export interface IncidentsQuery {
  readonly stream?: string;
  readonly service?: string;
  readonly isOpen?: boolean;
  readonly limit: number;
}

const INCIDENT_COLUMNS = `incident, stream, service, state, severity, toFloat64(toUnixTimestamp(opened_at)) * 1000 AS openedMs,
  toUnixTimestamp64Milli(paged_at) AS pagedMs, toUnixTimestamp64Milli(acknowledged_at) AS acknowledgedMs,
  acknowledged_by AS acknowledgedBy, toFloat64(toUnixTimestamp(resolved_at)) * 1000 AS resolvedMs, resolved_by AS resolvedBy,
  to_page_s AS toPageS, to_acknowledge_s AS toAcknowledgeS, to_resolve_s AS toResolveS, alert_count AS alertCount,
  burning_count AS burningCount, slos, roles`;

/** The latest incidents; at most `limit`, those that are not resolved first. */
export function readIncidents(store: Store, query: IncidentsQuery): Promise<readonly Incident[]> {
  return store.query<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incidents
     WHERE ({stream:String} = '' OR stream = {stream:String}) AND ({service:String} = '' OR service = {service:String})
       AND ({only_open:UInt8} = 0 OR state != 'resolved')
     ORDER BY state = 'resolved', opened_at DESC, incident LIMIT {limit:UInt32}`,
    {
      stream: query.stream ?? '',
      service: query.service ?? '',
      only_open: query.isOpen === true ? 1 : 0,
      limit: query.limit,
    },
  );
}

/** Acts and alerts of one incident; nobody does more. */
const ROWS_MAX = 10_000;

/**
 * One incident with its alerts and what was done, by its id, or by the id that it had as long as an earlier alert of it was not known;
 * null: there is none. Rejects with QUERY_TOO_LARGE.
 */
export async function readIncident(store: Store, id: string): Promise<IncidentDetail | null> {
  const alerts = await readWhole<IncidentAlert>(store, ALERTS_SQL, {
    id,
    limit: ROWS_MAX,
  });
  const [first] = alerts;
  if (first === undefined) return null;
  const [[found], acts] = await Promise.all([
    store.query<Incident>(`SELECT ${INCIDENT_COLUMNS} FROM incidents WHERE incident = {incident:String}`, {
      incident: first.incident,
    }),
    readWhole<IncidentAct>(store, ACTS_SQL, {
      keys: alerts.map(({ alertKey }) => alertKey),
      fired: alerts.map(({ firedMs }) => firedMs / 1_000),
      limit: ROWS_MAX,
    }),
  ]);
  return found === undefined ? null : { ...found, alerts, acts };
}

const ALERTS_SQL = `
SELECT incident, alert_key AS alertKey, slo, spec_rev AS specRev, labels, tier, severity, state, toBool(is_paging) AS isPaging,
       toFloat64(toUnixTimestamp(fired_at)) * 1000 AS firedMs, toFloat64(toUnixTimestamp(over_at)) * 1000 AS overMs,
       toUnixTimestamp64Milli(told_at) AS toldMs, toFloat64(long_window_s) * 1000 AS longMs, factor
FROM (
  SELECT *, max(lower(substring(hex(SHA256(concat(alert_key, '|', toString(toUnixTimestamp(fired_at))))), 1, 10)) = {id:String})
              OVER (PARTITION BY incident) AS is_asked
  FROM incident_alerts
)
WHERE is_asked ORDER BY firedMs, alertKey LIMIT {limit:UInt32}`;

const ACTS_SQL = `
SELECT toUnixTimestamp64Milli(acted_at) AS atMs, toString(action) AS action, author, value, person, text
FROM incident_acts
WHERE (alert_key, toUnixTimestamp(fired_at)) IN (SELECT arrayJoin(arrayZip({keys:Array(String)}, {fired:Array(UInt32)})))
ORDER BY acted_at, action LIMIT {limit:UInt32}`;
