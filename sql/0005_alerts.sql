-- What was decided, and who was told.

CREATE TABLE alert_decisions
(
    decision_key String COMMENT 'Alert key and evaluation time: receivers deduplicate by it. Source: alerter.',
    alert_key String COMMENT 'stream|slo|series|tier. Source: alerter.',
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values. Source: event fields.',
    tier LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    severity LowCardinality(String) COMMENT 'SEV-1, SEV-2 or SEV-3. Source: tier and the SLO''s criticality.',
    decision Enum8('fire' = 1, 'resolve' = 2, 'freeze' = 3, 'thaw' = 4) COMMENT 'What was decided. Source: alert state machine.',
    evaluated_at DateTime('UTC') COMMENT 'Evaluation time of the decision, UTC. Source: evaluation clock.',
    long_window_s UInt32 COMMENT 'Long window in seconds. Source: burn tier.',
    long_bad UInt64 COMMENT 'Bad events in the long window, number. Source: burn_rates as read by the decision.',
    long_total UInt64 COMMENT 'Events that count in the long window, number. Source: burn_rates as read by the decision.',
    short_window_s UInt32 COMMENT 'Short window in seconds. Source: burn tier.',
    short_bad UInt64 COMMENT 'Bad events in the short window, number. Source: burn_rates as read by the decision.',
    short_total UInt64 COMMENT 'Events that count in the short window, number. Source: burn_rates as read by the decision.',
    factor Float64 COMMENT 'Burn rate at which the tier fires. Source: burn tier.',
    coverage Float64 COMMENT 'How complete the data was, 0 to 1, see burn_rates. Source: burn_rates.',
    attribution String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON. Source: raw rows.',
    log_offset UInt64 COMMENT 'Offset of the decision in the decision log. Source: event log.',
    decided_at DateTime64(3, 'UTC') COMMENT 'When it was appended to the decision log, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (alert_key, evaluated_at, decision_key)
COMMENT 'Decisions of the alerter with their evidence: a fold of the decision log.';

CREATE TABLE alert_notifications
(
    decision_key String COMMENT 'Which decision was sent. Source: alerter.',
    receiver LowCardinality(String) COMMENT 'Name of the receiver. Source: configuration.',
    outcome LowCardinality(String) COMMENT 'delivered, failed or inhibited. Source: alerter.',
    attempts UInt16 COMMENT 'How often it was sent, number. Source: alerter.',
    status_code UInt16 COMMENT 'Last HTTP status, 0 without an answer. Source: receiver.',
    error String COMMENT 'Last error, empty if delivered. Source: alerter.',
    finished_at DateTime64(3, 'UTC') COMMENT 'When the attempt was over, UTC. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(finished_at)
ORDER BY (decision_key, receiver)
COMMENT 'What became of each notification.';

CREATE TABLE alert_progress
(
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    decided_through DateTime('UTC') COMMENT 'Every evaluation up to here has been judged, UTC. Source: alerter.'
)
ENGINE = ReplacingMergeTree(decided_through)
ORDER BY stream
SETTINGS fsync_after_insert = 1
COMMENT 'How far the alerter has judged each stream. Written after its decisions are in the log.';
