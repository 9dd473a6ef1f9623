-- What reports by week and month told.

CREATE TABLE reports
(
    id LowCardinality(String) COMMENT 'Name of the report. Source: burnline report.',
    stream LowCardinality(String) COMMENT 'live, or the name of a replay. Source: question.',
    kind LowCardinality(String) COMMENT 'weekly or monthly. Source: question.',
    period_start DateTime('UTC') COMMENT 'Start of the week or month, UTC. Source: calendar.',
    period_end DateTime('UTC') COMMENT 'Its end, not included, UTC. Source: calendar.',
    labels Map(String, String) COMMENT 'Group values that every series of it has, as those of one customer; empty: all series. Source: --series.',
    made_at DateTime64(3, 'UTC') COMMENT 'When it was made, UTC: it is of what was known then. Source: clock of whoever made it.',
    author String COMMENT 'Who made it. Source: user of the operating system.',
    figures String COMMENT 'Everything that it showed of the time, JSON. Source: budgets, alerts and cost as they were known then.'
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(period_start)
ORDER BY (stream, kind, period_start, made_at)
SETTINGS fsync_after_insert = 1
COMMENT 'Figures that reports told, a row where they differ from those told before of the same time; nothing is ever changed. The first row of a time is what was reported; later ones are restatements.';
