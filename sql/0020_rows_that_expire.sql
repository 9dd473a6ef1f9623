-- What is judged again and again does not grow with time: full rows live for 8 days from when they were written, the last of every
-- hour of evaluation time for two years, and where the clock of a stream stood at the end of every hour for good. A row's life goes by
-- when it was written: a history of long ago lives as long as what is judged now.

CREATE TABLE burn_rate_hours
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad_seen Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    total_seen Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    is_heard Bool COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    lost_at DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, toStartOfHour(evaluated_at))
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Burn rates as they stood last in every hour of evaluation time; burn_rate_rows reads them where the full rows are gone.';

CREATE MATERIALIZED VIEW IF NOT EXISTS burn_rate_hours_fill TO burn_rate_hours AS
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, written_at
FROM burn_rates ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series, toStartOfHour(evaluated_at);

INSERT INTO burn_rate_hours (stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, written_at)
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, written_at
FROM burn_rates ORDER BY stream DESC, slo DESC, series DESC, evaluated_at DESC LIMIT 1 BY stream, slo, series, toStartOfHour(evaluated_at);

CREATE TABLE budget_hours
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.',
    bad_seen UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    total_seen UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
PARTITION BY toYYYYMM(evaluated_at)
ORDER BY (stream, slo, series, toStartOfHour(evaluated_at))
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Error budgets as they stood last in every hour of evaluation time; budget_rows reads them where the full rows are gone.';

CREATE MATERIALIZED VIEW IF NOT EXISTS budget_hours_fill TO budget_hours AS
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budgets ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series, toStartOfHour(evaluated_at);

INSERT INTO budget_hours (stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at)
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budgets ORDER BY stream DESC, slo DESC, series DESC, evaluated_at DESC LIMIT 1 BY stream, slo, series, toStartOfHour(evaluated_at);

