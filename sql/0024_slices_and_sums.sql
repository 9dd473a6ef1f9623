-- What budgets count where slices of time are judged, and sums of doubles.

ALTER TABLE sli_panes
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name: of an integer field in its unit; of other numbers in units of 10^-decimals, as the name says (measures.a - measures.b @4 ^2: squares of the difference with four decimals; with ! how many values were cut). Source: spec''s sum or aggregate.';

ALTER TABLE sli_archive
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums over the events seen that count and have a value, by name, see sli_panes. Source: spec''s sum or aggregate.';

ALTER TABLE burn_rates
    MODIFY COLUMN bad Array(UInt64) COMMENT 'Bad events by window, number; of an SLO that judges slices of time slices, with RatioTimeslices milliseconds of them; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total Array(UInt64) COMMENT 'Events that count by window, number; of an SLO that judges slices of time slices, with RatioTimeslices milliseconds of them; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.';

ALTER TABLE budgets
    MODIFY COLUMN good UInt64 COMMENT 'Good events in the period, number; of an SLO that judges slices of time slices, with RatioTimeslices milliseconds of them; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN bad UInt64 COMMENT 'Bad events in the period, number; of an SLO that judges slices of time slices, with RatioTimeslices milliseconds of them; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total UInt64 COMMENT 'Events that count in the period, number; of an SLO that judges slices of time slices, with RatioTimeslices milliseconds of them; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.';
