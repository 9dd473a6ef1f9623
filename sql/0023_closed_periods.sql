-- What a calendar period's budget was reported as, and what changed it afterwards.

CREATE TABLE closed_periods
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision that was judged when the period was closed. Source: spec file.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values; __other__ beyond the cap. Source: event fields.',
    period_start DateTime('UTC') COMMENT 'Start of the calendar period, UTC. Source: spec file.',
    period_end DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: spec file.',
    good UInt64 COMMENT 'What was good in the period, as the SLO counts (see budgets). Source: sum of sli_panes and sli_archive.',
    bad UInt64 COMMENT 'What was bad in it, in the same unit. Source: sum of sli_panes and sli_archive.',
    total UInt64 COMMENT 'What counted in it, in the same unit. Source: sum of sli_panes and sli_archive.',
    target String COMMENT 'Target that it was held against, exact: a decimal such as 0.999, or a fraction such as 14/15. Source: spec file.',
    remaining_ratio Nullable(Float64) COMMENT 'Share of the budget that was left; signed, below 0 when overspent, NULL where nothing counted. Source: period closer.',
    state LowCardinality(String) COMMENT 'ok, at_risk, breached, no_traffic or no_data. Source: period closer.',
    coverage Float64 COMMENT 'Share of the period, over all partitions, that no recovery left uncovered, 0 to 1; all partitions had passed its end. Source: recoveries.',
    closed_at DateTime64(3, 'UTC') COMMENT 'When it was closed, UTC: adjustments up to then are in it. Source: database clock.',
    precedence UInt64 COMMENT 'Larger the earlier the row was made, so that of two closers the first stands. Source: period closer.'
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (stream, slo, series, period_start)
SETTINGS fsync_after_insert = 1
COMMENT 'Budgets of calendar periods that are over, as they were reported: one row for each series that counted anything, written once an hour after the end, and never changed. Read with FINAL. What changed afterwards stands in budget_restatements.';

CREATE TABLE budget_restatements
(
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: topic name.',
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: spec file.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision of the closed period. Source: closed_periods.',
    series UInt64 COMMENT 'Series, see table series. Source: processor.',
    labels Map(String, String) COMMENT 'Group-by fields and their values. Source: event fields.',
    period_start DateTime('UTC') COMMENT 'Start of the closed period, UTC. Source: closed_periods.',
    period_end DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: closed_periods.',
    good_before UInt64 COMMENT 'What was good by the figure before: the closed one, or the last restatement. Source: closed_periods, budget_restatements.',
    bad_before UInt64 COMMENT 'What was bad by it. Source: as good_before.',
    total_before UInt64 COMMENT 'What counted by it. Source: as good_before.',
    remaining_before Nullable(Float64) COMMENT 'Share of the budget that was left by it. Source: as good_before.',
    good_after UInt64 COMMENT 'What is good now. Source: sum of sli_panes and sli_archive.',
    bad_after UInt64 COMMENT 'What is bad now. Source: sum of sli_panes and sli_archive.',
    total_after UInt64 COMMENT 'What counts now. Source: sum of sli_panes and sli_archive.',
    remaining_after Nullable(Float64) COMMENT 'Share of the budget that is left now, of the target that the period was closed with. Source: period closer.',
    causes Array(String) COMMENT 'What changed it: late_events; adjustment ID; adjustment ID revoked. Source: rows that came since, budget_adjustments.',
    found_at DateTime64(3, 'UTC') COMMENT 'When it was found, UTC: adjustments up to then are in it. Source: database clock.',
    change String COMMENT 'Hash of before, after and causes: who finds the same change again writes the same row. Source: period closer.',
    precedence UInt64 COMMENT 'Larger the earlier the row was made, so that of two closers the first stands. Source: period closer.'
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY (stream, slo, series, period_start, change)
SETTINGS fsync_after_insert = 1
COMMENT 'What changed the budget of a closed period after it was reported, for 100 days: each row is one change, from the figure before to the one after. Read with FINAL.';
