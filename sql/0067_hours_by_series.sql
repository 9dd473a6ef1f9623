-- A chart asks for the hours of one series over months: they lie together, series before time, in a copy of the archive's hour rows.

CREATE TABLE sli_hours
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    stream_epoch LowCardinality(String) COMMENT 'Generation of the topic, see stream_epochs. Source: sealer.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    bucket DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: sli_panes or raw rows.',
    source_kind Enum8('hour' = 1, 'day' = 2, 'backfill' = 3) COMMENT 'What the row sums: chunk rows of an hour of log time, or raw rows. Source: sealer.',
    source DateTime('UTC') COMMENT 'Start of the sealed hour of log time, UTC; in a backfill the number of the slice, in seconds of 1970. Source: event log.',
    version UInt64 COMMENT 'Number of rows that were summed; the highest version of a key is the row. Source: sealer.',
    good UInt64 COMMENT 'Events that count and are good, number. Source: spec''s predicates.',
    total UInt64 COMMENT 'Events that count, number. Source: spec''s predicates.',
    excluded UInt64 COMMENT 'Events within the scope that do not count, number. Source: spec''s predicates.',
    sums Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name, see sli_panes. Source: spec.',
    missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts. Source: spec''s histogram.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number. Source: spec''s histogram.',
    good_extra UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.',
    total_extra UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.',
    excluded_extra UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.',
    sums_extra Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field''s unit; no entry unsampled. Source: sample_weight.',
    missing_extra Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.',
    histogram_extra Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.',
    zero_extra UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.',
    first_pane DateTime('UTC') COMMENT 'Oldest pane within the hour, UTC. Source: sli_panes or raw rows.',
    kept_since DateTime('UTC') COMMENT 'Start of the row''s life, UTC: end of the source, or the epoch''s start in a replay. Source: event log.'
)
-- The archive's key with series before time. What asks for one of them reads few rows of each month.
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(kept_since)
ORDER BY (stream, slo, spec_rev, series, bucket, stream_epoch, source_kind, source)
TTL kept_since + INTERVAL 400 DAY
SETTINGS index_granularity = 1024, fsync_after_insert = 1
COMMENT 'The hours of sli_archive once more, ordered by series before time: for whoever asks for one series over months. View sli_hour_rows reads them.';

CREATE MATERIALIZED VIEW IF NOT EXISTS sli_hours_fill TO sli_hours AS
SELECT stream, stream_epoch, slo, spec_rev, series, bucket, source_kind, source, version, good, total, excluded, sums, missing, histogram, zero_count, good_extra, total_extra, excluded_extra, sums_extra, missing_extra, histogram_extra, zero_extra, first_pane, kept_since
FROM sli_archive WHERE level = '1h';

INSERT INTO sli_hours (stream, stream_epoch, slo, spec_rev, series, bucket, source_kind, source, version, good, total, excluded, sums, missing, histogram, zero_count, good_extra, total_extra, excluded_extra, sums_extra, missing_extra, histogram_extra, zero_extra, first_pane, kept_since)
SELECT stream, stream_epoch, slo, spec_rev, series, bucket, source_kind, source, version, good, total, excluded, sums, missing, histogram, zero_count, good_extra, total_extra, excluded_extra, sums_extra, missing_extra, histogram_extra, zero_extra, first_pane, kept_since
FROM sli_archive FINAL WHERE level = '1h';

CREATE VIEW sli_hour_rows
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that counted. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    hour DateTime('UTC') COMMENT 'Start of the hour of event time, UTC. Source: event time, clamped to the message''s own timestamp.',
    good Float64 COMMENT 'Events that count and are good, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    total Float64 COMMENT 'Events that count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    bad Float64 COMMENT 'Events that count and are not good, number: total less good. Source: spec''s predicates, sample_weight.',
    excluded Float64 COMMENT 'Events within the scope that do not count, number; of a sampled stream as many as they stand for, to a thousandth. Source: spec''s predicates, sample_weight.',
    sums Map(String, Int128) COMMENT 'Sums of integer fields over the events that count and have a value, each in its field''s unit; of a sampled stream what they stand for, rounded. Source: spec''s sum, sample_weight.',
    missing Map(String, UInt64) COMMENT 'Events that count and have no value of a summed field, number by field: what the sum does not speak of; rounded as sums are. Source: spec''s sum, sample_weight.',
    histogram Map(Int16, UInt64) COMMENT 'Base-2 exponential histogram over what counts: bucket index to number of events, rounded as sums are; its scale is in slo_percentiles. Source: spec''s histogram, sample_weight.',
    zero_count UInt64 COMMENT 'Values of exactly 0 in the histogram''s field, number, rounded as sums are. Source: spec''s histogram, sample_weight.',
    good_seen UInt64 COMMENT 'Good events seen, number, whatever they stand for. Source: spec''s predicates.',
    total_seen UInt64 COMMENT 'Events seen that count, number, whatever they stand for. Source: spec''s predicates.'
)
AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, p.series AS series, p.hour AS hour,
    (1000 * sum(p.good) + sum(p.good_extra)) / 1000 AS good,
    (1000 * sum(p.total) + sum(p.total_extra)) / 1000 AS total,
    (1000 * (sum(p.total) - sum(p.good)) + sum(p.total_extra) - sum(p.good_extra)) / 1000 AS bad,
    (1000 * sum(p.excluded) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.sums_extra)[k] + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.missing_extra)[k] + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.histogram_extra)[k] + 500, 1000)), sumMap(p.histogram)) AS histogram,
    sum(p.zero_count) + intDiv(sum(p.zero_extra) + 500, 1000) AS zero_count,
    sum(p.good) AS good_seen, sum(p.total) AS total_seen
FROM
(
    SELECT c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, toStartOfHour(c.pane) AS hour,
           c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.missing AS missing, c.histogram AS histogram, c.zero_count AS zero_count, c.good_extra AS good_extra, c.total_extra AS total_extra, c.excluded_extra AS excluded_extra, c.sums_extra AS sums_extra, c.missing_extra AS missing_extra, c.histogram_extra AS histogram_extra, c.zero_extra AS zero_extra
    FROM sli_panes AS c FINAL
    LEFT JOIN (SELECT stream_epoch, max(through) AS through FROM seal_pointers
               WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS hour,
           a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.missing AS missing, a.histogram AS histogram, a.zero_count AS zero_count, a.good_extra AS good_extra, a.total_extra AS total_extra, a.excluded_extra AS excluded_extra, a.sums_extra AS sums_extra, a.missing_extra AS missing_extra, a.histogram_extra AS histogram_extra, a.zero_extra AS zero_extra
    FROM sli_hours AS a FINAL
    LEFT JOIN (SELECT stream_epoch, max(through) AS through FROM seal_pointers
               WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch) AS s ON s.stream_epoch = a.stream_epoch
    WHERE (a.source_kind = 'hour' AND a.source < s.through)
       OR (a.source_kind = 'backfill' AND (a.stream, a.slo, a.spec_rev) IN (
           SELECT stream, slo, spec_rev FROM backfills WHERE completed_at <= now64(3) - INTERVAL 60 SECOND))
) AS p
GROUP BY stream, slo, spec_rev, series, hour
COMMENT 'What slo_hour_revisions says, by the number of the series and not its labels, read from rows that lie by series: for one series over months. Over all series slo_hours is faster.';
