-- What names entities, and what figures are of weights or entities.

CREATE TABLE entities
(
    slo LowCardinality(String) COMMENT 'Id of the SLO. Source: processor.',
    spec_rev LowCardinality(String) COMMENT 'Spec revision. Source: processor.',
    series UInt64 COMMENT 'Series that sli_panes and sli_archive count the entity in: first 8 bytes of SHA-256 over the labels. Source: processor.',
    labels Map(LowCardinality(String), String) COMMENT 'Fields that name the entity, and their values. Source: event fields.'
)
ENGINE = ReplacingMergeTree
ORDER BY (slo, spec_rev, series)
SETTINGS fsync_after_insert = 1
COMMENT 'Names of the entities (tasks, sessions, users) of SLOs that hold consumption against an envelope. They are counted each in a series of its own and judged together in series 0; table series has what is judged.';

ALTER TABLE burn_rates
    MODIFY COLUMN bad Array(UInt64) COMMENT 'What is bad by window: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total Array(UInt64) COMMENT 'What counts by window, in the same unit. Source: sum of sli_panes.';

ALTER TABLE budgets
    MODIFY COLUMN good UInt64 COMMENT 'What is good in the period: events, or what they weigh (tokens; micro-USD), slices of time (with RatioTimeslices milliseconds of them) or entities, as the SLO counts; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN bad UInt64 COMMENT 'What is bad in the period, in the same unit. Source: sum of sli_panes.',
    MODIFY COLUMN total UInt64 COMMENT 'What counts in the period, in the same unit. Source: sum of sli_panes.';

ALTER TABLE sli_panes
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name: of an integer field in its unit, of a measure rounded down; of other numbers in units of 10^-decimals, as the name says (measures.a - measures.b @4 ^2: squares of the difference with four decimals; with ! how many values were cut); good. before a name: over good events alone. Source: spec.',
    MODIFY COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.';

ALTER TABLE sli_archive
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name, see sli_panes. Source: spec.',
    MODIFY COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of what is summed, number by its name in sums: what the sum does not speak of. Source: spec.';
