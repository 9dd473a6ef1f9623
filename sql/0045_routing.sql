-- What gateways are told to send nothing to.

CREATE TABLE route_states
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    service LowCardinality(String) COMMENT 'Service whose inferences are counted. Source: policy.',
    policy LowCardinality(String) COMMENT 'Policy that says when to route around. Source: spec file.',
    dimension LowCardinality(String) COMMENT 'provider, deployment or region. Source: spec file.',
    value String COMMENT 'Which one. Source: event fields.',
    is_out Bool COMMENT 'Whether it is routed around. Source: policy and errors.',
    since DateTime64(3, 'UTC') COMMENT 'Since when it is out, or in rotation, UTC. Source: clock of the alerter.',
    checked_at DateTime64(3, 'UTC') COMMENT 'When this was last so, UTC. Source: clock of the alerter.',
    counted_through DateTime64(3, 'UTC') COMMENT 'End of the window that was counted, UTC. Source: evaluation clock.',
    errors Float64 COMMENT 'Errors in the window, number; of a sampled stream as many as they stand for. Source: inference_events.',
    total Float64 COMMENT 'Events in the window, number; of a sampled stream as many as they stand for. Source: inference_events.',
    seen UInt64 COMMENT 'Events seen in the window, number. Source: inference_events.',
    out_share Float64 COMMENT 'Share of errors when it went out, 0 to 1; 0 in rotation. Source: inference_events.',
    incomplete String COMMENT 'Why the data is too old or too little to route by; empty: it is not. Source: evaluations.'
)
ENGINE = ReplacingMergeTree(checked_at)
ORDER BY (stream, service, policy, dimension, value, since, is_out)
TTL toDateTime(checked_at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'What was in rotation and what was routed around, one row for each stretch of time: from since to checked_at.';

CREATE VIEW routing
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    service LowCardinality(String) COMMENT 'Service. Source: policy.',
    policy LowCardinality(String) COMMENT 'Policy. Source: spec file.',
    dimension LowCardinality(String) COMMENT 'provider, deployment or region. Source: spec file.',
    value String COMMENT 'Which one. Source: event fields.',
    in_rotation Bool COMMENT 'Whether a gateway may send to it: false only where it is out and that is known now. Source: route_states.',
    is_out Bool COMMENT 'Whether it was routed around when that was last known. Source: route_states.',
    since DateTime64(3, 'UTC') COMMENT 'Since when it is out, or in rotation, UTC. Source: route_states.',
    checked_at DateTime64(3, 'UTC') COMMENT 'When that was last known, UTC. Source: route_states.',
    counted_through DateTime64(3, 'UTC') COMMENT 'End of the window that was counted, UTC. Source: route_states.',
    errors Float64 COMMENT 'Errors in the window, number. Source: route_states.',
    total Float64 COMMENT 'Events in the window, number. Source: route_states.',
    error_share Nullable(Float64) COMMENT 'The first over the second, 0 to 1; NULL without events. Source: route_states.',
    incomplete String COMMENT 'Why everything is in rotation whatever was seen: data is too old or too little, or nobody has looked for 2 minutes; empty: it is not so. Source: route_states.'
)
AS
SELECT stream, service, policy, dimension, value, NOT is_out OR incomplete != '' AS in_rotation, is_out, since, checked_at, counted_through,
       errors, total, if(total = 0, NULL, errors / total) AS error_share,
       if(last.incomplete = '' AND last.checked_at < now64(3) - INTERVAL 2 MINUTE, 'nobody has looked for 2 minutes', last.incomplete) AS incomplete
FROM (
    SELECT *, max(checked_at) OVER (PARTITION BY stream, service, policy, dimension) AS newest
    FROM route_states FINAL WHERE checked_at > now64(3) - INTERVAL 1 DAY
) AS last
WHERE checked_at = newest
ORDER BY stream, service, policy, dimension, value
COMMENT 'What gateways may send to, of every service whose policies route around: what was last known, and within a day. What is not here is in rotation.';
