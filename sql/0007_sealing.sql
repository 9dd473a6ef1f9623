-- Chunk rows that nobody can add to any more are summed into archive rows; spec revisions come and go by the log.

CREATE TABLE spec_revisions
(
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    plan String COMMENT 'What the revision counts, JSON: any processor can count it without the spec file. Source: spec file.',
    recorded_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When it was recorded, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev)
SETTINGS fsync_after_insert = 1
COMMENT 'Every spec revision that was ever announced in a log. Written before its announcement.';

CREATE TABLE spec_sets
(
    spec_set LowCardinality(String) COMMENT 'Hash of the list, 16 hex digits; commits name it. Source: processor.',
    spec_revs Array(String) COMMENT 'Revisions that are counted together, sorted. Source: announcements in the log.'
)
ENGINE = ReplacingMergeTree
ORDER BY spec_set
SETTINGS fsync_after_insert = 1
COMMENT 'Which revisions a stretch of the log was counted with. Written before any commit that names the set.';

CREATE TABLE spec_begins
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: announcement in the log.',
    begin_offset UInt64 COMMENT 'First offset that the revision counts; what lies before it is backfilled from raw rows. Source: announcement in the log.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream_epoch, spec_rev, partition)
SETTINGS fsync_after_insert = 1
COMMENT 'Where in the log each spec revision began to be counted.';

CREATE TABLE spec_ends
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec rollout.',
    ended_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When its end was decided, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, spec_rev)
SETTINGS fsync_after_insert = 1
COMMENT 'Revisions that are not counted any more. Written before the announcement; a revision never begins again under the same name.';

CREATE TABLE active_specs
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Revision that is judged from here on; empty once the SLO is gone. Source: spec rollout.',
    activated_at DateTime64(3, 'UTC') COMMENT 'When the rollout made it the active one, UTC: its backfill was complete. Source: wall clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, slo, activated_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Which revision of each SLO is judged, by stream; the latest row of an SLO holds.';

CREATE TABLE backfills
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    events UInt64 COMMENT 'Events within the scope that were found in the raw rows before the revision began, number. Source: raw rows.',
    completed_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the last row was written, UTC: its archive rows count from here on. Source: database clock.'
)
ENGINE = ReplacingMergeTree
ORDER BY (stream, slo, spec_rev)
SETTINGS fsync_after_insert = 1
COMMENT 'Backfills that are complete. Archive rows of one that has no row here are not read.';

CREATE TABLE chunk_closings
(
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    chunk UInt64 COMMENT 'First offset of the chunk. Source: event log.',
    next_chunk UInt64 COMMENT 'First offset of the chunk after it. Source: event log.',
    log_interval DateTime('UTC') COMMENT 'Start of the interval of log time that the chunk lies in, UTC. Source: event log.',
    row_counts Map(LowCardinality(String), UInt64) COMMENT 'How many rows of sli_panes the chunk has, by spec revision. Source: processor.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: log interval, or the epoch''s start in a replay. Source: event log.'
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(kept_since)
ORDER BY (stream_epoch, partition, chunk)
TTL kept_since + INTERVAL 35 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'Chunks that have ended, with what they wrote. Written after their rows; an unbroken list of them is what sealing goes by.';

CREATE TABLE sli_archive
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    level Enum8('pane' = 1, '5m' = 2, '1h' = 3, '1d' = 4) COMMENT 'Width of the bucket; pane is stream_epochs.pane_ms. Source: sealer.',
    bucket DateTime('UTC') COMMENT 'Start of the bucket of event time, UTC. Source: sli_panes or raw rows.',
    source_kind Enum8('hour' = 1, 'day' = 2, 'backfill' = 3) COMMENT 'What the row sums: chunk rows of an hour of log time (levels pane, 5m, 1h), such hours of a day (level 1d), or raw rows. Source: sealer.',
    source DateTime('UTC') COMMENT 'Start of the sealed hour or day of log time, UTC; in a backfill the number of the slice, in seconds of 1970. Source: event log.',
    version UInt64 COMMENT 'Number of rows that were summed; the highest version of a key is the row. Source: sealer.',
    good UInt64 COMMENT 'Events that count and are good, number. Source: spec''s predicates.',
    total UInt64 COMMENT 'Events that count, number. Source: spec''s predicates.',
    excluded UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec''s predicates.',
    sums Map(LowCardinality(String), Int64) COMMENT 'Sums of integer fields over what counts. Source: spec''s sum.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts. Source: spec''s histogram.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number. Source: spec''s histogram.',
    first_pane DateTime('UTC') COMMENT 'Oldest pane within the bucket, UTC. Source: sli_panes or raw rows.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: end of the source, or the epoch''s start in a replay. Source: event log.',
    INDEX sources source TYPE minmax GRANULARITY 1
)
-- Time before series: an edge of a window is a few buckets of every series. The bucket itself stands there as a number, else
-- a test on it would be held against that place alone. The index finds the sources that are in no day yet.
ENGINE = ReplacingMergeTree(version)
PARTITION BY (level, toStartOfInterval(kept_since, INTERVAL 1 WEEK))
ORDER BY (stream, level, toStartOfFiveMinutes(bucket), slo, spec_rev, series, toUnixTimestamp(bucket), stream_epoch, source_kind, source)
TTL kept_since + INTERVAL 8 DAY DELETE WHERE level = 'pane', kept_since + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1
COMMENT 'What was sealed: sums over partitions and chunks. Read hour and day rows below the pointer of their epoch, backfill rows of complete backfills; see seal_pointers.';

CREATE TABLE seal_pointers
(
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    source_kind Enum8('hour' = 1, 'day' = 2) COMMENT 'Which sources the pointer speaks of. Source: sealer.',
    through DateTime('UTC') COMMENT 'Everything of log time before this is in the archive, UTC; the largest counts. Source: sealer.',
    next_chunks SimpleAggregateFunction(any, Array(UInt64)) COMMENT 'First chunk that is not sealed, by partition; empty in a day''s pointer. Source: chunk_closings.',
    written_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT now64(3) COMMENT 'When the pointer first stood here, UTC. Source: database clock.'
)
ENGINE = AggregatingMergeTree
ORDER BY (stream_epoch, source_kind, through)
SETTINGS fsync_after_insert = 1
COMMENT 'How far each epoch is sealed. A query that reads it together with the rows heeds only pointers older than 60 s: it sees the archive as it was before the pointer moved.';

CREATE TABLE epoch_ends
(
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: replay, or recovery.',
    end_offsets Array(UInt64) COMMENT 'Offset after the last message of the epoch, by partition. Source: event log.'
)
ENGINE = ReplacingMergeTree
ORDER BY stream_epoch
SETTINGS fsync_after_insert = 1
COMMENT 'Epochs that have ended: everything of theirs counts as passed once their chunks up to the end are written.';
