-- Dead letters that are sent again: what they are told apart by, who sent them when, and what is left to do.

ALTER TABLE dead_letters
    ADD COLUMN log_time DateTime64(3, 'UTC') DEFAULT toDateTime64(kept_since, 3, 'UTC') COMMENT 'Timestamp of the message in its log, UTC; before version 9 of the tables, kept_since. Source: event log.' AFTER offset,
    ADD COLUMN checksum String MATERIALIZED lower(hex(SHA256(value))) COMMENT 'SHA-256 of value, hexadecimal: the same content has the same one wherever it stands. Source: database.' AFTER value;

CREATE TABLE dead_letter_replays
(
    replay_id UUID COMMENT 'One attempt at one letter. Source: burnline dead-letters replay.',
    stream_epoch LowCardinality(String) COMMENT 'Source position of the letter: see stream_epochs. Source: dead_letters.',
    topic LowCardinality(String) COMMENT 'Source position of the letter: its topic. Source: dead_letters.',
    partition UInt16 COMMENT 'Source position of the letter: its partition. Source: dead_letters.',
    offset UInt64 COMMENT 'Source position of the letter: its offset. Source: dead_letters.',
    checksum String COMMENT 'SHA-256 of the bytes that were sent, hexadecimal. Attempts are counted by it. Source: dead_letters.',
    attempt UInt8 COMMENT 'Attempt at this content, from 1, as counted before it was made. Source: attempts before.',
    replayed_at DateTime64(3, 'UTC') COMMENT 'When the attempt began, UTC. Source: wall clock.',
    replayed_by String COMMENT 'Who sent it: user of the operating system. Source: burnline dead-letters replay.',
    to_topic LowCardinality(String) COMMENT 'Topic that it is sent to: its own. Source: dead_letters.',
    to_partition UInt16 COMMENT 'Partition that it is sent to: its own. Source: dead_letters.',
    to_offset Nullable(UInt64) COMMENT 'Offset that it got there; NULL until it is known to be there. Source: event log.',
    is_appended Bool COMMENT 'False: recorded before the append, which may have happened or not. True: it is in the log. Source: burnline dead-letters replay.'
)
ENGINE = ReplacingMergeTree(is_appended)
ORDER BY (checksum, replay_id)
TTL toDateTime(replayed_at) + INTERVAL 365 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'Attempts to send a dead letter again. Recorded before the letter is appended, so that a crash counts an attempt too many, never one too few; kept longer than any letter.';

CREATE VIEW dead_letter_states AS
SELECT
    l.stream_epoch AS stream_epoch, l.topic AS topic, l.partition AS partition, l.offset AS offset,
    l.log_time AS log_time, l.code AS code, l.reason AS reason, l.checksum AS checksum,
    l.value_bytes AS value_bytes, toUInt32(a.attempts) AS attempts,
    r.is_appended AS is_replayed, r.to_offset AS replayed_to,
    multiIf(is_replayed, 'replayed', attempts >= 3, 'given up', 'open') AS state
FROM
(
    SELECT stream_epoch, topic, partition, offset, log_time, code, reason, checksum, length(value) AS value_bytes
    FROM dead_letters FINAL
) AS l
LEFT JOIN
(
    SELECT checksum, uniqExact(replay_id) AS attempts FROM dead_letter_replays GROUP BY checksum
) AS a ON a.checksum = l.checksum
LEFT JOIN
(
    SELECT stream_epoch, partition, offset, max(is_appended) AS is_appended, max(to_offset) AS to_offset
    FROM dead_letter_replays GROUP BY stream_epoch, partition, offset
) AS r ON r.stream_epoch = l.stream_epoch AND r.partition = l.partition AND r.offset = l.offset
COMMENT 'Dead letters with what became of them: attempts at their content wherever it stood, and state: replayed (sent again from this position; if it was still bad, it is a letter at replayed_to), given up (3 attempts at its content, none from here), or open. The bytes are in dead_letters.';