CREATE TABLE evaluation_hours
(
    stream LowCardinality(String) COMMENT 'Clock: live, or the name of a replay. Source: burn stage.',
    shard UInt16 COMMENT 'Which part of the SLOs the row speaks of: CRC32 of the SLO''s id, modulo the number of shards; 0 where one process judges all. Source: burn stage.',
    evaluated_through DateTime('UTC') COMMENT 'Every instant up to here is evaluated and its rows are written, UTC. Source: evaluation clock.',
    data_start DateTime('UTC') COMMENT 'First pane with data in the stream, UTC. Source: sli_panes.',
    coverage Float64 COMMENT 'How complete the stream is, 0 to 1: share of partitions whose watermark had passed the instant, times the share of source time of the last 5 min that reports of all sources cover. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_through)
PARTITION BY toYYYYMM(evaluated_through)
ORDER BY (stream, shard, toStartOfHour(evaluated_through))
COMMENT 'How far each stream was evaluated at the end of every hour: what evaluations says of it last, kept for good. Whoever asks how far it is now reads this.';

CREATE MATERIALIZED VIEW IF NOT EXISTS evaluation_hours_fill TO evaluation_hours AS
SELECT stream, shard, evaluated_through, data_start, coverage, written_at
FROM evaluations ORDER BY evaluated_through DESC LIMIT 1 BY stream, shard, toStartOfHour(evaluated_through);

INSERT INTO evaluation_hours (stream, shard, evaluated_through, data_start, coverage, written_at)
SELECT stream, shard, evaluated_through, data_start, coverage, written_at
FROM evaluations ORDER BY stream DESC, shard DESC, evaluated_through DESC LIMIT 1 BY stream, shard, toStartOfHour(evaluated_through);

-- A merge that removes expired rows writes the others anew: once a day is often enough.
ALTER TABLE burn_rates MODIFY SETTING merge_with_ttl_timeout = 86400;

ALTER TABLE burn_rates MODIFY TTL toDateTime(written_at) + INTERVAL 8 DAY;

ALTER TABLE budgets MODIFY SETTING merge_with_ttl_timeout = 86400;

ALTER TABLE budgets MODIFY TTL toDateTime(written_at) + INTERVAL 8 DAY;

ALTER TABLE evaluations MODIFY SETTING merge_with_ttl_timeout = 86400;

ALTER TABLE evaluations MODIFY TTL toDateTime(written_at) + INTERVAL 8 DAY;

ALTER TABLE burn_rates MODIFY COMMENT 'Burn rates of the last 8 days: in a replay at the instants at which a window changed, live at once where that matters to an alert or a state and within a minute else. Between two rows the earlier one holds. View burn_rate_rows goes on where they end.';

ALTER TABLE budgets MODIFY COMMENT 'Error budgets of the last 8 days, at the instants of burn_rates. Between two rows the earlier one holds. View budget_rows goes on where they end.';

ALTER TABLE evaluations MODIFY COMMENT 'Progress of the evaluation clock of each stream, of the last 8 days. Written after the burn rates and budgets it speaks of; evaluation_hours has the last of every hour for good.';

CREATE VIEW burn_rate_rows
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad_seen Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    total_seen Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    is_heard Bool COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    lost_at DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    written_at DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
AS
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, written_at
FROM burn_rates FINAL WHERE written_at > now64(3) - INTERVAL 8 DAY
UNION ALL
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, written_at
FROM burn_rate_hours FINAL WHERE written_at <= now64(3) - INTERVAL 8 DAY
COMMENT 'Burn rates over time: all rows of the last 8 days, and of what was written before the last of every hour. Between two rows the earlier one holds.';

CREATE VIEW budget_rows
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.',
    bad_seen UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.',
    total_seen UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    written_at DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
AS
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budgets FINAL WHERE written_at > now64(3) - INTERVAL 8 DAY
UNION ALL
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budget_hours FINAL WHERE written_at <= now64(3) - INTERVAL 8 DAY
COMMENT 'Error budgets over time: all rows of the last 8 days, and of what was written before the last of every hour. Between two rows the earlier one holds.';

CREATE OR REPLACE VIEW slo_status_at
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    display_name String COMMENT 'Name for people. Source: spec file.',
    service LowCardinality(String) COMMENT 'Service that the SLO speaks of. Source: spec file.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    target Float64 COMMENT 'Target ratio, 0 to 1; exact in slos. Source: spec file.',
    period LowCardinality(String) COMMENT 'Budget period as the spec writes it, e.g. 28d. Source: spec file.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    evaluated_at DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    good UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    unassigned UInt64 COMMENT 'Events of the period that the cap on series left in __other__, number: any of them may be this series''. 0 where nothing overflowed. Source: sum of sli_panes.',
    sli Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows of the burn tiers in seconds. Source: burn tiers.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    firing_tier String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    firing_severity String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, s.display_name AS display_name, s.service AS service, l.labels AS labels,
    s.target_numerator / s.target_denominator AS target, s.period AS period, b.period_start AS period_start,
    b.evaluated_at AS evaluated_at, b.good AS good, b.bad AS bad, b.total AS total, b.unassigned AS unassigned,
    if(b.total = 0, NULL, b.good / b.total) AS sli, b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
    b.coverage AS coverage, r.window_s AS window_s, r.burn_rate AS burn_rate,
    a.tier AS firing_tier, a.severity AS firing_severity
FROM
(
    SELECT * FROM budget_rows WHERE evaluated_at <= {as_of:DateTime('UTC')}
    ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
) AS b
-- Series of a revision that was replaced have rows too; the one judged last is the SLO's.
INNER JOIN (
    SELECT stream, slo, argMax(spec_rev, (evaluated_at, written_at)) AS spec_rev FROM budget_rows
    WHERE evaluated_at <= {as_of:DateTime('UTC')} GROUP BY stream, slo
) AS v ON v.stream = b.stream AND v.slo = b.slo AND v.spec_rev = b.spec_rev
INNER JOIN (SELECT * FROM slos FINAL ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
    ON s.slo = b.slo AND s.spec_rev = b.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
LEFT JOIN (
    SELECT * FROM burn_rate_rows WHERE evaluated_at <= {as_of:DateTime('UTC')}
    ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
) AS r ON r.stream = b.stream AND r.slo = b.slo AND r.series = b.series
LEFT JOIN (
    SELECT stream, slo, series, argMin(d.tier, (d.severity, d.long_window_s)) AS tier, min(d.severity) AS severity
    FROM
    (
        SELECT * FROM alert_decisions FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
        ORDER BY evaluated_at DESC, log_offset DESC LIMIT 1 BY alert_key
    ) AS d
    WHERE decision IN ('fire', 'freeze', 'thaw') GROUP BY stream, slo, series
) AS a ON a.stream = b.stream AND a.slo = b.slo AND a.series = b.series
COMMENT 'Where every series of every SLO stood at a moment, one row each: between two evaluations the earlier one holds. Parameter: as_of, a time, UTC.';

CREATE OR REPLACE VIEW slo_budgets
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'Good events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'Bad events in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the period (slices, of an SLO that counts those), number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    sli Nullable(Float64) COMMENT 'good / total, 0 to 1; NULL without events. Source: budgets.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that is left on observed volume; signed, below 0 when overspent, NULL without events. Source: burn stage.',
    projected_remaining_ratio Nullable(Float64) COMMENT 'The same if the rest of a partly filled period had traffic as observed and no error: an estimate. Source: burn stage.',
    is_estimated Bool COMMENT 'The period is only partly filled with data. Source: burn stage.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see budgets. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, b.spec_rev AS spec_rev, b.series AS series, l.labels AS labels,
    b.evaluated_at AS evaluated_at, b.period_start AS period_start, b.good AS good, b.bad AS bad, b.total AS total,
    if(b.total = 0, NULL, b.good / b.total) AS sli, b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
    b.coverage AS coverage
FROM budget_rows AS b
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
COMMENT 'Error budgets over time, with their labels: the rows of budget_rows. Between two rows the earlier one holds.';

CREATE OR REPLACE VIEW slo_burn_rates
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged at the time. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    evaluated_at DateTime('UTC') COMMENT 'End of the window, UTC. Source: evaluation clock.',
    window_s UInt32 COMMENT 'Length of the window in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad UInt64 COMMENT 'Bad events in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total UInt64 COMMENT 'Events that count in the window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    burn_rate Float64 COMMENT 'bad / total / (1 - target); for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1, see burn_rates. Below 0.9 nothing is concluded. Source: watermarks, source_reports.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, b.spec_rev AS spec_rev, b.series AS series, l.labels AS labels,
    b.evaluated_at AS evaluated_at, b.window_s AS window_s, b.bad AS bad, b.total AS total, b.burn_rate AS burn_rate,
    b.coverage AS coverage
FROM
(
    SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, burn_rate, coverage
    FROM burn_rate_rows ARRAY JOIN window_s, bad, total, burn_rate
) AS b
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
COMMENT 'Burn rates over time, with their labels, one row per window: the rows of burn_rate_rows. Between two rows the earlier one holds.';
