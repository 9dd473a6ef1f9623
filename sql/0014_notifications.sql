-- What is held before it is decided, and what is known beside a decision.

CREATE TABLE alert_holds
(
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: alerter.',
    alert_key String COMMENT 'stream|slo|series|tier. Source: alerter.',
    decided_through DateTime('UTC') COMMENT 'Evaluation time from which on the row holds, UTC, see alert_progress. Source: alerter.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    tier LowCardinality(String) COMMENT 'Burn tier, e.g. 1h&5m. Source: burn tiers.',
    phase LowCardinality(String) COMMENT 'pending: burns and has not fired; clearing: fires and is clear; none: neither any more. Source: alert state machine.',
    since DateTime64(3, 'UTC') COMMENT 'Since when it burns or is clear without a break, UTC. Source: alert state machine.',
    deadline DateTime64(3, 'UTC') COMMENT 'When it fires or resolves if nothing changes, UTC. Source: alert state machine.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (stream, alert_key, decided_through)
TTL toDateTime(written_at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'Alerts that wait for their hold: what no decision records, and a restart must know. Written before the progress that it belongs to.';

CREATE TABLE alert_contexts
(
    decision_key String COMMENT 'Which decision it belongs to. Source: alerter.',
    attribution String COMMENT 'Which values of which dimension hold the bad events of the long window, JSON. Source: raw rows.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the error budget that was left, signed; NULL if it is not known. Source: budgets.',
    error String COMMENT 'Why there is no attribution, empty if there is. Source: alerter.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was known, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY decision_key
COMMENT 'What was looked up beside a live decision, which does not wait for it. A replay has it in the decision itself.';

ALTER TABLE alert_notifications
    MODIFY COLUMN outcome LowCardinality(String) COMMENT 'delivered; waiting: not taken yet, it is tried again; failed: given up; inhibited: a more urgent tier speaks. Source: alerter.';

CREATE OR REPLACE VIEW alert_history AS
SELECT
    d.evaluated_at AS evaluated_at, d.decision AS decision, d.severity AS severity, d.slo AS slo, d.labels AS labels,
    d.tier AS tier, d.long_bad AS long_bad, d.long_total AS long_total, d.short_bad AS short_bad,
    d.short_total AS short_total, d.factor AS factor, d.coverage AS coverage,
    if(d.attribution = '[]' AND c.attribution != '', c.attribution, d.attribution) AS attribution,
    d.stream AS stream, d.decision_key AS decision_key, n.receiver AS receiver, n.outcome AS notification, n.attempts AS attempts,
    d.ended_by AS ended_by, d.reason AS reason
FROM alert_decisions AS d FINAL
LEFT JOIN (SELECT * FROM alert_notifications FINAL) AS n ON n.decision_key = d.decision_key
LEFT JOIN (SELECT * FROM alert_contexts FINAL) AS c ON c.decision_key = d.decision_key
ORDER BY evaluated_at
COMMENT 'Every decision with its evidence and, per receiver, what became of its notification. Units as in alert_decisions.';
