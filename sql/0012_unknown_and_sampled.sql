-- Unknown is not zero, an event of a sampled stream stands for as many as it says, and the model is always there.
-- Rows from before keep the zeros that stood for unknown counts.

ALTER TABLE inference_events
    MODIFY COLUMN input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt, cached ones included, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN cached_input_tokens Nullable(Int64) COMMENT 'Tokens of the prompt that were read from a cache, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN output_tokens Nullable(Int64) COMMENT 'Tokens of the answer, reasoning included, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN reasoning_tokens Nullable(Int64) COMMENT 'Reasoning tokens within the answer, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN tool_calls Nullable(Int64) COMMENT 'Tool calls asked for, number; NULL where nobody reported them. Source: provider''s response.',
    MODIFY COLUMN tool_errors Nullable(Int64) COMMENT 'Tool calls that failed, number; NULL where nobody reported them. Source: service.',
    MODIFY COLUMN sample_weight Float64 DEFAULT 1 COMMENT 'How many events this one stands for, 1 or more; 1 unsampled. Counted in thousandths. Source: publisher.';

ALTER TABLE sli_panes
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums of integer fields over the events seen that count and have a value, each in its field''s unit. Source: spec''s sum.',
    ADD COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of a summed field, number by field: what the sum does not speak of. Source: spec''s sum.' AFTER sums,
    ADD COLUMN good_extra UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.' AFTER zero_count,
    ADD COLUMN total_extra UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.' AFTER good_extra,
    ADD COLUMN excluded_extra UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.' AFTER total_extra,
    ADD COLUMN sums_extra Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field''s unit; no entry unsampled. Source: sample_weight.' AFTER excluded_extra,
    ADD COLUMN missing_extra Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.' AFTER sums_extra,
    ADD COLUMN histogram_extra Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.' AFTER missing_extra,
    ADD COLUMN zero_extra UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.' AFTER histogram_extra;

ALTER TABLE sli_archive
    MODIFY COLUMN sums Map(LowCardinality(String), Int128) COMMENT 'Sums of integer fields over the events seen that count and have a value, each in its field''s unit. Source: spec''s sum.',
    ADD COLUMN missing Map(LowCardinality(String), UInt64) COMMENT 'Events seen that count and have no value of a summed field, number by field: what the sum does not speak of. Source: spec''s sum.' AFTER sums,
    ADD COLUMN good_extra UInt64 COMMENT 'What good stands for beyond the events seen, thousandths of an event; 0 unsampled. Source: sample_weight.' AFTER zero_count,
    ADD COLUMN total_extra UInt64 COMMENT 'The same of total, thousandths of an event. Source: sample_weight.' AFTER good_extra,
    ADD COLUMN excluded_extra UInt64 COMMENT 'The same of excluded, thousandths of an event. Source: sample_weight.' AFTER total_extra,
    ADD COLUMN sums_extra Map(LowCardinality(String), Int128) COMMENT 'The same of sums, thousandths of each field''s unit; no entry unsampled. Source: sample_weight.' AFTER excluded_extra,
    ADD COLUMN missing_extra Map(LowCardinality(String), UInt64) COMMENT 'The same of missing, thousandths of an event. Source: sample_weight.' AFTER sums_extra,
    ADD COLUMN histogram_extra Map(Int16, UInt64) COMMENT 'The same of histogram, thousandths of an event. Source: sample_weight.' AFTER missing_extra,
    ADD COLUMN zero_extra UInt64 COMMENT 'The same of zero_count, thousandths of an event. Source: sample_weight.' AFTER histogram_extra;

ALTER TABLE burn_rates
    MODIFY COLUMN bad Array(UInt64) COMMENT 'Bad events by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total Array(UInt64) COMMENT 'Events that count by window, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    ADD COLUMN bad_seen Array(UInt64) COMMENT 'Bad events seen by window, number: what guards for low traffic go by. Source: sum of sli_panes.' AFTER total,
    ADD COLUMN total_seen Array(UInt64) COMMENT 'Events seen that count by window, number. Source: sum of sli_panes.' AFTER bad_seen;

