-- What changed in services, as rows show it.

CREATE TABLE service_changes
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    service LowCardinality(String) COMMENT 'Service. Source: event fields; of a spec its file.',
    what LowCardinality(String) COMMENT 'model_requested, model_served, system_fingerprint, prompt_version, deployment, variant, or spec_revision. Source: alerter.',
    value String COMMENT 'The value that was not there before; of a spec the SLO and its revision, or removed. Source: event fields, active_specs.',
    first_at DateTime64(3, 'UTC') COMMENT 'When it was first seen, or activated, UTC. Source: occurred_at, active_specs.',
    is_told Bool COMMENT 'Whether receivers that ask for changes are told: false for what was there when the service began, or is older than a day. Source: alerter.',
    recorded_at DateTime64(3, 'UTC') COMMENT 'When it was written down, UTC. Source: clock of the alerter.'
)
ENGINE = ReplacingMergeTree(recorded_at)
ORDER BY (stream, service, what, value, first_at)
TTL toDateTime(recorded_at) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'Models, prompts, deployments, variants and spec revisions of services when they were first seen, as far as a receiver asks for changes; alert_notifications has who was told.';
