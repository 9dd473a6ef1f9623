-- Errors come in bursts: how much so is measured, and evidence for an alert counts by as much less.

CREATE TABLE dispersions
(
    stream LowCardinality(String) COMMENT 'Clock that the series is judged by: live. Source: judging process.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    measured_at DateTime('UTC') COMMENT 'End of the time that was measured, UTC: how far the stream was sealed. Source: seal_pointers.',
    days UInt8 COMMENT 'UTC days with events that were measured, number; those of the last 7 (or of a shorter period) without an alert of the series. Source: alert_decisions.',
    slices UInt32 COMMENT 'Slices of 5 minutes with events in them, number. Source: sli_archive.',
    bad UInt64 COMMENT 'Bad events seen in them, number. Source: sli_archive.',
    total UInt64 COMMENT 'Events seen in them that count, number. Source: sli_archive.',
    phi Float64 COMMENT 'Index of dispersion, up to the next thousandth: the sum of (bad_i - n_i p)^2 / (n_i p (1 - p)) over the slices, with p = bad / total, divided by slices - 1; about 1 where events are independent. Source: judging process.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(written_at)
ORDER BY (stream, slo, spec_rev, series, measured_at)
TTL toDateTime(written_at) + INTERVAL 35 DAY
COMMENT 'How much the bad events of a series come in bursts, by the hour, of SLOs that ask for evidence (low-traffic: exact). The last row of a series holds.';

ALTER TABLE burn_rates
    ADD COLUMN dispersion Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series'' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.' AFTER lost_at;

ALTER TABLE burn_rate_hours
    ADD COLUMN dispersion Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series'' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.' AFTER lost_at;

ALTER TABLE burn_rate_hours_fill MODIFY QUERY
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM burn_rates ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series, toStartOfHour(evaluated_at);

CREATE OR REPLACE VIEW burn_rate_rows
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
    dispersion Float64 COMMENT 'Index of dispersion of the series'' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    written_at DateTime64(3, 'UTC') COMMENT 'When the row was written, UTC. Source: database clock.'
)
AS
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM burn_rates FINAL WHERE written_at > now64(3) - INTERVAL 8 DAY
UNION ALL
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM burn_rate_hours FINAL WHERE written_at <= now64(3) - INTERVAL 8 DAY
COMMENT 'Burn rates over time: all rows of the last 8 days, and of what was written before the last of every hour. Between two rows the earlier one holds.';

CREATE VIEW slo_budget_burn_at
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    evaluated_at DateTime('UTC') COMMENT 'When the figures last changed, UTC: from then on they hold. Source: evaluation clock.',
    window_s UInt32 COMMENT 'Length of the window in seconds. Source: burn tiers.',
    bad UInt64 COMMENT 'What is bad in the window, in the unit that the SLO counts. Source: burn_rates.',
    total UInt64 COMMENT 'What counts in the window, in the same unit. Source: burn_rates.',
    period_total UInt64 COMMENT 'What counts in the budget''s period, in the same unit. Source: budgets.',
    is_estimated Bool COMMENT 'The period is only partly filled with data: the share is of the budget of what there is. Source: budgets.',
    burn_rate Float64 COMMENT 'bad / total / (1 - target): by rate, whatever the traffic of the window. Source: burn stage.',
    budget_burn Nullable(Float64) COMMENT 'Share of the period''s budget that the window has eaten, bad / (period_total x (1 - target)): by volume, so that a quiet night weighs little; NULL without events. Source: burn_rates, budgets.',
    dispersion Float64 COMMENT 'Index of dispersion that the exact guard for low traffic goes by, see burn_rates. Source: dispersions.'
)
AS
SELECT
    r.stream AS stream, r.slo AS slo, r.spec_rev AS spec_rev, r.series AS series, l.labels AS labels,
    r.evaluated_at AS evaluated_at, r.window_s AS window_s, r.bad AS bad, r.total AS total, b.total AS period_total,
    b.is_estimated AS is_estimated, r.burn_rate AS burn_rate,
    if(b.total = 0, NULL, r.bad / b.total * (s.target_denominator / (s.target_denominator - s.target_numerator))) AS budget_burn,
    r.dispersion AS dispersion
FROM
(
    SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, burn_rate, dispersion
    FROM (
        SELECT * FROM burn_rate_rows WHERE evaluated_at <= {as_of:DateTime('UTC')}
        ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
    )
    ARRAY JOIN window_s, bad, total, burn_rate
) AS r
INNER JOIN (
    SELECT * FROM budget_rows WHERE evaluated_at <= {as_of:DateTime('UTC')}
    ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series
) AS b ON b.stream = r.stream AND b.slo = r.slo AND b.series = r.series AND b.spec_rev = r.spec_rev
INNER JOIN (SELECT slo, spec_rev, target_numerator, target_denominator FROM slos FINAL) AS s
    ON s.slo = r.slo AND s.spec_rev = r.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = r.slo AND l.spec_rev = r.spec_rev AND l.series = r.series
COMMENT 'What each window of every series burns at a moment, both ways: its burn rate, and the share of the period''s budget that it has eaten. Parameter: as_of, UTC.';
