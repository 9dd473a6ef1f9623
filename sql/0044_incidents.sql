-- Incidents: alerts that belong together, and what people did about them. What an incident is follows from rows, so nobody writes it
-- down, and no restart writes it twice.

ALTER TABLE alert_decisions
    ADD COLUMN service LowCardinality(String) COMMENT 'Service of the SLO when it was decided; empty of rows from before there was this column. Source: spec file.' AFTER spec_rev,
    ADD COLUMN urgency LowCardinality(String) COMMENT 'page or ticket, as the tier was when it was decided; empty where that was not written. Source: burn tiers.' AFTER tier;

CREATE TABLE incident_acts
(
    stream LowCardinality(String) COMMENT 'Stream whose incident it is. Source: burnline incidents.',
    service LowCardinality(String) COMMENT 'Service whose incident it is. Source: alerts.',
    incident String COMMENT 'Id that the incident had then. Source: alerts.',
    alert_key String COMMENT 'Alert that had opened it: the act is of the incident that has this alert. Source: alerts.',
    fired_at DateTime('UTC') COMMENT 'When that alert fired, UTC. Source: evaluation clock.',
    action Enum8('ack' = 1, 'note' = 2, 'role' = 3, 'severity' = 4, 'resolve' = 5) COMMENT 'What was done; resolve: what has fired by then is over for the incident, whatever still burns. Source: burnline incidents.',
    acted_at DateTime64(3, 'UTC') COMMENT 'When, UTC. Source: clock of burnline incidents.',
    author String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    value String COMMENT 'Name of the role, or the severity; empty otherwise. Source: burnline incidents.',
    person String COMMENT 'Who has the role; empty otherwise. Source: burnline incidents.',
    text String COMMENT 'The note, or why. Source: burnline incidents.'
)
ENGINE = MergeTree
ORDER BY (stream, service, acted_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of what people did about incidents: acknowledged, noted, took roles, changed the severity, resolved; nothing is ever changed.';

CREATE VIEW incident_alerts
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    service String COMMENT 'Service of the SLO when the alert fired. Source: spec file.',
    incident String COMMENT 'Id of the incident: the first 10 hex digits of the SHA-256 of alert key, | and epoch seconds of the alert that opened it. Source: alerts.',
    opened_at DateTime('UTC') COMMENT 'When the incident was opened, UTC: its first alert that pages fired. Source: evaluation clock.',
    closed_at Nullable(DateTime('UTC')) COMMENT 'When its last alert that pages was over, or somebody resolved it, UTC; NULL while it is open. Source: alerts, incident_acts.',
    alert_key String COMMENT 'stream|slo|series|tier. Source: alerter.',
    fired_at DateTime('UTC') COMMENT 'When the alert fired, UTC. Source: evaluation clock.',
    over_at Nullable(DateTime('UTC')) COMMENT 'When it was over, UTC; NULL while it is open. Source: evaluation clock.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev String COMMENT 'Revision that fired. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    tier String COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    severity String COMMENT 'SEV-1, SEV-2 or SEV-3, by its last decision. Source: tier and the SLO''s criticality.',
    state String COMMENT 'firing, frozen, resolved, removed or ended, see alerts. Source: alert_decisions.',
    is_paging UInt8 COMMENT 'Its tier is a page: it opens incidents and keeps them open. A ticket joins one that it overlaps. Source: burn tiers.',
    told_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a receiver first took the page, UTC; NULL: none did, or of a replay, whose time is not that of the receivers. Source: alert_notifications.',
    long_window_s UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    factor Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.'
)
AS
-- Service and urgency are those that were decided by: revisions are written again, with what a load says of them then. Whoever
-- resolves an incident ends for it what was decided by then. 1800: alerts of a service that lie half an hour apart belong together.
WITH
    known AS (
        SELECT a.stream AS stream, if(f.service = '', r.service, f.service) AS service, a.alert_key AS alert_key, a.fired_at AS fired_at, a.over_at AS over_at,
               a.slo AS slo, f.spec_rev AS spec_rev, a.labels AS labels, a.tier AS tier, a.severity AS severity, a.state AS state,
               if(f.urgency = '', arrayExists(one -> JSONExtractString(one, 'name') = a.tier AND JSONExtractString(one, 'severity') = 'page', r.tiers),
                  f.urgency = 'page') AS is_paging,
               if(e.is_replay, NULL, arrayMin(arrayMap(one -> one.finished_at,
                   arrayFilter(one -> one.decision = 'fire' AND one.outcome = 'delivered', a.deliveries)))) AS told,
               if(told = toDateTime64(0, 3, 'UTC'), NULL, told) AS told_at,
               a.long_window_s AS long_window_s, a.factor AS factor,
               least(ifNull(a.over_at, toDateTime(4294960000, 'UTC')),
                     ifNull(toDateTime(arrayFirstOrNull(at -> at >= f.decided_at, h.resolved)), toDateTime(4294960000, 'UTC'))) AS ended_at
        FROM alerts AS a
        INNER JOIN (SELECT alert_key, evaluated_at, toString(any(spec_rev)) AS spec_rev, min(decided_at) AS decided_at,
                           toString(max(service)) AS service, max(urgency) AS urgency
                    FROM alert_decisions WHERE decision = 'fire' GROUP BY alert_key, evaluated_at) AS f
            ON f.alert_key = a.alert_key AND f.evaluated_at = a.fired_at
        INNER JOIN (SELECT slo, spec_rev, toString(argMax(service, loaded_at)) AS service,
                           JSONExtractArrayRaw(argMax(tiers, loaded_at)) AS tiers FROM slos GROUP BY slo, spec_rev) AS r
            ON r.slo = a.slo AND r.spec_rev = f.spec_rev
        LEFT JOIN (SELECT stream, max(clock = 'replay') AS is_replay FROM stream_epochs GROUP BY stream) AS e ON e.stream = a.stream
        LEFT JOIN (SELECT stream, service, arraySort(groupArray(acted_at)) AS resolved FROM incident_acts
                   WHERE action = 'resolve' GROUP BY stream, service) AS h ON h.stream = a.stream AND h.service = if(f.service = '', r.service, f.service)
    ),
    opened AS (
        SELECT stream, service, number, min(fired_at) AS opened_at, max(ended_at) AS closed_at,
               argMin(alert_key, (fired_at, alert_key)) AS opener
        FROM (
            SELECT stream, service, alert_key, fired_at, ended_at,
                   sum(is_first) OVER (PARTITION BY stream, service ORDER BY fired_at, alert_key
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS number
            FROM (
                SELECT stream, service, alert_key, fired_at, ended_at,
                       fired_at > max(ended_at) OVER (PARTITION BY stream, service ORDER BY fired_at, alert_key
                                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) + 1800 AS is_first
                FROM known WHERE is_paging
            )
        )
        GROUP BY stream, service, number
    )
SELECT k.stream AS stream, k.service AS service,
       lower(substring(hex(SHA256(concat(o.opener, '|', toString(toUnixTimestamp(o.opened_at))))), 1, 10)) AS incident,
       o.opened_at AS opened_at, nullIf(o.closed_at, toDateTime(4294960000, 'UTC')) AS closed_at,
       k.alert_key AS alert_key, k.fired_at AS fired_at, k.over_at AS over_at, k.slo AS slo, k.spec_rev AS spec_rev, k.labels AS labels,
       k.tier AS tier, k.severity AS severity, k.state AS state, k.is_paging AS is_paging, k.told_at AS told_at,
       k.long_window_s AS long_window_s, k.factor AS factor
FROM known AS k
INNER JOIN opened AS o ON o.stream = k.stream AND o.service = k.service
WHERE k.fired_at <= o.closed_at + 1800 AND k.ended_at + 1800 >= o.opened_at
ORDER BY o.opened_at LIMIT 1 BY k.alert_key, k.fired_at
COMMENT 'Alerts that are part of an incident, one row each. Alerts of one service that page and overlap, or lie 30 minutes apart at most, are one incident; what does not page joins the first one that it overlaps as nearly.';

CREATE VIEW incidents
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    service String COMMENT 'Service. Source: spec file.',
    incident String COMMENT 'Id, see incident_alerts. Source: alerts.',
    state String COMMENT 'open, acknowledged or resolved. Source: alerts, incident_acts.',
    severity String COMMENT 'SEV-1, SEV-2 or SEV-3: what somebody said last, else that of its most urgent alert. Source: incident_acts, alerts.',
    opened_at DateTime('UTC') COMMENT 'When its first alert that pages fired, UTC. Source: evaluation clock.',
    paged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When a receiver first took a page of it, tickets aside, UTC; NULL: none did, or of a replay. Source: alert_notifications.',
    acknowledged_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When somebody first acknowledged it, UTC; NULL: nobody did. Source: incident_acts.',
    acknowledged_by String COMMENT 'Who did; empty: nobody. Source: incident_acts.',
    resolved_at Nullable(DateTime('UTC')) COMMENT 'When its last alert that pages was over, or somebody resolved it, UTC; NULL while it is open. Source: alerts, incident_acts.',
    resolved_by String COMMENT 'Who resolved it; empty: its alerts are over by themselves. Source: incident_acts.',
    to_page_s Nullable(Float64) COMMENT 'From opened to paged, seconds. Source: alert_notifications.',
    to_acknowledge_s Nullable(Float64) COMMENT 'From opened to acknowledged, seconds. Source: incident_acts.',
    to_resolve_s Nullable(Float64) COMMENT 'From opened to resolved, seconds. Source: alerts, incident_acts.',
    alert_count UInt64 COMMENT 'Alerts of it, number. Source: alerts.',
    burning_count UInt64 COMMENT 'Those that fire or are frozen, number: more than 0 of one that somebody resolved while it burnt. Source: alerts.',
    slos Array(String) COMMENT 'SLOs of its alerts. Source: alerts.',
    roles Map(String, String) COMMENT 'Who has which role, by the last word on each. Source: incident_acts.'
)
AS
SELECT i.stream AS stream, i.service AS service, i.incident AS incident,
       multiIf(i.closed_at IS NOT NULL, 'resolved', h.acknowledged > toDateTime64(0, 3, 'UTC'), 'acknowledged', 'open') AS state,
       if(h.severity != '', h.severity, i.severity) AS severity, i.opened_at AS opened_at, i.paged_at AS paged_at,
       nullIf(h.acknowledged, toDateTime64(0, 3, 'UTC')) AS acknowledged_at, h.acknowledged_by AS acknowledged_by,
       i.closed_at AS resolved_at, if(toDateTime(h.resolved) = i.closed_at, h.resolved_by, '') AS resolved_by,
       (toUnixTimestamp64Milli(i.paged_at) - 1000 * toInt64(toUnixTimestamp(i.opened_at))) / 1000 AS to_page_s,
       (toUnixTimestamp64Milli(acknowledged_at) - 1000 * toInt64(toUnixTimestamp(i.opened_at))) / 1000 AS to_acknowledge_s,
       toFloat64(dateDiff('second', i.opened_at, i.closed_at)) AS to_resolve_s,
       i.alert_count AS alert_count, i.burning_count AS burning_count, i.slos AS slos, h.roles AS roles
