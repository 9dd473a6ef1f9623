-- Sources that were lost are remembered, alerts that end without resolving say why, and a stream knows its own SLOs.

ALTER TABLE alert_decisions
    MODIFY COLUMN decision Enum8('fire' = 1, 'resolve' = 2, 'freeze' = 3, 'thaw' = 4, 'removed' = 5, 'ended' = 6) COMMENT 'What was decided; removed: its SLO, tier or series went with the specs, ended: somebody ended the alert by name. Source: alert state machine.',
    ADD COLUMN IF NOT EXISTS ended_by String COMMENT 'Who ended the alert by name; empty otherwise. Source: the command''s user.' AFTER decision,
    ADD COLUMN IF NOT EXISTS reason String COMMENT 'Why the alert was removed or ended; empty otherwise. Source: alerter, or who ended it.' AFTER ended_by;

ALTER TABLE burn_rates
    ADD COLUMN IF NOT EXISTS is_heard Bool DEFAULT true COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.' AFTER coverage,
    ADD COLUMN IF NOT EXISTS lost_at DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.' AFTER is_heard;

ALTER TABLE budgets
    ADD COLUMN IF NOT EXISTS unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.' AFTER total;

CREATE TABLE source_states
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    service LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    environment LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    instance String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    first_heard SimpleAggregateFunction(min, DateTime('UTC')) COMMENT 'When the log took its first report, UTC. Source: event log.',
    last_heard SimpleAggregateFunction(max, DateTime('UTC')) COMMENT 'When the log took its last report, UTC. Source: event log.',
    last_end SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'End of its last interval by its own clock, UTC. Source: publisher.',
    final_end SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'End of its last interval that said that it stops, UTC; 1970 if none did. Source: publisher.',
    acknowledged SimpleAggregateFunction(max, UInt64) COMMENT 'Most events that one of its reports says the log acknowledged, number; 0: it has never fed anything. Source: publisher.'
)
ENGINE = AggregatingMergeTree
ORDER BY (stream, service, environment, instance)
TTL last_heard + INTERVAL 35 DAY
COMMENT 'When each source was first and last heard of: what tells one that was lost from one that stopped, however long ago. Group by the key: rows are merged later, and the last minutes are in source_reports alone.';

INSERT INTO source_states (stream, service, environment, instance, first_heard, last_heard, last_end, final_end, acknowledged)
SELECT stream, service, environment, instance, min(kept_since), max(kept_since), max(interval_end), maxIf(interval_end, is_final), max(acknowledged_count)
FROM source_reports GROUP BY stream, service, environment, instance;

CREATE TABLE stream_specs
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    files String COMMENT 'Spec files as they were given, a JSON array of [name, text]; empty array: the SLOs were removed on purpose. Source: spec files.',
    given_at DateTime64(3, 'UTC') COMMENT 'When they were given, UTC; the latest row holds. Source: wall clock, and later than every row before.'
)
ENGINE = ReplacingMergeTree(given_at)
ORDER BY stream
SETTINGS fsync_after_insert = 1
COMMENT 'The specs that each stream was last given: a start without specs goes on with them.';
