-- What the processor counts, and what is judged from it.

CREATE TABLE slos
(
    slo LowCardinality(String) COMMENT 'Id of the SLO: metadata.name, or name/objective. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Hash of everything that decides a pane row''s value, 16 hex digits. Source: spec file.',
    display_name String COMMENT 'Name for people. Source: spec file.',
    service LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    track LowCardinality(String) COMMENT 'infrastructure or model. Source: spec file.',
    criticality LowCardinality(String) COMMENT 'critical, high, medium or low. Source: spec file.',
    target_numerator UInt64 COMMENT 'Target ratio, exact: numerator. Source: spec file.',
    target_denominator UInt64 COMMENT 'Target ratio, exact: denominator. Source: spec file.',
    period LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    dimensions Array(String) COMMENT 'Fields that split the SLI into series. Source: spec file.',
    tiers String COMMENT 'Burn tiers in force, JSON. Source: spec file and defaults.',
    loaded_at DateTime64(3, 'UTC') COMMENT 'When the spec was loaded, UTC; the latest row is in force. Source: wall clock.'
)
ENGINE = ReplacingMergeTree(loaded_at)
ORDER BY (slo, spec_rev)
COMMENT 'SLOs as they were loaded. Newest loaded_at per slo is in force.';

CREATE TABLE series
(
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: processor.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: processor.',
    series UInt64 COMMENT 'First 8 bytes of SHA-256 over the labels; 0 for an SLO without group-by. Source: processor.',
    labels Map(LowCardinality(String), String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev, series)
SETTINGS fsync_after_insert = 1
COMMENT 'What the series numbers stand for.';

CREATE TABLE sli_panes
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: processor.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted the row. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    pane DateTime('UTC') COMMENT 'Start of the pane of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    partition UInt16 COMMENT 'Partition of the topic. Source: event log.',
    chunk UInt64 COMMENT 'First offset of the stretch of the partition that the row sums. Source: event log.',
    version UInt64 COMMENT 'Offset after the last message that changed the row; the highest version of a key is the row. Source: event log.',
    log_interval DateTime('UTC') COMMENT 'Start of the interval of log time that the chunk lies in, UTC. Source: event log.',
    good UInt64 COMMENT 'Events that count and are good, number. Source: spec''s predicates.',
    total UInt64 COMMENT 'Events that count, number; bad is total - good. Source: spec''s predicates.',
    excluded UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec''s predicates.',
    sums Map(LowCardinality(String), Int64) COMMENT 'Sums of integer fields over what counts, each in its field''s unit. Source: spec''s sum.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events. Source: spec''s histogram.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number. Source: spec''s histogram.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: log interval, or the epoch''s start in a replay. Source: event log.'
)
-- A chunk lies in one log interval, so the interval adds nothing to the key; it keeps the parts of different minutes apart,
-- late events included, and FINAL has nothing to merge but the last ones.
ENGINE = ReplacingMergeTree(version)
PARTITION BY toDate(kept_since)
ORDER BY (stream, log_interval, slo, spec_rev, series, pane, stream_epoch, partition, chunk)
SETTINGS fsync_after_insert = 1
COMMENT 'Chunk rows: additive counts per pane of event time and stretch of the log. Read with FINAL and sum, at or above the pointer of their epoch alone (see seal_pointers); view slo_panes does.';

CREATE TABLE burn_rates
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad Array(UInt64) COMMENT 'Bad events by window, number. Source: sum of sli_panes.',
    total Array(UInt64) COMMENT 'Events that count by window, number. Source: sum of sli_panes.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, evaluated_at)
COMMENT 'Burn rates at the instants at which a window changed; between two rows the earlier one holds.';

CREATE TABLE budgets
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'Good events in the period, number. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period, number. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period, number. Source: sum of sli_panes.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, evaluated_at)
COMMENT 'Error budgets at the instants at which they changed; between two rows the earlier one holds.';

CREATE TABLE evaluations
(
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: burn stage.',
    evaluated_through DateTime('UTC') COMMENT 'Every instant up to here is evaluated and its rows are written, UTC. Source: evaluation clock.',
    data_start DateTime('UTC') COMMENT 'First pane with data in the stream, UTC. Source: sli_panes.',
    coverage Float64 COMMENT 'How complete the stream is, 0 to 1: share of partitions whose watermark had passed the instant, times the share of source time of the last 5 min that reports of all sources cover. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
PARTITION BY toYYYYMM(evaluated_through)
ORDER BY (stream, evaluated_through)
COMMENT 'Progress of the evaluation clock of each stream. Written after the burn rates and budgets it speaks of.';