FROM (
    SELECT stream, service, incident, any(opened_at) AS opened_at, any(closed_at) AS closed_at, min(severity) AS severity,
           minIf(told_at, is_paging) AS paged_at, count() AS alert_count, countIf(state IN ('firing', 'frozen')) AS burning_count,
           arraySort(groupUniqArray(toString(slo))) AS slos
    FROM incident_alerts GROUP BY stream, service, incident
) AS i
LEFT JOIN (
    SELECT incident, minIf(first_at, action = 'ack') AS acknowledged, anyIf(first_by, action = 'ack') AS acknowledged_by,
           maxIf(last_at, action = 'resolve') AS resolved, anyIf(last_by, action = 'resolve') AS resolved_by,
           anyIf(last_value, action = 'severity') AS severity,
           mapFromArrays(groupArrayIf(role, action = 'role'), groupArrayIf(last_person, action = 'role')) AS roles
    FROM (
        SELECT m.incident AS incident, a.action AS action, if(a.action = 'role', a.value, '') AS role, min(a.acted_at) AS first_at,
               max(a.acted_at) AS last_at, argMin(a.author, a.acted_at) AS first_by, argMax(a.author, a.acted_at) AS last_by,
               argMax(a.value, a.acted_at) AS last_value, argMax(a.person, a.acted_at) AS last_person
        FROM incident_acts AS a
        INNER JOIN incident_alerts AS m ON m.alert_key = a.alert_key AND m.fired_at = a.fired_at
        GROUP BY incident, action, role
    )
    GROUP BY incident
) AS h ON h.incident = i.incident
COMMENT 'Incidents, one row each: which alerts belong together, and what people did about them. A function of alerts and incident_acts alone. Times to detect are told by burnline incidents show.';