ALTER TABLE budgets
    MODIFY COLUMN good UInt64 COMMENT 'Good events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN bad UInt64 COMMENT 'Bad events in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    MODIFY COLUMN total UInt64 COMMENT 'Events that count in the period, number; of a sampled stream as many as they stand for, rounded. Source: sum of sli_panes.',
    ADD COLUMN bad_seen UInt64 COMMENT 'Bad events seen in the period, number. Source: sum of sli_panes.' AFTER total,
    ADD COLUMN total_seen UInt64 COMMENT 'Events seen in the period that count, number. Source: sum of sli_panes.' AFTER bad_seen;

CREATE OR REPLACE VIEW inferences AS
SELECT *, if(model_served != '', model_served, model_requested) AS model
FROM inference_events FINAL WHERE NOT is_repeat
COMMENT 'Inference events as they count: repeats left out. Columns as in inference_events, and model: the served model, else the requested one.';

CREATE OR REPLACE VIEW verdicts AS
SELECT
    stream, service, provider, model_requested, model_served, if(model_served != '', model_served, model_requested) AS model,
    deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, inference_at, judged_at, evaluator, evaluator_version, kind, dimension,
    passed, score, toFloat64(1) AS sample_weight, attributes
FROM eval_verdicts FINAL WHERE NOT is_repeat
UNION ALL
SELECT
    stream, service, provider, model_requested, model_served, if(model_served != '', model_served, model_requested) AS model,
    deployment, region, prompt_name, prompt_version, variant,
    tenant, environment, endpoint, request_id, occurred_at AS inference_at, occurred_at AS judged_at,
    v.evaluator AS evaluator, v.evaluator_version AS evaluator_version, v.kind AS kind, v.dimension AS dimension,
    v.passed AS passed, v.score AS score, sample_weight, attributes
FROM (SELECT *, arrayJoin(verdicts) AS v FROM inference_events FINAL WHERE NOT is_repeat)
COMMENT 'Verdicts as they count, at the time of the inference they judge. Columns as in eval_verdicts, and model: the served model, else the requested one; sample_weight: how many events the carrying event stands for, 1 for a verdict of its own.';

CREATE OR REPLACE VIEW slo_panes AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.pane AS pane,
    (1000 * sum(p.good) + sum(p.good_extra)) / 1000 AS good, (1000 * sum(p.total) + sum(p.total_extra)) / 1000 AS total,
    (1000 * (sum(p.total) - sum(p.good)) + sum(p.total_extra) - sum(p.good_extra)) / 1000 AS bad,
    (1000 * sum(p.excluded) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.sums_extra)[k] + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.missing_extra)[k] + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.histogram_extra)[k] + 500, 1000)), sumMap(p.histogram)) AS histogram,
    (1000 * sum(p.zero_count) + sum(p.zero_extra)) / 1000 AS zero_count,
    sum(p.good) AS good_seen, sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, c.pane AS pane,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.missing AS missing,
        c.histogram AS histogram, c.zero_count AS zero_count, c.good_extra AS good_extra, c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra, c.sums_extra AS sums_extra, c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra, c.zero_extra AS zero_extra
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS pane,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.missing AS missing,
        a.histogram AS histogram, a.zero_count AS zero_count, a.good_extra AS good_extra, a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra, a.sums_extra AS sums_extra, a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra, a.zero_extra AS zero_extra
    FROM sli_archive AS a FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE a.level = 'pane' AND (
        (a.source_kind = 'hour' AND a.source < s.through)
        OR (a.source_kind = 'backfill' AND (a.stream, a.slo, a.spec_rev) IN (
            SELECT stream, slo, spec_rev FROM backfills WHERE completed_at <= now64(3) - INTERVAL 60 SECOND)))
) AS p
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = p.slo AND l.spec_rev = p.spec_rev AND l.series = p.series
GROUP BY stream, slo, spec_rev, labels, pane
COMMENT 'Good and total per SLO, series and pane of 10 s. Reaches back 8 days from when a pane was sealed; slo_hours has all history. Units as in sli_panes. Good, total, bad, excluded, sums, missing, histogram and zero_count speak of as many events as those seen stand for (sums, missing and histogram rounded); good_seen and total_seen are numbers of events seen. missing: events that count and had no value of a summed field.';

