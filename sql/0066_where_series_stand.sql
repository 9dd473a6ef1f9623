-- Where every series stands now is one row of each, however long the history is: budgets and burn rates keep their last row apart, and
-- a moment of the past is looked up in the last rows of its hours, and in all rows of its own hour alone.

CREATE TABLE latest_burn_rates
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.',
    bad_seen Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.',
    total_seen Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.',
    burn_rate Array(Float64) COMMENT 'bad / total / (1 - target) by window; for display, integers decide. Source: burn stage.',
    coverage Float64 COMMENT 'How complete the data is, 0 to 1: share of partitions whose watermark had passed evaluated_at, times the share of source time of the last 5 min that reports cover; 0 if silence counts as missing data. Below 0.9 nothing is concluded. Source: watermarks, source_reports.',
    is_heard Bool DEFAULT true COMMENT 'Whether silence of the series is rest: a source of its service reports, or has stopped after its last event. Source: source_reports.',
    lost_at DateTime('UTC') COMMENT 'When the log last heard of the newest source that was lost and whose data has not come back, UTC; 1970 if there is none. Source: source_reports.',
    dispersion Float64 DEFAULT 1 COMMENT 'Index of dispersion of the series'' events that the exact guard for low traffic went by, 1 or more: so many events show as little as one that is independent; 1 where it was not measured. Source: dispersions.',
    written_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row was written, UTC. Source: database clock.'
)
ENGINE = ReplacingMergeTree(evaluated_at)
ORDER BY (stream, slo, series)
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Burn rates of every series as they were judged last: the newest row of burn_rates, by evaluation time.';

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_burn_rates_fill TO latest_burn_rates AS
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM burn_rates ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series;

INSERT INTO latest_burn_rates (stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at)
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM burn_rate_hours ORDER BY stream DESC, slo DESC, series DESC, evaluated_at DESC, written_at DESC LIMIT 1 BY stream, slo, series;

CREATE TABLE latest_budgets
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    total UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.',
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
ORDER BY (stream, slo, series)
TTL toDateTime(written_at) + INTERVAL 2 YEAR
SETTINGS ttl_only_drop_parts = 1
COMMENT 'Error budgets of every series as they were judged last: the newest row of budgets, by evaluation time.';

CREATE MATERIALIZED VIEW IF NOT EXISTS latest_budgets_fill TO latest_budgets AS
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budgets ORDER BY evaluated_at DESC LIMIT 1 BY stream, slo, series;

INSERT INTO latest_budgets (stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at)
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM budget_hours ORDER BY stream DESC, slo DESC, series DESC, evaluated_at DESC, written_at DESC LIMIT 1 BY stream, slo, series;

CREATE VIEW burn_rate_rows_at
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of all windows, UTC. Source: evaluation clock.',
    window_s Array(UInt32) COMMENT 'Lengths of the windows in seconds; the old edge is cut at the pane up to 1 h, at 5 min beyond. Source: burn tiers.',
    bad Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    total Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.',
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
FROM latest_burn_rates FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
UNION ALL
SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
FROM
(
    SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
    FROM burn_rate_rows
    WHERE evaluated_at >= toStartOfHour({as_of:DateTime('UTC')}) AND evaluated_at <= {as_of:DateTime('UTC')}
      AND (stream, slo, series) IN (SELECT stream, slo, series FROM latest_burn_rates FINAL WHERE evaluated_at > {as_of:DateTime('UTC')})
    UNION ALL
    SELECT stream, slo, spec_rev, series, evaluated_at, window_s, bad, total, bad_seen, total_seen, burn_rate, coverage, is_heard, lost_at, dispersion, written_at
    FROM burn_rate_hours FINAL
    WHERE (stream, slo, series, evaluated_at) IN (
        -- Of a newest row no version is newer: it is found without merging them.
        SELECT stream, slo, series, max(evaluated_at) FROM burn_rate_hours
        WHERE evaluated_at < toStartOfHour({as_of:DateTime('UTC')})
          AND (stream, slo, series) IN (SELECT stream, slo, series FROM latest_burn_rates FINAL WHERE evaluated_at > {as_of:DateTime('UTC')})
        GROUP BY stream, slo, series
        SETTINGS final = 0
    )
)
ORDER BY evaluated_at DESC, written_at DESC LIMIT 1 BY stream, slo, series
COMMENT 'Burn rates of every series at a moment, one row each: the row of burn_rate_rows that held then. Parameter: as_of, a time, UTC.';

