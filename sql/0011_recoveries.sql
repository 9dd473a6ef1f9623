-- What the log could not give back, and who went on without it.

CREATE TABLE recoveries
(
    stream LowCardinality(String) COMMENT 'Name of the stream. Source: topic name.',
    topic LowCardinality(String) COMMENT 'Topic in the event log. Source: topic table.',
    new_epoch LowCardinality(String) COMMENT 'Epoch that began with the recovery, see stream_epochs. Source: burnline recover.',
    old_epoch LowCardinality(String) COMMENT 'Epoch that ended; empty if there was none. Source: stream_epochs.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    consumer Enum8('processor' = 1, 'sink' = 2) COMMENT 'Whose gap it is: panes, or raw rows. Source: watermarks.',
    code LowCardinality(String) COMMENT 'Error code at which the consumer halted; empty where it could have gone on. Source: its own checks.',
    reason String COMMENT 'The same in words. Source: its own checks.',
    written_through UInt64 COMMENT 'Offset after the last message whose rows are in the old epoch. Source: watermarks and rows.',
    start_offset UInt64 COMMENT 'First offset that is read in the new epoch. Source: event log.',
    lost_messages Nullable(UInt64) COMMENT 'Messages between the two, number; NULL where the log was replaced. Source: event log.',
    uncovered_from DateTime64(3, 'UTC') COMMENT 'Log time of the last message that was written, UTC. Source: watermarks.',
    uncovered_to DateTime64(3, 'UTC') COMMENT 'Log time from which everything is seen again, UTC; equal to uncovered_from where nothing is missing. Source: event log, or the moment of the recovery where the log holds nothing.',
    recovered_by String COMMENT 'User and machine that confirmed it. Source: operating system.',
    recovered_at DateTime64(3, 'UTC') COMMENT 'When it was confirmed, UTC. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(recovered_at)
ORDER BY (stream, new_epoch, partition, consumer)
SETTINGS fsync_after_insert = 1
COMMENT 'Audit of recoveries: one row per partition and consumer. From uncovered_from to uncovered_to the stream is uncovered: what happened then is in no sum.';