CREATE OR REPLACE VIEW slo_hours AS
SELECT
    p.stream AS stream, p.slo AS slo, p.spec_rev AS spec_rev, l.labels AS labels, p.hour AS hour,
    (1000 * sum(p.good) + sum(p.good_extra)) / 1000 AS good, (1000 * sum(p.total) + sum(p.total_extra)) / 1000 AS total,
    (1000 * (sum(p.total) - sum(p.good)) + sum(p.total_extra) - sum(p.good_extra)) / 1000 AS bad,
    (1000 * sum(p.excluded) + sum(p.excluded_extra)) / 1000 AS excluded,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.sums_extra)[k] + 500, 1000)), sumMap(p.sums)) AS sums,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.missing_extra)[k] + 500, 1000)), sumMap(p.missing)) AS missing,
    mapApply((k, v) -> (k, v + intDiv(sumMap(p.histogram_extra)[k] + 500, 1000)), sumMap(p.histogram)) AS histogram,
    (1000 * sum(p.zero_count) + sum(p.zero_extra)) / 1000 AS zero_count,
    sum(p.good) AS good_seen, sum(p.total) AS total_seen
FROM
(
    SELECT
        c.stream AS stream, c.slo AS slo, c.spec_rev AS spec_rev, c.series AS series, toStartOfHour(c.pane) AS hour,
        c.good AS good, c.total AS total, c.excluded AS excluded, c.sums AS sums, c.missing AS missing,
        c.histogram AS histogram, c.zero_count AS zero_count, c.good_extra AS good_extra, c.total_extra AS total_extra,
        c.excluded_extra AS excluded_extra, c.sums_extra AS sums_extra, c.missing_extra AS missing_extra,
        c.histogram_extra AS histogram_extra, c.zero_extra AS zero_extra
    FROM sli_panes AS c FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = c.stream_epoch
    WHERE c.log_interval >= s.through
    UNION ALL
    SELECT
        a.stream AS stream, a.slo AS slo, a.spec_rev AS spec_rev, a.series AS series, a.bucket AS hour,
        a.good AS good, a.total AS total, a.excluded AS excluded, a.sums AS sums, a.missing AS missing,
        a.histogram AS histogram, a.zero_count AS zero_count, a.good_extra AS good_extra, a.total_extra AS total_extra,
        a.excluded_extra AS excluded_extra, a.sums_extra AS sums_extra, a.missing_extra AS missing_extra,
        a.histogram_extra AS histogram_extra, a.zero_extra AS zero_extra
    FROM sli_archive AS a FINAL
    LEFT JOIN (
        SELECT stream_epoch, max(through) AS through FROM seal_pointers
        WHERE source_kind = 'hour' AND written_at <= now64(3) - INTERVAL 60 SECOND GROUP BY stream_epoch
    ) AS s ON s.stream_epoch = a.stream_epoch
    WHERE a.level = '1h' AND (
        (a.source_kind = 'hour' AND a.source < s.through)
        OR (a.source_kind = 'backfill' AND (a.stream, a.slo, a.spec_rev) IN (
            SELECT stream, slo, spec_rev FROM backfills WHERE completed_at <= now64(3) - INTERVAL 60 SECOND)))
) AS p
LEFT JOIN (SELECT slo, spec_rev, series, any(labels) AS labels FROM series GROUP BY slo, spec_rev, series) AS l
    ON l.slo = p.slo AND l.spec_rev = p.spec_rev AND l.series = p.series
GROUP BY stream, slo, spec_rev, labels, hour
COMMENT 'Good and total per SLO, series and hour of event time, UTC, the open hour included. Reaches back 400 days. Units as in sli_panes. Good, total, bad, excluded, sums, missing, histogram and zero_count speak of as many events as those seen stand for (sums, missing and histogram rounded); good_seen and total_seen are numbers of events seen. missing: events that count and had no value of a summed field.';
