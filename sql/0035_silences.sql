-- Stretches of time in which nobody is told of alerts that begin, and who said so.

CREATE TABLE silences
(
    id LowCardinality(String) COMMENT 'Name of the silence; its end has the same. Source: burnline silence.',
    action Enum8('add' = 1, 'end' = 2) COMMENT 'add: alerts in scope are withheld from receivers; end: they are not any more, before it expires. Source: burnline silence.',
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.',
    author String COMMENT 'Who did it. Source: --author, or the user of the operating system.',
    reason String COMMENT 'Why. Source: --reason.',
    slos Array(String) COMMENT 'SLOs in scope; a name without what follows / is all objectives of that name. Empty: any. Source: --slo.',
    service LowCardinality(String) COMMENT 'Service whose SLOs are in scope; empty: any. Source: --service.',
    labels Map(String, String) COMMENT 'Only series with these group values; empty: any. Source: --label.',
    severities Array(String) COMMENT 'Only alerts of these severities, SEV-1 to SEV-3; empty: any. Source: --severity.',
    starts_at DateTime('UTC') COMMENT 'When it begins, UTC; of one that recurs the first time. Source: --from.',
    expires_at DateTime('UTC') COMMENT 'When it is over for good, UTC. Source: --for, --until.',
    rule String COMMENT 'When it recurs, as RFC 5545 has it (RRULE); empty: it lasts from its begin until it expires. Source: --every.',
    time_zone LowCardinality(String) COMMENT 'IANA name of the zone that the rule is read in. Source: --zone.',
    length_s UInt32 COMMENT 'How long it lasts each time, seconds; 0 where it does not recur. Source: --for.'
)
ENGINE = MergeTree
ORDER BY (id, changed_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of silences and maintenance windows: a row for each that was added and for each that was ended early, nothing is ever changed. Alerts fire and are recorded while they are silenced.';

ALTER TABLE alert_notifications
    MODIFY COLUMN outcome LowCardinality(String) COMMENT 'delivered; waiting: not taken yet, it is tried again; failed: given up; inhibited: a more urgent tier speaks; silenced: withheld by a silence. Source: alerter.';
