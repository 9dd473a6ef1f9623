-- Levels of policies that were told as entered and as left.

CREATE TABLE policy_notices
(
    decision_key String COMMENT 'Alert key and moment: receivers deduplicate by it, and alert_notifications has what became of it. Source: alerter.',
    alert_key String COMMENT 'stream|policy:NAME|service|action:level: the same for the begin and the end. Source: alerter.',
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    service LowCardinality(String) COMMENT 'Service whose budgets were looked at. Source: policy.',
    policy LowCardinality(String) COMMENT 'Policy. Source: spec file.',
    action LowCardinality(String) COMMENT 'notify: people are told; webhook: a program is called. Source: spec file.',
    level LowCardinality(String) COMMENT 'Level that was entered or left: warn, approval or freeze. Source: spec file.',
    decision LowCardinality(String) COMMENT 'fire: entered; resolve: left; removed: the policy says no more that anybody is told, or has nothing left to look at. Source: ladder.',
    evaluated_at DateTime64(3, 'UTC') COMMENT 'When that was seen, UTC. Source: clock of the alerter.',
    stands LowCardinality(String) COMMENT 'Level that the policy stood at then; empty: it had nothing to look at. Source: ladder.',
    slo LowCardinality(String) COMMENT 'SLO whose budget stood highest. Source: spec file.',
    labels Map(LowCardinality(String), String) COMMENT 'Group-by fields of its series and their values. Source: event fields.',
    spent Nullable(Float64) COMMENT 'Share of its budget that was spent, 1 and more where nothing was left. NULL: not known. Source: budgets.',
    receivers Array(String) COMMENT 'Receivers that the policy names; of an end empty: those that heard of the begin. Source: spec file.',
    log_offset UInt64 COMMENT 'Offset in the decision log. Source: event log.',
    decided_at DateTime64(3, 'UTC') COMMENT 'When it was appended to the decision log, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, alert_key, evaluated_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Levels of policies that somebody was told of, one row for each that was entered and for each that was left.';