CREATE VIEW budget_rows_at
(
    stream LowCardinality(String) COMMENT 'Clock that the evaluation belongs to: live, or the name of a replay. Source: burn stage.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    evaluated_at DateTime('UTC') COMMENT 'End of the period, UTC. Source: evaluation clock.',
    period_start DateTime('UTC') COMMENT 'Start of the budget period, UTC. Source: spec file.',
    good UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    bad UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    total UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.',
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
FROM latest_budgets FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
UNION ALL
SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
FROM
(
    SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
    FROM budget_rows
    WHERE evaluated_at >= toStartOfHour({as_of:DateTime('UTC')}) AND evaluated_at <= {as_of:DateTime('UTC')}
      AND (stream, slo, series) IN (SELECT stream, slo, series FROM latest_budgets FINAL WHERE evaluated_at > {as_of:DateTime('UTC')})
    UNION ALL
    SELECT stream, slo, spec_rev, series, evaluated_at, period_start, good, bad, total, unassigned, bad_seen, total_seen, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, written_at
    FROM budget_hours FINAL
    WHERE (stream, slo, series, evaluated_at) IN (
        -- Of a newest row no version is newer: it is found without merging them.
        SELECT stream, slo, series, max(evaluated_at) FROM budget_hours
        WHERE evaluated_at < toStartOfHour({as_of:DateTime('UTC')})
          AND (stream, slo, series) IN (SELECT stream, slo, series FROM latest_budgets FINAL WHERE evaluated_at > {as_of:DateTime('UTC')})
        GROUP BY stream, slo, series
        SETTINGS final = 0
    )
)
ORDER BY evaluated_at DESC, written_at DESC LIMIT 1 BY stream, slo, series
COMMENT 'Error budgets of every series at a moment, one row each: the row of budget_rows that held then. Parameter: as_of, a time, UTC.';

CREATE OR REPLACE VIEW slo_status_at
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
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
    window_bad Array(UInt64) COMMENT 'What is bad by window, in the unit that the SLO counts; empty where the rates are of another revision, or of a series that is gone. Source: burn_rates.',
    window_total Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: burn_rates.',
    firing_tier String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    firing_severity String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
AS
SELECT
    b.stream AS stream, b.slo AS slo, b.spec_rev AS spec_rev, s.display_name AS display_name, s.service AS service, l.labels AS labels,
    s.target_numerator / s.target_denominator AS target, s.period AS period, b.period_start AS period_start,
    b.evaluated_at AS evaluated_at, b.good AS good, b.bad AS bad, b.total AS total, b.unassigned AS unassigned,
    if(b.total = 0, NULL, b.good / b.total) AS sli, b.remaining_ratio AS remaining_ratio,
    b.projected_remaining_ratio AS projected_remaining_ratio, b.is_estimated AS is_estimated, b.state AS state,
    b.coverage AS coverage, r.window_s AS window_s, r.burn_rate AS burn_rate,
    if(r.spec_rev = b.spec_rev AND l.slo = b.slo, r.bad, []) AS window_bad,
    if(r.spec_rev = b.spec_rev AND l.slo = b.slo, r.total, []) AS window_total,
    a.tier AS firing_tier, a.severity AS firing_severity
FROM
(
    -- Series of a revision that was replaced have rows too; the one judged last is the SLO's.
    SELECT *, argMax(spec_rev, (evaluated_at, written_at)) OVER (PARTITION BY stream, slo) AS judged_rev
    FROM budget_rows_at(as_of = {as_of:DateTime('UTC')})
) AS b
INNER JOIN (SELECT * FROM slos FINAL ORDER BY loaded_at DESC LIMIT 1 BY slo, spec_rev) AS s
    ON s.slo = b.slo AND s.spec_rev = b.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = b.slo AND l.spec_rev = b.spec_rev AND l.series = b.series
LEFT JOIN (SELECT * FROM burn_rate_rows_at(as_of = {as_of:DateTime('UTC')})) AS r
    ON r.stream = b.stream AND r.slo = b.slo AND r.series = b.series
LEFT JOIN (
    SELECT stream, slo, series, argMin(d.tier, (d.severity, d.long_window_s)) AS tier, min(d.severity) AS severity
    FROM
    (
        SELECT * FROM alert_decisions FINAL WHERE evaluated_at <= {as_of:DateTime('UTC')}
        ORDER BY evaluated_at DESC, log_offset DESC LIMIT 1 BY alert_key
    ) AS d
    WHERE decision IN ('fire', 'freeze', 'thaw') GROUP BY stream, slo, series
) AS a ON a.stream = b.stream AND a.slo = b.slo AND a.series = b.series
WHERE b.spec_rev = b.judged_rev
COMMENT 'Where every series of every SLO stood at a moment, one row each: between two evaluations the earlier one holds. Parameter: as_of, a time, UTC.';

CREATE OR REPLACE VIEW slo_status
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that is judged. Source: spec file.',
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
    window_bad Array(UInt64) COMMENT 'What is bad by window, in the unit that the SLO counts; empty where the rates are of another revision, or of a series that is gone. Source: burn_rates.',
    window_total Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: burn_rates.',
    firing_tier String COMMENT 'Most urgent burn tier that fires, e.g. 1h&5m; empty if none does. Source: alert_decisions.',
    firing_severity String COMMENT 'Its severity, SEV-1, SEV-2 or SEV-3; empty if none fires. Source: alert_decisions.'
)
AS
SELECT
    stream, slo, spec_rev, display_name, service, labels, target, period, period_start, evaluated_at, good, bad, total, unassigned,
    sli, remaining_ratio, projected_remaining_ratio, is_estimated, state, coverage, window_s, burn_rate, window_bad, window_total,
    firing_tier, firing_severity
FROM slo_status_at(as_of = now('UTC'))
COMMENT 'Where every series of every SLO stands now, one row each; slo_status_at has any moment of the history.';

CREATE OR REPLACE VIEW slo_budget_burn_at
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
    FROM burn_rate_rows_at(as_of = {as_of:DateTime('UTC')})
    ARRAY JOIN window_s, bad, total, burn_rate
) AS r
INNER JOIN (SELECT * FROM budget_rows_at(as_of = {as_of:DateTime('UTC')})) AS b ON b.stream = r.stream AND b.slo = r.slo AND b.series = r.series AND b.spec_rev = r.spec_rev
INNER JOIN (SELECT slo, spec_rev, target_numerator, target_denominator FROM slos FINAL) AS s
    ON s.slo = r.slo AND s.spec_rev = r.spec_rev
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = r.slo AND l.spec_rev = r.spec_rev AND l.series = r.series
COMMENT 'What each window of every series burns at a moment, both ways: its burn rate, and the share of the period''s budget that it has eaten. Parameter: as_of, UTC.';
