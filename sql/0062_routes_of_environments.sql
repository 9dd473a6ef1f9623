-- Gateways of one environment go by rules of that environment, and of all.

ALTER TABLE route_states
    ADD COLUMN IF NOT EXISTS environments Array(LowCardinality(String)) COMMENT 'Environments whose events count, and whose gateways go by it; empty: all. Source: spec file.' AFTER value;

DROP VIEW IF EXISTS routing;

CREATE VIEW routing
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: alerter.',
    service LowCardinality(String) COMMENT 'Service. Source: policy.',
    policy LowCardinality(String) COMMENT 'Policy. Source: spec file.',
    dimension LowCardinality(String) COMMENT 'provider, deployment or region. Source: spec file.',
    value String COMMENT 'Which one. Source: event fields.',
    environments Array(LowCardinality(String)) COMMENT 'Environments whose events count, and whose gateways go by it; empty: all. Source: route_states.',
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
SELECT stream, service, policy, dimension, value, environments, NOT is_out OR incomplete != '' AS in_rotation, is_out, since, checked_at,
       counted_through, errors, total, if(total = 0, NULL, errors / total) AS error_share,
       if(last.incomplete = '' AND last.checked_at < now64(3) - INTERVAL 2 MINUTE, 'nobody has looked for 2 minutes', last.incomplete) AS incomplete
FROM (
    SELECT *, max(checked_at) OVER (PARTITION BY stream, service, policy, dimension) AS newest
    FROM route_states FINAL WHERE checked_at > now64(3) - INTERVAL 1 DAY
) AS last
WHERE checked_at = newest
ORDER BY stream, service, policy, dimension, value
COMMENT 'What gateways may send to, of every service whose policies route around: what was last known, and within a day. What is not here is in rotation.';
