-- Where rows come from: streams, their epochs, how far each partition has been read, and what sources say of themselves.

CREATE TABLE stream_epochs
(
    stream_epoch String COMMENT 'Name of one generation of one topic: topic, "@" and the number of the generation. Source: the first processor that read it.',
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    topic LowCardinality(String) COMMENT 'Topic in the event log. Source: topic table.',
    clock Enum8('live' = 1, 'replay' = 2) COMMENT 'live: log time is append time; replay: log time is the data''s own time. Source: topic table.',
    partition_count UInt16 COMMENT 'Partitions of the topic when the epoch began. Source: event log.',
    start_offsets Array(UInt64) COMMENT 'First offset that belongs to the epoch, by partition. Source: event log.',
    interval_ms UInt32 COMMENT 'Chunks end where log time enters the next interval of this many ms. Source: processor settings.',
    chunk_events_max UInt32 COMMENT 'A chunk ends once it holds this many events, repeats included. Source: processor settings.',
    repeat_window_messages UInt32 COMMENT 'An event id is a repeat if seen among so many messages before, same partition. Source: processor settings.',
    pane_ms UInt32 COMMENT 'Width of a pane in ms of event time. Source: processor settings.',
    created_at DateTime64(3, 'UTC') COMMENT 'When the epoch was recorded, UTC. Rows of a replay are kept from here on. Source: wall clock, once.'
)
ENGINE = ReplacingMergeTree
ORDER BY stream_epoch
SETTINGS fsync_after_insert = 1
COMMENT 'Generations of topics. One row each, written once.';

CREATE TABLE watermarks
(
    consumer Enum8('processor' = 1, 'sink' = 2) COMMENT 'Whose progress this is. Source: writer.',
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'See stream_epochs. Source: writer.',
    topic LowCardinality(String) COMMENT 'Topic in the event log. Source: writer.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    position UInt64 COMMENT 'Offset after the last message whose rows are written. Source: writer.',
    log_time DateTime64(3, 'UTC') COMMENT 'Running maximum of the log''s timestamps up to position, UTC. Source: event log.',
    last_timestamp_ms Int64 COMMENT 'Timestamp of the message before position, epoch ms: part of the fingerprint. Source: event log.',
    last_checksum UInt32 COMMENT 'CRC-32 of the message before position: part of the fingerprint. Source: event log.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (consumer, stream_epoch, partition)
SETTINGS fsync_after_insert = 1
COMMENT 'How far the rows of each partition are complete. Written after the rows it speaks of.';

CREATE TABLE source_reports
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'See stream_epochs. Source: sink.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    offset UInt64 COMMENT 'Offset of the message. Source: event log.',
    event_index UInt16 COMMENT 'Position within the message, from 0. Source: event log.',
    instance String COMMENT 'Which publisher, unique per running one. Source: publisher.',
    service LowCardinality(String) COMMENT 'Service that emits. Source: publisher.',
    environment LowCardinality(String) COMMENT 'Deployment environment. Source: publisher.',
    interval_start DateTime64(6, 'UTC') COMMENT 'Start of the reported interval, UTC, inclusive. Source: publisher.',
    interval_end DateTime64(6, 'UTC') COMMENT 'End of the reported interval, UTC, exclusive. Source: publisher.',
    is_final Bool COMMENT 'The source stopped on purpose after this report. Source: publisher.',
    emitted_count UInt64 COMMENT 'Events handed to the publisher within the interval. Source: publisher.',
    acknowledged_count UInt64 COMMENT 'Events that the log acknowledged within the interval. Source: publisher.',
    retried_count UInt64 COMMENT 'Events sent again within the interval. Source: publisher.',
    dropped_by_reason Map(LowCardinality(String), UInt64) COMMENT 'Events lost within the interval, by reason. Source: publisher.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: log time, or the epoch''s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, offset, event_index)
TTL kept_since + INTERVAL 35 DAY
COMMENT 'What each publisher reports of itself every 10 s: silent sources and lost telemetry show here.';

CREATE TABLE dead_letters
(
    stream_epoch LowCardinality(String) COMMENT 'See stream_epochs. Source: sink.',
    topic LowCardinality(String) COMMENT 'Topic the message came from. Source: event log.',
    partition UInt16 COMMENT 'Partition the message came from. Source: event log.',
    offset UInt64 COMMENT 'Offset of the message. Source: event log.',
    code LowCardinality(String) COMMENT 'Error code, stable. Source: sink.',
    reason String COMMENT 'What is wrong with it, in words. Source: sink.',
    value String COMMENT 'The message''s original bytes. Source: event log.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, offset)
TTL kept_since + INTERVAL 90 DAY
COMMENT 'Messages that could not be read, kept whole: nothing is dropped in silence.';
